"""request → cube: plan, read date by date, assemble. The one loop that all sources share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from eodash import cube
from eodash.errors import CapacityError, RasterError
from eodash.request import THIN, Request, grouped
from eodash.settings import settings
from eodash.sources import source
from eodash.sources.contract import DateResult, DateStatus, Plan, Planned

OnDate = Callable[[DateResult], None]


@dataclass(frozen=True)
class Fetched:
    """What a fetch gave: the cube, and a status for each date, in order of time."""

    cube: xr.DataArray
    statuses: tuple[DateStatus, ...]


def plan(request: Request) -> Plan:
    """What a fetch would read, held against the limits; nothing is read."""
    limit = settings().cube_mib * 2**20
    whole = source(request.source).plan(request)
    planned = thinned(whole)
    if not planned.dates:
        raise RasterError(
            f"No date is left: {len(planned.skipped)} have more than {request.max_cloud} % cloud.",
            "Allow more cloud, or choose other dates.",
            code="no_dates",
            details={"clouds": [status.cloud for status in planned.skipped]},
        )
    if planned.bytes > limit:
        raise CapacityError(
            f"The cube would take {planned.bytes / 2**20:,.0f} MiB; this server gives {limit / 2**20:,.0f}.",
            "Choose a smaller area, fewer dates or a coarser resolution.",
            code="too_large",
            details={
                "bytes": planned.bytes,
                "limit": limit,
                "shape": list(planned.geobox.shape),
                "dates": _said(whole),
            },
        )
    return planned


def thinned(planned: Plan) -> Plan:
    """The same plan with one date of each stretch, the clearest, if its request says so; the rest is left out."""
    thin = planned.request.thin
    if not thin:
        return planned
    best: dict[int, Planned] = {}
    groups = grouped([date.time for date in planned.dates], thin)
    for group, date in zip(groups, planned.dates, strict=True):
        if group not in best or _cloud(date) < _cloud(best[group]):
            best[group] = date
    kept = tuple(best.values())
    times = {date.time for date in kept}
    out = [
        DateStatus(date.time, "skipped", THIN[thin], date.cloud, items=date.items)
        for date in planned.dates
        if date.time not in times
    ]
    skipped = sorted((*planned.skipped, *out), key=lambda status: status.time)
    return replace(planned, dates=kept, skipped=tuple(skipped))


def _cloud(date: Planned) -> float:
    """Cloud in per cent; a date of which nothing is known comes last."""
    return 101 if date.cloud is None else date.cloud


def _said(planned: Plan) -> list[list[Any]]:
    """Time, cloud and number of scenes of each date before thinning: a refusal says what could be left out."""
    return [[str(date.time), date.cloud, len(date.items)] for date in planned.dates]


def fetch(request: Request, on_date: OnDate = lambda result: None, planned: Plan | None = None) -> Fetched:
    """The cube of a request. `on_date` is called with each finished date; raising JobCancelled there cancels."""
    planned = planned or plan(request)
    results = read_dates(planned, on_date)
    statuses = sorted([result.status for result in results] + list(planned.skipped), key=lambda status: status.time)
    return Fetched(cube.assemble(planned, results), tuple(statuses))


def read_dates(
    planned: Plan, on_date: OnDate = lambda result: None, have: Collection[np.datetime64] = ()
) -> list[DateResult]:
    """Read the planned dates that nobody has yet, some at a time, in order; what is under way ends before an error."""
    here = source(planned.request.source)
    waiting = [date for date in planned.dates if date.time not in have]
    results: list[DateResult] = []
    reading_all: Callable[[Plan], AbstractContextManager[None]] | None = getattr(here, "reading", None)
    session = reading_all(planned) if reading_all is not None and waiting else nullcontext()
    with session, ThreadPoolExecutor(here.parallel, "eodash-read") as pool:
        reading: dict[Future[DateResult], Planned] = {}
        try:
            while waiting or reading:
                while waiting and len(reading) < here.parallel:
                    date = waiting.pop(0)
                    reading[pool.submit(here.read, planned, date)] = date
                done, _ = wait(reading, return_when=FIRST_COMPLETED)
                for future in done:
                    del reading[future]
                    results.append(future.result())
                    on_date(results[-1])
        finally:
            pool.shutdown(cancel_futures=True)
    return results
