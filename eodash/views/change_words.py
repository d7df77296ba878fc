"""The change page in sentences: how good a map is, how rare change is, what each step of cleaning took away."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date, timedelta
from math import isnan

from eodash.change.dated import NEAR, Dated
from eodash.change.post import Step
from eodash.change.scored import Scores
from eodash.views.hectares import in_words

METHODS = {
    "cva": "Change vector (CVA)", "ir-mad": "IR-MAD", "mad": "MAD", "pca-kmeans": "PCA and k-means",
    "pretext-here": "Features learnt here",
}  # fmt: skip
WAYS = {
    "pif": "Pseudo-invariant pixels", "none": "Nothing", "z-score": "z-score", "histogram": "Histogram match",
}  # fmt: skip
RULES = {"em": "EM", "otsu": "Otsu", "triangle": "triangle", "by hand": "by hand"}
HALF = {"half": "½", "by hand": "by hand"}
"""Rules for a chance."""


def percent(share: float) -> str:
    """`2.5 %`, `41 %`; never a small number that looks like none."""
    size = 100 * share
    if 0 < size < 0.1:
        return "under 0.1 %"
    return f"{size:.1f} %" if size < 10 else f"{size:.0f} %"


def spanned(first: date, last: date) -> str:
    """`May–Jun 2023` where whole months are meant, else `10 May–3 Jun 2023`."""
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    year = "" if first.year == last.year else f" {first.year}"
    if whole and not year and first.month == last.month:
        return f"{last:%b %Y}"
    ahead, behind = ("", "") if whole else (f"{first.day} ", f"{last.day} ")
    return f"{ahead}{first:%b}{year}–{behind}{last:%b %Y}"


def made_of(dates: Sequence[int], median: Sequence[float]) -> str:
    """What two composites are made of."""
    return (
        f"Each pixel is the median of its clear observations: of {dates[0]} dates before and {dates[1]} after, "
        f"{median[0]:.0f} and {median[1]:.0f} in the middle pixel."
    )


def scored(found: Scores) -> str:
    """Kappa, Dice, accuracy, and always beside them how rare change is and what "no change" alone would reach."""
    figures = "".join(
        f"<span style='margin-right:1.4em;white-space:nowrap'>{name} <b>{value}</b></span>"
        for name, value in (
            ("kappa", f"{found.kappa:.2f}"), ("Dice", f"{found.dice:.2f}"), ("accuracy", f"{found.accuracy:.3f}"),
        )
    )  # fmt: skip
    rare = "nothing changed" if found.rare == 0 else f"{percent(found.rare)} changed"
    return (
        f"<p class='eo-found' data-eo='change-scores'>{figures}<span class='eo-soft'>{rare}, so “no change” alone has "
        f"accuracy {found.still:.3f}; {percent(found.false_alarm)} of the unchanged ground is flagged</span></p>"
    )


def unscored(changed: float, share: float, seen: float) -> str:
    """The same where nobody knows the truth."""
    return (
        f"<p class='eo-found' data-eo='change-scores'><b>{in_words(changed)}</b> changed, {percent(share)} of what "
        f"both dates show. <span class='eo-soft'>{percent(seen)} of the ground is clear on both. Nobody knows the "
        "truth here, so nothing says how much of it is a false alarm.</span></p>"
    )


def dated_words(told: Dated) -> str:
    """How good dates of change are, where each change has a known day."""
    if not told.pixels:
        return f"Nothing here changed for good on a known day; {percent(told.false)} of the ground has a date."
    error = "" if isnan(told.error) else f"; the median error is {told.error:.0f} days"
    return (
        f"Where a change has a known day and stays, {percent(told.near)} of its pixels are dated within {NEAR:.0f} "
        f"days of it{error}. {percent(told.false)} of the ground that never changed has a date all the same. Images "
        "may lie weeks apart: no date can be nearer than the next clear one."
    )


def step_words(step: Step, cell: float) -> str:
    """`−3.4 ha, +0.8 ha`: what a step took away and added."""
    parts = [f"−{in_words(step.removed * cell)}"] + [f"+{in_words(step.added * cell)}"] * bool(step.added)
    return ", ".join(parts)


def cleaned(marked: float, steps: Sequence[Step], cell: float) -> str:
    """A line for each step, from what is above the threshold to what is left."""
    rows = [f"<tr><td>above the threshold</td><td></td><td>{in_words(marked)}</td></tr>"]
    rows += [
        f"<tr><td>{html.escape(step.name)}</td><td>{step_words(step, cell)}</td><td>{in_words(step.hectares)}</td></tr>"
        for step in steps
    ]
    return f"<table class='eo-table' data-eo='change-steps'><tbody>{''.join(rows)}</tbody></table>"
