"""In the sandbox: what a raster says about itself, whether all of it can be read, and its pixels. Plain tasks."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from eodash.errors import RasterError
from eodash.files.figures import Figures
from eodash.files.gates import damaged, state
from eodash.files.names import plain

STRIP = 16 * 2**20
"""Bytes that are read at one time."""
MOST_BANDS = 4096
_GDAL = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GTIFF_IGNORE_READ_ERRORS": "NO",
    "GDAL_ERROR_ON_LIBJPEG_WARNING": "YES",
    "GDAL_NUM_THREADS": "1",
    "CPL_DEBUG": "OFF",
}
_TAGS, _LETTERS = 80, 400
KEPT = 16
"""Files that stay open in one child."""
WHOLE = 8 * 2**20
"""Most bytes of a window that is kept with all its bands."""
_open: dict[str, rasterio.DatasetReader] = {}
_whole: dict[tuple[str, Window], NDArray[Any]] = {}


def describe(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header, held against the limits; then every block is read once, so that damage is found now."""
    with _opened(*_asked(arguments)) as source:
        said = _header(source)
        said["figures"] = _read_all(source)
    return said, {}


def read(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Some bands of a window [row, column, rows, columns], as they are stored; the file's own mask, if it has one."""
    row, column, rows, columns = arguments["window"]
    with _opened(*_asked(arguments)) as source:
        window = Window(column, row, columns, rows)
        arrays = {str(at): values for at, values in enumerate(_bands(source, arguments["planes"], window))}
        if masked(source):
            arrays["mask"] = source.read_masks(1, window=window)
    return {}, arrays


def _bands(source: rasterio.DatasetReader, bands: list[int], window: Window) -> NDArray[Any]:
    """Bands of a window; where all of them lie in the same blocks, small ones are unpacked once for every date."""
    size = max(np.dtype(kind).itemsize for kind in source.dtypes) * source.count * window.width * window.height
    if source.profile.get("interleave") != "pixel" or size > WHOLE or len(bands) == source.count:
        return np.asarray(source.read(bands, window=window))
    key = state(source.name), window
    if key not in _whole:
        while len(_whole) >= KEPT:
            del _whole[next(iter(_whole))]
        _whole[key] = source.read(window=window)
    return np.asarray(_whole[key][[source.indexes.index(band) for band in bands]])


def masked(source: rasterio.DatasetReader) -> bool:
    """Whether the file holds a mask of its own, within or as an alpha band: zero there is no observation."""
    return bool(source.count) and MaskFlags.per_dataset in source.mask_flag_enums[0]


def _asked(arguments: dict[str, Any]) -> tuple[str, str, int, int]:
    mebi = 2**20
    return arguments["path"], arguments["driver"], arguments["raster_mib"] * mebi, arguments["block_mib"] * mebi


@contextmanager
def _opened(path: str, driver: str, most: int, block: int) -> Iterator[rasterio.DatasetReader]:
    """A file whose header has passed; the last few stay open, for one file may hold a band of every date."""
    readdir = "FALSE" if driver == "ENVI" else "EMPTY_DIR"  # ENVI alone needs the file beside it
    try:
        with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN=readdir, **_GDAL):
            key = state(path)
            if key not in _open:
                while len(_open) >= KEPT:
                    _open.pop(next(iter(_open))).close()
                source = rasterio.open(path, driver=driver, sharing=False)
                _gate(source, most, block)
                _open[key] = source
            yield _open[key]
    except (RasterioError, ValueError, OSError, SystemError) as error:
        if isinstance(error, RasterioError) and "memory" in str(error).lower():
            raise MemoryError from error
        raise damaged(path) from error


def _gate(source: rasterio.DatasetReader, most: int, block: int) -> None:
    size = max((np.dtype(kind).itemsize for kind in source.dtypes), default=1)
    whole = source.width * source.height * source.count * size
    if whole > most or source.count > MOST_BANDS:
        raise RasterError(
            f"{source.width:,} × {source.height:,} pixels in {source.count} bands would take {whole / 2**20:,.0f} MiB; "
            f"{most / 2**20:,.0f} are the most.",
            "Cut the file, or split it by date or band.",
            code="too_large",
            details={"bytes": whole, "limit": most},
        )
    together = source.count if source.profile.get("interleave") == "pixel" else 1
    largest = max((high * wide for high, wide in source.block_shapes), default=0) * size * together
    if largest > max(block, 1):
        raise RasterError(
            f"One block of the file holds {largest / 2**20:,.0f} MiB; {block / 2**20:,.0f} are the most.",
            "Write it again in tiles, such as `gdal_translate -of COG`.",
            code="too_large",
            details={"bytes": largest, "limit": block},
        )
    if any(np.dtype(kind).kind not in "iuf" for kind in source.dtypes):
        raise RasterError(
            f"The file holds {source.dtypes[0]}, not plain numbers.", "Write it as numbers.", code="dtype"
        )


def _header(source: rasterio.DatasetReader) -> dict[str, Any]:
    transform = source.transform
    placed = not transform.is_identity and abs(transform.determinant) > 0 and all(map(math.isfinite, transform[:6]))
    return {
        "shape": [source.height, source.width],
        "crs": source.crs.to_wkt() if source.crs else None,
        "transform": list(transform)[:6] if placed else None,
        "dtypes": list(source.dtypes),
        "nodata": [None if value is None else repr(float(value)) for value in source.nodatavals],
        "scales": list(source.scales),
        "offsets": list(source.offsets),
        "units": [_text(unit or "") for unit in source.units],
        "names": [
            "alpha" if kind == ColorInterp.alpha else plain(name or "")[:_LETTERS]
            for name, kind in zip(source.descriptions, source.colorinterp, strict=True)
        ],
        "tags": _tags(source.tags()) | _tags(source.tags(ns="ENVI")) | _tags(source.tags(ns="IMAGERY")),
        "band_tags": [_tags(source.tags(band)) for band in source.indexes[:64]],
        "gcps": len(source.gcps[0]),
    }


def _tags(tags: dict[str, str]) -> dict[str, str]:
    return {_text(key): _text(value, 20 * _LETTERS) for key, value in list(tags.items())[:_TAGS]}


def _text(value: Any, letters: int = _LETTERS) -> str:
    return str(value)[:letters]


def _read_all(source: rasterio.DatasetReader) -> list[dict[str, Any]]:
    """Read every block, a strip at a time, and keep what the numbers are like."""
    _check_length(source)
    figures = [Figures(nodata) for nodata in source.nodatavals]
    size = max(np.dtype(kind).itemsize for kind in source.dtypes)
    high = max(1, source.block_shapes[0][0])
    rows = max(1, STRIP // (source.width * source.count * size * high)) * high
    every = max(1, source.width * source.height // 20_000)
    for top in range(0, source.height, rows):
        window = Window(0, top, source.width, min(rows, source.height - top))
        within = source.read_masks(1, window=window) != 0 if masked(source) else None
        many = max(1, STRIP // (window.width * window.height * size))
        for first in range(0, source.count, many):
            block = source.read(list(source.indexes[first : first + many]), window=window)
            for figure, values in zip(figures[first : first + many], block, strict=True):
                figure.add(values if within is None else values[within], every)
    return [figure.said() for figure in figures]


def _check_length(source: rasterio.DatasetReader) -> None:
    """Raw files and PNG show no hole: what is missing at their end would read as zeros."""
    if source.driver == "PNG":
        _check_png(source.files[0])
    if source.driver != "ENVI":
        return
    tags = source.tags(ns="ENVI")
    if tags.get("file_compression", "0").strip() not in ("", "0"):
        raise RasterError("The raw file is compressed.", "Write it uncompressed.", code="driver_not_allowed")
    if tags.get("interleave", "bsq").strip().lower() not in ("bsq", "bil", "bip"):
        raise RasterError(
            "The header does not say how the numbers of its bands follow each other.",
            "Write interleave = bsq, bil or bip into it.",
            code="corrupt",
        )
    begin = int(tags.get("header_offset", "0").strip() or 0)
    size = np.dtype(source.dtypes[0]).itemsize
    with open(source.files[0], "rb") as file:
        length = file.seek(0, 2)
    if begin < 0 or length < begin + source.width * source.height * source.count * size:
        raise RasterError(
            "The raw file is shorter than its header says.", "Copy it again from where it came from.", code="corrupt"
        )


def _check_png(path: str) -> None:
    """Follow the chunks of a PNG to its end, each with its checksum; GDAL forgives what is missing."""
    with open(path, "rb") as file:
        file.seek(8)
        while True:
            record = file.read(8)
            size, kind = int.from_bytes(record[:4], "big"), record[4:]
            body = file.read(min(size, 2**30))
            if len(record) < 8 or zlib.crc32(kind + body) != int.from_bytes(file.read(4), "big"):
                raise ValueError("a chunk of the PNG")
            if kind == b"IEND":
                return
