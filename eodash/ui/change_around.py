"""What was seen round one pixel: on both dates, or in both ranges, and in the same season a year before."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from eodash.change.ranges import Span, composite
from eodash.change.twin import twin
from eodash.ui.change_found import Found
from eodash.ui.change_ranges import Spans
from eodash.ui.page import mode
from eodash.views.change_chip import HALF
from eodash.views.change_spectra import Shown
from eodash.views.change_words import spanned
from eodash.views.theme import PALETTES, PIXELS

AHEAD, BEHIND = "before", "after"
EARLIER = ("a year before A", "a year before B")


@dataclass(frozen=True, eq=False)
class Around:
    """Images (time, band, y, x), where the pixel lies in them, and which of them are shown."""

    images: xr.DataArray = field(repr=False)
    place: tuple[int, int]
    shown: list[Shown]


def looked_at(here: Found, place: tuple[int, int]) -> Around:
    """Both dates or ranges, and of each its twin a year earlier, if the pixel was clear then."""
    if here.dates.spans is not None:
        return _of_spans(here, place, here.dates.spans)
    tones, times = _tones(), here.cube["time"].values.astype("datetime64[s]")
    clear = here.cube["clear"].values[:, place[0], place[1]].astype(bool)
    shown = [Shown(here.before, AHEAD, tones[0]), Shown(here.after, BEHIND, tones[1])]
    known = {here.before, here.after}
    for one, label, tone in zip((here.before, here.after), EARLIER, tones, strict=True):
        earlier = twin(times, one, clear)
        if earlier is not None and earlier not in known:
            known.add(earlier)
            shown.append(Shown(earlier, label, tone, "dot"))
    return Around(here.cube, place, shown)


def _of_spans(here: Found, place: tuple[int, int], spans: Spans) -> Around:
    """Composites of the pixel's neighbourhood alone."""
    row, column = place
    top, left = max(row - HALF, 0), max(column - HALF, 0)
    window = here.cube[:, :, top : row + HALF + 1, left : column + HALF + 1]
    within = (row - top, column - left)
    clear = window["clear"].values[:, within[0], within[1]].astype(bool)
    tones, times = _tones(), window["time"].values
    wanted: list[tuple[Span, str, str, str]] = []
    for span, label, tone, dash in (
        (spans[0], AHEAD, tones[0], "solid"), (spans[1], BEHIND, tones[1], "solid"),
        (spans[0].earlier(), EARLIER[0], tones[0], "dot"), (spans[1].earlier(), EARLIER[1], tones[1], "dot"),
    ):  # fmt: skip
        if dash == "solid" or ((clear & span.holds(times)).any() and not _same(span, spans)):
            wanted.append((span, label, tone, dash))
    images = [composite(window, span).drop_vars("seen") for span, *_ in wanted]
    shown = [
        Shown(number, label, tone, dash, spanned(span.first, span.last))
        for number, (span, label, tone, dash) in enumerate(wanted)
    ]
    return Around(xr.concat(images, "time", combine_attrs="override"), within, shown)


def _same(span: Span, spans: Spans) -> bool:
    """Whether a range is one of these but for a leap day."""
    return any(abs((span.first - each.first).days) <= 1 and abs((span.last - each.last).days) <= 1 for each in spans)


def _tones() -> tuple[str, str]:
    return PALETTES[mode()].soft, PIXELS[0]


def middle(here: Found, span: Span) -> np.datetime64:
    """The image nearest to the middle of a range."""
    times = here.cube["time"].values.astype("datetime64[s]")
    inside = times[span.holds(times)]
    return np.datetime64(inside[len(inside) // 2], "s")
