"""What may be changed: one tool at a time, and the list of what has been; kept in the run's view as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import streamlit as st

from eodash.sensors import sensor_of
from eodash.ui import choices
from eodash.ui.page import caption
from eodash.ui.said import Said
from eodash.views.calendar_chart import day
from eodash.views.whatif_words import edit_in_words
from eodash.whatif import Band, Cloud, Drop, Edit, Haze, Noise, Shift, covered, plain, read, toggled

TOOLS = {
    "drop": "Drop dates", "cloud": "Cloud", "haze": "Haze", "noise": "Noise", "shift": "Calendar", "band": "Band",
}  # fmt: skip
HAZE, NOISE, DAYS = 0.3, 0.1, 30
"""Ends of the sliders."""
BESIDE = (1.6, 1)
"""A slider, and a button that is read whole on a narrow screen."""


@dataclass(frozen=True)
class Changes:
    """The edits of the open run, and what they may name."""

    edits: tuple[Edit, ...]
    notices: tuple[str, ...]
    times: tuple[str, ...]
    bands: tuple[str, ...]

    def one(self, kind: type[Any]) -> Any:
        """The first edit of a kind."""
        return next((edit for edit in self.edits if isinstance(edit, kind)), None)

    def instead(self, kind: type[Any], *edits: Edit) -> tuple[Edit, ...]:
        """These in the place of all of a kind."""
        return (*(edit for edit in self.edits if not isinstance(edit, kind)), *edits)


def changes(said: Said) -> Changes:
    """As the run's view has them; what a link says that cannot be is left out."""
    times = tuple(str(time) for time in said.times)
    bands = tuple(said.card.input.bands)
    return Changes(*read(choices.view("edits"), times, bands), times, bands)


def tool() -> str:
    """The chosen tool."""
    wanted = choices.view("tool")
    return wanted if isinstance(wanted, str) and wanted in TOOLS else "drop"


def tools(said: Said, here: Changes) -> None:
    """The tool, what it takes, and everything that has been changed."""
    _show("whatif-tool", tool())
    left, right = st.columns([1.28, 1], gap="medium", vertical_alignment="bottom")
    with left:
        st.segmented_control(
            "Change", list(TOOLS), format_func=TOOLS.__getitem__, required=True, key="whatif-tool",
            on_change=lambda: choices.keep_view(tool=st.session_state["whatif-tool"]),
        )  # fmt: skip
    with right, st.container(key="whatif-takes"):
        TAKES[tool()](said, here)
    _changed(here)


def clicked(said: Said, here: Changes, place: int) -> None:
    """A click on a date of the chart: painted with the cloud in hand, else dropped; or given back."""
    keep(toggled(here.edits, Cloud if tool() == "cloud" else Drop, here.times[place]))


def keep(edits: Sequence[Edit]) -> None:
    """Keep the edits with the run."""
    choices.keep_view(edits=plain(edits))


def _named(time: str) -> str:
    return day(np.datetime64(time), year=True)


def _drop(said: Said, here: Changes) -> None:
    _show("whatif-drop", list(covered(here.edits, Drop)))
    st.multiselect(
        "Dates that are missing", here.times, format_func=_named, key="whatif-drop",
        placeholder="Choose dates, or click one in the chart",
        on_change=lambda: _set_dates(here, tuple(sorted(st.session_state["whatif-drop"]))),
    )  # fmt: skip


def _set_dates(here: Changes, dates: tuple[str, ...]) -> None:
    keep(here.instead(Drop, *([Drop(dates)] if dates else [])))


def _cloud(said: Said, here: Changes) -> None:
    days = [np.datetime64(time, "D").item() for time in here.times]
    if days[0] == days[-1]:
        dates: tuple[str, ...] = here.times
        caption(f"The series has one date: {_named(here.times[0])}.")
    else:
        left, right = st.columns(BESIDE, gap="small", vertical_alignment="bottom")
        with left:
            first, last = st.slider(
                "From – to", days[0], days[-1], _third(days), format="D MMM", key=f"whatif-range-{days[0]}-{days[-1]}",
                help="Or click dates in the chart.",
            )  # fmt: skip
        dates = tuple(time for time, each in zip(here.times, days, strict=True) if first <= each <= last)
    (st if days[0] == days[-1] else right).button(
        f"Paint {len(dates)} date{'' if len(dates) == 1 else 's'}", key="whatif-paint", disabled=not dates,
        on_click=lambda: keep((*here.edits, Cloud(dates))), width="stretch",
    )  # fmt: skip


def _third(days: Sequence[date]) -> tuple[date, date]:
    """The middle third of a season, as a beginning."""
    third = (days[-1] - days[0]) / 3
    return days[0] + third, days[-1] - third


def _haze(said: Said, here: Changes) -> None:
    _slider("Added to the blue, in reflectance", 0.0, HAZE, 0.01, "haze", getattr(here.one(Haze), "amount", 0.0),
            lambda amount: keep(here.instead(Haze, *([Haze(amount)] if amount else []))))  # fmt: skip


def _noise(said: Said, here: Changes) -> None:
    now = here.one(Noise)
    seed = 0 if now is None else now.seed
    left, right = st.columns(BESIDE, gap="small", vertical_alignment="bottom")
    with left:
        _slider("Standard deviation, in reflectance", 0.0, NOISE, 0.005, "noise", getattr(now, "amount", 0.0),
                lambda amount: keep(here.instead(Noise, *([Noise(amount, seed)] if amount else []))))  # fmt: skip
    right.button(
        "Draw again", key="whatif-draw", disabled=now is None, width="stretch",
        help="Other noise, as strong; each draw is the same whenever it is drawn.",
        on_click=lambda: keep(here.instead(Noise, Noise(now.amount, (seed + 1) % 1000))),
    )  # fmt: skip


def _shift(said: Said, here: Changes) -> None:
    _slider("The model is told dates so many days later", -DAYS, DAYS, 1, "shift", getattr(here.one(Shift), "days", 0),
            lambda days: keep(here.instead(Shift, *([Shift(days)] if days else []))))  # fmt: skip


def _show(key: str, value: Any) -> None:
    """Make a widget show what the edits say; one that does is left alone, it may be under the reader's hand."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _slider(
    label: str, low: float, high: float, step: float, name: str, value: float, kept: Callable[[Any], None]
) -> None:
    """A slider that shows what the edits say; a value of a link beyond its end stands at the end."""
    key = f"whatif-{name}"
    _show(key, min(max(value, low), high))
    st.slider(label, low, high, step=step, key=key, on_change=lambda: kept(st.session_state[key]))


def _band(said: Said, here: Changes) -> None:
    _show("whatif-band", [edit.band for edit in here.edits if isinstance(edit, Band)])
    sensor = sensor_of(said.cube.attrs)
    st.multiselect(
        "Bands that tell nothing", here.bands, key="whatif-band",
        format_func=lambda band: f"{sensor.band(band).title} ({band})",
        placeholder="Choose bands: each is set to what the model saw on average",
        on_change=lambda: keep(here.instead(Band, *(Band(each) for each in st.session_state["whatif-band"]))),
    )  # fmt: skip


TAKES: dict[str, Callable[[Said, Changes], None]] = {
    "drop": _drop, "cloud": _cloud, "haze": _haze, "noise": _noise, "shift": _shift, "band": _band,
}  # fmt: skip


def _changed(here: Changes) -> None:
    """Every edit as a button that takes it back."""
    for notice in here.notices:
        st.html(f"<p class='eo-found'><span class='eo-warn'>▲</span> {notice}</p>")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="whatif-changed"):
        if not here.edits:
            caption("Nothing is changed yet. Click a date in the chart to drop it, or choose another change above.")
            return
        for place, edit in enumerate(here.edits):
            st.button(
                edit_in_words(edit), icon=":material/close:", key=f"whatif-undo-{place}", help="Undo this change",
                on_click=keep, args=([*here.edits[:place], *here.edits[place + 1 :]],),
            )  # fmt: skip
        st.button("Undo all", key="whatif-undo-all", type="tertiary", on_click=keep, args=([],))
