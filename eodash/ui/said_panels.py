"""Which panels of the inspected pixel are shown: those that its model has, as chosen; and what opens them large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from eodash.backend.questions import keeps
from eodash.cards import Card
from eodash.ui import choices
from eodash.ui.page import caption
from eodash.ui.said import Said
from eodash.ui.said_models import plain_title
from eodash.ui.said_pixel import Answer
from eodash.ui.viewed import Viewed
from eodash.views.calendar_chart import panel_layer

LARGE, OPENED = "panel-large", "panels-opened"
"""The panel that is to be opened large by this run of the page; how many have been."""


@dataclass(frozen=True)
class Offer:
    """A panel: its short name, what the engine is asked for besides the answer, and what some models lack for it."""

    label: str
    kind: str = ""
    lacks: str = ""


OFFERS = {
    "measured": Offer("Bands"),
    "index": Offer("Index"),
    "beliefs": Offer("Beliefs"),
    "stopping": Offer("Stopping", lacks="no rule for stopping"),
    "attention": Offer("Attention", "attention", "no attention"),
    "saliency": Offer("Saliency", "gradient"),
    "states": Offer("Gates", "states", "no gates"),
}
FIRST = ("measured", "beliefs")
"""What is shown where nobody has chosen: it comes with the answer, so the first look waits for nothing else."""


def offered(card: Card, answer: Answer) -> list[str]:
    """The panels that a model has."""
    has = {
        "stopping": "chance" in answer.inspected,
        "attention": keeps(card, "attention"),
        "states": keeps(card, "states"),
    }
    return [name for name in OFFERS if has.get(name, True)]


def chosen(there: list[str]) -> tuple[str, ...]:
    """Those of them that are shown, in the order of the column."""
    wanted = choices.view("panels")
    names = [name for name in wanted if isinstance(name, str)] if isinstance(wanted, list) else FIRST
    return tuple(name for name in there if name in names)


def index_of(said: Said) -> str:
    """The index that is drawn: the chosen one if the bands give it, else NDVI, else what there is."""
    wanted = choices.view("panel-index")
    return panel_layer(said.cube, wanted if isinstance(wanted, str) else "ndvi")


def choose(said: Said, there: list[str], beside: Callable[[], None]) -> tuple[str, ...]:
    """The choice of panels; beside it something else, and what opens each of them large."""
    shown = chosen(there)
    if set(st.session_state.get("said-panels", ())) != set(shown):  # telling it what it says would undo a quick click
        st.session_state["said-panels"] = list(shown)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="said-panels-row"):
        st.pills(
            "Panels", there, selection_mode="multi", format_func=lambda name: OFFERS[name].label, key="said-panels",
            label_visibility="collapsed", on_change=_chosen, width="stretch",
        )  # fmt: skip
        beside()
        fresh = f"panels-more-{st.session_state.get(OPENED, 0)}"  # one of a new name is closed
        with st.popover("", icon=":material/open_in_full:", key=fresh, help="Open a panel large"):
            for name in shown:
                st.button(OFFERS[name].label, key=f"large-{name}", on_click=_large, args=(name,), width="stretch")
            _choose_index(said, shown)
    return shown


def _choose_index(said: Said, shown: tuple[str, ...]) -> None:
    viewed = Viewed(said.run, said.cube)
    titles = {name: title for name, title in viewed.layers.items() if name not in viewed.sensor.composites}
    if "index" not in shown or len(titles) < 2:
        return
    st.session_state["panel-index"] = index_of(said)
    st.selectbox("Index", list(titles), format_func=titles.__getitem__, key="panel-index", on_change=_index_chosen)


def lacking(card: Card, there: list[str]) -> None:
    """One sentence about the panels that this model cannot have."""
    missing = [offer.lacks for name, offer in OFFERS.items() if name not in there]
    if missing:
        said = ", ".join(missing[:-1]) + (" and " if len(missing) > 1 else "") + missing[-1]
        caption(f"{plain_title(card)} has {said}, so there is no such panel; another model in the sidebar may have it.")


def _chosen() -> None:
    wanted = st.session_state["said-panels"]
    choices.keep_view(panels=[name for name in OFFERS if name in wanted])


def _index_chosen() -> None:
    choices.keep_view(**{"panel-index": st.session_state["panel-index"]})


def _large(name: str) -> None:
    st.session_state["playing"] = False
    st.session_state[LARGE] = name
    st.session_state[OPENED] = st.session_state.get(OPENED, 0) + 1
