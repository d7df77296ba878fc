"""One step in numbers and words, units ranked by a target, and a unit beside what it follows."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from eodash.views.inside_pair import NDVI, SEASON, pair_of, pair_panels
from eodash.views.inside_step import number, step_html, step_words
from eodash.views.inside_units import (
    CLOUD,
    MOST,
    correlation_of,
    ranked,
    ranking_chart,
    ranking_table,
    targets_of,
)
from eodash.views.panels import column, dates_of
from eodash.views.states import QUANTITIES, Step, Unit
from eodash.views.theme import PALETTES
from tests.toys import small_cube

HELD = Step(i=0.04, f=0.93, g=-0.5, o=0.5, before=0.6, c=0.538, h=0.2457)
UNIT = Unit("i", "2", 7)
BACKWARD = Unit("i", "2 ←", 7)
CUBE = small_cube()
TIMES = CUBE["time"].values.astype("datetime64[s]")


def test_a_step_is_told_in_shares() -> None:
    deed, said = step_words(HELD, UNIT, "11 Jun")
    assert deed == "It held on to its memory."
    assert said == "Unit 7 of layer 2 kept 93 % of what it knew, let in 4 % of the new and shows 50 % of the result."
    assert step_words(HELD, UNIT, "11 Jun", cloudy=True)[0] == "It held on to its memory on a cloudy date."


def test_the_first_step_has_nothing_to_keep_and_a_layer_that_reads_backwards_says_so() -> None:
    first = Step(i=0.9, f=0.93, g=1, o=0.5, before=0, c=0.9, h=0.36, first=True)
    assert "had nothing to keep yet" in step_words(first, UNIT, "2 Apr")[1]
    assert "comes from later dates" in step_words(HELD, BACKWARD, "2 Apr")[1]
    assert "c<sub>t+1</sub>" in step_html(HELD, BACKWARD, "2 Apr")
    assert "c<sub>t−1</sub>" in step_html(HELD, UNIT, "2 Apr")


def test_a_date_that_was_not_read_is_said() -> None:
    deed, said = step_words(Step(0, 0, 0, 0, 0, 0, 0, read=False), UNIT, "11 Jun")
    assert deed == "It did not read this date."
    assert "stay as they were" in said


def test_a_gate_is_never_quite_open_unless_it_is() -> None:
    almost = Step(i=0.002, f=0.998, g=1, o=1.0, before=0.6, c=0.6, h=0.5)
    assert (
        "kept over 99 % of what it knew, let in less than 1 % of the new and shows 100 %"
        in (step_words(almost, UNIT, "11 Jun")[1])
    )


def test_every_number_stands_over_its_letter_and_is_spoken() -> None:
    made = step_html(HELD, UNIT, "11 Jun")
    assert [made.count(f">{each}</b>") for each in ("0.54", "0.93", "0.60", "0.04", "−0.50", "0.25")] == [
        2,
        1,
        1,
        1,
        1,
        1,
    ]
    assert "aria-label='On 11 Jun: c = 0.93 times 0.60 plus 0.04 times −0.50 = 0.54" in made


@pytest.mark.parametrize(("value", "said"), [(-0.001, "0.00"), (-0.31, "−0.31"), (123.4, "123"), (0.5, "0.50")])
def test_numbers_have_two_decimals_and_a_true_minus(value: float, said: str) -> None:
    assert number(value) == said


def found() -> xr.Dataset:
    """Unit 1 of layer 2 follows clouds by −0.8 with its gate i; no unit varies with maize."""
    values = np.full((6, 2, 3, 3), 0.1)
    values[0, 1, 1] = [-0.8, 0.2, np.nan]
    values[1, 0, 2] = [0.5, -0.9, np.nan]
    values[..., 2] = np.nan
    coords = {"quantity": list(QUANTITIES), "layer": ["1", "2"], "unit": np.arange(3), "target": [CLOUD, NDVI, "maize"]}
    return xr.Dataset({"correlation": (("quantity", "layer", "unit", "target"), values)}, coords)


def test_units_are_ranked_by_the_strongest_of_their_quantities() -> None:
    first, second, *rest = ranked(found(), CLOUD)
    assert (first.unit, first.correlation) == (Unit("i", "2", 1), -0.8)
    assert (second.unit, second.correlation) == (Unit("f", "1", 2), 0.5)
    assert len(rest) == 4
    assert ranked(found(), NDVI)[0].unit == Unit("f", "1", 2)


def test_one_quantity_alone_can_be_ranked() -> None:
    first = ranked(found(), CLOUD, "f")[0]
    assert first.unit == Unit("f", "1", 2)
    assert {each.unit.quantity for each in ranked(found(), CLOUD, "f")} == {"f"}


def test_a_target_that_never_varies_ranks_nobody() -> None:
    assert targets_of(found())[2] == "maize"
    assert ranked(found(), "maize") == []


def test_a_bar_carries_its_unit_and_the_chosen_one_is_in_ink() -> None:
    units = ranked(found(), CLOUD)
    (bars,) = ranking_chart(tuple(units), Unit("o", "1", 2), "light").data
    assert [list(each) for each in bars.customdata[:2]] == [["i", "2", 1], ["f", "1", 2]]
    assert list(bars.x[:2]) == [-0.8, 0.5]
    light = PALETTES["light"]
    assert list(bars.marker.color)[:2] == [light.accent, light.ink]
    assert len(ranking_chart(tuple(units * 9), None, "dark").data[0].x) == MOST


def test_the_table_of_a_ranking_has_every_unit() -> None:
    table = ranking_table(ranked(found(), CLOUD), CLOUD)
    assert list(table.columns) == ["layer", "unit", "quantity", "correlation with cloud"]
    assert table.iloc[0].tolist() == ["2", 1, "input gate", -0.8]


def test_the_correlation_of_one_unit() -> None:
    assert correlation_of(found(), NDVI, Unit("f", "1", 2)) == pytest.approx(-0.9)
    assert np.isnan(correlation_of(found(), "maize", Unit("f", "1", 2)))


def paired(target: str, gate: list[float], seen: list[bool] | None = None):  # type: ignore[no-untyped-def]
    series = CUBE[:, :, 2, 3].load()
    values = np.zeros((6, 1, 1, 5))
    values[0, 0, 0] = gate
    coords = {"quantity": list(QUANTITIES), "layer": ["1"], "unit": [0], "time": TIMES}
    explained = xr.Dataset({"states": (("quantity", "layer", "unit", "time"), values)}, coords)
    explained["seen"] = ("time", np.ones(5, bool) if seen is None else np.array(seen))
    chances = np.array([[np.nan, np.nan], [0.2, 0.8], [0.4, 0.6], [0.6, 0.4], [0.9, 0.1]])
    said = {"colours": json.dumps(["#FF8415", "#80C77B"])}
    inspected = xr.Dataset(
        {"probabilities": (("time", "class"), chances)}, {"time": TIMES, "class": ["maize", "grass"]}, said
    )
    pair = pair_of(explained, series, inspected, dates_of(series), Unit("i", "1", 0), target)
    return pair, pair_panels(pair, series, inspected, "light")


def test_a_gate_that_closes_on_the_cloudy_date_follows_clouds() -> None:
    pair, panels = paired(CLOUD, [0.9, 0.1, 0.9, 0.9, 0.9])  # the second date is cloudy
    assert pair.correlation == pytest.approx(-1)
    assert (pair.mean(True), pair.mean(False)) == (pytest.approx(0.1), pytest.approx(0.9))
    drawn = column(panels, pair.dates, (TIMES[0], TIMES[-1]), TIMES[0], "light")
    dotted = [float(trace.y[0]) for trace in drawn.data if trace.type == "scatter" and trace.line.dash == "dot"]
    assert dotted == [pytest.approx(0.9), pytest.approx(0.1)]


def test_ndvi_is_held_against_clear_dates_alone() -> None:
    pair, _ = paired(NDVI, [0.1, 0.2, 0.3, 0.4, 0.5])
    assert pair.there.tolist() == [True, False, True, True, True]
    assert pair.read.all()


def test_a_unit_that_never_moves_correlates_with_nothing() -> None:
    assert np.isnan(paired(CLOUD, [0.5] * 5)[0].correlation)
    assert np.isnan(paired(CLOUD, [0.1, 0.2, 0.3, 0.4, 0.5], [True, False, False, False, True])[0].correlation)


def test_the_season_is_winter_on_top_and_a_class_is_a_step_in_its_colour() -> None:
    season, panels = paired(SEASON, [0.1, 0.2, 0.3, 0.4, 0.5])
    assert (np.diff(season.against) < 0).all()  # from April towards summer
    assert panels[1].axis["ticktext"] == ["summer", "winter"]
    maize, panels = paired("maize", [0.1, 0.2, 0.3, 0.4, 0.5])
    drawn = column(panels, maize.dates, (TIMES[0], TIMES[-1]), TIMES[0], "light")
    (step,) = [trace for trace in drawn.data if trace.name == "maize"]
    assert step.line.color == "#FF8415"
    assert step.line.shape == "hv"
    assert step.y.tolist() == [0.2, 0.4, 0.6, 0.9]
    assert np.isnan(maize.correlation)
