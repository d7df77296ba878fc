"""A cube that is larger than the memory allows goes out date by date."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from eodash.cube import carrier
from eodash.export import cog, cog_folder, cube_raster, netcdf, zarr
from tests.export.cubes import told
from tests.toys import BANDS, geobox

DATES, ROWS = 24, 256


def mapped(folder: Path) -> xr.DataArray:
    """31 MB on the disk, as the store hands cubes out."""
    values = np.memmap(folder / "values", np.int16, "w+", shape=(DATES, len(BANDS), ROWS, ROWS))
    values[:] = np.arange(ROWS, dtype=np.int16)
    clear = np.memmap(folder / "clear", bool, "w+", shape=(DATES, ROWS, ROWS))
    times = np.datetime64("2024-01-01", "s") + np.arange(DATES) * np.timedelta64(5, "D")
    return carrier(values, clear, times, BANDS, geobox(ROWS, ROWS), told(sensor="sentinel-2-l2a"))


@pytest.mark.parametrize(
    "write",
    [netcdf, zarr, cog_folder, lambda cube, path: cog(cube_raster(cube), path)],
    ids=["netcdf", "zarr", "folder", "one"],
)
def test_no_more_than_a_few_dates_are_in_memory(tmp_path: Path, write: Callable[[xr.DataArray, Path], None]) -> None:
    cube = mapped(tmp_path)
    one = cube[0].size * 2
    tracemalloc.start()
    try:
        write(cube, tmp_path / "out")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * one < cube.nbytes / 2, f"{peak / one:.1f} dates"
