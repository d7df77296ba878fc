"""Recipes are read strictly, and the shipped ones fit the shelf."""

from __future__ import annotations

from pathlib import Path

import pytest

import models
from eodash.errors import ModelError
from eodash.toml_tables import toml
from eodash.training.recipe import from_row, read, shipped

GOOD = 'name = "mine"\narchitecture = "lstm"\n'


def test_there_is_a_recipe_for_every_network_of_the_shelf() -> None:
    assert set(models.SHELF) <= set(shipped())


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_recipe_builds_its_network_and_bears_its_own_name(name: str) -> None:
    recipe = read(name)
    assert recipe.name == name
    network = models.build(recipe.architecture, bands=10, classes=18, **recipe.config)
    assert network.causal or not recipe.early


@pytest.mark.parametrize("name", shipped())
def test_a_recipe_reads_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    recipe = read(name)
    path = tmp_path / "copy.toml"
    path.write_text(toml(recipe.row()))
    assert read(str(path)) == recipe


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("colour = 3", "colour"),
        ("epochs = 0", "epochs"),
        ("epochs = 1.5", "epochs"),
        ("epochs = true", "epochs"),
        ('batch = "256"', "batch"),
        ("batch = 1", "batch"),
        ("learning_rate = 0", "learning_rate"),
        ("learning_rate = nan", "learning_rate"),
        ("weight_decay = -0.1", "weight_decay"),
        ("smoothing = 1", "smoothing"),
        ("patience = 0", "patience"),
        ("seed = -1", "seed"),
        ('loss = "hinge"', "loss"),
        ("alpha = 1.1", "alpha"),
        ("cross_entropy_epochs = 3", "cross_entropy_epochs"),
        ('loss = "early"\ncross_entropy_epochs = 30', "cross_entropy_epochs"),
        ("stopping_rounds = 3", "stopping_rounds"),
        ('loss = "early"\nstopping_rounds = -1', "stopping_rounds"),
        ('level = "l3"', "level"),
        ('mixed_precision = "fp8"', "mixed_precision"),
        ("augment = 3", "augment"),
        ("[augment]\nrain = true", "augment.rain"),
        ("[augment]\ngain = 1", "augment.gain"),
    ],
)
def test_what_cannot_be_is_refused_by_name(line: str, field: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + line)
    with pytest.raises(ModelError, match=field) as caught:
        read(str(path))
    assert caught.value.code == "recipe"
    assert caught.value.advice


@pytest.mark.parametrize("text", ["", 'name = "a"', "name = ", "\x00", '[[name]]\narchitecture = "lstm"'])
def test_what_is_no_recipe_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ModelError) as caught:
        read(str(path))
    assert caught.value.code == "recipe"


@pytest.mark.parametrize("name", ["nowhere", "../lstm", "a\x00b", ""])
def test_a_recipe_that_is_not_there_names_those_that_are(name: str) -> None:
    with pytest.raises(ModelError, match="no recipe") as caught:
        read(name)
    assert "early-lstm" in caught.value.advice


def test_a_changed_recipe_is_checked_like_a_file() -> None:
    recipe = from_row({"name": "mine", "architecture": "lstm"})
    assert recipe.with_(epochs=3).epochs == 3
    with pytest.raises(ModelError):
        recipe.with_(epochs=0)
    with pytest.raises(ModelError):
        recipe.with_(epoch=3)
