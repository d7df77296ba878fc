"""Samples over the image they were labelled on, and what is said of the heads."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from eodash.teach.lesson import Lesson
from eodash.teach.samples import Field, Samples
from eodash.views.calendar_chart import Pixel
from eodash.views.map import pin
from eodash.views.picture import Warp

PINS = 80
"""Most samples that are marked: the newest ones."""


def pins(samples: Samples, warp: Warp, ask: tuple[int, int] | None = None) -> list[dict[str, Any]]:
    """A ring in the colour of its class on the middle of each field, with its number; an ink ring numbered 0 asks."""
    numbered = list(enumerate(samples.fields, 1))[-PINS:]
    drawn = [
        pin(Pixel(number, *middle(field)), warp) | {"colour": samples.classes.colours[field.label]}
        for number, field in numbered
    ]
    return drawn + ([pin(Pixel(1, *ask), warp) | {"number": 0, "colour": "#1A2126"}] if ask else [])


def middle(field: Field) -> tuple[int, int]:
    """The pixel of a field that lies nearest to its middle."""
    row = sum(place[0] for place in field.places) / len(field.places)
    column = sum(place[1] for place in field.places) / len(field.places)
    return min(field.places, key=lambda place: (place[0] - row) ** 2 + (place[1] - column) ** 2)


def classes_html(samples: Samples, shares: Sequence[float] = ()) -> str:
    """The classes with their colours, samples and share of the map."""
    counts = [sum(field.label == at for field in samples.fields) for at in range(len(samples.classes))]
    pairs = zip(samples.classes.names, samples.classes.colours, counts, strict=True)
    cells = []
    for at, (name, colour, count) in enumerate(pairs):
        share = f", {100 * shares[at]:.0f} % of the map" if shares else ""
        fields = f"{count} field{'s' * (count != 1)}{share}"
        cells.append(
            f"<span><i style='background:{colour}'></i>{html.escape(name)} <span class='eo-soft'>{fields}</span></span>"
        )
    return f"<div class='eo-swatches' data-eo='taught-classes'>{''.join(cells)}</div>"


def heads_html(lesson: Lesson) -> str:
    """The three heads, the best one first marked."""
    rows = []
    for kind, scored in lesson.scored.items():
        right = "–" if scored.kept.accuracy is None else f"{100 * scored.kept.accuracy:.0f} %"
        fields = str(scored.kept.fields) if scored.kept.accuracy is not None else "–"
        mark = "● draws the map" if kind == lesson.best else ""
        title = f"<b>{html.escape(scored.title)}</b>" if kind == lesson.best else html.escape(scored.title)
        rows.append(
            f"<tr><td>{title}</td><td>{right}</td><td>{fields}</td><td>{scored.seconds:.1f} s</td>"
            f"<td class='eo-left'>{mark}</td></tr>"
        )
    head = "<tr><th>Head</th><th>right on fields left out</th><th>fields asked</th><th>took</th><th></th></tr>"
    return f"<div class='eo-scroll'><table class='eo-table' data-eo='taught-heads'>{head}{''.join(rows)}</table></div>"
