"""What the doctor found in the open series: evidence, a correction with one click, and the way back."""

from __future__ import annotations

import html
import json
from functools import partial

import streamlit as st

from eodash.doctor import Finding, Fix
from eodash.errors import EodashError
from eodash.store import Run
from eodash.ui import cached, preparing
from eodash.ui.figure import figure
from eodash.ui.page import caption, failed, mode, section
from eodash.views import evidence

MARKS = {"bad": "✕", "warn": "▲"}
LOOKED_FOR = "scale, offset, order of bands, level, duplicate dates, clipped values, no-data read as data, empty dates"


def doctor(opened: Run) -> None:
    """Findings with their evidence; corrections that were made, each with its way back."""
    section("Are the numbers what they say?", f"Looked for: {LOOKED_FOR}.")
    _corrected(opened)
    future = cached.findings(opened)
    if not future.done():
        _examining(opened)
        return
    error = future.exception()
    if isinstance(error, EodashError):
        failed(error, {"Undo all corrections": lambda: preparing.keep(fixes=())}, key="doctor-failed")
        return
    found = future.result()
    if not found:
        here = cached.prepared(opened)
        if here is not None:
            st.html(
                f"<p class='eo-found'><span class='eo-ok'>✓</span> Nothing was found on {here.sizes['time']} dates "
                f"and {here.sizes['band']} bands.</p>"
            )
    for place, finding in enumerate(found):
        _finding(finding, place)


@st.fragment(run_every=0.3)
def _examining(opened: Run) -> None:
    if cached.findings(opened).done():
        st.rerun()
        return
    caption("Looking at every date and band …")


def _finding(finding: Finding, place: int) -> None:
    with st.container(border=True, key=f"finding-{place}"):
        words, picture = st.columns([1, 1.5], gap="medium")
        with words:
            st.html(
                f"<p class='eo-found'><b><span class='eo-{finding.severity}'>{MARKS[finding.severity]}</span> "
                f"{html.escape(finding.title)}</b><br>{html.escape(finding.explanation)}</p>"
            )
            if finding.fix is not None:
                st.button("Correct it", type="primary", key=f"correct-{place}", on_click=_add, args=(finding.fix,))
            else:
                caption(finding.advice)
            if finding.dates:
                days = [time[:10] for time in finding.dates]
                caption(f"Dates: {', '.join(days[:8])}{f' and {len(days) - 8} more' if len(days) > 8 else ''}.")
        with picture:
            said = evidence.caption(finding)
            figure(
                evidence.evidence(finding, mode()),
                f"evidence-{place}",
                question=f"What does it rest on: {finding.title}",
                caption=said,
                alt=f"{finding.title} {said}",
                table=partial(evidence.table, finding),
                heading=False,
            )


def _add(fix: Fix) -> None:
    preparing.keep(fixes=(*preparing.preparation().fixes, fix))


def _corrected(opened: Run) -> None:
    """The corrections of this run; the last can be taken back, or all."""
    fixes = preparing.preparation().fixes
    if not fixes:
        return
    with st.container(border=True, key="corrected"):
        said = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in _sentences(opened))
        st.html(
            f"<p class='eo-found'><b><span class='eo-ok'>✓</span> Corrected, and noted in every export</b></p>"
            f"<ul class='eo-list'>{said}</ul>"
        )
        with st.container(horizontal=True):
            st.button("Undo the last", key="undo-last", on_click=lambda: preparing.keep(fixes=fixes[:-1]))
            if len(fixes) > 1:
                st.button("Undo all", key="undo-all", on_click=lambda: preparing.keep(fixes=()))


def _sentences(opened: Run) -> list[str]:
    here = cached.prepared(opened)
    return list(json.loads(here.attrs.get("corrections", "[]"))) if here is not None else []
