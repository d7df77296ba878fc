"""What changed between two dates, as files: magnitude and mask, polygons, and the settings that made them.

folder/  magnitude.tif   mask.tif   polygons.gpkg   settings.json
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.features import shapes
from shapely.geometry import MultiPolygon, shape
from skimage.measure import label

from eodash import __version__
from eodash.agreement import UNKNOWN
from eodash.change.chain import CHANCES, Detected
from eodash.errors import StorageError
from eodash.export.geotiff import cog
from eodash.export.map_polygons import geopackage
from eodash.export.raster import Layer, Raster, wkt_of
from eodash.export.saving import saving

if TYPE_CHECKING:
    from geopandas import GeoDataFrame  # type: ignore[import-untyped]

FILES = ("magnitude.tif", "mask.tif", "polygons.gpkg", "settings.json")
Times = tuple[np.datetime64, np.datetime64]


@dataclass(frozen=True, eq=False)
class Changes:
    """What was found, on which grid, between which dates; `told` is how it was asked."""

    found: Detected
    geobox: GeoBox
    times: Times
    told: Mapping[str, Any]


def placed(out: Path) -> None:
    """Raise unless a new folder can be made there, before anything is computed."""
    if os.path.lexists(out):
        raise StorageError(f"{out} exists already.", "Name a folder that does not exist yet.", code="exists")
    if not out.parent.is_dir():
        raise StorageError(f"There is no folder {out.parent}.", "Make it first, or name another.", code="no_folder")


def write_changes(changes: Changes, out: Path) -> list[Path]:
    """All files in a new folder, or none."""
    placed(out)
    with saving(out) as beside:
        beside.mkdir()
        cog(magnitude_raster(changes), beside / FILES[0])
        cog(mask_raster(changes), beside / FILES[1])
        geopackage(change_polygons(changes), beside / FILES[2], "changes")
        (beside / FILES[3]).write_text(json.dumps(said(changes), indent=1, ensure_ascii=False, allow_nan=False))
    return [out / name for name in FILES]


def magnitude_raster(changes: Changes) -> Raster:
    """How far each pixel moved; not a number where not both dates show it."""

    def blocks() -> Iterator[NDArray[Any]]:
        yield changes.found.magnitude.astype(np.float32)[None]

    chance = changes.found.settings.method in CHANCES
    layer = Layer("chance of change" if chance else "magnitude of change", 1.0, unit_of(changes.found))
    return Raster(changes.geobox, (layer,), blocks, "float32", float("nan"), _tags(changes), changes.times)


def mask_raster(changes: Changes) -> Raster:
    """1 changed, 0 not, UNKNOWN where not both dates show it."""

    def blocks() -> Iterator[NDArray[Any]]:
        found = changes.found
        yield np.where(found.usable, found.mask, UNKNOWN).astype(np.uint8)[None]

    layer = Layer("changed", 1.0, "", {"meaning": "1 changed, 0 not"})
    return Raster(changes.geobox, (layer,), blocks, "uint8", UNKNOWN, _tags(changes), changes.times)


def change_polygons(changes: Changes) -> GeoDataFrame:
    """One row for each changed area, the largest first; areas that touch at a corner are one."""
    from geopandas import GeoDataFrame

    found = changes.found
    areas = label(found.mask, connectivity=2).astype(np.int32)  # type: ignore[no-untyped-call]
    parts: dict[int, list[Any]] = {}
    for outline, number in shapes(areas, mask=found.mask, connectivity=4, transform=changes.geobox.affine):
        parts.setdefault(int(number), []).append(shape(outline))
    numbers = list(parts)
    pixels = np.bincount(areas.ravel(), minlength=int(areas.max()) + 1)[numbers].astype(np.float64)
    moved = np.bincount(areas.ravel(), np.nan_to_num(found.magnitude).ravel(), int(areas.max()) + 1)[numbers]
    before, after = _days(changes)
    made = GeoDataFrame(
        {
            "hectares": np.round(pixels * found.normalised.pair.hectares, 4),
            "before": [before] * len(numbers),
            "after": [after] * len(numbers),
            "magnitude": moved / np.maximum(pixels, 1),
        },
        geometry=[MultiPolygon(parts[number]) for number in numbers],
        crs=wkt_of(changes.geobox),
    )
    return made.sort_values("hectares", ascending=False, kind="stable", ignore_index=True)


def said(changes: Changes) -> dict[str, Any]:
    """The settings that made the files, what was asked, and what came out."""
    found = changes.found
    steps = [asdict(step) | {"hectares": round(step.hectares, 4)} for step in found.steps]
    return {
        "software": f"eodash {__version__}",
        "before": f"{changes.times[0].astype('datetime64[s]')}Z",
        "after": f"{changes.times[1].astype('datetime64[s]')}Z",
        "bands": list(found.normalised.pair.bands),
        "settings": asdict(found.settings),
        "asked": dict(changes.told),
        "found": {
            "threshold": found.threshold.value,
            "rule": found.threshold.rule,
            "unit": unit_of(found),
            "hectares": round(found.hectares, 4),
            "share": round(found.share, 6),
            "usable": round(float(found.usable.mean()), 6),
            "steps": steps,
            "notices": list(found.notices),
        },
    }


def unit_of(found: Detected) -> str:
    """Of the magnitude: that of the images, unless the method or the normalisation has its own."""
    if found.settings.method != "cva" or found.normalised.way == "z-score":
        return "1"
    return "reflectance" if found.normalised.pair.reflectance else "digital numbers"


def _days(changes: Changes) -> tuple[str, str]:
    before, after = (str(time.astype("datetime64[D]")) for time in changes.times)
    return before, after


def _tags(changes: Changes) -> dict[str, str]:
    before, after = _days(changes)
    settings = json.dumps(asdict(changes.found.settings))
    threshold = f"{changes.found.threshold.value:.8g}"
    return {"before": before, "after": after, "settings": settings, "threshold": threshold,
            "software": f"eodash {__version__}"}  # fmt: skip
