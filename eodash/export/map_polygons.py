"""A class map as polygons: connected pixels of one class, with hectares and mean confidence; GeoPackage, GeoParquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox
from rasterio.features import rasterize, shapes, sieve
from shapely.geometry import shape

from eodash.agreement import UNKNOWN, pixel_hectares
from eodash.errors import StorageError
from eodash.export.map_rasters import STEPS, classes_of, plain
from eodash.export.raster import wkt_of

if TYPE_CHECKING:
    from geopandas import GeoDataFrame  # type: ignore[import-untyped]

SMALLEST = 4
"""Fewest pixels of a polygon, where nobody says otherwise."""


def polygons(answer: xr.Dataset, place: int, geobox: GeoBox, smallest: int = SMALLEST) -> GeoDataFrame:
    """The regions of one class after one date; a smaller one than wanted joins its largest neighbour."""
    from geopandas import GeoDataFrame

    said = answer["said"].values[place]
    seen = said != UNKNOWN
    joined = sieve(said, smallest, mask=seen, connectivity=4) if smallest > 1 and seen.any() else said
    found = [
        (shape(outline), int(number))
        for outline, number in shapes(np.ascontiguousarray(joined), mask=seen, connectivity=4, transform=geobox.affine)
    ]
    outlines, numbers = [one for one, _ in found], [number for _, number in found]
    pixels, confidence = _inside(answer, place, geobox, outlines)
    names, colours = classes_of(answer)
    day = str(answer["date"].values[place].astype("datetime64[D]"))
    return GeoDataFrame(
        {
            "class": np.array(numbers, np.int32),
            "name": [plain(names[number]) for number in numbers],
            "colour": [colours[number] for number in numbers],
            "hectares": np.round(pixels * pixel_hectares(geobox), 4),
            "confidence": np.round(confidence, 4),
            "date": [day] * len(numbers),
            "model": [str(answer.attrs.get("card", ""))] * len(numbers),
        },
        geometry=outlines,
        crs=wkt_of(geobox),
    )


def _inside(answer: xr.Dataset, place: int, geobox: GeoBox, outlines: list[object]) -> tuple[np.ndarray, np.ndarray]:
    """How many pixels each polygon has, and their mean confidence."""
    if not outlines:
        return np.zeros(0), np.zeros(0)
    owner = rasterize(
        ((outline, number) for number, outline in enumerate(outlines, 1)), geobox.shape, transform=geobox.affine,
        dtype="int32",
    ).reshape(-1)  # fmt: skip
    pixels = np.bincount(owner, minlength=len(outlines) + 1)[1:]
    total = np.bincount(owner, answer["confidence"].values[place].reshape(-1), len(outlines) + 1)[1:]
    return pixels, total / np.maximum(pixels, 1) / STEPS


def geopackage(found: GeoDataFrame, path: Path, layer: str = "classes") -> None:
    """One layer."""
    from pyogrio.errors import DataLayerError, DataSourceError  # type: ignore[import-untyped]

    try:
        found.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
    except (DataSourceError, DataLayerError) as error:
        raise StorageError(
            f"{path.name} could not be written.",
            "Check that the disk is not full, or name another place.",
            code="io",
            retryable=True,
            details={"cause": str(error)[:300]},
        ) from error


def geoparquet(found: GeoDataFrame, path: Path) -> None:
    """Columns with the geometry as WKB, by the GeoParquet convention."""
    found.to_parquet(path, index=False)
