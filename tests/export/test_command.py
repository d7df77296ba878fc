"""`python -m eodash export`: a run or a cube, in every format, with the same errors."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from PIL import Image
from typer.testing import CliRunner, Result

from eodash.__main__ import app
from eodash.doctor import Fix
from eodash.export import open_cube
from eodash.jobs import Jobs
from eodash.preparation import Preparation
from eodash.runs import start
from eodash.settings import settings
from eodash.store import Store
from eodash.views.outgoing import WAYS
from tests.export.cubes import nothing_seen, on_disk, plain
from tests.export.test_snippet import made_by, small

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:zarr")


def export(*options: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, options)])


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return on_disk(tmp_path, plain())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fetched run with a correction, in a home of its own."""
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    store, jobs = Store(tmp_path / "home"), Jobs(1, 2)
    made = start(store, jobs, "me", small())
    job = jobs.job(made.key)
    assert job is None or job.wait(60)
    prepared = Preparation(fixes=(Fix("offset", {"add": -100}),))
    store.update(made.id, view={"preparation": prepared.to_json()})
    yield made.id
    store.close()
    settings.cache_clear()


@pytest.mark.parametrize("way", WAYS.values(), ids=[f"{what}-{form}" for what, form in WAYS])
def test_every_way_writes_one_thing_and_says_how_large(tmp_path: Path, cube: Path, way: object) -> None:
    out = tmp_path / f"out{way.suffix}"  # type: ignore[attr-defined]
    said = export("--cube", cube, "--what", way.what, "--format", way.format, "--pixel", "3,4", "--out", out)  # type: ignore[attr-defined]
    if way.what == "snippet":  # type: ignore[attr-defined]
        assert "RasterError prepared" in said.output  # this cube was corrected, and a file does not hold how
        return
    assert said.exit_code == 0, said.output
    assert said.output.startswith(f"{out}: ")
    assert out.is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cube.zarr", out.name]


def test_a_run_goes_out_prepared(tmp_path: Path, run: str) -> None:
    said = export("--run", run, "--format", "zarr", "--out", tmp_path / "run.zarr")
    assert said.exit_code == 0, said.output
    text = export("--run", run, "--what", "snippet", "--out", tmp_path / "run.py")
    assert text.exit_code == 0, text.output
    written = open_cube(tmp_path / "run.zarr").compute()
    assert "-100" in written.attrs["corrections"].replace("−", "-")
    xr.testing.assert_equal(made_by((tmp_path / "run.py").read_text()), written)


def test_one_date_one_layer_one_pixel(tmp_path: Path, cube: Path) -> None:
    assert export("--cube", cube, "--date", "2024-04-12", "--out", tmp_path / "a.tif").exit_code == 0
    with rasterio.open(tmp_path / "a.tif") as file:
        np.testing.assert_array_equal(file.read(2), plain().values[1, 1])
        assert file.tags()["TIFFTAG_DATETIME"] == "2024:04:12 10:30:00"
    said = export("--cube", cube, "--what", "layer", "--layer", "EVI", "--date", "2024-04-12", "--title", "Mine",
                  "--out", tmp_path / "a.png")  # fmt: skip
    assert said.exit_code == 0, said.output
    assert Image.open(tmp_path / "a.png").text["Title"].startswith("EVI")  # type: ignore[attr-defined]
    assert export("--cube", cube, "--what", "series", "--pixel", "1,2", "--pixel", "3,4",
                  "--out", tmp_path / "a.csv").exit_code == 0  # fmt: skip
    frame = pd.read_csv(io.BytesIO((tmp_path / "a.csv").read_bytes()), comment="#")
    assert frame[["row", "column"]].drop_duplicates().to_numpy().tolist() == [[1, 2], [3, 4]]


def test_dates_become_files_in_a_folder(tmp_path: Path, cube: Path) -> None:
    assert export("--cube", cube, "--out", tmp_path / "dates").exit_code == 0
    assert len(list((tmp_path / "dates").glob("*.tif"))) == 3


def test_a_series_without_an_observation_still_goes_out(tmp_path: Path) -> None:
    cube = on_disk(tmp_path, nothing_seen())
    for what, name in (("layer", "a.png"), ("season", "a.gif"), ("cube", "a.nc")):
        form = {"cube": ("--format", "netcdf")}.get(what, ())
        said = export("--cube", cube, "--what", what, *form, "--out", tmp_path / name)
        assert said.exit_code == 0, said.output


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--what", "soul"), "RasterError what"),
        (("--format", "png"), "RasterError format"),
        (("--date", "2024-05-05"), "DateError no_such_date"),
        (("--date", "=1+1"), "DateError no_such_date"),
        (("--what", "layer", "--layer", "dream"), "RasterError no_layer"),
        (("--what", "series"), "RasterError no_pixel"),
        (("--what", "series", "--pixel", "nowhere"), "RasterError pixel"),
        (("--what", "series", "--pixel", "99,0"), "RasterError outside"),
        (("--run", "abc"), "StorageError no_source"),
    ],
)
def test_what_cannot_be_is_said_in_two_lines(tmp_path: Path, cube: Path, options: tuple[str, ...], name: str) -> None:
    said = export("--cube", cube, "--out", tmp_path / "out", *options)
    assert (said.exit_code, name in said.output, "→" in said.output) == (1, True, True), said.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["none", "empty", "cut", "other"])
def test_a_folder_that_is_no_cube_is_refused(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "cube.zarr"
    if kind == "empty":
        folder.mkdir()
    if kind == "cut":
        on_disk(tmp_path, plain())
        (folder / "clear" / ".zarray").unlink()
        (folder / ".zmetadata").unlink()
    if kind == "other":
        xr.Dataset({"a": ("x", [1, 2])}).to_zarr(folder, zarr_format=2)
    said = export("--cube", folder, "--out", tmp_path / "out.nc", "--format", "netcdf")
    assert said.exit_code == 1, said.output
    assert "RasterError not_" in said.output


def test_an_unknown_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "nowhere"))
    settings.cache_clear()
    said = export("--run", "../../etc", "--out", tmp_path / "out")
    assert "StorageError no_run" in said.output
    assert not (tmp_path / "nowhere").exists()
    settings.cache_clear()


def test_force_replaces(tmp_path: Path, cube: Path) -> None:
    out = tmp_path / "area.geojson"
    out.write_text("older")
    assert "StorageError exists" in export("--cube", cube, "--what", "area", "--out", out).output
    assert export("--cube", cube, "--what", "area", "--out", out, "--force").exit_code == 0
    assert json.loads(out.read_text())["type"] == "FeatureCollection"
