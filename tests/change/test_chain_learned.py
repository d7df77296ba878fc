"""Learned methods in the chain: whoever measures, a chance is decided at one half and a distance by its histogram."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from eodash.change.chain import CHANCES, DISTANCES, LEARNED, METHODS, Settings, detect
from eodash.change.pair import Floats, Pair
from eodash.change.post import Cleaning
from eodash.change.scored import scores
from eodash.change.triples import UNIT
from eodash.datasets import change_table
from eodash.datasets.change_pairs import KnownPair
from eodash.errors import ModelError, RasterError
from tests.change.made import planted

BARE = Cleaning(median=False, opening=False, unit=0)


def moved(pair: Pair, method: str) -> Floats:
    """As a network would: a chance, or a distance of features."""
    apart = np.linalg.norm(pair.after - pair.before, axis=0)
    found = 1 / (1 + np.exp(-100 * (apart - 0.1))) if method in CHANCES else 20 * apart
    return np.where(pair.usable, found, np.nan).astype(np.float32)


@pytest.mark.parametrize("method", LEARNED)
def test_what_a_network_measures_is_thresholded_and_cleaned_as_ever(method: str) -> None:
    made, truth = planted(noise=0.005)
    usable = np.ones_like(truth)
    usable[:, 60:] = False
    found = detect(replace(made, usable=usable), Settings(method), moved)  # type: ignore[arg-type]
    assert scores(found.mask, truth, usable).kappa > 0.95
    assert not found.mask[:, 60:].any()
    assert (found.threshold.rule, found.threshold.value == 0.5) == (
        ("half", True) if method in CHANCES else ("em", False)
    )


def test_a_chance_has_one_half_or_a_threshold_by_hand() -> None:
    made, _ = planted(noise=0.005)
    for rule in ("em", "otsu", "triangle", "half"):
        assert detect(made, Settings("fc-ef", threshold=rule), moved).threshold.value == 0.5
    assert detect(made, Settings("fc-ef", threshold="by hand", by_hand=0.9), moved).threshold.value == 0.9
    assert Settings("cva", threshold="half").rule == "em"


def test_a_distance_of_features_is_never_change_below_what_the_same_ground_reaches() -> None:
    made, _ = planted(noise=0.005)

    def faint(pair: Pair, method: str) -> Floats:
        return moved(pair, method) / 100

    found = detect(made, Settings("pretext-triplet"), faint)
    assert (found.threshold.value, found.mask.any()) == (UNIT, False)
    assert any("same ground" in notice for notice in found.notices)
    assert detect(made, Settings("pretext-triplet", floor=False), faint).mask.any()


def test_only_distances_are_normalised_before() -> None:
    made, _ = planted(noise=0.005)
    assert {detect(made, Settings(name), moved).normalised.way for name in CHANCES} == {"none"}
    assert {detect(made, Settings(name), moved).normalised.way for name in DISTANCES} == {"pif"}


def test_without_a_network_and_without_a_known_name_there_is_a_typed_error() -> None:
    made, _ = planted()
    with pytest.raises(ModelError) as error:
        detect(made, Settings("fc-ef"))
    assert error.value.code == "measure"
    with pytest.raises(RasterError) as wrong:
        detect(made, Settings("magic"))  # type: ignore[arg-type]
    assert wrong.value.code == "method"
    with pytest.raises(RasterError) as nothing:
        detect(replace(made, usable=np.zeros_like(made.usable)), Settings("fc-ef"), moved)
    assert nothing.value.code == "no_common_pixel"


def test_settings_are_plain_data() -> None:
    said = json.loads(json.dumps(asdict(Settings("cover-and-change"))))
    assert Settings(**said | {"cleaning": Cleaning(**said["cleaning"])}) == Settings("cover-and-change")


def test_learned_methods_have_lines_in_the_table_where_there_are_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_table, "change_shelf", lambda: {"fc-siam-diff": None, "pretext-triplet": None})
    assert set(change_table.suggested()) & set(LEARNED) == set()
    assert set(change_table.suggested(learned=True)) & set(LEARNED) == {"fc-siam-diff", "pretext-triplet"}
    made, truth = planted(noise=0.005)
    known = KnownPair("planted", made, truth, np.ones_like(truth))
    methods = {name: change_table.suggestion(name) for name in ("fc-siam-diff", "pretext-triplet")}
    lines = change_table.change_table([known], "toy", methods, measure=moved)
    assert [line.row["threshold"] for line in lines] == ["half", "em"]
    assert all(line.scores is not None and line.scores.kappa > 0.95 for line in lines)
    assert not set(METHODS) & set(LEARNED)
