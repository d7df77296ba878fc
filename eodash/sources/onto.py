"""An open raster onto a grid: the nearest pixel, averaged where the grid is coarser than the raster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from odc.geo.converters import rio_geobox
from odc.geo.geobox import GeoBox
from odc.geo.overlap import compute_reproject_roi
from odc.geo.roi import roi_is_empty, roi_shape, w_
from pyproj import Transformer
from rasterio.enums import Resampling

from eodash.errors import RasterError

RESAMPLING = "nearest, averaged where the grid is coarser than the band"
_STRIDE = 32
"""Pixels between places that are projected exactly; between them a straight line is right to the centimetre."""


Prefetch = Callable[[list[tuple[int, int]]], None]
"""Takes the byte ranges that are about to be read."""


def onto(
    opened: rasterio.DatasetReader, prefetch: Prefetch, geobox: GeoBox, average: bool
) -> tuple[tuple[slice, slice], NDArray[Any]]:
    """The part of a grid that a raster covers, and its digital numbers there; 0 where there is none."""
    if opened.crs is None:
        raise RasterError(
            "An asset has no coordinate system.", "Choose another catalogue, or another product of it.", code="crs"
        )
    source: Any = rio_geobox(opened)
    overlap = compute_reproject_roi(source, geobox, ttol=0.05)
    rows, columns = overlap.roi_dst
    where = (slice(rows.start, rows.stop), slice(columns.start, columns.stop))
    if roi_is_empty(where) or roi_is_empty(overlap.roi_src):
        return where, np.zeros(roi_shape(where), np.uint16)
    window = w_[overlap.roi_src]
    if overlap.read_shrink == 1:
        prefetch(_blocks(opened, overlap.roi_src))
    if overlap.paste_ok and overlap.read_shrink == 1:
        return where, opened.read(1, window=window, out_dtype=np.uint16)
    shrink = max(1, overlap.read_shrink)
    tall, wide = roi_shape(overlap.roi_src)
    shape = (max(1, -(-tall // shrink)), max(1, -(-wide // shrink)))
    way = Resampling.average if average and shrink > 1 else Resampling.nearest
    numbers = opened.read(1, window=window, out_shape=shape, resampling=way, out_dtype=np.uint16)
    return where, nearest(numbers, source[overlap.roi_src].zoom_to(shape), geobox[where])


def _blocks(opened: rasterio.DatasetReader, window: tuple[Any, Any]) -> list[tuple[int, int]]:
    """Where in the file the blocks under a window lie; nothing where the format does not say."""
    (high, wide), (rows, columns) = opened.block_shapes[0], window
    ranges = []
    for row in range(rows.start // high, -(-rows.stop // high)):
        for column in range(columns.start // wide, -(-columns.stop // wide)):
            start = opened.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=1)
            size = opened.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=1)
            if start and size:
                ranges.append((int(start), int(start) + int(size)))
    return ranges


def nearest(numbers: NDArray[Any], source: GeoBox, target: GeoBox) -> NDArray[Any]:
    """The pixel of `numbers` under the centre of each target pixel; 0 outside."""
    rows, columns = _under(source, target)
    high, wide = numbers.shape
    known = (rows >= 0) & (rows < high), (columns >= 0) & (columns < wide)
    rows, columns = rows.clip(0, high - 1), columns.clip(0, wide - 1)
    if rows.shape[1] == 1:  # the same zone: whole rows, then whole columns
        found: NDArray[Any] = numbers.take(rows[:, 0], 0).take(columns[0], 1)
        if known[0].all() and known[1].all():
            return found
    else:
        found = numbers[rows, columns]
    return np.asarray(np.where(known[0] & known[1], found, np.zeros((), numbers.dtype)))


@lru_cache(maxsize=32)
def _under(source: GeoBox, target: GeoBox) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column in the source of each target pixel's centre; they broadcast to (y, x)."""
    back = ~source.affine
    if source.crs == target.crs and target.affine.is_rectilinear and source.affine.is_rectilinear:
        step = back * target.affine
        row = step.e * (np.arange(target.shape[0]) + 0.5) + step.f
        column = step.a * (np.arange(target.shape[1]) + 0.5) + step.c
        return _whole(row)[:, None], _whole(column)[None, :]
    at_rows, at_columns = (np.arange(0, size + _STRIDE, _STRIDE, dtype=float) for size in target.shape)
    x, y = target.affine * tuple(np.meshgrid(at_columns, at_rows))
    there = Transformer.from_crs(str(target.crs), str(source.crs), always_xy=True).transform(x, y)
    column, row = back * there
    return _whole(_between(row, target.shape)), _whole(_between(column, target.shape))


def _whole(places: NDArray[np.float64]) -> NDArray[np.intp]:
    whole: NDArray[np.intp] = np.floor(np.where(np.isfinite(places), places, -1)).astype(np.intp)
    return whole


def _between(coarse: NDArray[np.float64], shape: Sequence[int]) -> NDArray[np.float64]:
    """Values at pixel centres from values at every `_STRIDE`th corner."""
    for axis, size in enumerate(shape):
        at = (np.arange(size) + 0.5) / _STRIDE
        low = at.astype(np.intp)
        part = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
        coarse = np.take(coarse, low, axis) * (1 - part) + np.take(coarse, low + 1, axis) * part
    return coarse
