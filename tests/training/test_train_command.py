"""From a folder of labelled series to a card, by the command line alone."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from eodash import cards
from eodash.__main__ import app
from eodash.backend import weights
from eodash.commands import train as command
from eodash.settings import settings
from eodash.training.carding import legends_of
from eodash.world.legend import BREIZHCROPS, LANDCOVER, NAMES
from tests.datasets.breizhcrops_folder import write_folder
from tests.training.toys import Toy

RECIPE = """
name = "quick"
architecture = "temp-cnn"
epochs = 3
batch = 32
learning_rate = 0.005
[config]
width = 8
hidden = 16
"""


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EODASH_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("breizhcrops"), parcels=8, levels=("L2A",))


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "quick.toml"
    path.write_text(RECIPE)
    return path


def train(recipe: Path | str, data: str, out: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["train", str(recipe), "--data", data, "--out", str(out), *more])


@pytest.fixture(scope="module")
def trained(folder: Path, recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("shelf") / "cards"
    result = train(recipe, f"breizhcrops:{folder}", out, "--epochs", "2", "--seed", "7")
    assert result.exit_code == 0, result.output
    return out, result


def test_a_folder_becomes_weights_with_a_card_and_a_record(trained: tuple[Path, Result], folder: Path) -> None:
    out, result = trained
    card = cards.read(out / "quick-l2a.toml")
    assert sorted(path.name for path in out.iterdir()) == ["quick-l2a.json", "quick-l2a.toml"]  # no checkpoint is left
    assert card.weights_path == out.parent / "weights" / "quick-l2a.safetensors"
    assert [each.name for each in card.legends["breizhcrops"]] == list(BREIZHCROPS.names)
    assert {each.colour for each in card.legends["breizhcrops"]} == {label.colour for label in BREIZHCROPS.labels}
    assert card.input.level == "l2a"
    assert len(card.input.bands) == 10
    assert card.trained["seed"] == 7
    assert card.trained["epochs"] == 2
    assert card.trained["data"] == f"breizhcrops:{folder}"
    assert "--epochs 2" in card.trained["command"]
    assert card.trained["parameters"] == sum(each.numel() for each in weights.load(card).parameters())
    assert weights.load_reference(card)
    assert len(re.findall(r"epoch \d/2", result.output)) == 2


def test_what_the_card_says_is_what_its_weights_do(trained: tuple[Path, Result], folder: Path) -> None:
    from eodash.datasets import open_dataset
    from eodash.training.evaluate import evaluate

    card = cards.read(trained[0] / "quick-l2a.toml")
    (score,) = card.scores
    test = open_dataset(f"breizhcrops:{folder}", split="test")
    row = evaluate(card, test).row
    assert (row["accuracy"], row["kappa"], row["series"]) == (score.accuracy, score.kappa, score.series)
    assert score.series == (test.label >= 0).sum()
    assert score.command.endswith(f"evaluate --model quick-l2a --data breizhcrops:{folder} --legend breizhcrops")


def test_the_record_holds_what_the_model_page_draws(trained: tuple[Path, Result]) -> None:
    card = cards.read(trained[0] / "quick-l2a.toml")
    record = card.record
    assert [row["epoch"] for row in record["history"]] == [1, 2]
    confusion = record["confusion"]["breizhcrops"]
    counts = np.array(confusion["counts"])
    assert confusion["classes"] == list(BREIZHCROPS.names)
    assert counts.sum() == card.scores[0].series
    assert counts.trace() / counts.sum() == pytest.approx(card.scores[0].accuracy, abs=1e-6)
    rows = record["per_class"]["breizhcrops"]
    assert [row["series"] for row in rows] == counts.sum(1).tolist()
    assert [row["recall"] for row in rows] == pytest.approx((counts.diagonal() / counts.sum(1)).tolist(), abs=1e-6)
    assert sum(row["share"] for row in record["reliability"]["breizhcrops"]) == pytest.approx(1, abs=1e-5)


def test_evaluate_makes_the_card_s_score_again(trained: tuple[Path, Result], folder: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    asked = ["evaluate", "--model", str(trained[0] / "quick-l2a.toml"), "--data", f"breizhcrops:{folder}"]
    result = CliRunner().invoke(app, [*asked, "--legend", "breizhcrops", "--json", str(told)])
    assert result.exit_code == 0, result.output
    (row,) = json.loads(told.read_text())
    assert row["accuracy"] == cards.read(trained[0] / "quick-l2a.toml").scores[0].accuracy
    assert [each["reproduced"] for each in row["card"]] == [True]


def test_a_network_that_stops_is_scored_where_it_stops_too(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "soon.toml"
    path.write_text(
        'name = "soon"\narchitecture = "early-lstm"\nloss = "elects"\nalpha = 0.1\nepochs = 2\nbatch = 64\n'
        "cross_entropy_epochs = 1\nlearning_rate = 0.01\n[config]\nhidden = 8\nstopping_bias = 0.0\n"
    )
    result = train(path, f"breizhcrops:{folder}", tmp_path / "out")
    assert result.exit_code == 0, result.output
    card = cards.read(tmp_path / "out" / "soon-l2a.toml")
    whole, stopped = card.scores
    assert (whole.what, stopped.what) == ("as it is", "as it is, when it stops")
    assert whole.earliness is None
    assert stopped.earliness is not None
    assert stopped.earliness > 0.5  # every second chance is taken from the start
    assert (stopped.series, stopped.legend) == (whole.series, whole.legend)
    assert card.causal
    assert card.trained["alpha"] == 0.1
    assert [row["phase"] for row in card.record["history"]] == ["cross-entropy", "elects"]


def test_weak_classes_are_named_among_the_limits(trained: tuple[Path, Result]) -> None:
    card = cards.read(trained[0] / "quick-l2a.toml")
    weak = [row["name"] for row in card.record["per_class"]["breizhcrops"] if row["recall"] < 0.5]
    assert weak  # two epochs do not teach nine classes
    assert all(any(name in limit for limit in card.limits) for name in weak)


def test_a_card_is_not_overwritten_unasked(trained: tuple[Path, Result], folder: Path, recipe: Path) -> None:
    before = (trained[0] / "quick-l2a.toml").read_bytes()
    result = train(recipe, f"breizhcrops:{folder}", trained[0])
    assert result.exit_code == 1
    assert "ModelError exists" in result.output
    assert "--fresh" in result.output
    assert (trained[0] / "quick-l2a.toml").read_bytes() == before


def test_ctrl_c_leaves_a_checkpoint_from_which_the_same_command_goes_on(
    folder: Path, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupt(epoch: int, step: int, steps: int) -> None:
        if (epoch, step) == (2, 2):
            os.kill(os.getpid(), signal.SIGINT)

    whole = train(recipe, f"breizhcrops:{folder}", tmp_path / "whole")
    assert whole.exit_code == 0, whole.output
    with monkeypatch.context() as patch:
        patch.setattr(command, "_on_step", interrupt)
        stopped = train(recipe, f"breizhcrops:{folder}", tmp_path / "stopped")
    assert stopped.exit_code == 1
    assert "JobCancelled stopped" in stopped.output
    assert "Run the same again" in stopped.output
    assert {number: signal.getsignal(number) for number in handlers} == handlers
    again = train(recipe, f"breizhcrops:{folder}", tmp_path / "stopped")
    assert again.exit_code == 0, again.output
    assert "Going on in epoch 2, after 2 batches" in again.output
    files = [tmp_path / place / "quick-l2a.safetensors" for place in ("whole", "stopped")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_world_teaches_sums_of_outputs(recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "VALIDATION", 60)
    monkeypatch.setattr("eodash.training.evaluate.SERIES", 80)
    result = train(recipe, "world", tmp_path, "--level", "l1c", "--series", "90", "--epochs", "1", "--name", "tiny")
    assert result.exit_code == 0, result.output
    card = cards.read(tmp_path / "tiny.toml")
    assert set(card.legends) == {"landcover", "breizhcrops"}
    assert card.outputs == 18
    assert card.input.dated
    assert {score.legend for score in card.scores} == {"landcover", "breizhcrops"}
    assert "temperate" in card.climate


@pytest.mark.parametrize(
    ("recipe", "data", "more", "name"),
    [
        ("nowhere", "world", (), "ModelError recipe"),
        ("lstm", "nothing", (), "ModelError unknown_data"),
        ("lstm", "csv:/nowhere.csv", (), ""),
        ("lstm", "world", ("--option", "n"), "ModelError option"),
        ("lstm", "world", ("--option", "rain=3"), "ModelError unknown_option"),
        ("lstm", "world", ("--level", "l3"), "ModelError recipe"),
        ("lstm", "world", ("--rate", "7"), "ModelError recipe"),
        ("lstm", "world", ("--epochs", "99999"), "ModelError recipe"),
    ],
)
def test_what_cannot_be_trained_is_said_in_two_lines(
    recipe: str, data: str, more: tuple[str, ...], name: str, tmp_path: Path
) -> None:
    result = train(recipe, data, tmp_path / "out", *more)
    assert result.exit_code == 1, result.output
    assert name in result.output
    assert "→" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_a_list_of_its_own_becomes_one_legend_with_a_colour_each() -> None:
    data = Toy(classes=4)
    data.name = "csv: My fields"
    (legend,) = legends_of(data).items()
    assert legend[0] == "csv-my-fields"
    assert [each.name for each in legend[1]] == list(data.classes)
    assert len({each.colour for each in legend[1]}) == 4
    assert [each.outputs for each in legend[1]] == [(0,), (1,), (2,), (3,)]


def test_the_fine_list_is_summed_into_both_legends() -> None:
    data = Toy()
    data.classes = NAMES
    legends = legends_of(data)
    assert [each.name for each in legends["landcover"]] == list(LANDCOVER.names)
    assert sorted(output for each in legends["landcover"] for output in each.outputs) == list(range(18))
    wheat = next(each for each in legends["breizhcrops"] if each.name == "wheat")
    assert [NAMES[output] for output in wheat.outputs] == ["winter wheat", "summer wheat"]


def test_the_command_of_a_card_can_be_typed_again() -> None:
    said = command._command("train", "lstm", {"data": "csv:/a b.csv", "level": "", "seed": 0}, {"step": "5"})
    assert said == "python -m eodash train lstm --data 'csv:/a b.csv' --seed 0 --option step=5"
    assert json.dumps(said)
