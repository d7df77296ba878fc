"""`python -m eodash evaluate` on a table of numbers and a network with weights of its own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner, Result

import eodash.commands.evaluate  # noqa: F401 - adds its command
import models
from eodash import cards
from eodash.backend import weights
from eodash.cards import Card, Class, Input, Score
from eodash.commands.line import app
from eodash.settings import settings

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
DATES = 6


@pytest.fixture
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def table(folder: Path) -> Path:
    """Forty series; those of the second class are brighter."""
    chance = np.random.default_rng(0)
    path = folder / "fields.csv"
    names = ["lc_id", "objectid", *(f"b{number}" for number in range(len(BANDS) * DATES))]
    with path.open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(names)
        for number in range(40):
            level = 1500 + 2000 * (number % 2)
            written.writerow([number % 2, number // 4, *chance.integers(level, level + 500, len(BANDS) * DATES)])
    (folder / "class_map.txt").write_text("value,class\n0,dark\n1,bright\n")
    return path


def model(folder: Path, level: str = "l2a", bands: tuple[str, ...] = BANDS) -> Path:
    """An early LSTM whose classifier was not trained."""
    torch.manual_seed(0)
    network = models.build("early-lstm", bands=len(bands), classes=2, hidden=4, layers=1).eval()
    name = f"toy-{level}"
    said = Card(
        name, f"Toy {level}", "early-lstm", {"hidden": 4, "layers": 1},
        Input(level, bands, (0.2,) * len(bands), (0.1,) * len(bands)),
        {"own": (Class("dark", "#222222", (0,)), Class("bright", "#eeeeee", (1,)))},
        weights.save(network, name, folder), "CC0-1.0", "nobody", True,
        scores=(Score("csv:elsewhere.csv", "as it is", "own", 40, 0.5, 0.5, 0.0, 0.4),),
    )  # fmt: skip
    cards.write(said, folder)
    return folder / f"{name}.toml"


def evaluate(folder: Path, *more: str, data: str = "") -> Result:
    spec = data or f"csv:{table(folder)}"
    told = ["--start", "2018-03-01", "--step", "30", "--latitude", "48"]
    return CliRunner().invoke(app, ["evaluate", "--data", spec, *told, *more])


@pytest.mark.usefixtures("_home")
def test_a_table_is_evaluated_from_end_to_end(tmp_path: Path) -> None:
    rows, pages, lines = (tmp_path / name for name in ("rows.json", "pages", "series.csv"))
    result = evaluate(
        tmp_path, "--model", str(model(tmp_path)), "--json", str(rows), "--figures", str(pages), "--series-csv",
        str(lines),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (row,) = json.loads(rows.read_text())
    assert {"model", "data", "accuracy", "kappa", "macro_f1", "default"} <= set(row)
    assert (row["model"], row["series"], row["groups"], row["default"]) == ("toy-l2a", 40, 10, False)
    assert np.sum(row["confusion"]) == 40
    assert 0 <= row["earliness"] <= 1
    assert "toy-l2a: the card says nothing about csv:" in result.output
    with lines.open() as file:
        told = list(csv.DictReader(file))
    assert len(told) == 40
    assert np.mean([line["truth"] == line["said"] for line in told]) == pytest.approx(row["accuracy"])
    assert {path.suffix for path in pages.iterdir()} == {".html", ".js"}


@pytest.mark.usefixtures("_home")
def test_two_runs_give_the_same_figures(tmp_path: Path) -> None:
    card = str(model(tmp_path))
    first, again = (evaluate(tmp_path, "--model", card).output for _ in range(2))
    assert first == again


@pytest.mark.usefixtures("_home")
def test_a_model_that_does_not_fit_is_refused_alone_and_passed_over_among_others(tmp_path: Path) -> None:
    fits, raw = model(tmp_path), model(tmp_path, "l1c", ("B01", *BANDS))
    alone = evaluate(tmp_path, "--model", str(raw))
    assert alone.exit_code == 1
    assert "ModelError level" in alone.output
    assert "→" in alone.output
    both = evaluate(tmp_path, "--model", str(raw), "--model", str(fits))
    assert both.exit_code == 1
    assert "Toy l1c is made for raw (L1C) series" in both.output
    assert "toy-l2a" in both.output


@pytest.mark.usefixtures("_home")
@pytest.mark.parametrize(
    ("more", "name"),
    [
        (("--model", "no-such-model"), "ModelError unknown_model"),
        (("--model", "missing.toml"), "ModelError card"),
        (("--option", "scale"), "ModelError option"),
        (("--only", "dark,tulips"), "ModelError classes"),
        (("--legend", "landcover"), "ModelError legend"),
    ],
)
def test_faults_of_the_command_line_have_names(tmp_path: Path, more: tuple[str, ...], name: str) -> None:
    card = () if "--model" in more else ("--model", str(model(tmp_path)))
    result = evaluate(tmp_path, *card, *more)
    assert result.exit_code == 1
    assert name in result.output


@pytest.mark.usefixtures("_home")
def test_a_table_without_dates_is_refused(tmp_path: Path) -> None:
    said = ["evaluate", "--model", str(model(tmp_path)), "--data", f"csv:{table(tmp_path)}"]
    result = CliRunner().invoke(app, said)
    assert result.exit_code == 1
    assert "DateError undated" in result.output
    assert "--start" in result.output


@pytest.mark.usefixtures("_home")
def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    result = evaluate(tmp_path, "--model", str(model(tmp_path)), "--json", str(tmp_path / "no" / "rows.json"))
    assert result.exit_code == 1
    assert "StorageError" in result.output
