"""The two tests that always stand beside the attention: clouds, and dates taken away."""

from __future__ import annotations

import html
from functools import partial

import streamlit as st
import xarray as xr

from eodash.ui.attention_chosen import Shown
from eodash.ui.attention_faithful import PIXELS, faithful
from eodash.ui.figure import figure
from eodash.ui.page import mode, section
from eodash.views.attention import Verdict, share
from eodash.views.attention_clouds import clouds_chart, clouds_table, clouds_verdict, nothing_to_skip
from eodash.views.attention_drops import agreement, drops_chart, drops_table, drops_verdict

GOES, LOOSE = 0.5, 0.2
"""Rank correlations from which attention and change go together, and go together loosely."""


def clouds(shown: Shown) -> None:
    """Attention on cloudy dates, beside the share of dates that are cloudy."""
    looks = shown.looks
    question = "Test 1: attention on clouds"
    why = nothing_to_skip(looks)
    if why is not None:
        section(question, "Share of each head's attention that falls on cloudy dates.")
        _nothing(*why)
        return
    verdict = clouds_verdict(looks)
    line = "share of dates that are cloudy"
    if looks.causal and not looks.single:
        line = f"a head that looks alike at all dates so far ({share(float(looks.cloudy.mean()))} of them are cloudy)"
    figure(
        clouds_chart(looks, mode()),
        "attention-clouds",
        question=question,
        caption=f"Share per head; line: {line}.",
        alt=f"{_plain(verdict)} Share of dates that are cloudy: {share(float(looks.cloudy.mean()))}.",
        table=partial(clouds_table, looks),
    )
    _said(verdict)


def dates_away(shown: Shown) -> None:
    """Whether the answer hangs on what is attended to: over the region, and at this pixel."""
    question = "Test 2: take dates away"
    found = faithful(shown.said, question)
    if found is not None:
        _region(found, question)
    _pixel(shown)


def _region(found: xr.Dataset, question: str) -> None:
    count = found.sizes.get("pixel", PIXELS)
    verdict = drops_verdict(found)
    if not any(found[name].notnull().any() for name in ("top", "random")):
        section(question, "Whether the answer hangs on the dates that are attended to most.")
        _nothing(verdict.bold, verdict.rest)
        return
    figure(
        drops_chart(found, mode()),
        "attention-drops",
        question=question,
        caption="Change of the winner's probability, in points, without the k most attended dates or k random ones: "
        f"mean of {count} pixels of this region; shaded: the middle half.",
        alt=_plain(verdict),
        table=partial(drops_table, found),
    )
    _said(verdict)


def _pixel(shown: Shown) -> None:
    """The same question at the pixel: its dates one by one, drawn under the attention that each received."""
    if shown.change is None:
        return
    together = agreement(shown.looks, None, shown.change)
    if together is None:
        said, mark = "At this pixel too few dates differ to tell whether attention and change go together.", ""
    else:
        figure_said = f"rank correlation {together:+.2f}".replace("-", "−")
        if together >= GOES:
            said, mark = f"At this pixel the attended dates are those that matter ({figure_said}).", "ok"
        elif together >= LOOSE:
            said, mark = f"At this pixel attention and change go together loosely ({figure_said}).", ""
        else:
            said, mark = f"At this pixel attention does not tell which dates matter ({figure_said}).", "warn"
    sign = {"ok": "<span class='eo-ok'>✓</span> ", "warn": "<span class='eo-warn'>▲</span> "}.get(mark, "")
    st.html(f"<p class='eo-caption' data-eo='attention-pixel-test'>{sign}{html.escape(said)}</p>")


def _said(verdict: Verdict) -> None:
    """✓ or ▲, in words."""
    mark = "<span class='eo-ok'>✓</span>" if verdict.good else "<span class='eo-warn'>▲</span>"
    warning = f" <span class='eo-warn'>▲ {html.escape(verdict.warning)}</span>" if verdict.warning else ""
    st.html(
        f"<p class='eo-found' data-eo='attention-verdict'>{mark} <b>{html.escape(verdict.bold)}</b>"
        f"{html.escape(_joined(verdict.rest))}{warning}</p>"
    )


def _plain(verdict: Verdict) -> str:
    return f"{verdict.bold}{_joined(verdict.rest)} {verdict.warning}".strip()


def _joined(rest: str) -> str:
    return rest if not rest or rest[0] in ".;," else f" {rest}"


def _nothing(title: str, sentence: str) -> None:
    st.html(
        f"<div class='eo-empty' style='padding:56px 12px'><b>{html.escape(title)}</b><br>{html.escape(sentence)}</div>"
    )
