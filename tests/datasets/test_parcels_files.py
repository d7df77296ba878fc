"""Labels and cubes from files: every form that is taken gives the same pixels, every other is refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from eodash.cube import carrier
from eodash.datasets import open_dataset
from eodash.datasets.parcels import from_polygons, open_labels
from eodash.errors import EodashError
from eodash.export import zarr
from eodash.export.netcdf import netcdf
from eodash.settings import settings
from eodash.store.payloads import Slice, write_cube
from tests.datasets.labelled import collection, feature, named, rectangle, two, write
from tests.toys import BANDS, geobox, small_cube


@pytest.fixture
def cube() -> xr.DataArray:
    return small_cube()


def test_text_is_read_with_distrust(cube, tmp_path):
    good = two(cube)
    strange = json.loads(collection(good))
    strange["features"][0]["geometry"]["coordinates"][0][0][0] = float("nan")
    metres = json.loads(collection(good))
    metres["features"][0]["geometry"]["coordinates"] = [[[5e5, 5e6], [6e5, 5e6], [6e5, 6e6], [5e5, 5e6]]]
    point = {"type": "Feature", "properties": {"crop": "a"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    cases = {
        b"": "AoiError not_geojson",
        b"{": "AoiError not_geojson",
        b"[1]": "AoiError not_geojson",
        b'{"type":"Polygon","coordinates":[]}': "AoiError not_geojson",
        b"PK\x03\x04....": "AoiError not_geojson",
        b"SQLite format 3\0": "AoiError not_geojson",
        b"<kml/>": "AoiError not_geojson",
        b"[" * 100_000: "AoiError too_deep",
        collection([]): "AoiError empty",
        collection([7]): "AoiError not_geojson",
        collection([point]): "AoiError not_polygon",
        collection(good, crs={"properties": {"name": "urn:ogc:def:crs:EPSG::32630"}}): "AoiError crs",
        json.dumps(strange).encode(): "AoiError not_geojson",
        json.dumps(metres).encode(): "AoiError out_of_range",
        collection([{"type": "Feature", "geometry": good[0]["geometry"]}]): "AoiError no_column",
        collection([point | {"geometry": {"type": "Polygon"}}]): "AoiError not_geojson",
        collection([point | {"geometry": None}]): "AoiError empty",
    }  # fmt: skip
    zarr(cube, tmp_path / "cube.zarr")
    for data, expected in cases.items():
        (tmp_path / "labels.geojson").write_bytes(data)
        with pytest.raises(EodashError) as error:
            open_labels(f"{tmp_path}/labels.geojson@{tmp_path}/cube.zarr")
        assert named(error) == expected, data[:200]


def test_labels_in_wgs84_may_say_so(cube, tmp_path):
    zarr(cube, tmp_path / "cube.zarr")
    write(tmp_path / "a.geojson", two(cube), crs={"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}})
    assert len(open_labels(f"{tmp_path}/a.geojson@{tmp_path}/cube.zarr", inner="no")) == 36


def kept(cube: xr.DataArray, folder: Path) -> Path:
    values, clear = cube.values, cube["clear"].values
    pieces = {
        str(time.astype("datetime64[s]")): Slice(values, clear, at) for at, time in enumerate(cube["time"].values)
    }
    (folder / "kept").mkdir()
    write_cube(folder / "kept", "cube", pieces, BANDS, geobox(), cube.attrs)
    return folder / "kept" / "cube"


def test_a_cube_may_be_zarr_netcdf_or_what_the_store_keeps(cube, tmp_path):
    cube.values[:, :] += np.arange(12 * 16, dtype=np.int16).reshape(12, 16)
    zarr(cube, tmp_path / "cube.zarr")
    netcdf(cube, tmp_path / "cube.nc")
    labels = write(tmp_path / "at@home.geojson", two(cube))
    expected = from_polygons(cube, two(cube), "crop")
    for path in (tmp_path / "cube.zarr", tmp_path / "cube.nc", kept(cube, tmp_path)):
        data = open_dataset(f"labels:{labels}@{path}", column="crop")
        assert (data.level, data.bands, data.classes) == ("l2a", BANDS, ("corn", "wheat"))
        one, two_ = expected.read(np.arange(10)), data.read(np.arange(10))
        for name in ("values", "day", "mask", "label", "group"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two_, name))
    assert "at@home.geojson" in data.origin


def test_a_kept_cube_stays_on_its_memory_map(cube, tmp_path):
    folder = kept(cube, tmp_path)
    data = open_labels(f"{write(tmp_path / 'a.geojson', two(cube))}@{folder}")
    base = data._values
    while not isinstance(base, np.memmap) and base is not None:
        base = base.base
    assert base is not None


def test_cubes_that_are_none_are_refused(cube, tmp_path):
    labels = write(tmp_path / "a.geojson", two(cube))
    netcdf(cube, tmp_path / "half.nc")
    data = (tmp_path / "half.nc").read_bytes()
    (tmp_path / "half.nc").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.nc").write_text("no cube")
    with h5py.File(tmp_path / "link.nc", "w") as file:
        file["reflectance"] = h5py.ExternalLink("/etc/passwd", "/x")
    with h5py.File(tmp_path / "other.nc", "w") as file:
        file["temperature"] = np.ones((3, 4))
    (tmp_path / "folder").mkdir()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "cube.json").write_text("{}")
    expected = {
        "half.nc": "not_cube", "text.nc": "not_cube", "link.nc": "external_link", "other.nc": "not_cube",
        "folder": "not_zarr", "kept": "corrupt", "nowhere.nc": "not_found",
    }  # fmt: skip
    for name, code in expected.items():
        with pytest.raises(EodashError) as error:
            open_labels(f"{labels}@{tmp_path / name}")
        assert named(error) == f"RasterError {code}", name
    for spec in (f"{labels}", f"@{tmp_path}/half.nc", f"{labels}@"):
        with pytest.raises(EodashError) as error:
            open_labels(spec)
        assert named(error) == "ModelError unknown_data"


def test_a_cube_larger_than_a_fetched_one_may_be_is_refused(cube, tmp_path, monkeypatch):
    values, clear = np.tile(cube.values, (60, 1, 4, 4)), np.tile(cube["clear"].values, (60, 4, 4))
    times = np.datetime64("2024-01-01", "s") + np.arange(300) * np.timedelta64(1, "D")
    large = carrier(values, clear, times, BANDS, geobox(48, 64), cube.attrs)
    zarr(large, tmp_path / "cube.zarr")
    monkeypatch.setenv("EODASH_CUBE_MIB", "1")
    settings.cache_clear()
    with pytest.raises(EodashError) as error:
        open_labels(f"{write(tmp_path / 'a.geojson', two(cube))}@{tmp_path}/cube.zarr")
    assert named(error) == "CapacityError too_large"


def test_parts_are_divided_by_polygons(cube, tmp_path):
    shapes = [
        feature(cube, name, rectangle(3 * at, row, 3, 3)) for at in range(5) for row, name in ((0, "a"), (5, "b"))
    ]
    zarr(cube, tmp_path / "cube.zarr")
    spec = f"{write(tmp_path / 'a.geojson', shapes)}@{tmp_path}/cube.zarr"
    parts = [set(open_labels(spec, split=split).group.tolist()) for split in ("train", "valid", "held-out")]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 10
    assert len(open_labels(spec)) == len(open_labels(spec, split="all"))
