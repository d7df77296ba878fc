"""A recipe's image → the cube's numbers: read in the sandbox, calibrated, laid onto the grid, masked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.enums import Resampling
from rasterio.warp import reproject

from eodash.errors import RasterError
from eodash.files import grids, magic
from eodash.files.calibration import REFLECTANCE
from eodash.files.figures import valid
from eodash.files.held import limits, named
from eodash.files.paths import fingerprint, safe_path, shown
from eodash.sandbox import Box

NODATA = -32_768
"""Where a cube holds no observation."""
MOST = 32_767
CLEAR_SCL = (4, 5, 6, 7, 11)
"""Vegetation, bare soil, water, unclassified and snow count as clear, as for catalogues."""
HIDDEN_QA = 0b11111
"""Bits of QA_PIXEL that hide the ground: fill, dilated cloud, cirrus, cloud, cloud shadow."""
HIDDEN_FMASK = 0b1111
"""Bits of Fmask that hide the ground: cirrus, cloud, beside a cloud, cloud shadow."""
_MARGIN = 2


def readable(root: Path, names: Sequence[str]) -> list[Path]:
    """What the sandbox may open: the files themselves, and the headers of raw ones."""
    paths = [safe_path(root, name, None) for name in names]
    headers = [magic.header_of(path) for path in paths if path.is_file() and magic.driver(path) == "ENVI"]
    return [*paths, *(header.resolve() for header in headers if header is not None)]


def unchanged(root: Path, files: Sequence[dict[str, Any]]) -> None:
    """Raise a RasterError unless every file is there and is the one that was understood."""
    for file in files:
        try:
            path = safe_path(root, file["name"], None)
        except RasterError as error:
            if error.code != "not_found":
                raise
            raise RasterError(
                f"'{shown(file['name'])}' has vanished.", "Bring it back, or import again.", code="vanished"
            ) from error
        mark = fingerprint(path)
        if (mark.bytes, mark.sha256) != (file["bytes"], file["sha256"]):
            raise RasterError(
                f"'{shown(file['name'])}' has changed since it was imported.", "Import it again.", code="changed"
            )


def image(
    box: Box, root: Path, said: dict[str, Any], at: int, bands: Sequence[str], geobox: GeoBox
) -> tuple[NDArray[np.int16], NDArray[np.bool_], int]:
    """Values (band, y, x) and clear (y, x) of one image, and how many values were clipped."""
    names = [band["name"] for band in said["bands"]]
    values = np.full((len(bands), *geobox.shape), NODATA, np.int16)
    factor = 10_000.0 if said["units"] == REFLECTANCE else 1.0
    clipped = 0
    groups: dict[int, list[tuple[Any, int, int]]] = defaultdict(list)
    for file, source, band, calibration in said["images"][at]["planes"]:
        if names[band] in bands:
            groups[file].append((source, bands.index(names[band]), calibration))
    for file, planes in groups.items():
        read = _window(box, root, said, file, [plane[0] for plane in planes], geobox)
        if read is None:
            continue
        arrays, ground = read
        for stored, (_, into, calibration) in zip(arrays, planes, strict=True):
            part, over = _numbers(stored, ground, geobox, said["calibrations"][calibration], factor)
            np.copyto(values[into], part, where=values[into] == NODATA)
            clipped += over
    seen: NDArray[np.bool_] = (values != NODATA).any(axis=0)
    for file, source, kind in said["images"][at]["masks"]:
        read = _window(box, root, said, file, [source], geobox)
        if read is not None:
            seen &= _clear(_onto(read[0][0].astype(np.float32), read[1], geobox, Resampling.nearest), kind)
    return values, seen, clipped


def _window(
    box: Box, root: Path, said: dict[str, Any], file: int, sources: list[Any], geobox: GeoBox
) -> tuple[list[NDArray[Any]], GeoBox] | None:
    """The planes of a file under a grid, and the ground they cover; None where they do not meet."""
    entry = said["files"][file]
    whole = grids.from_json(said["places"][entry["place"]])
    window = under(whole, geobox)
    if window is None:
        return None
    path = safe_path(root, entry["name"], None)
    if magic.driver(path) != entry["driver"]:
        raise RasterError(f"'{shown(entry['name'])}' has changed.", "Import it again.", code="changed")
    task = "files.read_arrays" if entry["driver"] in magic.ARRAYS else "files.read_raster"
    asked = {"path": str(path), "driver": entry["driver"], "planes": sources, "window": window, **limits()}
    try:
        arrays = box.call(task, asked).arrays
    except RasterError as error:
        raise named(error, entry["name"]) from error
    row, column, rows, columns = window
    return [arrays[str(at)] for at in range(len(sources))], whole[row : row + rows, column : column + columns]


@lru_cache(maxsize=1024)
def under(whole: GeoBox, geobox: GeoBox) -> tuple[int, int, int, int] | None:
    """The window [row, column, rows, columns] of a file's grid that lies under another grid."""
    edge = grids.outline(geobox, str(whole.crs))
    if edge is None or edge.is_empty:
        return None
    back = ~whole.affine
    corners = np.array(edge.envelope.exterior.coords)
    if whole.affine.b == 0 and whole.affine.d == 0:
        columns, rows = back * (corners[:, 0], corners[:, 1])
    else:
        points = np.array(edge.exterior.coords)
        columns, rows = back * (points[:, 0], points[:, 1])
    exact = grids.shifted(whole, geobox)
    margin = 0 if exact else _MARGIN
    top = max(0, int(np.floor(rows.min() + 0.01)) - margin)
    left = max(0, int(np.floor(columns.min() + 0.01)) - margin)
    bottom = min(whole.shape[0], int(np.ceil(rows.max() - 0.01)) + margin)
    right = min(whole.shape[1], int(np.ceil(columns.max() - 0.01)) + margin)
    return (top, left, bottom - top, right - left) if top < bottom and left < right else None


def _numbers(
    stored: NDArray[Any], ground: GeoBox, geobox: GeoBox, calibration: Sequence[Any], factor: float
) -> tuple[NDArray[np.int16], int]:
    """Stored numbers as the cube's, on its grid; no-data never mixes with its neighbours."""
    scale, offset, nodata, way = calibration
    good = valid(stored, nodata)
    kind = np.float64 if stored.dtype.itemsize > 2 else np.float32
    value = np.where(good, stored, 0).astype(np.float64) * (scale * factor) + offset * factor
    value = np.where(good, value, np.nan).astype(kind)
    if way == "nearest" or grids.shifted(ground, geobox):
        laid = _onto(value, ground, geobox, Resampling.nearest)
    else:
        laid = _onto(value, ground, geobox, Resampling.bilinear)
    with np.errstate(invalid="ignore"):
        rounded = np.rint(laid)
        over = int((np.abs(rounded) > MOST).sum())
        made = np.where(np.isnan(rounded), NODATA, np.clip(rounded, -MOST, MOST)).astype(np.int16)
    return made, over


def _onto(value: NDArray[Any], ground: GeoBox, geobox: GeoBox, way: Resampling) -> NDArray[Any]:
    """An image on another grid, NaN where there is none; copied where the pixels are the same."""
    made = np.full(geobox.shape, np.nan, value.dtype)
    shift = grids.shifted(ground, geobox)
    if shift is not None:
        row, column = shift
        rows, columns = ground.shape
        top, left = max(0, -row), max(0, -column)
        bottom, right = min(geobox.shape[0] - row, rows), min(geobox.shape[1] - column, columns)
        if top < bottom and left < right:
            made[top + row : bottom + row, left + column : right + column] = value[top:bottom, left:right]
        return made
    reproject(
        value,
        made,
        src_transform=ground.affine,
        src_crs=str(ground.crs),
        src_nodata=np.nan,
        dst_transform=geobox.affine,
        dst_crs=str(geobox.crs),
        dst_nodata=np.nan,
        resampling=way,
        tolerance=0.01,
    )
    return made


def _clear(mask: NDArray[np.float32], kind: str) -> NDArray[np.bool_]:
    """Which pixels show the ground, by the files' own mask."""
    known = np.isfinite(mask)
    code = np.where(known, mask, 0).astype(np.int64)
    if kind == "scl":
        found = np.isin(code, CLEAR_SCL)
    elif kind == "qa_pixel":
        found = (code != 0) & ((code & HIDDEN_QA) == 0)
    elif kind == "fmask":
        found = (code != 255) & ((code & HIDDEN_FMASK) == 0)
    else:
        found = code != 0 if kind == "clear" else code == 0
    return np.asarray(found & known)
