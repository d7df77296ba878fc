"""Where files lie: placed by themselves or by the user, on one grid, cut to an area.

A blank grid is a stand-in for rasters of no known place: squares of 10 m in UTM zone 31, north, whose lower left corner
is 3° E on the equator, in the open sea. Lengths and areas on it mean pixels, not metres.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from affine import Affine
from odc.geo.crs import CRS
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from pyproj.exceptions import ProjError

from eodash.errors import AoiError, RasterError
from eodash.files.corrections import Corrections, Place
from eodash.files.held import Held
from eodash.grid import grid
from eodash.request import Area

BLANK_CRS, BLANK_LEFT, BLANK_PIXEL = "EPSG:32631", 500_000.0, 10.0
_ALONG = 32
"""Points along each side of an outline, so that it stays true in another projection."""


def placed(held: Held, asked: Corrections) -> Held:
    """A file at its place; by the user's word where it has none itself."""
    if held.placed or asked.place is None:
        return held
    rows, _ = held.shape
    if asked.place == "blank":
        affine = Affine(BLANK_PIXEL, 0, BLANK_LEFT, 0, -BLANK_PIXEL, rows * BLANK_PIXEL)
        return replace(held, crs=BLANK_CRS, transform=tuple(affine)[:6])
    place: Place = asked.place
    crs = checked_crs(place.crs)
    if held.transform and place.left is None and place.pixel is None:
        return replace(held, crs=crs)
    if place.left is None or place.top is None or place.pixel is None:
        raise RasterError(
            "The place lacks left, top or pixel.",
            "Give the upper left corner and the pixel size in units of the CRS, or choose a blank grid.",
            code="corrections",
        )
    corner = [place.left, place.top, place.pixel]
    if not all(map(math.isfinite, corner)):
        raise RasterError("The place is not made of finite numbers.", "Correct it.", code="corrections")
    affine = Affine(place.pixel, 0, place.left, 0, -place.pixel, place.top)
    return replace(held, crs=crs, transform=tuple(affine)[:6])


def checked_crs(text: str) -> str:
    """A coordinate system by its code where it has one, else in full."""
    try:
        crs = CRS(text)
        epsg = crs.to_epsg()
    except (ValueError, TypeError, ProjError) as error:
        raise RasterError(
            f"'{text[:40]}' is no coordinate system.", "Write an EPSG code, like EPSG:32633.", code="crs"
        ) from error
    return f"EPSG:{epsg}" if epsg else str(crs.to_wkt())


def to_json(geobox: GeoBox) -> dict[str, Any]:
    return {"crs": checked_crs(str(geobox.crs)), "affine": list(geobox.affine)[:6], "shape": list(geobox.shape)}


def from_json(said: dict[str, Any]) -> GeoBox:
    return GeoBox(tuple(said["shape"]), Affine(*said["affine"]), said["crs"])


def common(held: Sequence[Held], first: Sequence[str], way: str) -> GeoBox:
    """The grid of a series: the finest of its first image, or the one that most files have; north is up."""
    if way == "common":
        counted = Counter((one.shape, one.transform, one.crs) for one in held)
        shape, transform, crs = counted.most_common(1)[0][0]
        return upright(GeoBox(shape, Affine(*transform), crs))
    candidates = [one.geobox for one in held if one.file in first] or [held[0].geobox]
    return upright(min(candidates, key=lambda geobox: abs(geobox.affine.determinant)))


def upright(geobox: GeoBox) -> GeoBox:
    """The same ground and pixel size with north up and no turn."""
    a, b, _, d, e, _ = tuple(geobox.affine)[:6]
    if b == 0 and d == 0 and a > 0 and e < 0:
        return GeoBox(geobox.shape, geobox.affine, checked_crs(str(geobox.crs)))
    box = geobox.boundingbox
    wide, high = math.hypot(a, d), math.hypot(b, e)
    rows, columns = (max(1, round((box.top - box.bottom) / high)), max(1, round((box.right - box.left) / wide)))
    return GeoBox((rows, columns), Affine(wide, 0, box.left, 0, -high, box.top), checked_crs(str(geobox.crs)))


def same(one: GeoBox, other: GeoBox) -> bool:
    """Whether two grids are one, to a hundredth of a pixel."""
    if one.shape != other.shape or one.crs != other.crs:
        return False
    size = max(one.shape)
    step = (~one.affine) * other.affine
    return bool(
        np.allclose(tuple(step)[:6], (1, 0, 0, 0, 1, 0), atol=0.01 / size, rtol=0) or one.affine == other.affine
    )


def outline(geobox: GeoBox, crs: str) -> shapely.Polygon | None:
    """The edge of a grid in another projection, None where it has no place there."""
    rows, columns = geobox.shape
    along = np.linspace(0, 1, _ALONG + 1)
    x = np.concatenate([along, np.ones_like(along), along[::-1], np.zeros_like(along)]) * columns
    y = np.concatenate([np.zeros_like(along), along, np.ones_like(along), along[::-1]]) * rows
    a, b, c, d, e, f = tuple(geobox.affine)[:6]
    easting, northing = a * x + b * y + c, d * x + e * y + f
    try:
        there = Transformer.from_crs(str(geobox.crs), crs, always_xy=True)
        east, north = there.transform(easting, northing)
    except ProjError:
        return None
    if not (np.isfinite(east).all() and np.isfinite(north).all()):
        return None
    found = shapely.Polygon(np.column_stack([east, north]))
    return found if found.is_valid else shapely.make_valid(found)


def overlap(one: GeoBox, other: GeoBox) -> bool:
    """Whether two grids share ground."""
    there = outline(other, str(one.crs))
    here = outline(one, str(one.crs))
    return there is not None and here is not None and bool(there.intersection(here).area > 0)


def footprint(geobox: GeoBox, name: str) -> Area:
    """The ground of a grid, in degrees."""
    crs = CRS(str(geobox.crs)).proj
    found = outline(geobox, "EPSG:4326") if crs.is_projected or crs.is_geographic else None
    if found is None or found.is_empty:
        raise RasterError("The grid lies nowhere on the Earth.", "Correct its coordinate system.", code="crs")
    west, south, east, north = found.bounds
    if max(-west, east) > 180.0001 or max(-south, north) > 90.0001:
        raise RasterError(
            f"The grid reaches to {west:.1f}, {south:.1f}, {east:.1f}, {north:.1f}°, off the Earth.",
            "Correct its coordinate system or its place.",
            code="crs",
        )
    area = Area.of(found.intersection(shapely.box(-180, -90, 180, 90)), name)
    if area.geometry.area <= 0:
        raise RasterError(
            "The grid is smaller than a hand.", "Correct its pixel size or its coordinate system.", code="crs"
        )
    return area


def cut(whole: GeoBox, area: Area, resolution: int) -> GeoBox:
    """The part of a grid that an area needs, in the files' own pixels or in metres."""
    if resolution and CRS(whole.crs).geographic:
        covered = area.geometry.intersection(footprint(whole, "").geometry)
        if covered.area <= 0:
            raise _elsewhere()
        return grid(Area.of(covered), resolution)
    shape = shapely.segmentize(
        area.geometry, max(0.001, max(np.ptp(np.array(area.geometry.bounds)[[0, 2]]), 0.001) / 64)
    )
    there = Transformer.from_crs("EPSG:4326", str(whole.crs), always_xy=True)
    x, y = there.transform(*shapely.get_coordinates(shape).T)
    columns, rows = (~whole.affine) * (np.asarray(x), np.asarray(y))
    columns, rows = columns[np.isfinite(columns)], rows[np.isfinite(rows)]
    if not columns.size or not rows.size:
        raise _elsewhere()
    left, right = max(0, _down(columns.min())), min(whole.shape[1], _up(columns.max()))
    top, bottom = max(0, _down(rows.min())), min(whole.shape[0], _up(rows.max()))
    if left >= right or top >= bottom:
        raise _elsewhere()
    part: GeoBox = whole[top:bottom, left:right]
    if not resolution:
        return part
    metres = resolution / _metres(whole)
    box = part.boundingbox
    rows_, columns_ = (
        max(1, math.ceil((box.top - box.bottom) / metres - 0.01)),
        max(1, math.ceil((box.right - box.left) / metres - 0.01)),
    )
    return GeoBox((rows_, columns_), Affine(metres, 0, box.left, 0, -metres, box.top), whole.crs)


def _metres(geobox: GeoBox) -> float:
    """Metres in one unit of a projected system."""
    units = {axis.unit_conversion_factor for axis in CRS(geobox.crs).proj.axis_info[:2]}
    return float(next(iter(units), 1.0)) or 1.0


def pixel_metres(geobox: GeoBox) -> float:
    """The size of a pixel in metres, at the middle of the grid."""
    size = math.sqrt(abs(geobox.affine.determinant))
    if not CRS(geobox.crs).geographic:
        return size * _metres(geobox)
    middle = (geobox.boundingbox.top + geobox.boundingbox.bottom) / 2
    return size * 111_320 * math.sqrt(max(0.01, math.cos(math.radians(middle))))


def _down(value: float) -> int:
    return math.floor(value + 0.05)


def _up(value: float) -> int:
    return math.ceil(value - 0.05)


def _elsewhere() -> AoiError:
    return AoiError("The area lies outside the files.", "Draw inside their ground, or take all of it.", code="outside")


def shifted(one: GeoBox, other: GeoBox) -> tuple[int, int] | None:
    """Rows and columns from the other's corner to this one's, where their pixels are the same; else None."""
    if one.crs != other.crs:
        return None
    step = (~other.affine) * one.affine
    size = max(*one.shape, *other.shape)
    straight = np.allclose((step.a, step.b, step.d, step.e), (1, 0, 0, 1), atol=0.02 / size, rtol=0)
    column, row = round(step.c), round(step.f)
    whole = abs(step.c - column) < 0.02 and abs(step.f - row) < 0.02
    return (row, column) if straight and whole else None
