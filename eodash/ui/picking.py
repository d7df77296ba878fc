"""The observation picker: rules and clicks that leave dates out of a fetched series without deleting them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from eodash.choice import Choice, Decision, Every, decide
from eodash.store import Run
from eodash.ui import cached, preparing

EVERY: dict[Every, str] = {"": "every date", "week": "one per week", "month": "one per month"}


def decisions(opened: Run) -> dict[np.datetime64, Decision]:
    """What counts of the session's run, by date."""
    return {made.seen.time: made for made in decide(cached.seen_of(opened), preparing.preparation().choice)}


def rules() -> None:
    """Limits and thinning in one row; each greys dates out at once."""
    here = preparing.preparation().choice
    clear, coverage, every = st.columns([1, 1, 1.5], gap="medium", vertical_alignment="bottom")
    with clear:
        _limit("At least clear", "clear", here.clear, "Share of the area without cloud, shadow or snow")
    with coverage:
        _limit("At least observed", "coverage", here.coverage, "Share of the area that the image covers")
    with every:
        st.segmented_control(
            "Keep", list(EVERY), format_func=EVERY.__getitem__, default=here.every, required=True, key=_key("every"),
            on_change=_ruled, args=("every",), help="The clearest image of each week (Monday first) or month",
        )  # fmt: skip


def _limit(label: str, name: str, value: int, about: str) -> None:
    st.slider(label, 0, 100, value, step=5, format="%d %%", key=_key(name), on_change=_ruled, args=(name,), help=about)


def _key(name: str) -> str:
    """A widget for each run: another run has other rules."""
    return f"pick-{name}-{st.session_state.get('run')}"


def _ruled(name: str) -> None:
    value = st.session_state.get(_key(name))
    if value is not None:
        preparing.keep(choice=replace(preparing.preparation().choice, **{name: value}))


def clicked(key: str) -> None:
    """A click on a bar takes its date out, or back in."""
    picked: Any = st.session_state.get(key) or {}
    said = [point.get("customdata") for point in picked.get("selection", {}).get("points", ())]
    found = next((data for data in said if data and len(data) == 3 and data[2] != "failed"), None)
    if found is not None:
        _set(np.datetime64(found[1], "s"), found[2] != "used")


def _set(time: np.datetime64, used: bool) -> None:
    preparing.keep(choice=preparing.preparation().choice.with_date(time, used))


def by_hand(made: Mapping[np.datetime64, Decision]) -> None:
    """The same as a table, for the keyboard and for many dates; and the way back."""
    choice, times = preparing.preparation().choice, list(made)
    used = sum(decision.used for decision in made.values())
    if choice != Choice():
        st.button(f"Take all {len(times)} dates again", key="pick-all", on_click=_take_all)
    with st.expander(f"Choose by hand: {used} of {len(times)} dates count"):
        rows = {
            "Counts": [decision.used for decision in made.values()],
            "Date": [str(time.astype("datetime64[D]")) for time in times],
            "Clear": [round(100 * decision.seen.clear) for decision in made.values()],
            "Observed": [round(100 * decision.seen.coverage) for decision in made.values()],
            "Why not": [decision.reason for decision in made.values()],
        }
        st.data_editor(
            rows, key=_table_key(choice), hide_index=True, height=280,
            disabled=["Date", "Clear", "Observed", "Why not"], on_change=_ticked, args=(_table_key(choice), times),
            column_config={name: st.column_config.NumberColumn(format="%d %%") for name in ("Clear", "Observed")},
        )  # fmt: skip


def _table_key(choice: Choice) -> str:
    """A table of its own for each choice: its edits are kept in the choice, not in the table."""
    return f"pick-table-{hash(choice)}"


def _ticked(key: str, times: Sequence[np.datetime64]) -> None:
    edited = st.session_state.get(key, {}).get("edited_rows", {})
    choice = preparing.preparation().choice
    for row, change in edited.items():
        if "Counts" in change:
            choice = choice.with_date(times[int(row)], bool(change["Counts"]))
    preparing.keep(choice=choice)


def _take_all() -> None:
    preparing.keep(choice=Choice())
    for name in ("clear", "coverage"):
        st.session_state[_key(name)] = 0
    st.session_state[_key("every")] = ""
