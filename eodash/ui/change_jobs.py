"""What takes seconds, as jobs with progress: land cover at both dates, the date of change of every pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.backend.engine import engine
from eodash.cards import Card
from eodash.change.breaks import Breaks, breaks
from eodash.jobs import Job, Progress
from eodash.ui import asking
from eodash.ui.change_found import Found
from eodash.ui.change_kept import Kept, apart_images, named, together_images
from eodash.ui.said_models import series
from eodash.views.picture import index_values

BREAKS = tuple(each.name for each in fields(Breaks))
covers: Kept[xr.Dataset] = Kept(apart_images, together_images)
dates: Kept[Breaks] = Kept(
    lambda made: ({name: getattr(made, name) for name in BREAKS}, {}),
    lambda found: Breaks(*(found.arrays[name] for name in BREAKS)),
)


@dataclass(frozen=True)
class Ask:
    """What a job is called, what is kept of it, and how it is begun."""

    name: str
    begin: Callable[[str], Job]


def cover_of(here: Found, card: Card, legend: str) -> Ask:
    """Land cover by a model at both dates, from series that begin equally long before them."""
    times = here.cube["time"].values.astype("datetime64[s]")
    before, after = here.ends
    length = min(before, after) - times[0]
    sha = card.weights.sha256 if card.weights else ""
    name = named("cover", here.dates.key, here.dates.text, str(before), str(after), card.name, sha, legend)

    def work(progress: Progress) -> None:
        whole = series(here.dates.run)
        if whole is None or covers.get(name) is not None:
            return
        moments = whole["time"].values.astype("datetime64[s]")
        parts = [whole[np.flatnonzero((moments <= date) & (moments >= date - length))] for date in (before, after)]
        covers.keep(name, here.dates.key, engine().compare_maps(parts[0], parts[1], card, legend, progress))

    return Ask(name, lambda owner: asking.maps().submit(name, work, owner=owner))


def breaks_of(here: Found, index: str) -> Ask:
    """The date of change of every pixel in an index, over the whole series."""
    cube = here.cube
    name = named("breaks", here.dates.key, here.dates.text, str(cube.sizes["time"]), index)

    def work(progress: Progress) -> None:
        if dates.get(name) is not None:
            return
        count = cube.sizes["time"]
        values = np.full((count, *cube.shape[2:]), np.nan, np.float32)
        seen = np.zeros(values.shape, bool)
        for place in range(count):
            progress.tick(place, 2 * count, "Reading the series")
            values[place], seen[place] = index_values(cube[place], index)
        seen &= cube["clear"].values
        times: NDArray[np.datetime64] = cube["time"].values.astype("datetime64[s]")
        rows = values.shape[1]
        step = max(1, -(-rows // count))
        parts = []
        for number, start in enumerate(range(0, rows, step)):
            progress.tick(count + number, 2 * count, "Looking for steps")
            parts.append(breaks(values[:, start : start + step], seen[:, start : start + step], times))
        joined = [np.concatenate([getattr(part, field) for part in parts]) for field in BREAKS]
        dates.keep(name, here.dates.key, Breaks(*joined))

    return Ask(name, lambda owner: asking.maps().submit(name, work, owner=owner))
