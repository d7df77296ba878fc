"""`python -m eodash predict` on a toy source, with a model that says what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr
from odc.geo.xr import xr_coords
from typer.testing import CliRunner, Result

from eodash import fetch, sources
from eodash.__main__ import app
from eodash.backend.questions import MapQuestion
from eodash.cards import Card
from eodash.errors import ComputeError
from eodash.grid import grid
from eodash.request import Request
from eodash.sensors import SENSORS
from eodash.settings import settings
from eodash.sources.contract import DateResult, DateStatus, Plan, Planned, Product

BOX = "-2.9,48.1,-2.8985,48.101"
DAYS = ("--start", "2024-06-01", "--end", "2024-06-20")


class Toy:
    """A source of four clear dates, of raw and of preprocessed images."""

    title, parallel = "toy", 1

    def __init__(self) -> None:
        levels = ("sentinel-2-l2a", "sentinel-2-l1c")
        self.products = {name: Product(name, name, SENSORS[name], (10,)) for name in levels}
        self.read_dates: list[np.datetime64] = []

    def plan(self, request: Request) -> Plan:
        times = np.datetime64("2024-06-02T10:30", "s") + np.arange(4) * np.timedelta64(5, "D")
        planned = tuple(Planned(time, 0.0, ("toy",), None) for time in times)
        return Plan(request, self.products[request.product].sensor, grid(request.area, 10), planned, (), {})

    def read(self, plan: Plan, date: Planned) -> DateResult:
        self.read_dates.append(date.time)
        rows, columns = plan.geobox.shape
        values = np.full((len(plan.request.bands), rows, columns), 1000, np.int16)
        return DateResult(DateStatus(date.time, "used", clear=1.0), values, np.ones((rows, columns), bool))


class Double:
    """Says class 3 of every pixel, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[MapQuestion] = []
        self.error: ComputeError | None = None

    def predict_map(self, question: MapQuestion, cube: xr.DataArray, card: Card, progress: Any = None) -> xr.Dataset:
        self.asked.append(question)
        if self.error is not None:
            raise self.error
        classes, shape = len(card.legends[question.legend]), cube.shape[2:]
        said = np.full((len(question.dates), *shape), 3, np.uint8)
        final = np.zeros((classes, *shape), np.float16)
        final[3] = 1
        shares = np.full_like(said, 254)
        arrays = {"said": said, "confidence": shares, "margin": shares, "entropy": said * 0}
        coords = {
            "date": cube["time"].values[list(question.dates)],
            "index": ("date", np.array(question.dates)),
            "class": [each.name for each in card.legends[question.legend]],
            **xr_coords(cube.odc.geobox, always_yx=True),
        }
        colours = json.dumps([each.colour for each in card.legends[question.legend]])
        return xr.Dataset(
            {name: (("date", "y", "x"), array) for name, array in arrays.items()}
            | {"final": (("class", "y", "x"), final)},
            coords,
            {"card": card.name, "legend": question.legend, "colours": colours, "facts": "{}"},
        )


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    made = Toy()
    for module in (fetch, sources):
        monkeypatch.setattr(module, "source", lambda name: made)
    return made


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    made = Double()
    monkeypatch.setattr("eodash.backend.maps.engine", lambda: made)
    yield made
    settings.cache_clear()


def predict(out: Path, *options: object, aoi: str = BOX, card: str = "early-lstm-l1c") -> Result:
    said = ["predict", "--aoi", aoi, "--model", card, "--out", str(out), *map(str, options)]
    return CliRunner().invoke(app, said)


def test_a_killed_command_goes_on_where_it_was(tmp_path: Path, toy: Toy, model: Double) -> None:
    out = tmp_path / "out"
    model.error = ComputeError("The worker is gone.", "Start again.", code="engine")
    said = predict(out, *DAYS, "--dates", "all")
    assert said.exit_code == 1
    assert said.output == "ComputeError engine: The worker is gone.\n→ Start again.\n"
    assert not out.exists()
    model.error = None
    said = predict(out, *DAYS, "--dates", "all")
    assert said.exit_code == 0, said.output
    assert len(toy.read_dates) == 4  # the images were kept
    assert len(model.asked) == 2
    assert len(list(out.glob("class-*.tif"))) == 4
    (out / "hectares.csv").unlink()
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    said = predict(out, *DAYS, "--dates", "all")
    assert said.output.endswith("; 2 of them new\n"), said.output
    assert len(model.asked) == 2  # nor was the model asked again
    changed = {path.name for path in out.iterdir() if path.stat().st_mtime_ns != before.get(path.name)}
    assert changed == {"hectares.csv", "item.json"}


def test_the_files_hold_what_the_model_said(tmp_path: Path, toy: Toy, model: Double) -> None:
    out = tmp_path / "out"
    said = predict(out, *DAYS)
    assert said.exit_code == 0, said.output
    item = json.loads((out / "item.json").read_bytes())
    assert item["properties"]["eodash:request"]["product"] == "sentinel-2-l1c"  # what the model is made for
    assert item["properties"]["eodash:legend"] == "landcover"
    (raster,) = out.glob("class-*.tif")
    with rasterio.open(raster) as file:
        values = file.read(1)
        assert set(np.unique(values)) <= {3, 255}
        assert (values == 3).mean() > 0.8
    assert model.asked[0].dates == (3,)


def test_chosen_days_are_asked_in_order(tmp_path: Path, toy: Toy, model: Double) -> None:
    said = predict(tmp_path / "out", *DAYS, "--dates", "2024-06-12, 2024-06-02")
    assert said.exit_code == 0, said.output
    assert model.asked[0].dates == (0, 2)
    assert (tmp_path / "out" / "classes-2024-06-12.gpkg").is_file()


def test_another_question_does_not_mix_with_the_files_of_the_first(tmp_path: Path, toy: Toy, model: Double) -> None:
    assert predict(tmp_path / "out", *DAYS).exit_code == 0
    said = predict(tmp_path / "out", *DAYS, "--legend", "breizhcrops")
    assert "StorageError exists" in said.output


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"card": "no-such"}, "ModelError unknown_model"),
        ({"card": "random-forest-l1c"}, "ModelError no_reference"),
        ({"aoi": "nowhere.geojson"}, "StorageError no_file"),
        ({"aoi": "1,2,3"}, "AoiError"),
        ({"aoi": "x" * 5000}, "StorageError no_file"),
        ({"more": ("--legend", "mushrooms")}, "ModelError unknown_legend"),
        ({"more": ("--product", "landsat")}, "CatalogError unknown"),
        ({"more": ("--product", "sentinel-2-l2a")}, "ModelError level"),
        ({"more": ("--dates", "2024-07-30")}, "DateError no_such_date"),
    ],
    ids=lambda case: next(iter(case.values())) if isinstance(case, dict) else "",
)
def test_what_cannot_be_asked_is_said_in_two_lines(
    tmp_path: Path, toy: Toy, model: Double, options: dict[str, Any], error: str
) -> None:
    more = options.pop("more", ())
    said = predict(tmp_path / "out", *DAYS, *more, **options)
    assert said.exit_code == 1
    assert said.output.startswith(error) or f"\n{error}" in said.output, said.output
    assert "→" in said.output
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_stops_it_before_anything_is_fetched(tmp_path: Path, model: Double) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    said = predict(tmp_path / "mine", *DAYS)
    assert "StorageError exists" in said.output
    assert not (tmp_path / "home").exists()
