"""The method table, on pairs in which something happened and on pairs in which nothing did."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eodash.change.chain import Settings
from eodash.datasets.change_pairs import NUISANCES, KnownPair, world_pairs
from eodash.datasets.change_table import change_table, suggested
from tests.change.made import pair, planted


@pytest.fixture(scope="module")
def worlds() -> list[KnownPair]:
    return list(world_pairs(2))


def test_the_suggested_chain_leaves_pairs_alone_in_which_nothing_happened(worlds: list[KnownPair]) -> None:
    (line,) = change_table(worlds, "world", {"as suggested": Settings()})
    assert set(line.alarms) == set(NUISANCES)
    assert all(share <= 0.01 for share in line.alarms.values()), line.alarms
    assert not line.failed


@pytest.mark.slow
def test_without_floor_and_season_it_would_not(worlds: list[KnownPair]) -> None:
    (line,) = change_table(worlds, "world", {"bare": Settings(floor=False, season=False)})
    assert min(line.alarms["light"], line.alarms["shift"], line.alarms["season"]) > 0.03


def known() -> KnownPair:
    made, truth = planted(noise=0.005)
    return KnownPair("planted", made, truth, np.ones_like(truth))


def test_every_method_has_a_line_and_one_is_suggested() -> None:
    done: list[tuple[int, int]] = []
    lines = change_table([known()], "toy", on_done=lambda here, of: done.append((here, of)))
    assert [line.name for line in lines] == list(suggested())
    assert {line.settings.method for line in lines} == {"cva", "pca-kmeans", "mad", "ir-mad"}
    assert [line.name for line in lines if line.default] == ["cva, pif"]
    assert done[-1] == (len(lines), len(lines))
    assert all(line.scores is not None and line.scores.rare == pytest.approx(600 / 96**2) for line in lines)
    rows = [line.row for line in lines]
    assert {"kappa", "dice", "accuracy", "rare", "accuracy_of_no_change"} <= set(rows[0])
    assert rows[3]["kappa"] > 0.95
    json.dumps(rows, allow_nan=False)


def test_a_set_without_change_has_no_kappa_and_what_breaks_off_is_named() -> None:
    first, truth = planted(noise=0.005)[0].before, np.zeros((96, 96), bool)
    twice = np.concatenate([first[:2], first[:1] + first[1:2]])
    rng = np.random.default_rng(0)
    spoilt = pair(twice.astype(np.float64), twice + rng.normal(0, 0.01, twice.shape))
    (line,) = change_table([KnownPair("sums", spoilt, truth, ~truth, "light")], "toy", {"m": Settings("mad", "none")})
    assert line.scores is None
    assert line.row["kappa"] is None
    assert line.failed == {"sums": "RasterError singular"}
    json.dumps(line.row, allow_nan=False)
