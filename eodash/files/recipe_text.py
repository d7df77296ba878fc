"""A recipe as text: the same text for the same recipe, and back, believed no further than it must be."""

from __future__ import annotations

import json
import math
from datetime import datetime
from functools import lru_cache
from typing import Any

from eodash.errors import RasterError
from eodash.files import grids
from eodash.files.magic import ARRAYS, RASTERS
from eodash.files.own import check
from eodash.files.paths import MOST_FILES
from eodash.sensors import Band

VERSION = 1
LONGEST = 10_000_000
"""Most pixels along one side of a grid."""
_TEXTS = ("kind", "units", "white")
_LISTS = ("bands", "places", "files", "calibrations", "images", "notices")
_TABLES = ("sensor", "grid", "attrs", "was")
_FIELDS = dict.fromkeys(_TEXTS, str) | dict.fromkeys(_LISTS, list) | dict.fromkeys(_TABLES, dict)


def canonical(recipe: dict[str, Any]) -> str:
    """The same text for the same recipe."""
    try:
        return json.dumps(recipe, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _none() from error


@lru_cache(maxsize=16)
def parsed(recipe: str) -> dict[str, Any]:
    """A recipe whose every number points to something, or a RasterError."""
    try:
        said = json.loads(recipe)
        _check(said)
    except RasterError as error:  # a coordinate system that there is not
        raise _none() from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise _none() from error
    return dict(said)


def _check(said: dict[str, Any]) -> None:
    """Raise a ValueError, or what comes of a wrong shape, unless a recipe can be followed."""
    whole = said["version"] == VERSION and all(isinstance(said[name], kind) for name, kind in _FIELDS.items())
    if not whole or not said["images"] or not said["files"] or not said["bands"]:
        raise ValueError("a field")
    for place in [*said["places"], said["grid"]]:
        _grid(place)
    for scale, offset, nodata, way in said["calibrations"]:
        if not (math.isfinite(scale) and math.isfinite(offset) and way in ("nearest", "bilinear")):
            raise ValueError("a calibration")
        if nodata is not None and not isinstance(nodata, int | float):
            raise ValueError("a no-data value")
    for file in said["files"]:
        known = file["driver"] in (*RASTERS, *ARRAYS) and isinstance(file["name"], str)
        if not known or file["place"] not in range(len(said["places"])):
            raise ValueError("a file")
    _words(said)
    files, bands, ways = (range(len(said[name])) for name in ("files", "bands", "calibrations"))
    before = ""
    for image in said["images"]:
        if len(image["time"]) != 19 or datetime.fromisoformat(image["time"]).tzinfo or image["time"] <= before:
            raise ValueError("a time")
        before = image["time"]
        if not 0 < len(image["planes"]) + len(image["masks"]) <= MOST_FILES or not isinstance(image["how"], str):
            raise ValueError("an image")
        for file, source, band, calibration in image["planes"]:
            if not (file in files and band in bands and calibration in ways and isinstance(source, int | str)):
                raise ValueError("a plane")
        for file, source, kind in image["masks"]:
            if not (file in files and isinstance(kind, str) and isinstance(source, int | str)):
                raise ValueError("a mask")


def _grid(said: dict[str, Any]) -> None:
    """A grid of whole pixels that have an area, in a system that there is."""
    rows, columns = said["shape"]
    whole = type(rows) is int and type(columns) is int and 0 < rows <= LONGEST and 0 < columns <= LONGEST
    affine = [float(value) for value in said["affine"]]
    if not whole or len(affine) != 6 or not all(map(math.isfinite, affine)):
        raise ValueError("a grid")
    if not abs(affine[0] * affine[4] - affine[1] * affine[3]) > 0:
        raise ValueError("a grid without ground")
    grids.checked_crs(said["crs"])


def _words(said: dict[str, Any]) -> None:
    """Names and notices: texts of a length that can be shown."""
    bands = [Band(**band) for band in said["bands"]]
    texts = [said["sensor"]["name"], said["sensor"]["title"], *said["notices"]]
    texts += [text for band in bands for text in (band.name, band.title, band.code)]
    if not all(isinstance(text, str) and len(text) <= 2_000 for text in texts):
        raise ValueError("a text")
    if len({band.name for band in bands}) < len(bands):
        raise ValueError("a band twice")
    if not all(math.isfinite(value) for band in bands for value in (band.centre, band.width, band.resolution)):
        raise ValueError("a wavelength")
    if not isinstance(said["blank"], bool) or (said["white"] and not 0 < float(said["white"]) < math.inf):
        raise ValueError("how it is drawn")
    check({name: text for table in (said["attrs"], said["was"]) for name, text in table.items() if name != "white"})


def _none() -> RasterError:
    return RasterError("There is no recipe for reading files.", "Import a file or folder first.", code="recipe")
