"""Polygons on a grid: which pixel belongs to which polygon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.errors import AoiError

BOTH = -1  # a pixel in polygons of different classes


@dataclass(frozen=True, eq=False)
class Pixels:
    """Rows and columns with the place of their polygon, in the order of the grid; and what was left out."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    polygon: NDArray[np.int64]
    outside: int  # polygons beyond the grid
    empty: int  # polygons on it that have no pixel of their own
    thin: int  # polygons that are too narrow to lose their border, and kept it
    disputed: int  # pixels in polygons of different classes


def pixels_of(shapes: NDArray[np.object_], label: NDArray[np.int64], grid: GeoBox, inner: bool) -> Pixels:
    """Pixels whose middle lies in a polygon in degrees; with `inner`, without those at its border."""
    placed = _placed(shapes, grid)
    rows, columns = grid.shape
    there = np.flatnonzero(shapely.intersects(placed, shapely.box(0, 0, columns, rows)))
    if not len(there):
        swapped = _placed(shapely.transform(shapes, lambda x, y: (y, x), interleaved=False), grid)
        turned = bool(shapely.intersects(swapped, shapely.box(0, 0, columns, rows)).any())
        raise AoiError(
            f"All {len(shapes):,} labelled polygons lie outside the area of the cube.",
            "Longitude comes first: the two are swapped." if turned else "Take labels and a cube of the same place.",
            code="labels_outside",
            details={"outside": len(shapes)},
        )
    owner = np.zeros((rows, columns), np.int32)
    for place in there.tolist():
        _burn(owner, placed[place], place + 1, label)
    disputed = int((owner == BOTH).sum())
    kept = owner > 0
    thin = 0
    if inner:
        core = kept & _surrounded(owner)
        whole, inside = (np.bincount(owner[part], minlength=len(shapes) + 1) for part in (kept, core))
        narrow = (whole > 0) & (inside == 0)
        kept, thin = core | (kept & narrow[np.maximum(owner, 0)]), int(narrow.sum())
    row, column = np.nonzero(kept)
    polygon = owner[row, column].astype(np.int64) - 1
    return Pixels(row, column, polygon, len(shapes) - len(there), len(there) - len(np.unique(polygon)), thin, disputed)


def _placed(shapes: NDArray[np.object_], grid: GeoBox) -> NDArray[np.object_]:
    """Polygons in columns and rows of the grid; empty where they cannot be brought there."""
    assert grid.crs is not None
    there = pyproj.Transformer.from_crs("EPSG:4326", pyproj.CRS.from_wkt(grid.crs.to_wkt()), always_xy=True)
    back = ~grid.affine

    def place(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        east, north = there.transform(x, y)
        return back.a * east + back.b * north + back.c, back.d * east + back.e * north + back.f

    with np.errstate(invalid="ignore"):
        placed = np.asarray(shapely.transform(shapes, place, interleaved=False), object)
    lost = ~np.isfinite(shapely.bounds(placed)).all(1)
    placed[lost] = shapely.Polygon()
    return placed


def _burn(owner: NDArray[np.int32], shape: shapely.Geometry, number: int, label: NDArray[np.int64]) -> None:
    """Give free pixels in a shape to polygon `number` − 1; those of another class become nobody's."""
    left, top, right, bottom = shape.bounds
    rows, columns = owner.shape
    window = (
        slice(max(0, int(top)), min(rows, int(bottom) + 1)),
        slice(max(0, int(left)), min(columns, int(right) + 1)),
    )
    shapely.prepare(shape)
    down, across = np.mgrid[window]
    within = shapely.contains_xy(shape, across + 0.5, down + 0.5)
    mine = owner[window]
    rival = within & (mine > 0) & (label[np.maximum(mine, 1) - 1] != label[number - 1])
    mine[within & (mine == 0)] = number
    mine[rival] = BOTH


def _surrounded(owner: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Pixels whose eight neighbours have the same owner; the edge of the grid is no border."""
    rows, columns = owner.shape
    wide = np.pad(owner, 1, mode="edge")
    same = np.ones(owner.shape, bool)
    for down in range(3):
        for right in range(3):
            same &= wide[down : down + rows, right : right + columns] == owner
    return same
