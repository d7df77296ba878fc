"""A recipe as text: the same text for the same recipe, and back, believed no further than it must be."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from typing import Any

from eodash.errors import RasterError
from eodash.files import grids

VERSION = 1
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
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as error:
        raise _none() from error
    return dict(said)


def _check(said: dict[str, Any]) -> None:
    """Raise a ValueError, or what comes of a wrong shape, unless a recipe can be followed."""
    whole = said["version"] == VERSION and all(isinstance(said[name], kind) for name, kind in _FIELDS.items())
    if not whole or not said["images"] or not said["files"] or not said["bands"]:
        raise ValueError("a field")
    places = [grids.from_json(place) for place in said["places"]]
    grids.from_json(said["grid"])
    for scale, offset, nodata, way in said["calibrations"]:
        if not (math.isfinite(scale) and math.isfinite(offset) and way in ("nearest", "bilinear")):
            raise ValueError("a calibration")
        float(nodata or 0)
    for file in said["files"]:
        if not isinstance(file["name"], str) or not 0 <= file["place"] < len(places):
            raise ValueError("a file")
    most = (len(said["files"]), len(said["bands"]), len(said["calibrations"]))
    for image in said["images"]:
        if not isinstance(image["time"], str) or len(image["time"]) != 19:
            raise ValueError("a time")
        for file, _, band, calibration in image["planes"]:
            if not (0 <= file < most[0] and 0 <= band < most[1] and 0 <= calibration < most[2]):
                raise ValueError("a plane")
        for file, _, _ in image["masks"]:
            if not 0 <= file < most[0]:
                raise ValueError("a mask")


def _none() -> RasterError:
    return RasterError("There is no recipe for reading files.", "Import a file or folder first.", code="recipe")
