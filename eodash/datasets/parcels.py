"""Own labels: a cube, and polygons with a class. Each pixel in a polygon is a series, each polygon a group.

labels:POLYGONS.geojson@CUBE.zarr      CUBE may be a NetCDF file, too, or the folder of a kept cube
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import xarray as xr
from numpy.typing import NDArray

from eodash.cube import check, geobox_of
from eodash.datasets.contract import Array, Batch, Dataset
from eodash.datasets.cube_files import open_cube_file
from eodash.datasets.labelled_polygons import Polygons, polygons_of, read_features
from eodash.datasets.polygon_pixels import Pixels, pixels_of
from eodash.datasets.split import divided
from eodash.datasets.table import level_of
from eodash.errors import ModelError, RasterError
from eodash.preprocess.units import REFLECTANCE, per_unit, units_of
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA
from eodash.world.region import origin as year_begins
from eodash.world.region import phase

LEVELS = {"sentinel-2-l1c": "l1c", "sentinel-2-l2a": "l2a"}
BANDS = {"l1c": SENSORS["sentinel-2-l1c"].names, "l2a": SENSORS["sentinel-2-l2a"].default}
NO = ("no", "false", "0", "off")


class LabelsDataset:
    """Labelled pixels of a cube, read from where the cube lies. Clouds stay in L1C and are masked elsewhere."""

    name = "labels"

    def __init__(
        self, cube: xr.DataArray, bands: Sequence[str], pixels: Pixels, polygons: Polygons, legend: str, origin: str,
    ) -> None:  # fmt: skip
        """Raises where no pixel has a usable date; single pixels without one are left out."""
        names = [str(name) for name in cube["band"].values.tolist()]
        self.level = level_at(cube, names)
        self.bands = bands_of(names, bands, self.level)
        self.classes, self.legend = polygons.classes, legend
        self.day = days_of(cube["time"].values.astype("datetime64[s]"), latitude_of(cube))
        self._values, self._clear = cube.values, cube["clear"].values  # a memory map stays one
        self._scale = np.float32(1 / per_unit(cube.attrs))
        self._band = np.array([names.index(name) for name in self.bands])
        usable = self._usable(pixels.row, pixels.column)
        if not usable.any():
            raise RasterError(
                "No labelled pixel has a usable date: all are cloud, shadow or unobserved.",
                "Take more dates, or labels elsewhere.",
                code="no_observation",
            )
        self._row, self._column = pixels.row[usable], pixels.column[usable]
        self.label: NDArray[np.int64] = polygons.label[pixels.polygon[usable]]
        self.group: NDArray[np.int64] = polygons.number[pixels.polygon[usable]]
        self.notices = noticed(polygons, pixels, int((~usable).sum()))
        self.origin = "; ".join([f"{origin} on a cube of {whence(cube)}", *self.notices])

    def __len__(self) -> int:
        return len(self._row)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        """These pixels, in this order."""
        rows = np.asarray(rows, np.int64)
        row, column = self._row[rows], self._column[rows]
        raw = self._values[:, self._band[:, None], row, column].transpose(2, 0, 1)
        mask = (raw != NODATA).all(-1)
        if self.level != "l1c":
            mask &= self._clear[:, row, column].T
        values: Array = raw.astype(np.float32) * self._scale
        values[~mask] = 0
        day = np.repeat(self.day[None], len(rows), axis=0)
        return Batch(values, day, mask, self.label[rows], self.group[rows])

    def _usable(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which pixels have an observation, looked for date by date."""
        found = np.zeros(len(row), bool)
        for values, clear in zip(self._values, self._clear, strict=True):
            seen = (values[self._band[:, None], row, column] != NODATA).all(0)
            found |= seen if self.level == "l1c" else seen & clear[row, column]
        return found


def from_polygons(
    cube: xr.DataArray, features: Sequence[Any], column: str = "", *, legend: str | None = None, inner: bool = True,
    bands: Sequence[str] = (), source: str = "polygons",
) -> LabelsDataset:  # fmt: skip
    """The pixels of a cube inside GeoJSON features whose property `column` is their class.

    Classes are the sorted values, or those of a `legend` by name. `inner` leaves out pixels at a polygon's border.
    """
    check(cube)
    found = polygons_of(features, column, legend)
    pixels = pixels_of(found.shapes, found.label, geobox_of(cube), inner)
    if not len(pixels.row):
        raise RasterError(
            "No pixel has its middle in a labelled polygon of one class.",
            "Draw larger polygons, and none over another of a different class.",
            code="no_pixels",
        )
    return LabelsDataset(cube, bands, pixels, found, legend or "", source)


def open_labels(
    spec: str | Path, *, column: str = "", legend: str = "", inner: bool | str = True, bands: str | Sequence[str] = (),
    split: str = "test",
) -> Dataset:  # fmt: skip
    """The set behind POLYGONS@CUBE, divided by polygons."""
    polygons, at, cube = str(spec).rpartition("@")
    if not at or not polygons or not cube:
        raise ModelError(
            "Labels need polygons and a cube.", "Write labels:POLYGONS.geojson@CUBE.zarr.", code="unknown_data"
        )
    path = Path(polygons).expanduser()
    names = bands.split(",") if isinstance(bands, str) else bands
    whole = from_polygons(
        open_cube_file(Path(cube).expanduser()),
        read_features(path),
        column,
        legend=legend or None,
        inner=inner if isinstance(inner, bool) else inner.lower() not in NO,
        bands=[name.strip() for name in names if name.strip()],
        source=f"own labels of {path.name}",
    )
    return divided(whole, split)


def noticed(polygons: Polygons, pixels: Pixels, unseen: int) -> tuple[str, ...]:
    """What was left out, and how much of it."""
    counts = {f"polygons without {what}": count for what, count in polygons.lost.items()} | {
        "polygons outside the area": pixels.outside,
        "polygons without a pixel of their own": pixels.empty,
        "pixels in polygons of different classes": pixels.disputed,
        "pixels without a usable date": unseen,
    }
    thin = (f"polygons too narrow to leave out their border: {pixels.thin:,}",) if pixels.thin else ()
    return tuple(f"left out, {what}: {count:,}" for what, count in counts.items() if count) + thin


def level_at(cube: xr.DataArray, names: Sequence[str]) -> str:
    """ "l1c", "l2a", or "" where the numbers are no reflectance of Sentinel-2."""
    if units_of(cube.attrs) != REFLECTANCE:
        return ""
    return LEVELS.get(str(cube.attrs.get("sensor", "")), level_of(names))


def bands_of(names: Sequence[str], wanted: Sequence[str], level: str) -> tuple[str, ...]:
    """What was asked for; else what models of this level take, where it is there; else all."""
    if missing := [name for name in wanted if name not in names]:
        raise ModelError(
            f"The cube has no band {', '.join(missing)}.",
            f"{', '.join(wanted)} are needed; it has {', '.join(names)}.",
            code="bands",
            details={"missing": missing},
        )
    usual = BANDS.get(level, ())
    return tuple(wanted) or (usual if usual and set(usual) <= set(names) else tuple(names))


def latitude_of(cube: xr.DataArray) -> float:
    """Of the middle of the cube."""
    grid = geobox_of(cube)
    assert grid.crs is not None
    x, y = grid.affine * (grid.shape[1] / 2, grid.shape[0] / 2)
    back = pyproj.Transformer.from_crs(pyproj.CRS.from_wkt(grid.crs.to_wkt()), "EPSG:4326", always_xy=True)
    return float(back.transform(x, y)[1])


def days_of(times: NDArray[np.datetime64], latitude: float) -> Array:
    """Phase days of these times, in the year that the middle of the series belongs to."""
    middle = times[0] + (times[-1] - times[0]) // 2
    year = int(str(middle)[:4])
    return phase(times, max(zero for one in (year - 1, year) if (zero := year_begins(latitude, one)) <= middle))


def whence(cube: xr.DataArray) -> str:
    """Sensor, catalogue and licence of a cube, as far as it says."""
    try:
        said = json.loads(cube.attrs.get("provenance", "{}"))
    except (TypeError, ValueError):
        said = {}
    known = said if isinstance(said, dict) else {}
    parts = [cube.attrs.get("sensor"), *(known.get(name) for name in ("catalogue", "source", "licence"))]
    return ", ".join(str(part)[:80] for part in parts if part) or "unknown origin"
