"""Change as files: what is in them is what was found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
from odc.geo.geobox import GeoBox

from eodash.change.chain import Settings, detect
from eodash.change.post import Cleaning
from eodash.errors import StorageError
from eodash.export import changes as exporting
from eodash.export.changes import FILES, Changes, change_polygons, unit_of, write_changes
from tests.change.made import ground, pair, planted

BOX = GeoBox.from_bbox((500_000, 5_000_000, 501_920, 5_001_920), "EPSG:32631", resolution=20)
TIMES = (np.datetime64("2023-06-04T10:24:37"), np.datetime64("2024-06-03T10:24:44"))
TOLD = {"command": ["change", "--before", "a"]}


def made(settings: Settings | None = None) -> Changes:
    planted_pair, _ = planted(noise=0.005)
    usable = planted_pair.usable.copy()
    usable[:5] = False
    return Changes(detect(replace(planted_pair, usable=usable), settings), BOX, TIMES, TOLD)


def test_all_files_hold_what_was_found(tmp_path: Path) -> None:
    changes = made()
    files = write_changes(changes, tmp_path / "out")
    assert [path.name for path in files] == list(FILES)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(FILES)
    with rasterio.open(files[0]) as file:
        np.testing.assert_array_equal(file.read(1), changes.found.magnitude)
        assert file.tags()["before"] == "2023-06-04"
        assert np.isnan(file.nodata)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    with rasterio.open(files[1]) as file:
        values = file.read(1)
        assert file.nodata == 255
        assert (values[:5] == 255).all()
        assert ((values == 1) == changes.found.mask).all()
    said = json.loads(files[3].read_text())
    assert said["asked"] == TOLD
    assert said["found"]["hectares"] == pytest.approx(changes.found.hectares)
    assert said["found"]["steps"][0]["name"] == "median 3 × 3"


def test_the_settings_in_the_file_make_the_same_again(tmp_path: Path) -> None:
    changes = made(Settings(threshold="otsu", cleaning=Cleaning(median=False, unit=0.5)))
    said = json.loads(write_changes(changes, tmp_path / "out")[3].read_text())["settings"]
    again = Settings(**said | {"cleaning": Cleaning(**said["cleaning"])})
    assert again == changes.found.settings
    assert np.array_equal(made(again).found.mask, changes.found.mask)


def test_polygons_have_area_dates_and_how_far_they_moved(tmp_path: Path) -> None:
    changes = made()
    found = geopandas.read_file(write_changes(changes, tmp_path / "out")[2], layer="changes")
    assert found["hectares"].sum() == pytest.approx(changes.found.hectares)
    assert found.area.sum() / 1e4 == pytest.approx(changes.found.hectares)
    assert found.is_valid.all()
    assert (found["before"][0], found["after"][0]) == ("2023-06-04", "2024-06-03")
    assert found["magnitude"][0] == pytest.approx(changes.found.magnitude[changes.found.mask].mean(), rel=1e-3)


def test_areas_that_touch_at_a_corner_are_one_valid_polygon() -> None:
    changes = made(Settings(cleaning=Cleaning(median=False, opening=False, unit=0)))
    mask = np.zeros((96, 96), bool)
    mask[10:14, 10:14] = mask[14:20, 14:20] = mask[60, 60] = True
    found = change_polygons(replace(changes, found=replace(changes.found, mask=mask)))
    assert found["hectares"].tolist() == pytest.approx([52 * 0.04, 0.04])
    assert found.is_valid.all()


def test_a_pair_without_change_has_files_too(tmp_path: Path) -> None:
    still = ground()
    changes = Changes(detect(pair(still, still.copy())), BOX, TIMES, {})
    files = write_changes(changes, tmp_path / "out")
    assert len(geopandas.read_file(files[2], layer="changes")) == 0


def test_whole_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise StorageError("No.", "Wait.", code="io")

    monkeypatch.setattr(exporting, "geopackage", broken)
    with pytest.raises(StorageError):
        write_changes(made(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(StorageError, match="exists already"):
        write_changes(made(), tmp_path / "out")
    with pytest.raises(StorageError, match="no folder"):
        write_changes(made(), tmp_path / "none" / "out")


def test_the_magnitude_has_the_unit_of_what_was_measured() -> None:
    found = made().found
    assert unit_of(found) == "digital numbers"
    light = replace(found, normalised=replace(found.normalised, pair=replace(found.normalised.pair, reflectance=True)))
    assert unit_of(light) == "reflectance"
    assert unit_of(replace(light, settings=Settings(method="ir-mad"))) == "1"
