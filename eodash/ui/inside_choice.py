"""Which unit is looked at, by which of its six quantities, drawn how: the row of controls above the panels."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from eodash.ui import choices
from eodash.views.states import QUANTITIES, Unit, unit_of

Form = Literal["lines", "heat"]
FORMS: dict[Form, str] = {"lines": "Lines", "heat": "Heat"}
FEW = 3
"""So many layers stand beside each other; more are a list."""


def kept_unit(layers: list[str], units: int) -> Unit | None:
    """The unit that somebody has chosen, if this model has it."""
    return unit_of(choices.view("unit"), layers, units)


def keep_unit(unit: Unit) -> None:
    choices.keep_view(unit=[unit.quantity, unit.layer, unit.unit])


def form() -> Form:
    return "heat" if choices.view("states-as") == "heat" else "lines"


def choose(unit: Unit, layers: list[str], units: int) -> None:
    """Layer, unit, quantity, and how the units are drawn."""
    shown = {"layer": unit.layer, "unit": unit.unit, "quantity": unit.quantity, "as": form()}
    for name, value in shown.items():
        st.session_state[f"inside-{name}"] = value
    one, two, three, four = st.columns([1.1, 0.9, 1.4, 1.1], gap="small", vertical_alignment="bottom")
    with one:
        if len(layers) <= FEW:
            st.segmented_control("Layer", layers, required=True, key="inside-layer", on_change=_chosen)
        else:
            st.selectbox("Layer", layers, key="inside-layer", help="→ reads forward, ← backward", on_change=_chosen)
    with two:
        st.number_input("Unit", 0, units - 1, step=1, key="inside-unit", on_change=_chosen)
    with three:
        st.selectbox(
            "Quantity", list(QUANTITIES), format_func=_named, key="inside-quantity",
            help="On the map and beside the measurements below.", on_change=_chosen,
        )  # fmt: skip
    with four:
        st.segmented_control(
            "All units as", list(FORMS), format_func=FORMS.__getitem__, required=True, key="inside-as",
            on_change=lambda: choices.keep_view(**{"states-as": st.session_state["inside-as"]}),
        )  # fmt: skip


def _named(letter: str) -> str:
    return f"{letter} · {QUANTITIES[letter].name}"


def _chosen() -> None:
    said = st.session_state
    keep_unit(Unit(said["inside-quantity"], said["inside-layer"], int(said["inside-unit"])))
