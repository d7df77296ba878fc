"""`python -m eodash predict`: what a model says about an area, as files; broken off, it goes on where it was."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eodash.commands.line import app, plain_errors
from eodash.errors import CatalogError, ComputeError, DateError, ModelError, StorageError

if TYPE_CHECKING:
    import xarray as xr

    from eodash.backend.questions import MapQuestion
    from eodash.cards import Card
    from eodash.jobs import Jobs
    from eodash.request import Area, Period, Request
    from eodash.store import Store

TYPED = re.compile(r"[-−+\d.,;:°\sNSEWnsew]+")
"""How an area looks that was typed, not named."""
OWNER = "command-line"
"""Whose the runs are that this command keeps; no browser is called so."""


@app.command()
def predict(
    aoi: Annotated[str, typer.Option(help="the area: a file (GeoJSON, KML …), or WEST,SOUTH,EAST,NORTH in degrees")],
    model: Annotated[str, typer.Option(help="a card of the shelf, like early-lstm-l1c")],
    out: Annotated[Path, typer.Option(help="folder for the files; one that was left half made is finished")],
    start: Annotated[str, typer.Option("--start", help="first day, year-month-day; the demo's season by default")] = "",
    end: Annotated[str, typer.Option("--end", help="last day")] = "",
    source: Annotated[str, typer.Option(help="demo, or a configured catalogue")] = "demo",
    product: Annotated[str, typer.Option(help="what of it; what the model is made for by default")] = "",
    legend: Annotated[str, typer.Option(help="a legend of the card; its first by default")] = "",
    dates: Annotated[str, typer.Option(help="after which dates: all, last, or days with commas between")] = "last",
    max_cloud: Annotated[int, typer.Option(min=0, max=100, help="leave out cloudier dates, per cent")] = 80,
    resolution: Annotated[
        int | None, typer.Option(min=1, max=1000, help="metres; the product's own by default")
    ] = None,
    smallest: Annotated[int, typer.Option(min=1, help="fewest pixels of a polygon")] = 4,
    exact: Annotated[bool, typer.Option("--exact", help="single precision throughout")] = False,
) -> None:
    """Ask a model about an area: class, confidence and probability rasters, hectares, polygons, a STAC item."""
    with plain_errors():
        from eodash import cards
        from eodash.backend.asked import fits
        from eodash.backend.questions import Series, map_question
        from eodash.cube import geobox_of
        from eodash.export.predictions import Predictions, claimable, write_folder
        from eodash.export.raster import facts

        card = cards.card(model)
        chosen = _legend(card, legend)
        claimable(out)
        request = _request(_area(aoi), card, source, product, start, end, resolution, max_cloud)
        store = _store()
        cube = _fetched(store, request)
        fits(card, cube)
        asked = _dates(cube, dates)
        question = map_question(Series(request.key, cube.sizes["time"]), card, chosen, asked, exact=exact)
        answer = _answered(store, question, cube, card)
        made = Predictions.within(request.area, answer, geobox_of(cube), card, question.key, facts(cube), smallest)
        new = 0

        def on_file(name: str, fresh: bool) -> None:
            nonlocal new
            new += fresh
            _over(f"Writing {name}" if fresh else "")

        files = write_folder(made, out, on_file)
        _over("")
        size = sum(path.stat().st_size for path in files)
        typer.echo(f"{out}: {len(files)} files, {size / 1e6:.2f} MB; {new} of them new")


def _legend(card: Card, asked: str) -> str:
    if asked and asked not in card.legends:
        raise ModelError(
            f"{card.title} has no legend '{asked[:40]}'.", f"It has {', '.join(card.legends)}.", code="unknown_legend"
        )
    return asked or next(iter(card.legends))


def _area(text: str) -> Area:
    """Typed numbers, or a file."""
    from eodash.areas import parse_area, parse_box
    from eodash.settings import settings

    if TYPED.fullmatch(text) or text.lstrip().startswith(("{", "<")):
        return parse_box(text)
    path = Path(text)
    try:
        with path.open("rb") as file:
            return parse_area(file.read(int(settings().aoi_upload_mib * 2**20) + 1), path.stem)
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise StorageError(
            f"{text[:80]} cannot be read.",
            "Give a file (GeoJSON, KML, zipped shapefile, GeoPackage), or numbers: west, south, east, north.",
            code="no_file",
        ) from error


def _request(
    area: Area, card: Card, source: str, product: str, start: str, end: str, resolution: int | None, max_cloud: int
) -> Request:
    """The series that the model wants, of that area."""
    from eodash.datasets.parcels import LEVELS
    from eodash.request import Request
    from eodash.sources import source as source_named

    here = source_named(source)
    fitting = [name for name, each in here.products.items() if LEVELS.get(each.sensor.name) == card.input.level]
    name = product or next(iter(fitting), next(iter(here.products)))
    if source == "files" or name not in here.products:
        raise CatalogError(
            f"{source[:40]} has no '{name[:40]}' that a model could be asked about.",
            f"It has {', '.join(here.products)}." if source != "files" else "Fetch the files in the app first.",
            code="unknown",
        )
    offered = here.products[name]
    default = offered.sensor.default
    bands = default if set(card.input.bands) <= set(default) else tuple(card.input.bands)
    metres = resolution or offered.resolutions[0]
    return Request(area, _period(area, source, start, end), source, name, bands, metres, max_cloud)


def _period(area: Area, source: str, start: str, end: str) -> Period:
    """The days asked for; of the demo, the season of the region under the area."""
    from eodash.request import Period
    from eodash.sources.demo import region_area
    from eodash.world import REGIONS

    if start:
        return Period.parse(start, end or start)
    under = [each for name, each in REGIONS.items() if region_area(name).geometry.intersects(area.geometry)]
    if source != "demo" or not under:
        raise DateError("Nobody said which days.", "Give --start and --end, year-month-day.", code="no_dates")
    return Period(under[0].start, under[0].end)


def _store() -> Store:
    from eodash.settings import settings
    from eodash.store import Store

    return Store(settings().home, settings().quota_mib)


def _fetched(store: Store, request: Request) -> xr.DataArray:
    """The series: what is kept of it is not fetched again."""
    from eodash import runs
    from eodash.jobs import Jobs

    jobs = Jobs(1, 0)
    mine = next((run for run in store.runs(OWNER) if run.key == request.key), None)
    if mine is None:
        runs.start(store, jobs, OWNER, request)
    else:
        runs.retry(store, jobs, OWNER, mine)
    _ended(jobs, request.key, "Reading: date")
    cube = store.cube(request.key)
    if cube is None:
        raise StorageError("The images could not be kept.", "Free some space, or set EODASH_HOME.", code="no_cube")
    if failed := [status for status in store.dates(request.key) if status.state == "failed"]:
        typer.echo(f"{len(failed)} dates could not be read; the same command tries them again.", err=True)
    return cube


def _dates(cube: xr.DataArray, asked: str) -> tuple[int, ...]:
    from eodash.views.outgoing import date_index

    count = cube.sizes["time"]
    if asked in ("all", "last"):
        return tuple(range(count)) if asked == "all" else (count - 1,)
    days = [day.strip() for day in asked.split(",") if day.strip()]
    if not days:
        raise DateError("Nobody said after which dates.", "Write all, last, or days like 2024-06-30.", code="parse")
    return tuple(sorted({date_index(cube, day) for day in days}))


def _answered(store: Store, question: MapQuestion, cube: xr.DataArray, card: Card) -> xr.Dataset:
    """The map, kept or made."""
    from eodash.backend.maps import ask_map, kept_map
    from eodash.jobs import Jobs

    answer = kept_map(store, question)
    if answer is None:
        jobs = Jobs(1, 0)
        ask_map(store, jobs, OWNER, question, cube, card)
        _ended(jobs, question.key, f"{card.title}: tile")
        answer = kept_map(store, question)
    if answer is None:
        raise ComputeError("The map was made and is gone again.", "Raise EODASH_QUOTA_MIB.", code="no_map")
    return answer


def _ended(jobs: Jobs, key: str, what: str) -> None:
    """Wait for a job, with a line of how far it is; raise what it broke off with."""
    while (job := jobs.job(key)) is not None and job.active:
        _over(f"{what} {job.done} of {job.total}" if job.total else job.text)
        job.wait(0.2)
    _over("")
    if job is not None and job.error is not None:
        raise job.error


def _over(line: str) -> None:
    """A line that the next one replaces, where somebody is looking."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()
