"""The export page: every way out with its size before the click, a picture of what leaves, the same in Python."""

from __future__ import annotations

import html
import logging
import re
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import BoundedSemaphore

import streamlit as st
import xarray as xr

from eodash.errors import EodashError
from eodash.export import saving, snippet
from eodash.export.size import about_bytes
from eodash.preparation import Preparation
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.opened import chained, opened_series
from eodash.ui.page import caption, section
from eodash.ui.regions import describe_run
from eodash.ui.viewed import Viewed
from eodash.views.film import MOST_BYTES
from eodash.views.outgoing import WAYS, Wanted, Way, content, write
from eodash.views.sheet import day_of

log = logging.getLogger("eodash")
_building = BoundedSemaphore(2)
"""So many files are made at one time, for all who ask."""
GROUPS = {
    "The series": ("cube",),
    "What you see": ("layer",),
    "The season": ("season",),
    "Pixels and area": ("series", "area"),
}
SPEEDS = {1.2: "slow", 0.6: "normal", 0.3: "fast"}


@dataclass(frozen=True)
class Outgoing:
    """What is about to leave: the prepared series, and what of it is on the screen."""

    viewed: Viewed
    wanted: Wanted
    name: str


def export() -> None:
    """Whatever there is to take: nothing yet, a fetch under way, or every way out."""
    found = opened_series("Nothing to take yet", chained)
    if found is not None:
        _ways(_outgoing(*found))


def _outgoing(opened: Run, series: xr.DataArray) -> Outgoing:
    viewed = Viewed(opened, series)
    title, _ = describe_run(opened)
    wanted = Wanted(
        viewed.index,
        viewed.look,
        tuple((pixel.row, pixel.column) for pixel in viewed.pixels),
        title,
        choices.view("seconds", 0.6) if choices.view("seconds") in SPEEDS else 0.6,
        opened.request,
        cached.preparation(opened),
    )
    return Outgoing(viewed, wanted, file_name(title))


def _ways(out: Outgoing) -> None:
    left, right = st.columns([1, 1.28], gap="medium")
    picture = content(WAYS["layer", "png"], out.viewed.cube, out.wanted)  # the preview is the thing itself
    with left:
        shown = f"{out.viewed.titles[out.wanted.look.layer]}, {day_of(out.viewed.times[out.viewed.index])}"
        section("What leaves", shown)
        st.image(picture, width="stretch", output_format="PNG", alt=f"The picture that leaves: {shown}")
        caption("Date, layer and pixels are those of the page “Image by image”.")
    with right:
        sizes = _sizes(out, len(picture))
        for title, kinds in GROUPS.items():
            section(title, _about(title, out))
            with st.container(border=True, gap="small", key=f"ways-{kinds[0]}"):
                for way in WAYS.values():
                    if way.what in kinds:
                        _row(way, out, sizes[way.what, way.format])
    _python(out)


def _about(title: str, out: Outgoing) -> str:
    """What a group holds, in one line."""
    cube = out.viewed.cube
    if title == "The series":
        dates, bands, rows, columns = cube.shape
        return f"{dates} dates, {bands} bands, {columns} × {rows} pixels; cloud mask, scale and provenance inside."
    if title == "Pixels and area":
        count = len(out.wanted.pixels)
        return f"{count} pinned pixel{'s' * (count != 1)}." if count else "No pixel is pinned: click the map first."
    if title == "The season":
        return f"{cube.sizes['time']} dates of the same layer; the date stands on every frame."
    return "With legend and scale bar, or in its place on the map."


def _row(way: Way, out: Outgoing, size: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"way-{way.what}-{way.format}"):
        said = f"<b>{html.escape(way.title)}</b> <span style='color:var(--eo-soft)'>· {html.escape(size)}</span>"
        st.html(f"<p class='eo-found'>{said}<br><span class='eo-caption'>{html.escape(way.good_for)}</span></p>")
        if way.what == "season" and way.format == "gif":
            st.segmented_control(
                "Speed", list(SPEEDS), format_func=SPEEDS.__getitem__, default=out.wanted.seconds, required=True,
                key="export-seconds", label_visibility="collapsed", width="content",
                on_change=lambda: choices.keep_view(seconds=st.session_state["export-seconds"]),
            )  # fmt: skip
        st.download_button(
            "Download",
            _made(way, out),
            f"{out.name}{way.suffix}",
            way.mime,
            key=f"take-{way.what}-{way.format}",
            help=f"{way.title}, {size}",
            icon=":material/download:",
            disabled=way.what == "series" and not out.wanted.pixels,
            on_click="ignore",
        )


def _made(way: Way, out: Outgoing) -> Callable[[], bytes]:
    """Makes a file when it is asked for, in a folder that goes with it; a whole series holds all of its dates."""
    wanted = replace(out.wanted, date=None) if way.what == "cube" else out.wanted
    cube = out.viewed.cube

    def make() -> bytes:
        try:
            with _building, tempfile.TemporaryDirectory(prefix="eodash-out-") as folder:
                path = Path(folder) / f"{out.name}{way.suffix}"
                with saving(path) as beside:
                    write(way, cube, wanted, beside)
                return path.read_bytes()
        except EodashError as error:
            log.warning("Export of %s as %s: %s", way.what, way.format, error)
            raise

    return make


def _sizes(out: Outgoing, picture: int) -> dict[tuple[str, str], str]:
    """In words, for every way."""
    cube, pixels = out.viewed.cube, max(1, len(out.wanted.pixels))
    known = about_bytes(cube)
    flat = cube.shape[2] * cube.shape[3]
    composite = out.wanted.look.layer in out.viewed.sensor.composites
    text = len(str(out.viewed.run.request.area.wkt)) * 2
    return {
        **{("cube", form): f"about {megabytes(known[form])}" for form in ("cog", "netcdf", "zarr")},
        ("layer", "png"): megabytes(picture),
        **{
            ("layer", form): f"about {megabytes(flat * (3 if composite else 3.5) + 20_000)}"
            for form in ("cog", "netcdf", "zarr")
        },
        **{
            ("season", form): f"at most {megabytes(MOST_BYTES)}, {out.wanted.seconds:g} s a date"
            for form in ("gif", "webp")
        },
        ("series", "csv"): f"about {megabytes(known['csv'] * pixels + 20_000)}",
        ("area", "geojson"): f"about {megabytes(text)}",
        ("snippet", "python"): f"about {megabytes(text)}",
    }


def megabytes(count: float) -> str:
    """MB with two figures; below a hundredth, kB."""
    if count < 10_000:
        return f"{max(count / 1e3, 0.1):.1f} kB"
    size = count / 1e6
    return f"{size:.0f} MB" if size >= 10 else f"{size:.2f} MB" if size < 1 else f"{size:.1f} MB"


def file_name(title: str) -> str:
    """A title as a file's name: letters, digits and hyphens in ASCII."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:60] or "eodash"


def _python(out: Outgoing) -> None:
    section(
        "The same in Python", "Runs as it is, wherever eodash is installed; it fetches and prepares the same series."
    )
    st.code(
        snippet(out.viewed.run.request, out.wanted.preparation or Preparation()), language="python", wrap_lines=True
    )
    section("The same on the command line", "On the machine that keeps the runs; --help names every format.")
    st.code(f"python -m eodash export --run {out.viewed.run.id} --format netcdf --out {out.name}.nc", language="bash",
            wrap_lines=True)  # fmt: skip
