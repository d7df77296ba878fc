"""Small regions on a disk or in memory, and questions about them; no torch."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import xarray as xr

from eodash import cube
from eodash.backend.orders import Array, Mapped
from eodash.backend.questions import MapQuestion, Series, map_question
from eodash.cards import Card
from tests.toys import geobox

NODATA = -32768


class Poison(Mapped):
    """Whoever reads this dies."""

    def read(self) -> Array | None:
        os._exit(1)


def region(rows: int, columns: int, dates: int = 8, folder: Path | None = None, seed: int = 0) -> xr.DataArray:
    """Noise with holes, on memory maps where a folder is given. Nothing is ever seen of the first pixel."""
    random = np.random.default_rng(seed)
    bands = ("B02", "B03", "B04", "B08")
    values = random.integers(0, 6000, (dates, len(bands), rows, columns)).astype(np.int16)
    values[random.random((dates, rows, columns))[:, None].repeat(len(bands), 1) < 0.1] = NODATA
    values[:, :, 0, 0] = NODATA
    clear = random.random((dates, rows, columns)) < 0.7
    if folder is not None:
        for name, array in (("cube", values), ("clear", clear)):
            np.save(folder / f"{name}.npy", array)
        values, clear = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("cube", "clear"))
    times = np.datetime64("2024-03-02T10:30", "s") + np.arange(dates) * np.timedelta64(8, "D")
    return cube.carrier(values, clear, times, bands, geobox(rows, columns), {"sensor": "sentinel-2-l1c"})


def stopped() -> int:
    """How many questions a worker was told to stop."""
    from eodash.backend import work

    return len(work._stopped)


def question(card: Card, here: xr.DataArray, dates: tuple[int, ...] = (), *, exact: bool = True) -> MapQuestion:
    """Every date unless some are named, in single precision."""
    dates = dates or tuple(range(here.sizes["time"]))
    return map_question(Series("k", here.sizes["time"]), card, "letters", dates, exact=exact)
