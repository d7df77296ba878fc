"""The confusion matrix, and what is picked in it: kept in the run's view the moment it is clicked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from eodash.cards import Class
from eodash.truth.scored import ANY, Pick, Scored
from eodash.ui import choices
from eodash.ui.figure import figure
from eodash.ui.page import mode
from eodash.views.confusion import matrix_chart, picked_in
from eodash.views.theme import Mode

KEY = "truth-matrix"


def pick_of(classes: int) -> Pick:
    """What is picked; everything where nothing is, or nonsense."""
    match choices.view("confusion"):
        case [int(truth), int(said)] if all(ANY <= each < classes for each in (truth, said)):
            return Pick(truth, said)
    return Pick()


def confusion(legend: Sequence[Class], scored: Scored, pick: Pick) -> None:
    """The matrix; a click picks a cell, a swatch its row or column; the same by two lists for the keyboard."""
    names = [each.name for each in legend]
    figure(
        _matrix(tuple(legend), scored, pick, mode()),
        KEY,
        question="What is called what?",
        caption="Click a cell; a swatch picks its whole row or column.",
        alt=f"Confusion matrix of {len(names)} classes over {scored.pixels:,} pixels",
        table=partial(_table, names, scored),
        on_select=lambda: _clicked(len(names)),
    )
    left, right, last = st.columns([1.2, 1.2, 0.8], vertical_alignment="bottom")
    offered = [ANY, *range(len(names))]
    for column, key, label, value in (
        (left, "truth-row", "In truth", pick.truth),
        (right, "truth-said", "Called", pick.said),
    ):
        st.session_state[key] = value
        column.selectbox(
            label, offered, key=key, format_func=lambda each: "anything" if each == ANY else names[each],
            on_change=_listed,
        )  # fmt: skip
    last.button("All pixels", key="truth-all", on_click=_keep, args=(Pick(),), disabled=pick.everything)


@lru_cache(maxsize=64)
def _matrix(legend: tuple[Class, ...], scored: Scored, pick: Pick, light: Mode) -> go.Figure:
    """Drawn once for each date and pick."""
    names, colours = [each.name for each in legend], [each.colour for each in legend]
    return matrix_chart(names, colours, scored.matrix, (pick.truth, pick.said), light)


def _table(names: list[str], scored: Scored) -> pd.DataFrame:
    """Pixels: a row per true class, a column per class that was said."""
    return pd.DataFrame(scored.matrix, index=pd.Index(names, name="in truth"), columns=names)


def described(names: Sequence[str], pick: Pick) -> str:
    """A pick in words."""
    if pick.everything:
        return "All pixels with a truth"
    if pick.said == ANY:
        return f"All that is {names[pick.truth]}"
    if pick.truth == ANY:
        return f"All that is called {names[pick.said]}"
    if pick.truth == pick.said:
        return f"{names[pick.truth].capitalize()}, called so"
    return f"{names[pick.truth].capitalize()} called {names[pick.said]}"


def _clicked(classes: int) -> None:
    found = picked_in(st.session_state.get(KEY), classes)
    if found is not None:
        _keep(Pick(*found))


def _listed() -> None:
    _keep(Pick(int(st.session_state["truth-row"]), int(st.session_state["truth-said"])))


def _keep(pick: Pick) -> None:
    choices.keep_view(confusion=None if pick.everything else [pick.truth, pick.said])
