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
STRIP = 2**20
"""Pixels that are calibrated at one time."""
TOGETHER = 64 * 2**20
"""Bytes that are asked of the sandbox at one time, if one file alone does not need more."""


def readable(root: Path, names: Sequence[str]) -> list[Path]:
    """What the sandbox may open: the files themselves, and the headers of raw ones."""
    paths = [safe_path(root, name, None) for name in names]
    headers = [magic.header_of(path) for path in paths if path.is_file() and magic.driver(path) == "ENVI"]
    return [*paths, *(safe_path(root, header.relative_to(root)) for header in headers if header is not None)]


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
    masks = said["images"][at]["masks"]
    wanted = [(file, [plane[0] for plane in planes]) for file, planes in groups.items()]
    windows = _windows(box, root, said, wanted + [(file, [source]) for file, source, _ in masks], geobox)
    for planes, read in zip(groups.values(), windows[: len(groups)], strict=True):
        if read is None:
            continue
        arrays, own, ground = read
        for stored, (_, into, calibration) in zip(arrays, planes, strict=True):
            part, over = _numbers(stored, own, ground, geobox, said["calibrations"][calibration], factor)
            np.copyto(values[into], part, where=values[into] == NODATA)
            clipped += over
    seen: NDArray[np.bool_] = (values != NODATA).any(axis=0)
    for (_, _, kind), read in zip(masks, windows[len(groups) :], strict=True):
        if read is not None:
            seen &= _clear(_onto(read[0][0].astype(np.float32), read[2], geobox, Resampling.nearest), kind)
    return values, seen, clipped


Read = tuple[list[NDArray[Any]], NDArray[np.uint8] | None, GeoBox]


def _windows(
    box: Box, root: Path, said: dict[str, Any], wanted: Sequence[tuple[int, list[Any]]], geobox: GeoBox
) -> list[Read | None]:
    """The planes of files under a grid, the files' own masks, and the ground they cover; None where they do not meet.

    One question to the sandbox for as many files as an answer holds.
    """
    asked = [_asked(root, said, file, sources, geobox) for file, sources in wanted]
    made: list[Read | None] = [None] * len(asked)
    together: list[int] = []
    size = 0
    for at, one in enumerate(asked):
        if one is None:
            continue
        needs = 8 * (len(one[0]["planes"]) + 1) * one[0]["window"][2] * one[0]["window"][3]
        if together and size + needs > TOGETHER:
            _read(box, asked, together, made)
            together, size = [], 0
        together.append(at)
        size += needs
    if together:
        _read(box, asked, together, made)
    return made


def _read(
    box: Box, asked: Sequence[tuple[dict[str, Any], GeoBox, str] | None], places: list[int], made: list[Read | None]
) -> None:
    """Ask for some files at once, and put what comes in its place."""
    files = [one for place in places if (one := asked[place]) is not None]
    try:
        arrays = box.call("files.read", {"files": [one[0] for one in files], **limits()}).arrays
    except RasterError as error:
        at = error.details.get("at", 0 if len(files) == 1 else -1)
        raise (named(error, files[at][2]) if at >= 0 else error) from error
    for at, (place, (question, ground, _)) in enumerate(zip(places, files, strict=True)):
        planes = [arrays[f"{at}.{plane}"] for plane in range(len(question["planes"]))]
        made[place] = planes, arrays.get(f"{at}.mask"), ground


def _asked(
    root: Path, said: dict[str, Any], file: int, sources: list[Any], geobox: GeoBox
) -> tuple[dict[str, Any], GeoBox, str] | None:
    """What the sandbox is asked of a file, the ground of the answer, and the file's name."""
    entry = said["files"][file]
    whole = grids.from_json(said["places"][entry["place"]])
    window = under(whole, geobox)
    if window is None:
        return None
    path = safe_path(root, entry["name"], None)
    if magic.driver(path) != entry["driver"]:
        raise RasterError(f"'{shown(entry['name'])}' has changed.", "Import it again.", code="changed")
    row, column, rows, columns = window
    question = {"path": str(path), "driver": entry["driver"], "planes": sources, "window": window}
    return question, whole[row : row + rows, column : column + columns], entry["name"]


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
    stored: NDArray[Any],
    own: NDArray[Any] | None,
    ground: GeoBox,
    geobox: GeoBox,
    calibration: Sequence[Any],
    factor: float,
) -> tuple[NDArray[np.int16], int]:
    """Stored numbers as the cube's, on its grid; no-data never mixes with its neighbours."""
    way = calibration[3]
    shift = grids.shifted(ground, geobox)
    if shift is not None:
        made = np.full(geobox.shape, NODATA, np.int16)
        over = 0
        high = max(1, STRIP // stored.shape[1])
        for top in range(0, stored.shape[0], high):  # as floats, a large image would take eight times its bytes
            rows = slice(top, top + high)
            value = _calibrated(stored[rows], own if own is None else own[rows], calibration, factor)
            part, more = _whole(value)
            _put(part, made, (shift[0] + top, shift[1]))
            over += more
        return made, over
    value = _calibrated(stored, own, calibration, factor)
    laid = _onto(value, ground, geobox, Resampling.nearest if way == "nearest" else Resampling.bilinear)
    return _whole(laid)


def _calibrated(
    stored: NDArray[Any], own: NDArray[Any] | None, calibration: Sequence[Any], factor: float
) -> NDArray[Any]:
    """Stored numbers in the cube's units, NaN where there is none."""
    scale, offset, nodata, _ = calibration
    good = valid(stored, nodata)
    if own is not None:
        good &= own != 0
    kind = np.float64 if stored.dtype.itemsize > 2 else np.float32
    value = np.where(good, stored, 0).astype(np.float64) * (scale * factor) + offset * factor
    return np.where(good, value, np.nan).astype(kind)


def _put(part: NDArray[Any], made: NDArray[Any], shift: tuple[int, int]) -> None:
    """Copy what lies within a grid, at so many rows and columns from its corner."""
    row, column = shift
    rows, columns = part.shape
    top, left = max(0, -row), max(0, -column)
    bottom, right = min(made.shape[0] - row, rows), min(made.shape[1] - column, columns)
    if top < bottom and left < right:
        made[top + row : bottom + row, left + column : right + column] = part[top:bottom, left:right]


def _whole(laid: NDArray[Any]) -> tuple[NDArray[np.int16], int]:
    """Numbers as a cube holds them, and how many of them were clipped."""
    with np.errstate(invalid="ignore"):
        rounded = np.rint(laid)
        over = int((np.abs(rounded) > MOST).sum())
        return np.where(np.isnan(rounded), NODATA, np.clip(rounded, -MOST, MOST)).astype(np.int16), over


def _onto(value: NDArray[Any], ground: GeoBox, geobox: GeoBox, way: Resampling) -> NDArray[Any]:
    """An image on another grid, NaN where there is none; copied where the pixels are the same."""
    made = np.full(geobox.shape, np.nan, value.dtype)
    shift = grids.shifted(ground, geobox)
    if shift is not None:
        _put(value, made, shift)
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
