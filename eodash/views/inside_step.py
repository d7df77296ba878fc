"""One step of one unit, its numbers in place and in words."""

from __future__ import annotations

import html
from dataclasses import dataclass

from eodash.views.states import Step, Unit


@dataclass(frozen=True)
class Term:
    """A number of an equation: what stands for it, and what it is."""

    value: str
    letter: str
    meaning: str


DEEDS = {
    "held": "It held on to its memory",
    "added": "It added to its memory",
    "replaced": "It replaced its memory",
    "faded": "It let its memory fade",
    "wrote": "It wrote its first memory",
    "waited": "It let little in to begin with",
    "slept": "It did not read this date",
}


def step_words(step: Step, unit: Unit, date: str, *, cloudy: bool = False) -> tuple[str, str]:
    """What a unit did at a date: one sentence, and the numbers behind it; plain text."""
    name = unit.title[0].upper() + unit.title[1:]
    if not step.read:
        return f"{DEEDS['slept']}.", f"Nothing usable was there on {date}: gates and states stay as they were."
    deed = DEEDS[step.deed] + (" on a cloudy date" if cloudy else "")
    kept = "had nothing to keep yet" if step.first else f"kept {_share(step.f)} of what it knew"
    added = f"let in {_share(step.i)} of the new"
    said = f"{name} {kept}, {added} and shows {_share(step.o)} of the result."
    if unit.backward:
        said += " It reads from the end of the season, so what it knew comes from later dates."
    return f"{deed}.", said


def step_html(step: Step, unit: Unit, date: str) -> str:
    """The two equations with the numbers of the date, each number over its letter."""
    later = "t+1" if unit.backward else "t−1"
    memory = (
        (Term(number(step.c), "c<sub>t</sub>", "memory"),),
        ("=", Term(number(step.f), "f", "kept"), "·", Term(number(step.before), f"c<sub>{later}</sub>", "knew")),
        ("+", Term(number(step.i), "i", "let in"), "·", Term(number(step.g), "g", "new")),
    )
    shown = (
        (Term(number(step.h), "h<sub>t</sub>", "passed on"),),
        ("=", Term(number(step.o), "o", "shown"), "· tanh", Term(number(step.c), "c<sub>t</sub>", "memory")),
    )
    spoken = (
        f"On {date}: c = {number(step.f)} times {number(step.before)} plus {number(step.i)} times {number(step.g)} "
        f"= {number(step.c)}; h = {number(step.o)} times tanh of {number(step.c)} = {number(step.h)}"
    )
    rows = "".join(_row(row) for row in (memory, shown))
    return f"<div role='img' aria-label='{html.escape(spoken, quote=True)}'>{rows}</div>"


def number(value: float) -> str:
    """Two decimals with a true minus sign, and no minus before nothing."""
    said = f"{value:.2f}" if abs(value) < 99.5 else f"{value:.0f}"
    return said.removeprefix("-") if float(said) == 0 else said.replace("-", "−")


_ROW = "display:flex;align-items:baseline;gap:4px 8px"


def _row(groups: tuple[tuple[Term | str, ...], ...]) -> str:
    parts = "".join(_group(each) for each in groups)
    return f"<div style='{_ROW};flex-wrap:wrap;margin:4px 0 10px'>{parts}</div>"


def _group(parts: tuple[Term | str, ...]) -> str:
    """What stays together where the row is too narrow."""
    return f"<span style='{_ROW}'>{''.join(_part(each) for each in parts)}</span>"


def _part(part: Term | str) -> str:
    if isinstance(part, str):
        return f"<span style='color:var(--eo-soft);font-size:18px'>{part}</span>"
    return (
        "<span style='display:inline-flex;flex-direction:column;align-items:center;min-width:42px'>"
        f"<b style='font-size:20px;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.25'>{part.value}</b>"
        f"<span style='font-size:14px;line-height:1.3'><i>{part.letter}</i></span>"
        f"<span style='font-size:13px;line-height:1.3;color:var(--eo-soft)'>{part.meaning}</span></span>"
    )


def _share(value: float) -> str:
    """A gate in per cent: never quite all, never quite nothing, unless it is."""
    percent = 100 * value
    if 0 < percent < 0.5:
        return "less than 1 %"
    if 99.5 < percent < 100:
        return "over 99 %"
    return f"{percent:.0f} %"
