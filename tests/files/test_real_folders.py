"""The three real folders, against plain rasterio.

Origins: opengeos/data, ChenHongruixuan/ChangeDetectionRepository, vwmaus/dtwSat.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.files.conftest import rooted
from tests.files.written import read

FOLDER = os.environ.get("EODASH_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="EODASH_REAL_DATA does not name the folder of real data")


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield from rooted(Path(FOLDER), monkeypatch)


def test_pucallpa_is_eight_years_of_digital_numbers_in_degrees(real) -> None:
    found, cube = read("landsat_pucallpa", {"bands": ["S1", "N", "R", "G"]})
    assert [int(date.time[:4]) for date in found.dates] == [1985, 1990, 1995, 2000, 2005, 2010, 2015, 2020]
    assert found.sensor.names == ("swir1", "nir", "red", "green")
    assert {"ndvi", "ndwi"} <= found.sensor.indices.keys()
    assert (found.units, found.nodata) == ("digital numbers", 0)
    assert float(cube.attrs["white"]) > 100
    for at, year in enumerate((1985, 2020)):
        with rasterio.open(real / "landsat_pucallpa" / f"{year}.tif") as plain:
            stored = plain.read().astype(int)
            there = cube.values[at * 7]
            assert np.array_equal(there, np.where(stored == 0, -32_768, stored))
            assert cube.odc.geobox.affine.almost_equals(plain.transform, 1e-9)
            assert cube.odc.crs.to_epsg() == 4326


def test_taizhou_is_two_dates_with_wavelengths_and_dates_from_the_header(real) -> None:
    found, cube = read("landsat_taizhou")
    assert [date.time[:10] for date in found.dates] == ["2000-03-17", "2003-02-06"]
    assert [band.code for band in found.bands] == ["B", "G", "R", "N", "S1", "S2"]
    assert found.sensor.title == "Landsat ETM"
    assert any("change.bmp" in notice for notice in found.notices)
    assert cube.odc.crs.to_epsg() == 32651
    for at, name in enumerate(("2000TM", "2003TM")):
        with rasterio.open(real / "landsat_taizhou" / name) as plain:
            assert np.array_equal(cube.values[at], plain.read())


def test_the_labels_of_taizhou_open_as_single_images(real) -> None:
    found, cube = read("landsat_taizhou/change.bmp", {"place": "blank"})
    assert found.kind == "single images"
    assert set(np.unique(cube.values)) == {0, 255}


def test_mato_grosso_is_137_dates_on_a_grid_of_its_own(real) -> None:
    found, cube = read("modis_mato_grosso")
    assert len(found.dates) == 137
    assert (found.dates[0].time[:10], found.dates[0].how) == ("2007-09-14", "the table timeline (line 1)")
    assert found.sensor.title == "MODIS 250 m"
    assert dict(zip(found.sensor.names, [band.code for band in found.sensor.bands], strict=True)) == {
        "blue": "B", "evi": "", "mir": "S2", "ndvi": "", "nir": "N", "red": "R",
    }  # fmt: skip
    assert found.units == "reflectance × 10⁴"
    assert any("doy" in notice for notice in found.notices)
    for name in ("red", "evi"):
        with rasterio.open(real / "modis_mato_grosso" / f"{name}.tif") as plain:
            stored = plain.read()
            hole = stored == -1.7e308
            wanted = np.where(hole, -32_768, np.rint(np.where(hole, 0, stored) * 10_000))
            assert np.array_equal(cube.sel(band=name).values, wanted)
            assert cube.odc.geobox.affine == plain.transform
    assert (cube.values == -32_768).sum() == 52 + 26
