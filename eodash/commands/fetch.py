"""`python -m eodash fetch`: the series of an area as a Zarr cube."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eodash.commands.line import app, plain_errors
from eodash.errors import StorageError

if TYPE_CHECKING:
    from eodash.request import Area, Period, Request


@app.command()
def fetch(
    out: Annotated[Path, typer.Option(help="the cube, a Zarr folder that does not exist yet")],
    aoi: Annotated[
        Path | None,
        typer.Option(help="the area: GeoJSON, KML, zipped shapefile or GeoPackage; of files, all their ground"),
    ] = None,
    start: Annotated[str, typer.Option("--from", help="first day, year-month-day; of files, the first")] = "",
    end: Annotated[str, typer.Option("--to", help="last day, year-month-day; of files, the last")] = "",
    source: Annotated[str, typer.Option(help="demo, files, or a configured catalogue")] = "demo",
    product: Annotated[str, typer.Option(help="what of it; the source's first by default")] = "",
    max_cloud: Annotated[int, typer.Option(min=0, max=100, help="leave out cloudier dates, per cent")] = 80,
    resolution: Annotated[
        int | None, typer.Option(min=1, max=1000, help="metres; the product's own by default")
    ] = None,
    path: Annotated[Path | None, typer.Option(help="files: what to read, below EODASH_DATA_ROOT")] = None,
    correct: Annotated[Path | None, typer.Option(help="files: corrections of what is understood, JSON")] = None,
    recipe: Annotated[Path | None, typer.Option(help="files: a recipe that `understand` has written")] = None,
) -> None:
    """Fetch the series of an area into a Zarr cube."""
    from eodash.areas import parse_area
    from eodash.errors import CatalogError
    from eodash.fetch import fetch as fetch_cube
    from eodash.fetch import plan
    from eodash.request import Period, Request
    from eodash.sources import source as source_named
    from eodash.sources.contract import DateResult

    with plain_errors():
        if out.exists():
            raise StorageError(f"{out} exists already.", "Name another folder, or remove it.", code="exists")
        area = parse_area(_read(aoi)) if aoi is not None else None
        period = Period.parse(start, end or start) if start else None
        if path is not None or recipe is not None:
            source = "files"
        here = source_named(source)
        name = product or next(iter(here.products))
        if name not in here.products:
            raise CatalogError(f"{source} has no '{name[:40]}'.", f"It has {', '.join(here.products)}.", code="unknown")
        offered = here.products[name]
        if source == "files":
            request = _of_files(path, correct, recipe, area, period, resolution or 0)
        elif area is None or period is None:
            raise typer.BadParameter("--aoi, --from and --to say what to fetch")
        else:
            metres = resolution or offered.resolutions[0]
            request = Request(area, period, source, name, offered.sensor.default, metres, max_cloud)
        planned = plan(request)
        rows, columns = planned.geobox.shape
        typer.echo(
            f"{len(planned.dates)} dates, {len(planned.skipped)} too cloudy · {columns} × {rows} px · "
            f"{planned.bytes / 1e6:.1f} MB · about {here.seconds(planned):.0f} s"
        )
        with typer.progressbar(length=len(planned.dates), label="Reading", file=sys.stderr) as bar:

            def on_date(result: DateResult) -> None:
                bar.update(1)

            fetched = fetch_cube(request, on_date, planned)
        for status in fetched.statuses:
            if status.state != "used":
                typer.echo(f"{status.time.astype('datetime64[D]')} {status.state}: {status.reason}")
        _write(fetched.cube.to_dataset(), out)
        typer.echo(f"{out}: {fetched.cube.sizes['time']} dates")


def _of_files(
    path: Path | None,
    correct: Path | None,
    recipe: Path | None,
    area: Area | None,
    period: Period | None,
    resolution: int,
) -> Request:
    """The question that reads files: understood now, or as a recipe says."""
    from eodash.commands.understand import read_json, understood
    from eodash.files.recipe_text import canonical
    from eodash.files.understood import request_of

    if recipe is not None:
        return request_of(canonical(read_json(recipe)), area, period, resolution=resolution)
    if path is None:
        raise typer.BadParameter("--path or --recipe says which files to read")
    return understood(path, correct).request(area, period, resolution=resolution)


def _read(path: Path) -> bytes:
    from eodash.settings import settings

    try:
        if not path.is_file():
            raise StorageError(
                f"{path} is not a file.",
                "Give the path of a GeoJSON, KML, zipped shapefile or GeoPackage.",
                code="no_file",
            )
        with path.open("rb") as file:
            return file.read(int(settings().aoi_upload_mib * 2**20) + 1)  # more is refused without being read
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read: {error.strerror}.", "Check its permissions.", code="no_file"
        ) from error


def _write(cube: object, out: Path) -> None:
    """A whole Zarr folder or none: written beside its place, then renamed."""
    import warnings

    import xarray as xr

    assert isinstance(cube, xr.Dataset)
    beside = out.with_name(f".{out.name}.part")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # consolidated metadata is not part of Zarr 3 yet, and says so each time
            cube.to_zarr(beside, mode="w")
        beside.rename(out)
    except OSError as error:
        raise StorageError(
            f"{out} cannot be written: {error.strerror or error}.",
            "Free some space, or name another place.",
            code="full",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
