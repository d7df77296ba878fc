"""The sensor page: what each sensor can see, and how one number of this run became reflectance."""

from __future__ import annotations

import html
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from eodash import indices
from eodash.instruments import INSTRUMENTS, Instrument
from eodash.request import Request
from eodash.sensors import sensor_of
from eodash.sources.contract import NODATA
from eodash.sources.demo import DemoSource
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.figure import figure
from eodash.ui.opened import opened_series
from eodash.ui.page import caption, mode, section
from eodash.ui.viewed import clearest
from eodash.views.calendar_chart import day
from eodash.views.light_path import light_path, path_html, times_of
from eodash.views.sensor_chart import metres, sensor_chart, sizes

NONE = "none"


def compared() -> None:
    """One sensor, or two under each other; the same facts as a table."""
    left, right = st.columns(2, gap="medium")
    names = list(INSTRUMENTS)
    first = INSTRUMENTS[
        left.selectbox("Sensor", names, format_func=lambda name: INSTRUMENTS[name].title, key="sensor-first")
    ]
    others = [NONE, *(name for name in names if name != first.name)]
    second = right.selectbox(
        "Compare with", others, format_func=lambda name: "nothing" if name == NONE else INSTRUMENTS[name].title,
        key="sensor-second",
    )  # fmt: skip
    chosen = [first] if second == NONE else [first, INSTRUMENTS[second]]
    figure(
        sensor_chart(chosen, mode()),
        "sensor-chart",
        question="Which light does it see?" if len(chosen) == 1 else "Which light do they see?",
        caption="Each band where it lies on the axis of wavelengths, as high as its pixels are fine.",
        alt=_said(chosen),
        table=partial(_bands, tuple(chosen)),
    )
    section("What a model can use", "Bands that see the ground, how often, and how large a field must be.")
    for column, one in zip(st.columns(len(chosen), gap="medium"), chosen, strict=True):
        with column:
            st.html(_facts(one))
    with st.expander("Every band"):
        for one in chosen:
            st.dataframe(_table(one), hide_index=True, key=f"bands-{one.name}")


def _said(chosen: list[Instrument]) -> str:
    parts = [f"{one.title}: {len(one.bands)} bands, {metres(one.finest)} at best, {one.revisit}" for one in chosen]
    return "Bands on the wavelength axis. " + ". ".join(parts)


def _bands(chosen: tuple[Instrument, ...]) -> pd.DataFrame:
    """Every band of every chosen sensor."""
    return pd.concat([pd.DataFrame({"Sensor": one.title, **_table(one)}) for one in chosen], ignore_index=True)


def _facts(one: Instrument) -> str:
    """What its bands allow, in a small table."""
    bands = tuple(band.band for band in one.bands)
    known = indices.known(bands)
    codes = {band.code for band in one.bands}
    edges = sum(code in codes for code in ("RE1", "RE2", "RE3"))
    short = sum(code in codes for code in ("S1", "S2"))
    pixel = max(band.resolution for band in one.bands if band.code in ("R", "N"))
    field = (3 * pixel) ** 2 / 1e4
    least = (
        f"{field / 100:,.3g} km²" if field >= 100 else f"{field:,.2g} ha" if field >= 0.1 else f"{field * 1e4:,.0f} m²"
    )
    if one.days < 0.1:
        looks = f"{0.5 / one.days:,.0f} in 12 hours of daylight, before clouds"
    else:
        asked = "if each is asked for" if "request" in one.revisit else "before clouds"
        looks = f"{180 / one.days:,.0f} in half a year, {asked}"
    rows = (
        ("Comes back", one.revisit),
        ("Images", looks),
        ("Pixel", ", ".join(metres(size) for size in sizes(one))),
        ("Smallest field", f"about {least}: three pixels of red and near-infrared across"),
        (
            "Red edge",
            f"{edges} band{'s' * (edges > 1)}: chlorophyll beyond what red alone shows"
            if edges
            else "none: NDVI saturates early",
        ),
        (
            "Short-wave infrared",
            f"{short} band{'s' * (short > 1)}: water in leaves and soil" if short else "none: no moisture index",
        ),
        ("Indices", f"{len(known)} of spyndex's {indices.total()} from reflectance alone"),
        ("Swath, since", f"{one.swath}, {one.since}"),
        ("Facts from", one.source),
    )
    said = "".join(f"<tr><td>{html.escape(name)}</td><td>{html.escape(text)}</td></tr>" for name, text in rows)
    return f"<b>{html.escape(one.title)}</b><table class='eo-points'>{said}</table>"


def _table(one: Instrument) -> dict[str, list[object]]:
    return {
        "Band": [band.name for band in one.bands],
        "Sees": [band.title for band in one.bands],
        "Centre, nm": [band.centre for band in one.bands],
        "Width, nm": [band.width for band in one.bands],
        "Pixel, m": [band.resolution for band in one.bands],
        "In formulas": [band.code or "–" for band in one.bands],
    }


def chain() -> None:
    """The chain from number to ground for the run at hand; without one, the way to get one."""
    section(
        "From the number in the file to the ground",
        "One pixel of the open run, walked through the chain with the constants of its date.",
    )
    found = opened_series("No images are open", lambda run: cached.cube(run.key))
    if found is not None:
        _walk(*found)


def _walk(opened: Run, here: xr.DataArray) -> None:
    days = [day(time, year=True) for time in times_of(here)]
    row, column, pinned = _pixel(here)
    left, right = st.columns(2, gap="medium")
    index = left.selectbox("Date", range(len(days)), clearest(here), format_func=lambda at: days[at], key="chain-date")
    bands, sensor = here["band"].values.tolist(), sensor_of(here.attrs)
    band = right.selectbox(
        "Band", bands, bands.index("B04") if "B04" in bands else 0,
        format_func=lambda name: f"{name}, {sensor.band(name).title}", key="chain-band",
    )  # fmt: skip
    if index is None or band is None:
        return
    made = light_path(here, index, row, column, band, _twin(opened, here, index, row, column, band))
    st.html(path_html(made.steps, mode()))
    where = "pinned last" if pinned else "in the middle, as none is pinned"
    caption(f"The pixel in row {row + 1}, column {column + 1}: {where}. {_origin(opened, sensor.title)}")
    if made.constants:
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(part)}</td>" for part in line) + "</tr>" for line in made.constants
        )
        st.html(f"<table class='eo-points'>{cells}</table>")


def _origin(opened: Run, title: str) -> str:
    """Which product this is, and that the demo knows both of its levels."""
    if opened.request.source == "demo":
        return f"{title}, synthetic: the demo world knows the other level, too, and has no file: scale 0.0001."
    return f"{title}."


def _pixel(here: xr.DataArray) -> tuple[int, int, bool]:
    """The newest pinned pixel that lies in the cube, else the middle."""
    rows, columns = here.shape[2:]
    for place in reversed(choices.view("pixels", [])):
        row, column = (int(value) for value in place)
        if 0 <= row < rows and 0 <= column < columns:
            return row, column, True
    return rows // 2, columns // 2, False


def _twin(opened: Run, here: xr.DataArray, index: int, row: int, column: int, band: str) -> int | None:
    """The pixel in the demo world's other level; None for anything real."""
    if opened.request.source != "demo" or band == "B10":
        return None
    image = _other_level(opened.request, here["time"].values[index].astype("datetime64[s]"), band)
    if image is None or image.shape != here.shape[2:]:
        return None
    value = int(image[row, column])
    return None if value == NODATA else value


@lru_cache(maxsize=16)
def _other_level(request: Request, time: np.datetime64, band: str) -> np.ndarray | None:
    """One band of one date of a demo request, as the level that was not fetched."""
    other = "sentinel-2-l1c" if request.product == "sentinel-2-l2a" else "sentinel-2-l2a"
    source = DemoSource()
    plan = source.plan(replace(request, product=other, bands=(band,), max_cloud=100))
    date = next((one for one in plan.dates if one.time == time), None)
    values = source.read(plan, date).values if date is not None else None
    return None if values is None else values[0]
