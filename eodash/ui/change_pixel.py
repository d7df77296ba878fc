"""One clicked pixel: both spectra, both chips, the same season a year earlier, and its whole series."""

from __future__ import annotations

import html
from functools import partial

import numpy as np
import streamlit as st

from eodash.change.twin import twin
from eodash.cube import geobox_of
from eodash.ui import cached, choices
from eodash.ui.change_found import Found
from eodash.ui.change_maps import address, asked, moved_most
from eodash.ui.figure import figure
from eodash.ui.page import caption, empty, mode, section
from eodash.ui.regions import degrees
from eodash.views.calendar_chart import Pixel, day, panel_layer
from eodash.views.change_chip import chip
from eodash.views.change_spectra import Shown, spectra, spectra_table
from eodash.views.map import pin
from eodash.views.picture import Look, plain_look, warp_of
from eodash.views.theme import PALETTES, PIXELS
from eodash.views.two_dates import dated

AHEAD, BEHIND = "before", "after"


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
    shown = dates_shown(here, place)
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        _chips(here, place, shown)
        _spectra(here, place, shown)
    with right:
        _series(here, place)


def dates_shown(here: Found, place: tuple[int, int]) -> list[Shown]:
    """Both dates, and of each its twin a year earlier, if the pixel was clear then."""
    palette, times = PALETTES[mode()], here.cube["time"].values.astype("datetime64[s]")
    clear = here.cube["clear"].values[:, place[0], place[1]].astype(bool)
    found = [Shown(here.before, AHEAD, palette.soft), Shown(here.after, BEHIND, PIXELS[0])]
    known = {here.before, here.after}
    for one, label, tone in (
        (here.before, "a year before A", palette.soft),
        (here.after, "a year before B", PIXELS[0]),
    ):
        earlier = twin(times, one, clear)
        if earlier is not None and earlier not in known:
            known.add(earlier)
            found.append(Shown(earlier, label, tone, "dot"))
    return found


def _heading(here: Found, place: tuple[int, int]) -> None:
    where = pin(Pixel(1, *place), warp_of(geobox_of(here.cube)))
    value = float(here.detected.magnitude[place])
    said = "It was not seen on both dates."
    if np.isfinite(value):
        beyond = "above" if value > here.detected.threshold.value else "below"
        kept = "changed" if here.mask[place] else "not changed"
        said = f"It moved by {value:.3g}, {beyond} the threshold of {here.detected.threshold.value:.3g}: {kept}."
        if here.truth is not None:
            said += f" In truth it {'changed' if here.truth[place] else 'did not change'}."
    section(f"Pixel at {degrees(where['lat'], where['lng'], 4)}", said)


def _chips(here: Found, place: tuple[int, int], shown: list[Shown]) -> None:
    """What lies around the pixel on each date."""
    look = Look(plain_look(here.cube).layer)
    parts = []
    for one in shown:
        moment = here.cube["time"].values[one.index].astype("datetime64[s]")
        body = chip(here.cube, one.index, look, place)
        url = address(body, f"chip-{one.index}")
        said = f"{one.label}, {day(moment, year=True)}"
        parts.append(
            f"<figure style='margin:0;flex:1 1 0;min-width:0;max-width:150px'><img src='{url}' alt='Around the pixel, "
            f"{html.escape(said, quote=True)}' style='width:100%;border-radius:6px;display:block'>"
            f"<figcaption class='eo-small'>{html.escape(one.label)}<br>{day(moment, year=True)}</figcaption></figure>"
        )
    st.html(f"<div style='display:flex;gap:10px' data-eo='change-chips'>{''.join(parts)}</div>")
    if not any(one.label.endswith(" B") for one in shown):
        before = here.cube["time"].values[here.before].astype("datetime64[s]")
        after = here.cube["time"].values[here.after].astype("datetime64[s]")
        apart = abs(float((after - before) / np.timedelta64(1, "D")) - 365) <= 30
        caption(
            "Both dates lie a year apart, so each is the other's twin: the season is taken out already."
            if apart
            else "The pixel was not clear a year before either date, so what the season does cannot be told apart."
        )


def _spectra(here: Found, place: tuple[int, int], shown: list[Shown]) -> None:
    one = here.cube[:, :, place[0], place[1]].load()
    words = " and ".join(f"{each.label}" for each in shown)
    figure(
        spectra(one, shown, mode()), "change-spectra", question="What did it measure?",
        caption="Reflectance per band; dotted: the same season a year earlier.",
        alt=f"Spectra of the pixel: {words}", table=partial(spectra_table, one, shown),
    )  # fmt: skip


def _series(here: Found, place: tuple[int, int]) -> None:
    index = panel_layer(here.cube, "ndvi")
    chart, lock = cached.chart_of(here.dates.run, (Pixel(1, *place),), index, mode())
    with lock, dated(chart, here.dates.before, here.dates.after):
        figure(
            chart, "change-series", question="How did it get there?",
            caption="The whole series; A and B are the dates.",
            alt="Images, index and bands of the pixel over all dates, with a line at either date",
            table=partial(spectra_table, here.cube[:, :, place[0], place[1]],
                          [Shown(here.before, AHEAD, ""), Shown(here.after, BEHIND, "")]),
        )  # fmt: skip
