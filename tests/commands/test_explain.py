"""`python -m eodash explain`: its rows and lines by hand, its refusals, and the whole of it on the demo world."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from eodash.__main__ import app
from eodash.commands import explain as command
from eodash.commands.explain import row
from eodash.commands.explain_lines import drop_lines, stop_lines
from eodash.truth.separable import Separable

TIMES = np.array(["2024-04-01", "2024-04-11", "2024-05-01"], "datetime64[s]")
KNOWN = Separable("maize", 12, TIMES[0], TIMES[1], 0.97)


def test_undecided_pixels_count_as_stopped_on_the_last_date() -> None:
    found = row("maize", np.array([0, 1, 65535], np.uint16), TIMES, KNOWN, 65535)
    assert found["mean_stop"] == "2024-04-14"  # the mean of the 1st, the 11th, and the 1st of May
    assert found["undecided"] == pytest.approx(1 / 3, abs=1e-4)
    assert (found["separable_since"], found["first_separable"]) == ("2024-04-11", "2024-04-01")
    assert found["days_after"] == 3


def test_what_is_never_separable_has_no_distance() -> None:
    found = row("nuts", np.array([0], np.uint16), TIMES, Separable("nuts", 2, None, None, float("nan")), 65535)
    assert (found["separable_since"], found["days_after"], found["separability_at_end"]) == (None, None, None)
    assert json.dumps(found, allow_nan=False)


def test_lines_name_every_class_and_every_verdict() -> None:
    stops = [{"model": "toy", "region": "here", "classes": [row("maize", np.array([1]), TIMES, KNOWN, 65535)]}]
    lines = stop_lines(stops)
    assert any(line.startswith("maize") and "2024-04-11" in line and "+0" in line for line in lines)
    drops = [
        {"model": "toy", "verdict": "fails", "words": "No.", "dropped": [1], "most_attended": [0.1], "random": [0.2]}
    ]
    assert "k = 1: +0.100 against +0.200" in "\n".join(drop_lines(drops))
    assert stop_lines([]) == drop_lines([]) == []


@pytest.mark.parametrize(
    ("said", "words"),
    [(["--data", "victoria"], "Only the demo world"), (["--data", "demo:nowhere"], "Only the demo world"),
     (["--model", "nobody"], "no such model"), (["--model", "temp-cnn-l2a"], "neither stops early nor attends")],
)  # fmt: skip
def test_what_cannot_be_explained_is_said(said: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["explain", *said])
    assert result.exit_code == 1
    assert words in result.stderr


def test_all_of_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path))
    stops = {"model": "causal-transformer-l2a", "region": "x", "classes": []}
    falls: dict[str, list[float]] = {"dropped": [], "most_attended": [], "random": []}
    drops = {"model": "causal-transformer-l2a", "verdict": "passes", "words": "Yes."} | falls
    monkeypatch.setattr(command, "_cube", lambda *said: xr.DataArray(0))
    monkeypatch.setattr(command, "_stops", lambda *said: stops)
    monkeypatch.setattr(command, "_drops", lambda *said: drops)
    path = tmp_path / "found.json"
    result = CliRunner().invoke(app, ["explain", "--model", "causal-transformer-l2a", "--json", str(path)])
    assert result.exit_code == 0, result.output
    found = json.loads(path.read_text())
    assert found["stopping"] == [stops]
    assert found["date_drop"] == [drops]
    assert "passes" in result.output


@pytest.mark.slow
def test_the_demo_world_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path))
    from eodash.settings import settings

    settings.cache_clear()
    path = tmp_path / "found.json"
    said = ["explain", "--model", "causal-transformer-l2a", "--pixels", "64", "--json", str(path)]
    result = CliRunner().invoke(app, said)
    settings.cache_clear()
    assert result.exit_code == 0, result.output
    (stops,), (drops,) = (json.loads(path.read_text())[name] for name in ("stopping", "date_drop"))
    known = {each["class"]: each for each in stops["classes"]}
    assert known["water"]["separable_since"] < known["maize"]["separable_since"]
    assert known["rapeseed"]["mean_stop"] < known["maize"]["mean_stop"]
    assert drops["verdict"] in ("passes", "fails")
