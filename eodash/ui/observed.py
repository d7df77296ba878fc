"""Which images there are for the question at hand: planned, used, left out, failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from eodash.errors import DateError
from eodash.request import Request
from eodash.sources.contract import DateStatus, Plan
from eodash.store import Run
from eodash.ui import cached, choices, picking
from eodash.ui.figure import figure
from eodash.ui.page import mode, section
from eodash.views.observations import Observation, observations
from eodash.views.picture import Look

QUESTION = "Which images are there?"


def observed() -> None:
    """A chart of all dates, with reasons and what was done to the numbers; once fetched, dates can be picked."""
    try:
        request = choices.draft().request
    except DateError:  # said where the price stands
        return
    if request is None:
        return
    stored = cached.store().dates(request.key)
    statuses = merged(_planned(request), stored)
    if not statuses:
        return
    opened = choices.run()
    if opened is not None and opened.key == request.key and cached.cube(request.key) is not None:
        _picker(opened, statuses)
    else:
        _bars(request, statuses, bool(stored))
    _failures([status for status in statuses if status.state == "failed"])
    _applied([status for status in statuses if status.applied])


def _bars(request: Request, statuses: list[DateStatus], fetched: bool) -> None:
    """What is planned, or comes in."""
    dates = [Observation.of(status) for status in statuses]
    told = "Bars: the images of the files." if request.recipe else "Bars: what the catalogue says is clear."
    said = "Bars: clear share of the area on each date." if fetched else told
    _heading(dates, said, "used" if fetched else "wanted")
    chart = observations(dates, 100 - request.max_cloud, mode())
    figure(chart, "planned", question=QUESTION, alt=_said(dates), table=partial(_table, tuple(dates)), heading=False)


def _picker(opened: Run, statuses: list[DateStatus]) -> None:
    """What was fetched, with rules and clicks that leave dates out."""
    made = picking.decisions(opened)
    dates = [Observation.of(status, made.get(status.time)) for status in statuses]
    _heading(
        dates,
        "Bars: clear share, pale behind it what was observed. Click a bar to take its date out, or back in.",
        "used",
    )
    picking.rules()
    limit = cached.preparation(opened).choice.clear
    pictures = {time: cached.picture_of(opened, time, Look(), 96) for time in made}
    chart = observations(dates, limit, mode(), pictures, "clear limit")
    figure(
        chart, "observations", question=QUESTION, alt=_said(dates), table=partial(_table, tuple(dates)), heading=False,
        on_select=lambda: picking.clicked("observations"),
    )  # fmt: skip
    picking.by_hand(made)


def merged(plan: Plan | None, stored: Sequence[DateStatus]) -> list[DateStatus]:
    """What is stored counts; what is only planned stands in with the catalogue's word."""
    found: dict[np.datetime64, DateStatus] = {}
    if plan is not None:
        found |= {status.time: status for status in plan.skipped}
        found |= {
            planned.time: DateStatus(planned.time, "used", cloud=planned.cloud, items=planned.items)
            for planned in plan.dates
        }
    found |= {status.time: status for status in stored}
    return [found[time] for time in sorted(found)]


def _planned(request: Request) -> Plan | None:
    """The plan, if it has been made by now."""
    future = cached.plan(request)
    return future.result() if future.done() and future.exception() is None else None


def _heading(dates: list[Observation], said: str, used: str) -> None:
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        section(QUESTION, said)
    with right:
        count = Counter(date.state for date in dates)
        bad = f"<span class='eo-bad'>✕ failed {count['failed']}</span>" if count["failed"] else ""
        st.html(
            f"<div class='eo-key'><span><i></i>{used} {count['used']}</span>"
            f"<span><i class='eo-hatch'></i>left out {count['left out']}</span>{bad}</div>"
        )


def _said(dates: list[Observation]) -> str:
    count = Counter(date.state for date in dates)
    return (
        f"Chart of {len(dates)} dates from {dates[0].time.astype('datetime64[D]')} to "
        f"{dates[-1].time.astype('datetime64[D]')}: {count['used']} used, {count['left out']} left out, "
        f"{count['failed']} failed."
    )


def _table(dates: tuple[Observation, ...]) -> pd.DataFrame:
    """What the bars show, by date."""
    return pd.DataFrame({
        "date": [date.time for date in dates],
        "state": [date.state for date in dates],
        "clear %": [round(date.clear, 1) for date in dates],
        "observed %": [round(date.coverage, 1) for date in dates],
        "said": [date.said for date in dates],
    })  # fmt: skip


def _failures(failed: list[DateStatus]) -> None:
    if failed:
        with st.expander(f"Why {len(failed)} failed"):
            st.table({"Date": [_day(status) for status in failed], "Reason": [status.reason for status in failed]})


def _applied(known: list[DateStatus]) -> None:
    """What was done to the numbers of each date: offset, baseline, and how that was decided."""
    if known:
        with st.expander("What was done to the numbers"):
            st.dataframe(
                {
                    "Date": [_day(status) for status in known],
                    "Items": [", ".join(status.items) for status in known],
                    "Applied": ["; ".join(f"{name}: {value}" for name, value in one.applied.items()) for one in known],
                },
                hide_index=True,
                height=240,
            )


def _day(status: DateStatus) -> str:
    return str(status.time.astype("datetime64[D]"))
