"""The truth of the demo world, on the grid of a run."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.sources.demo import demo_world, region_geobox
from eodash.truth.known import UNKNOWN, Classes, Truth
from eodash.world import REGIONS
from eodash.world.legend import LEGENDS

Number = TypeVar("Number", np.uint8, np.uint16)


@lru_cache(maxsize=8)
def simulated(region: str, geobox: GeoBox, legend: str, names: tuple[str, ...] = ()) -> Truth | None:
    """Classes by the names of a legend; None where there is no such region or legend."""
    if region not in REGIONS or legend not in LEGENDS:
        return None
    whole, own = demo_world(region).truth(), LEGENDS[legend].names
    order = {name.casefold(): number for number, name in enumerate(names or own)}
    table = np.full(256, UNKNOWN, np.uint8)
    table[: len(own)] = [order.get(name.casefold(), UNKNOWN) for name in own]
    fine: Classes = getattr(whole, legend)
    grid = region_geobox(REGIONS[region])
    classes, parcels = onto(table[fine], grid, geobox, UNKNOWN), onto(whole.parcels, grid, geobox, 0)
    for shared in (classes, parcels):
        shared.flags.writeable = False
    return Truth(classes, parcels, names or own, "the simulated world, of which everything is known")


def onto(values: NDArray[Number], grid: GeoBox, wanted: GeoBox, nothing: int) -> NDArray[Number]:
    """Labels of one grid on an equal or coarser one: what covers more than half of a pixel, else nothing."""
    step = round(wanted.resolution.x / grid.resolution.x)
    rows, columns = wanted.shape
    left = round((wanted.affine.c - grid.affine.c) / grid.resolution.x)
    top = round((wanted.affine.f - grid.affine.f) / grid.resolution.y)
    fine = np.full((rows * step, columns * step), nothing, values.dtype)
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + rows * step, values.shape[0]), min(left + columns * step, values.shape[1])
    if y0 < y1 and x0 < x1:
        fine[y0 - top : y1 - top, x0 - left : x1 - left] = values[y0:y1, x0:x1]
    if step == 1:
        return fine
    blocks = np.sort(fine.reshape(rows, step, columns, step).swapaxes(1, 2).reshape(rows, columns, -1), axis=2)
    middle = blocks[..., step * step // 2]  # what covers more than half of a pixel is also its median
    share = (blocks == middle[..., None]).sum(2)
    return np.where(2 * share > step * step, middle, nothing).astype(values.dtype)
