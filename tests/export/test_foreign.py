"""Cubes whose attrs say nonsense: every way out takes them, for somebody else may have written them."""

from __future__ import annotations

from typing import Any

import pytest
import rasterio

from eodash.choice import Choice
from eodash.errors import RasterError
from eodash.export import area_of, cog, cube_raster, geojson, netcdf, open_cube, zarr
from eodash.preparation import Preparation, prepare
from tests.files.written import own_cube

WRONG: list[dict[str, Any]] = [
    {"provenance": "a\0b"},
    {"provenance": "\ud800"},
    {"provenance": 5, "evil": [1, None]},
    {"": "x", "a\nb": "y"},
    {"request": "{"},
    {"request": "[1]"},
    {"request": '{"area": {"wkt": "garbage"}, "period": ["2020-01-01", "2020-01-02"], "source": "x", "product": "y", '
     '"bands": [], "resolution": 1, "max_cloud": 1}'},
]  # fmt: skip


@pytest.mark.parametrize("attrs", WRONG, ids=lambda attrs: str(attrs)[:40])
def test_hostile_attrs_stop_no_export(tmp_path, attrs: dict[str, Any]) -> None:
    cube = own_cube()
    cube.attrs |= attrs
    cog(cube_raster(cube, [0]), tmp_path / "x.tif")
    netcdf(cube, tmp_path / "x.nc")
    zarr(cube, tmp_path / "x.zarr")
    with rasterio.open(tmp_path / "x.tif") as file:
        assert file.count >= cube.sizes["band"]
    assert open_cube(tmp_path / "x.zarr").shape == cube.shape
    assert geojson(area_of(cube), cube).startswith(b"{")
    assert prepare(cube, Preparation(Choice(clear=1))).sizes["time"] <= cube.sizes["time"]


@pytest.mark.parametrize("time", ["now", "NaT", "2020-01-01T00:00:00+02:00", 5, "x" * 10**6])
def test_a_choice_names_dates_and_nothing_else(time: Any) -> None:
    with pytest.raises(RasterError) as raised:
        Choice.from_json({"taken": [time]})
    assert raised.value.code == "choice"
