"""The command line fetches the same cube with the same errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner, Result

from eodash.__main__ import app
from eodash.settings import settings
from eodash.sources import sources

BOX = {"type": "Polygon", "coordinates": [[[-2.905, 48.096], [-2.899, 48.096], [-2.899, 48.1], [-2.905, 48.096]]]}


def fetch(tmp_path: Path, geometry: object = BOX, **changes: str) -> Result:
    aoi = tmp_path / "region.geojson"
    aoi.write_text(geometry if isinstance(geometry, str) else json.dumps(geometry))
    said = {"from": "2024-05-01", "to": "2024-06-30", "source": "demo", "out": str(tmp_path / "cube.zarr")} | changes
    options = [part for name, value in said.items() for part in (f"--{name}", value)]
    return CliRunner().invoke(app, ["fetch", "--aoi", str(aoi), *options])


@pytest.mark.filterwarnings("ignore::UserWarning")  # zarr: consolidated metadata is not in its version 3 yet
def test_fetch_writes_a_cube_that_xarray_opens(tmp_path: Path) -> None:
    result = fetch(tmp_path)
    assert result.exit_code == 0, result.output
    cube = xr.open_zarr(tmp_path / "cube.zarr")["reflectance"]
    assert cube.dims == ("time", "band", "y", "x")
    assert cube.dtype == np.int16
    assert cube.sizes["band"] == 10
    assert np.datetime64("2024-05-01") <= cube.time.values.min() <= cube.time.values.max() < np.datetime64("2024-07-01")
    assert "offset" in cube.attrs["dates"]
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize(
    ("geometry", "changes", "name"),
    [
        ('{"type":"Point","coordinates":[NaN,Infinity]}', {}, "AoiError not_finite"),
        ({"type": "Point", "coordinates": [1, 2]}, {}, "AoiError not_polygon"),
        ("<OGRVRTDataSource/>", {}, "AoiError not_geojson"),
        (BOX, {"from": "2024-07-01"}, "DateError order"),
        (BOX, {"from": "2024-02-30"}, "DateError parse"),
        (BOX, {"from": "2030-01-01", "to": "2030-02-01"}, "DateError no_coverage"),
        (BOX, {"source": "nowhere"}, "CatalogError unknown"),
        (BOX, {"product": "nothing"}, "CatalogError unknown"),
        ({"type": "Polygon", "coordinates": [[[9, 9], [9.01, 9], [9, 9.01], [9, 9]]]}, {}, "AoiError outside_demo"),
    ],
)
def test_errors_are_the_page_s_own(tmp_path: Path, geometry: object, changes: dict[str, str], name: str) -> None:
    result = fetch(tmp_path, geometry, **changes)
    assert result.exit_code == 1
    assert name in result.output
    assert "→" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "cube.zarr").exists()


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "cube.zarr").mkdir()
    (tmp_path / "cube.zarr" / "mine").write_text("keep")
    result = fetch(tmp_path)
    assert "StorageError exists" in result.output
    assert (tmp_path / "cube.zarr" / "mine").read_text() == "keep"


def test_a_missing_area_file_is_said(tmp_path: Path) -> None:
    options = ["--from", "2024-05-01", "--to", "2024-06-01", "--out", str(tmp_path / "cube.zarr")]
    result = CliRunner().invoke(app, ["fetch", "--aoi", str(tmp_path / "none.geojson"), *options])
    assert "StorageError no_file" in result.output


def test_the_command_line_imports_no_torch() -> None:
    code = "import sys, eodash.__main__, eodash.fetch; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif("EODASH_REAL_DATA" not in os.environ, reason="EODASH_REAL_DATA names no folder of real data")
@pytest.mark.filterwarnings("ignore::UserWarning")  # zarr: consolidated metadata is not in its version 3 yet
@pytest.mark.parametrize(
    ("folder", "shape"),
    [
        ("landsat_pucallpa", (8, 4, 377, 697)),
        ("landsat_taizhou", (2, 6, 400, 400)),
        ("modis_mato_grosso", (137, 6, 27, 37)),
    ],
)
def test_a_real_folder_comes_in_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, shape: tuple[int, ...]
) -> None:
    monkeypatch.setenv("EODASH_DATA_ROOT", os.environ["EODASH_REAL_DATA"])
    settings.cache_clear()
    sources.cache_clear()
    try:
        said = CliRunner().invoke(app, ["understand", folder])
        assert said.exit_code == 0, said.output
        out = tmp_path / "cube.zarr"
        made = CliRunner().invoke(app, ["fetch", "--source", "files", "--path", folder, "--out", str(out)])
        assert made.exit_code == 0, made.output
        assert xr.open_zarr(out)["reflectance"].shape == shape
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        sources.cache_clear()
