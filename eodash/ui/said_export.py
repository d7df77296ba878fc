"""Take it along: what the model said as rasters, hectares, polygons and a STAC item, each made when it is asked for."""

from __future__ import annotations

import html
import logging
import shlex
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore

import shapely
import streamlit as st

from eodash.cube import geobox_of
from eodash.errors import EodashError
from eodash.export import saving, zipped
from eodash.export.predictions import Predictions, outputs, write_folder, write_one
from eodash.export.raster import facts
from eodash.request import Request
from eodash.ui import cached
from eodash.ui.exporting import file_name, megabytes
from eodash.ui.page import caption, section
from eodash.ui.regions import title_of
from eodash.ui.said import Said
from eodash.ui.said_models import plain_title
from eodash.views.calendar_chart import day

log = logging.getLogger("eodash")
_building = BoundedSemaphore(2)
"""So many files are made at one time, for all who ask."""
CORNERS = 12
"""Most corners of an area that is written out in a command."""


@dataclass(frozen=True)
class Way:
    """One thing to take."""

    key: str
    title: str
    good_for: str
    suffix: str
    mime: str
    bytes: float
    make: Callable[[Path], None]  # writes it to a path


def take(here: Said) -> None:
    """Every way out of what the model said; what runs in batch below."""
    if here.map is None or here.place is None:
        caption("As soon as the map above is there, it can be taken along.")
        return
    dates, date = here.map.sizes["date"], day(here.time, year=True)
    many = f"{dates} dates" if dates > 1 else "the chosen date"
    name = file_name(f"{title_of(here.run)} {here.card.name} {here.time.astype('datetime64[D]')}")
    left, right = st.columns([1.28, 1], gap="medium")
    with left:
        section(f"What {plain_title(here.card)} says", f"The map after {date}; hectares and the whole over {many}.")
        with st.container(border=True, gap="small", key="ways-said"):
            for way in ways(here):
                _row(way, name)
    with right:
        section("The same on the command line", "In batch; broken off, it goes on where it was.")
        st.code(command(here), language="bash", wrap_lines=True)
        if cached.preparation(here.run).to_json():
            caption("It fetches the images as they are: what you left out, corrected or chained is not part of it.")
        caption(
            "Rasters are cloud-optimised GeoTIFFs on the grid of the images, with colours and names of the classes "
            "inside; 255 is no answer. The STAC item names the model, its weights, the classes and the dates. Outside "
            "your area nothing is said."
        )


def ways(here: Said) -> list[Way]:
    """What there is to take, with about how large it becomes."""
    assert here.map is not None
    assert here.place is not None
    answer, dates = here.map, here.map.sizes["date"]
    whole, chosen = partial(_predictions, here), partial(_predictions, here, here.place)
    pixels, classes = answer["said"][0].size, answer.sizes["class"]
    date, last = day(here.time), day(answer["date"].values[-1].astype("datetime64[s]"))
    flat = pixels * 0.35 + 10_000
    item = "every raster of every date" if dates > 1 else "every file above"
    return [
        Way("class", "Class map, GeoTIFF", f"QGIS, ArcGIS, R: {date}, colours and names inside; zip", ".zip",
            "application/zip", flat, lambda path: _zip(chosen(), "class-", path)),
        Way("confidence", "Confidence, GeoTIFF", f"probability of that class, {date}", ".tif", "image/tiff",
            pixels, lambda path: _one(chosen(), "confidence-", path)),
        Way("probability", "Probabilities, GeoTIFF", f"a band for each of {classes} classes, after {last}", ".tif",
            "image/tiff", pixels * classes * 1.6, lambda path: _one(whole(), "probability-", path)),
        Way("hectares", "Hectares, CSV", f"spreadsheets: a row for each of {dates} dates" if dates > 1 else
            "spreadsheets: hectares per class", ".csv", "text/csv", 60 + dates * classes * 9,
            lambda path: _one(whole(), "hectares", path)),
        Way("gpkg", "Polygons, GeoPackage", f"any GIS: {date}, class, hectares, confidence", ".gpkg",
            "application/geopackage+sqlite3", pixels * 5 + 120_000, lambda path: _one(chosen(), ".gpkg", path)),
        Way("parquet", "Polygons, GeoParquet", f"geopandas, DuckDB: the same for {date}", ".parquet",
            "application/vnd.apache.parquet", pixels * 1.1 + 10_000, lambda path: _one(chosen(), ".parquet", path)),
        Way("all", "Everything, with a STAC item", f"catalogues and archives: {item}; zip", ".zip", "application/zip",
            dates * (flat + pixels) + pixels * (classes * 1.6 + 6), lambda path: _everything(whole(), path)),
    ]  # fmt: skip


def command(here: Said) -> str:
    """The command line that makes the same folder, wherever eodash is installed."""
    asked: Request = here.run.request
    dates = "all" if here.map is not None and here.map.sizes["date"] > 1 else str(here.time.astype("datetime64[D]"))
    said = {
        "aoi": _area(asked),
        "model": here.card.name,
        "legend": here.legend,
        "source": asked.source,
        "product": asked.product,
        "start": asked.period.start.isoformat(),
        "end": asked.period.end.isoformat(),
        "resolution": str(asked.resolution),
        "max-cloud": str(asked.max_cloud),
        "dates": dates,
        "out": here.card.name,
    }
    return "python -m eodash predict " + " ".join(f"--{name}={shlex.quote(text)}" for name, text in said.items())


def _area(asked: Request) -> str:
    """Its corners where they are few, else a file that the export page gives."""
    shape = asked.area.geometry
    plain = isinstance(shape, shapely.Polygon) and not shape.interiors and len(shape.exterior.coords) <= CORNERS
    if not plain:
        return "area.geojson"
    return " ".join(
        ",".join(f"{edge:.7f}".rstrip("0").rstrip(".") for edge in pair) for pair in shape.exterior.coords[:-1]
    )


def _row(way: Way, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"way-said-{way.key}"):
        size = f"about {megabytes(way.bytes)}"
        said = f"<b>{html.escape(way.title)}</b> <span style='color:var(--eo-soft)'>· {html.escape(size)}</span>"
        st.html(f"<p class='eo-found'>{said}<br><span class='eo-caption'>{html.escape(way.good_for)}</span></p>")
        st.download_button(
            "Download",
            made(way, name),
            f"{name}-{way.key}{way.suffix}",
            way.mime,
            key=f"take-said-{way.key}",
            help=f"{way.title}, {size}",
            icon=":material/download:",
            on_click="ignore",
        )


def made(way: Way, name: str) -> Callable[[], bytes]:
    """Makes a file when it is asked for, in a folder that goes with it."""

    def make() -> bytes:
        try:
            with _building, tempfile.TemporaryDirectory(prefix="eodash-out-") as folder:
                path = Path(folder) / f"{name}{way.suffix}"
                with saving(path) as beside:
                    way.make(beside)
                return path.read_bytes()
        except EodashError as error:
            log.warning("Taking %s: %s", way.key, error)
            raise

    return make


def _predictions(here: Said, place: int | None = None) -> Predictions:
    """The map, or one date of it, as files take it."""
    assert here.map is not None
    answer = here.map if place is None else here.map.isel(date=[place])
    area = here.run.request.area
    return Predictions.within(area, answer, geobox_of(here.cube), here.card, here.answer, facts(here.cube))


def _one(made: Predictions, part: str, path: Path) -> None:
    """The one file whose name has that part."""
    make = next(make for name, make in outputs(made).items() if part in name)
    make(path)


def _zip(made: Predictions, part: str, path: Path) -> None:
    """That file with the names beside it, in one."""
    name, make = next((name, make) for name, make in outputs(made).items() if part in name)
    folder = path.with_name(path.stem)
    folder.mkdir()
    write_one(make, folder / name)
    zipped(folder, path)


def _everything(made: Predictions, path: Path) -> None:
    """The whole folder, in one."""
    folder = path.with_name(path.stem)
    write_folder(made, folder)
    zipped(folder, path)
