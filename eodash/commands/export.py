"""`python -m eodash export`: a run or a cube as files for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eodash.commands.line import app, plain_errors
from eodash.errors import RasterError, StorageError

if TYPE_CHECKING:
    import xarray as xr

    from eodash.preparation import Preparation
    from eodash.request import Request


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="the file or folder to write; must not exist yet")],
    run: Annotated[str, typer.Option(help="a run of EODASH_HOME: the part after ?run= in its link")] = "",
    cube: Annotated[Path | None, typer.Option(help="a Zarr folder that fetch or export wrote")] = None,
    what: Annotated[str, typer.Option(help="cube, layer, series, season, area or snippet")] = "cube",
    form: Annotated[
        str, typer.Option("--format", help="cog, netcdf, zarr; png, cog; csv; gif, webp; geojson; python")
    ] = "",
    date: Annotated[str, typer.Option(help="one date, year-month-day; all dates of a cube by default")] = "",
    layer: Annotated[str, typer.Option(help="true, false, ndvi …: what the bands allow")] = "",
    stretch: Annotated[float, typer.Option(min=0.1, max=10, help="brightness of a composite")] = 1.0,
    mask: Annotated[bool, typer.Option(help="hatch cloud and shadow")] = False,
    pixel: Annotated[list[str] | None, typer.Option(help="ROW,COLUMN, counted from the top left; repeat it")] = None,
    seconds: Annotated[float, typer.Option(min=0.05, max=5, help="how long a film shows each date")] = 0.6,
    title: Annotated[str, typer.Option(help="title of a picture")] = "",
    force: Annotated[bool, typer.Option("--force", help="replace what is there")] = False,
) -> None:
    """Write a run or a cube for other programs.

    cube: cog (a folder of dates; one file if OUT ends in .tif), netcdf, zarr. layer: png, cog. season: gif, webp.
    series: csv. area: geojson. snippet: python. An OUT that ends in .zip packs a folder into one file.
    """
    from eodash.export import saving
    from eodash.views.outgoing import FORMATS, WAYS, Wanted, date_index, look_of, write

    with plain_errors():
        if what not in FORMATS:
            raise RasterError(f"There is no '{what[:40]}' to export.", f"There is {', '.join(FORMATS)}.", code="what")
        chosen = form or FORMATS[what][0]
        if chosen not in FORMATS[what]:
            raise RasterError(
                f"{what} does not come as '{chosen[:40]}'.", f"It comes as {', '.join(FORMATS[what])}.", code="format"
            )
        series, request, preparation = _opened(run, cube, what)
        drawn = what in ("layer", "season")
        wanted = Wanted(
            date_index(series, date) if date else None,
            look_of(series, layer, stretch, mask) if drawn else Wanted().look,
            tuple(_place(text) for text in pixel or ()),
            title,
            seconds,
            request,
            preparation,
        )
        with saving(out, force) as path:
            write(WAYS[what, chosen], series, wanted, path)
        size = sum(file.stat().st_size for file in (out.rglob("*") if out.is_dir() else [out]) if file.is_file())
        typer.echo(f"{out}: {size / 1e6:.2f} MB")


def _opened(run: str, cube: Path | None, what: str) -> tuple[xr.DataArray, Request | None, Preparation | None]:
    """The prepared series, and what is known of how it was asked for."""
    from eodash.export import open_cube
    from eodash.preparation import area_of
    from eodash.request import Request

    if bool(run) == (cube is not None):
        raise StorageError("Name one thing to export.", "Give --run ID or --cube CUBE.zarr.", code="no_source")
    if run:
        return _of_run(run)
    assert cube is not None
    series = open_cube(cube)
    if "request" not in series.attrs:
        return series, None, None
    if what == "snippet":
        done = [name for name in ("corrections", "chain", "left_out") if name in series.attrs]
        if done:
            raise RasterError(
                "This cube was prepared after it was fetched, and a file does not hold how.",
                "Export the snippet of the run: --run ID.",
                code="prepared",
            )
    if area_of(series) is None:
        return series, None, None
    return series, Request.from_json(json.loads(series.attrs["request"])), None


def _of_run(run_id: str) -> tuple[xr.DataArray, Request | None, Preparation | None]:
    from eodash.preparation import Preparation, prepare
    from eodash.settings import settings
    from eodash.store import Store

    home = settings().home
    store = Store(home) if home.is_dir() else None
    found = store.run(run_id) if store else None
    if store is None or found is None:
        raise StorageError(
            f"No run '{run_id[:40]}' is kept in {home}.", "Copy it from the link; EODASH_HOME names the folder.",
            code="no_run",
        )  # fmt: skip
    series = store.cube(found.key)
    if series is None:
        raise StorageError("This run has no images.", "Open it in the app and fetch them.", code="no_cube")
    preparation = Preparation.from_json(found.view.get("preparation") or {})
    return prepare(series, preparation), found.request, preparation


def _place(text: str) -> tuple[int, int]:
    row, comma, column = text.partition(",")
    try:
        if not comma:
            raise ValueError(text)
        return int(row), int(column)
    except ValueError as error:
        raise RasterError(f"'{text[:40]}' is no pixel.", "Write ROW,COLUMN, like 12,40.", code="pixel") from error
