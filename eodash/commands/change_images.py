"""The two images of `python -m eodash change`: dates of files below the data root, or days of a series."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from eodash.errors import CatalogError, DateError, RasterError

if TYPE_CHECKING:
    import xarray as xr

    from eodash.request import Area, Request

DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
"""A day, a month or a year: as much of a date as tells it from the others."""
NEAR = timedelta(days=15)
"""How far around a day without an image others are named."""
MOST = 8
"""Days that an error names."""


def of_files(before: str, after: str, correct: Path | None) -> tuple[xr.DataArray, xr.DataArray]:
    """Images (band, y, x) of one path with two days, or of two paths; understood as `fetch --path` does."""
    from eodash.commands.understand import understood
    from eodash.fetch import fetch
    from eodash.request import Period

    found = []
    for said in (before, after):
        path, day = parted(said)
        files = understood(Path(path), correct)
        chosen = chosen_day([date.time[:10] for date in files.dates], day, path)
        request = files.request(period=Period.parse(chosen, chosen))
        try:
            found.append(fetch(request).cube.isel(time=0))
        except RasterError as error:
            if error.code != "no_dates":
                raise
            raise RasterError(
                f"{path} shows nothing on {chosen}: every pixel is no-data.", "Choose another.", code="no_common_pixel"
            ) from error
    return found[0], found[1]


def of_series(
    aoi: str, source: str, product: str, resolution: int | None, before: str, after: str
) -> tuple[xr.DataArray, xr.DataArray, Area]:
    """Images of two days of an area, and the area; what is kept is not fetched again."""
    from eodash.commands.predict import _area, _fetched, _store
    from eodash.request import Period, Request
    from eodash.sources import source as source_named

    area, here = _area(aoi), source_named(source)
    name = product or next((each for each in here.products if each.endswith("l2a")), next(iter(here.products), ""))
    if source == "files" or name not in here.products:
        raise CatalogError(
            f"{source[:40]} has no '{name[:40]}'.",
            f"It has {', '.join(here.products)}." if source != "files" else "Give paths: --before PATH@DAY.",
            code="unknown",
        )
    offered, store = here.products[name], _store()
    found = []
    for day in (before, after):
        period = Period.parse(day, day)
        metres = resolution or offered.resolutions[0]
        request = Request(area, period, source, name, offered.sensor.default, metres, 100)
        _there(request)
        found.append(_fetched(store, request).isel(time=0))
    return found[0], found[1], area


def _there(request: Request) -> None:
    """Raise unless there is an image on that day, and name days that have one."""
    from eodash.fetch import plan
    from eodash.request import Period

    day = request.period.start
    try:
        plan(request)
    except RasterError as error:
        if error.code != "no_dates":
            raise
        around = Period(day - NEAR, day + NEAR)
        days = sorted({str(date.time)[:10] for date in plan(replace(request, period=around)).dates})
        raise DateError(
            f"There is no image of {day}.", f"Near it there are {', '.join(days)}.", code="no_such_date"
        ) from error


def parted(said: str) -> tuple[str, str]:
    """`PATH@DAY` as path and day; a path without a day has none."""
    path, at, day = said.rpartition("@")
    return (path, day) if at and path and DAY.fullmatch(day) else (said, "")


def chosen_day(days: Sequence[str], wanted: str, path: str) -> str:
    """The one day that was meant; a DateError if it is none, or several."""
    fitting = [day for day in dict.fromkeys(days) if day.startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join((fitting or days)[:MOST]) + (" …" if len(fitting or days) > MOST else "")
    if fitting:
        raise DateError(
            f"{path} holds {len(fitting)} dates{f' of {wanted}' if wanted else ''}.",
            f"Say which one, like {path}@{fitting[0]}: {listed}.",
            code="several_dates",
        )
    raise DateError(f"{path} holds no image of {wanted}.", f"It has {listed or 'none'}.", code="no_such_date")
