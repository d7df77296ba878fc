"""Which images there are for the question at hand: planned, used, left out, failed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from eodash.errors import DateError
from eodash.request import Request
from eodash.sources.contract import DateStatus, Plan
from eodash.ui import cached, choices
from eodash.ui.page import mode, section
from eodash.ui.regions import counted
from eodash.views.observations import observations
from eodash.views.picture import Look
from eodash.views.theme import CHART


def observed() -> None:
    """A chart of all dates, with reasons and what was done to the numbers."""
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
    pictures = _pictures(request.key)
    _heading(counted(statuses), bool(stored), bool(pictures))
    chart = observations(statuses, request.max_cloud, mode(), pictures)
    st.plotly_chart(chart, theme=None, config=CHART, key="observations", alt=_said(statuses))
    _failures([status for status in statuses if status.state == "failed"])
    _applied([status for status in statuses if status.applied])


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


def _pictures(key: str) -> dict[np.datetime64, str] | None:
    """The address of a small picture of each fetched date."""
    here = cached.cube(key)
    if here is None:
        return None
    times = here["time"].values.astype("datetime64[s]")
    return {time: cached.picture_url(key, time, Look(), 96) for time in times}


def _heading(count: dict[str, int], fetched: bool, frames: bool) -> None:
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        bars = "Bars: clear share of the area on each date." if fetched else "Bars: what the catalogue says is clear."
        section("Observations", bars + (" Frames: the images that are used." if frames else ""))
    with right:
        bad = f"<span class='eo-bad'>✕ failed {count['failed']}</span>" if count["failed"] else ""
        st.html(
            f"<div class='eo-key'><span><i></i>{'used' if fetched else 'wanted'} {count['used']}</span>"
            f"<span><i class='eo-hatch'></i>too cloudy {count['skipped']}</span>{bad}</div>"
        )


def _said(statuses: list[DateStatus]) -> str:
    count = counted(statuses)
    return (
        f"Chart of {len(statuses)} dates from {_day(statuses[0])} to "
        f"{_day(statuses[-1])}: {count['used']} used, {count['skipped']} too cloudy, "
        f"{count['failed']} failed."
    )


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
