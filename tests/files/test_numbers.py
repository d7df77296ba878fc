"""Scale, offset and no data, with values known by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from tests.files.written import UTM, image, read, tif, write

S2 = "S2A_MSIL2A_20220301T110431_N0400_R094_T30UWU_B04"
S2_OLD = "S2A_MSIL2A_20210301T110431_N0214_R094_T30UWU_B04"
LANDSAT = "LC08_L2SP_203025_20200615_20200622_02_T1_SR_B4"
SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m"
MODIS = "MOD13Q1_A2020033_red"
NONE = -32_768
DAY, REFL, NUMB = "2020-01-01", "reflectance", "digital"
F8, F4, U2, U1 = ({"dtype": name} for name in ("float64", "float32", "uint16", "uint8"))

ROWS: list[tuple[str, str, list[float], dict[str, Any], dict[str, Any], list[int], str]] = [
    ("floats", DAY, [0.0, 0.1234, 1.0], F4, {}, [0, 1234, 10_000], REFL),
    ("nan", DAY, [np.nan, 0.5, np.inf], F4, {}, [NONE, 5000, NONE], REFL),
    ("nodata nan", DAY, [np.nan, 0.5, 0.1], F8 | {"nodata": np.nan}, {}, [NONE, 5000, 1000], REFL),
    ("absurd", DAY, [-1.7e308, 0.5, 0.1], F8 | {"nodata": -1.7e308}, {}, [NONE, 5000, 1000], REFL),
    ("absurd, unstated", DAY, [-1.7e308, 0.5, 0.1], F8, {}, [NONE, 5000, 1000], REFL),
    ("lowest float", DAY, [-3.4028235e38, 0.5, 0.1], F4, {}, [NONE, 5000, 1000], REFL),
    ("float nodata", DAY, [-9999, 0.5, 0.1], F4 | {"nodata": -9999}, {}, [NONE, 5000, 1000], REFL),
    ("stated", DAY, [0, 500, 1000], {"scales": (0.001,), "offsets": (-0.1,)}, {}, [-1000, 4000, 9000], REFL),
    ("stated nodata", DAY, [0, 500, 1000], {"scales": (0.001,), "nodata": 0}, {}, [NONE, 5000, 10_000], REFL),
    ("int16", DAY, [-1, 0, 12_000], {}, {}, [-1, 0, 12_000], NUMB),
    ("int16 typed scale", DAY, [-1, 0, 12_000], {}, {"scale": 1e-4}, [-1, 0, 12_000], REFL),
    ("uint8", DAY, [0, 7, 255], U1, {}, [0, 7, 255], NUMB),
    ("uint8 nodata", DAY, [0, 7, 255], U1 | {"nodata": 0}, {}, [NONE, 7, 255], NUMB),
    ("uint8 nodata off", DAY, [0, 7, 255], U1 | {"nodata": 0}, {"nodata": "none"}, [0, 7, 255], NUMB),
    ("uint8 nodata typed", DAY, [0, 7, 255], U1, {"nodata": 255}, [0, 7, NONE], NUMB),
    ("uint8 scaled", DAY, [0, 51, 255], U1, {"scale": 1 / 255}, [0, 2000, 10_000], REFL),
    ("sentinel-2 new", S2, [0, 1000, 3000], U2, {}, [NONE, 0, 2000], REFL),
    ("sentinel-2 old", S2_OLD, [0, 1000, 3000], U2, {}, [NONE, 1000, 3000], REFL),
    ("sentinel-2 typed", S2, [0, 1000, 3000], U2, {"offset": 0}, [NONE, 1000, 3000], REFL),
    ("sentinel-2 tag", "T30UWU_20210301T110431_B8A", [0, 1000, 3000], U2 | {"tags": {"BOA_ADD_OFFSET": "-1000"}},
     {}, [NONE, 0, 2000], REFL),
    ("landsat", LANDSAT, [0, 7273, 43_636], U2, {}, [NONE, 0, 10_000], REFL),
    ("modis", MODIS, [-3000, 1234, 9000], {"crs": SINUSOIDAL, "nodata": -3000}, {}, [NONE, 1234, 9000], REFL),
    ("too large float", DAY, [0.1, 0.2, 5.0], F4, {"units": REFL}, [1000, 2000, 32_767], REFL),
    ("too large number", DAY, [1, 2, 65_535], U2, {}, [1, 2, 32_767], NUMB),
    ("lowest int16", DAY, [-32_768, 2, 3], {}, {}, [NONE, 2, 3], NUMB),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_known_values(root, row: Any) -> None:
    _, name, stored, written, said, wanted, units = row
    written = dict(written)
    values = np.array(stored, written.pop("dtype", "int16")).reshape(1, 1, 3).repeat(4, axis=1)
    if "crs" in written:
        written["transform"] = [231.656, 0, -6089550, 0, -231.656, -1332950]
    if "transform" in written:
        from affine import Affine

        written["transform"] = Affine(*written["transform"])
    tif(root / f"{name}.tif", values, written.pop("tags", None), **written)
    found, cube = read(".", said or None)
    assert cube.values[0, 0, 2].tolist() == wanted
    assert found.units.startswith(units)
    assert cube.attrs["units"] == found.units
    assert cube.clear.values[0, 0].tolist() == [value != NONE for value in wanted]
    assert ("white" in cube.attrs) == (units == NUMB)


def test_clipped_values_are_counted(root) -> None:
    values = np.full((1, 4, 5), 0.3, "float32")
    values[0, 0, :3] = 4.5
    tif(root / "2020-01-01.tif", values)
    found, cube = read(".", {"units": "reflectance"})
    assert any(notice.startswith("3 values are too large") for notice in found.notices)
    assert (cube.values == 32_767).sum() == 3
    assert '"clipped": 3' in cube.attrs["dates"]


def test_each_band_may_have_its_own_scale(root) -> None:
    tif(root / "2020-01-01.tif", image(2))
    said = {
        "bands": [
            {"name": "red", "code": "R", "scale": 1e-4},
            {"name": "nir", "code": "N", "scale": 2e-4, "offset": 0.1},
        ]
    }
    found, cube = read(".", said)
    assert cube.values[0, :, 0, 0].tolist() == [100, 200 * 2 + 1000]
    assert found.scale is None
    assert [band.scale for band in found.bands] == [1e-4, 2e-4]


def test_masks_of_every_kind_say_what_is_clear(root) -> None:
    codes = {"SCL": [4, 3, 8, 9], "QA_PIXEL": [21_824, 22_280, 1, 23_888], "clear": [1, 0, 0, 0], "cloud": [0, 1, 1, 1]}
    for name, row in codes.items():
        folder = root / name
        tif(folder / "20200101_red.tif", image(1, 3, 4, "uint16"))
        tif(folder / f"20200101_{name}.tif", np.array([[row] * 3], "uint16"))
        found, cube = read(name)
        assert found.sensor.names == ("red",)
        assert cube.clear.values[0, 0].tolist() == [True, False, False, False]


def test_a_netcdf_brings_its_mask(root) -> None:
    time = np.array(["2020-01-01", "2020-01-06"], "datetime64[ns]")
    x, y = 506_005.0 + 10 * np.arange(4), 5_327_995.0 - 10 * np.arange(3)
    scl = np.full((2, 3, 4), 4, "uint8")
    scl[1, 0] = 9
    data = xr.Dataset(
        {"red": (("time", "y", "x"), np.full((2, 3, 4), 0.1, "float32")), "SCL": (("time", "y", "x"), scl)},
        {"time": time, "x": x, "y": y},
        {"crs": UTM},
    )
    write(data, root / "season.nc")
    _, cube = read("season.nc")
    assert cube.band.values.tolist() == ["red"]
    assert cube.clear.values.sum(axis=(1, 2)).tolist() == [12, 8]
