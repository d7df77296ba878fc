"""One clicked pixel: both spectra, both chips, the same season a year earlier, and its whole series."""

from __future__ import annotations

import html
from functools import partial

import numpy as np
import streamlit as st

from eodash.cube import geobox_of
from eodash.ui import cached, choices
from eodash.ui.change_around import AHEAD, BEHIND, Around, looked_at, middle
from eodash.ui.change_found import Found
from eodash.ui.change_maps import asked, moved_most
from eodash.ui.change_pictures import address
from eodash.ui.figure import figure
from eodash.ui.page import caption, empty, mode, section
from eodash.ui.regions import degrees
from eodash.views.calendar_chart import Pixel, panel_layer
from eodash.views.change_chip import chip
from eodash.views.change_shaded import shaded
from eodash.views.change_spectra import Shown, spectra, spectra_table
from eodash.views.map import pin
from eodash.views.picture import Look, plain_look, warp_of
from eodash.views.two_dates import dated


def pixel(here: Found) -> None:
    """Everything about the pixel, or what to do to get one."""
    place = asked(here)
    if place is None:
        section("One pixel")
        empty(
            "No pixel chosen", "Click any picture to see what that pixel measured on both dates.",
            "Take the pixel that moved most", lambda: choices.keep_view(asked=list(moved_most(here))),
        )  # fmt: skip
        return
    _heading(here, place)
    around = looked_at(here, place)
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        _chips(here, around)
        _spectra(around)
    with right:
        _series(here, place)


def _heading(here: Found, place: tuple[int, int]) -> None:
    where = pin(Pixel(1, *place), warp_of(geobox_of(here.cube)))
    value = float(here.detected.magnitude[place])
    said = "It was not seen on both dates."
    if np.isfinite(value):
        beyond = "above" if value > here.detected.threshold.value else "below"
        kept = "changed" if here.mask[place] else "not changed"
        moved = f"Its chance of change is {value:.2f}" if here.chance else f"It moved by {value:.3g}"
        said = f"{moved}, {beyond} the threshold of {here.detected.threshold.value:.3g}: {kept}."
        if here.truth is not None:
            said += f" In truth it {'changed' if here.truth[place] else 'did not change'}."
    section(f"Pixel at {degrees(where['lat'], where['lng'], 4)}", said)


def _chips(here: Found, around: Around) -> None:
    """What lies around the pixel on each date."""
    layer, shown = plain_look(here.cube).layer, around.shown
    limits = cached.limits(here.dates.run, layer)
    parts = []
    for one in shown:
        url = address(chip(around.images, one.index, Look(layer), around.place, limits), f"chip-{one.index}")
        when = one.when(around.images)
        said = f"{one.label}, {when}"
        parts.append(
            f"<figure style='margin:0;flex:1 1 0;min-width:0;max-width:150px'><img src='{url}' alt='Around the pixel, "
            f"{html.escape(said, quote=True)}' style='width:100%;border-radius:6px;display:block'>"
            f"<figcaption class='eo-small'>{html.escape(one.label)}<br>{html.escape(when)}</figcaption></figure>"
        )
    st.html(f"<div style='display:flex;gap:10px' data-eo='change-chips'>{''.join(parts)}</div>")
    if not any(one.label.endswith(" B") for one in shown):
        moments = here.pair.times or (here.dates.before, here.dates.after)
        apart = abs(abs(float((moments[1] - moments[0]) / np.timedelta64(1, "D"))) - 365) <= 30
        caption(
            "Both lie a year apart, so each is the other's twin: the season is taken out already."
            if apart
            else "The pixel was not clear a year before either, so what the season does cannot be told apart."
        )


def _spectra(around: Around) -> None:
    one = around.images[:, :, around.place[0], around.place[1]].load()
    words = " and ".join(f"{each.label}" for each in around.shown)
    figure(
        spectra(one, around.shown, mode()), "change-spectra", question="What did it measure?",
        caption="Per band; dotted: the same season a year earlier.",
        alt=f"Spectra of the pixel: {words}", table=partial(spectra_table, one, around.shown),
    )  # fmt: skip


def _series(here: Found, place: tuple[int, int]) -> None:
    index, spans = panel_layer(here.cube, "ndvi"), here.dates.spans
    chart, lock = cached.chart_of(here.dates.run, (Pixel(1, *place),), index, mode())
    ends = (here.dates.before, here.dates.after) if spans is None else (middle(here, spans[0]), middle(here, spans[1]))
    days = [] if spans is None else [(each.first, each.last) for each in spans]
    with lock, dated(chart, *ends), shaded(chart, days, mode()):
        figure(
            chart, "change-series", question="How did it get there?",
            caption="The whole series; A and B are the dates." if spans is None
            else "The whole series; A and B stand in the ranges, which are shaded.",
            alt="Images, index and bands of the pixel over all dates, with a line at either date",
            table=partial(spectra_table, here.cube[:, :, place[0], place[1]],
                          [Shown(here.before, AHEAD, ""), Shown(here.after, BEHIND, "")]),
        )  # fmt: skip
