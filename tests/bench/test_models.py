"""What the benchmark of models claims, and when it does not."""

import numpy as np
import pytest
from typer.testing import CliRunner

from eodash import bench
from eodash.__main__ import app
from eodash.bench import FASTER, models, rounds, row, table
from eodash.bench.pixel_work import PLAIN, QUICK, WORKS, agreement, card_of, cube, mapped, network_of
from eodash.bench.rounds import Took, in_turns

STEADY, SHAKY = Took([2.0, 2.0, 2.1], [2.0, 2.0, 2.1]), Took([2.0, 2.6, 2.0], [2.0, 2.0, 2.0])


def _took(peer):
    return {"peer": peer, "ours": Took([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])}


def test_a_ratio_has_to_reach_its_bar_and_a_time_to_stay_below():
    assert row("models", "ratio", 4.2, FASTER, 4.0)["met"] is True
    assert row("models", "ratio", 3.9, FASTER, 4.0)["met"] is False
    assert row("app", "time", 3.9, "s", 4.0)["met"] is True
    said = table([row("models", "ratio", 4.2, FASTER, 4.0), row("app", "time", 3.9, "s", 4.0)]).splitlines()
    assert "≥ 4" in said[1]
    assert "≤ 4" in said[2]


def test_a_ratio_says_how_far_it_falls_short():
    found = models._ratio("a map", _took(STEADY), 7.0, "tried", "held")
    assert (found["value"], found["met"]) == (4.0, False)
    assert found["note"].startswith("3.0 short; ")


def test_a_ratio_to_an_unsteady_peer_is_void():
    found = models._ratio("a map", _took(SHAKY), 3.0, "tried", "held")
    assert found["met"] is None
    assert "void" in found["note"]


def test_a_quick_map_that_does_not_agree_meets_no_bar():
    assert models._ratio("a map", _took(STEADY), 3.0, "tried", "held")["met"] is True
    assert models._ratio("a map", _took(STEADY), 3.0, "tried", "held", fair=False)["met"] is False


def test_engines_take_turns_and_an_unsteady_peer_runs_again(monkeypatch):
    order, clock = [], iter(np.cumsum([0.0, 1, 0, 1, 0, 9, 0, 1, *[0, 1] * 4]).tolist())
    monkeypatch.setattr(rounds.time, "process_time", lambda: next(clock))
    took = in_turns({"peer": lambda: order.append("peer"), "ours": lambda: order.append("ours")}, rounds=2)
    assert order == ["peer", "ours"] * 5  # one to warm up, two that were not steady, two that were
    assert took["peer"].spread == pytest.approx(0)


def test_the_cube_is_whole_numbers_and_all_kinds_are_in_it():
    assert cube(300).shape == (45, 10, 1, 300)
    assert cube(300).dtype == np.int16
    assert cube(300).min() > 0


def test_quick_and_plain_maps_of_the_bench_agree():
    work = WORKS["early LSTM"]
    quick, plain = (mapped(network_of(work), card_of(work), cube(64), policy, range(45)) for policy in (QUICK, PLAIN))
    assert quick["said"].shape == (45, 1, 64)
    same, apart = agreement(quick, plain)
    assert same > 0.95
    assert 0 < apart < 0.03


def test_a_group_by_name_alone_is_measured(monkeypatch, tmp_path):
    asked = []

    def measured(full):
        asked.append(full)
        return [row("models", "ratio", 4.2, FASTER, 4.0)]

    monkeypatch.setitem(bench.GROUPS, "models", measured)
    file = tmp_path / "rows.json"
    said = CliRunner().invoke(app, ["bench", "--only", "models", "--full", "--json", str(file)])
    assert said.exit_code == 0, said.output
    assert asked == [True]
    assert '"met": true' in file.read_text()


def test_a_group_that_there_is_not_is_refused():
    assert CliRunner().invoke(app, ["bench", "--only", "moon"]).exit_code != 0
