"""The same by the command line: understand, then fetch by path or by recipe."""

from __future__ import annotations

import json
import warnings

import numpy as np
import xarray as xr
from typer.testing import CliRunner

from eodash.commands import fetch, understand  # noqa: F401 - each adds its command
from eodash.commands.line import app
from tests.files.written import image, tif


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_understand_prints_a_table_and_writes_the_recipe_that_fetch_reads(root, tmp_path) -> None:
    tif(root / "season" / "2020-01-01.tif", descriptions=("blue", "red", "nir"))
    tif(root / "season" / "2020-02-01.tif", image(start=5), descriptions=("blue", "red", "nir"))
    (tmp_path / "right.json").write_text(json.dumps({"scale": 0.001}))
    said = run(
        "understand", root / "season", "--correct", tmp_path / "right.json", "--recipe", tmp_path / "recipe.json"
    )
    assert said.exit_code == 0, said.output
    for word in ("a folder of GeoTIFFs by date", "EPSG:32630", "nir", "0.001", "2020-02-01", "the name", "typed"):
        assert word in said.output
    out = tmp_path / "cube.zarr"
    assert run("fetch", "--recipe", tmp_path / "recipe.json", "--out", out).exit_code == 0
    path = ["--path", "season", "--correct", tmp_path / "right.json", "--from", "2020-01-15", "--to", "2020-12-31"]
    fetched = run("fetch", "--source", "files", *path, "--out", tmp_path / "part.zarr")
    assert fetched.exit_code == 0, fetched.output
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = xr.open_zarr(out, consolidated=False)["reflectance"].load()
        part = xr.open_zarr(tmp_path / "part.zarr", consolidated=False)["reflectance"].load()
    assert np.array_equal(whole.values, np.stack([image() * 10, image(start=5) * 10]))
    assert np.array_equal(part.values, whole.values[1:])
    assert json.loads(part.attrs["sensor_bands"])["bands"][0]["code"] == "B"


def test_failures_are_two_lines(root, tmp_path) -> None:
    (root / "x.tif").write_text("<VRTDataset/>")
    out = tmp_path / "cube.zarr"
    (tmp_path / "wrong.json").write_text("{")
    for words, name in (
        (("understand", root / "x.tif"), "RasterError driver_not_allowed"),
        (("understand", "/etc/passwd"), "RasterError outside_root"),
        (("understand", root, "--correct", tmp_path / "wrong.json"), "RasterError corrections"),
        (("understand", root, "--correct", tmp_path / "none.json"), "StorageError no_file"),
        (("fetch", "--path", root / "x.tif", "--out", out), "RasterError driver_not_allowed"),
        (("fetch", "--recipe", tmp_path / "wrong.json", "--out", out), "RasterError corrections"),
    ):
        said = run(*words)
        assert (said.exit_code, name in said.output, "→" in said.output) == (1, True, True), said.output
        assert "Traceback" not in said.output
    assert not out.exists()


def test_a_refused_understanding_is_shown_and_fails(root) -> None:
    tif(root / "2020-01-01.tif", crs=None)
    said = run("understand", root)
    assert said.exit_code == 1
    assert "RasterError no_crs" in said.output
    assert "digital numbers" in said.output
