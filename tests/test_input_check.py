"""A cube beside a card: the demo world as it is, and with faults put into it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr

from eodash import cards, cube
from eodash.input_check import InputCheck, check
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA
from eodash.sources.demo import CLEAR_CODES
from eodash.world import REGIONS, make
from tests.toys import geobox

HALF = np.timedelta64(183, "D")
SIZE = 96


@cache
def season(name: str, level: str) -> xr.DataArray:
    """Every second date of a small world of a demo region."""
    world, sensor = make(REGIONS[name], SIZE), SENSORS[f"sentinel-2-{level}"]
    bands = cards.card(f"early-lstm-{level}").input.bands
    dates = range(0, len(world.times), 2)
    taken = [world.render(date, level) for date in dates]
    places = [sensor.names.index(band) for band in bands]
    values = np.stack([each.values[places] for each in taken]).astype(np.int16)
    clear = np.stack([np.isin(each.scl, CLEAR_CODES) for each in taken])
    return cube.carrier(values, clear, world.times[list(dates)], bands, geobox(SIZE, SIZE), {"sensor": sensor.name})


@pytest.fixture(params=["l1c", "l2a"])
def clean(request) -> xr.DataArray:
    return season("temperate-north", request.param)


def asked(here: xr.DataArray, latitude: float = 48.1, **changes: object) -> InputCheck:
    card = cards.card(f"early-lstm-{here.attrs['sensor'][-3:]}")
    return check(here, replace(card, input=replace(card.input, **changes)), per_unit=10_000, latitude=latitude)


def kinds(found: InputCheck) -> list[str]:
    return [doubt.kind for doubt in found.doubts]


def changed(here: xr.DataArray, act) -> xr.DataArray:
    """The same cube with other numbers where something was observed; beyond 16 bits they are cut off."""
    values = np.where(here.values != NODATA, np.clip(np.rint(act(here.values.astype(float))), -32767, 32767), NODATA)
    return here.copy(data=values.astype(np.int16))


def test_a_series_from_the_training_world_raises_no_doubt(clean):
    found = asked(clean)
    assert found.doubts == ()
    assert all(abs(band.distance) < 1.1 for band in found.bands)
    assert (found.dates, found.days) == (26, 275)


@pytest.mark.parametrize("name", list(REGIONS))
def test_no_region_of_the_demo_world_is_half_a_year_off_but_every_shifted_one_is(name):
    here = season(name, "l2a")
    latitude = REGIONS[name].latitude
    assert kinds(asked(here, latitude)) == []
    for shift in (HALF, -HALF):
        late = here.assign_coords(time=here["time"] + shift)
        (doubt,) = asked(late, latitude).doubts
        assert doubt.kind == "season"
        assert "half a year off" in doubt.advice
    assert kinds(asked(here, -latitude)) == ["season"]  # right dates, wrong hemisphere


@pytest.mark.parametrize(
    ("factor", "words"),
    [(10, "are ten times those"), (0.1, "are a tenth of those"),
     (0.01, "are a hundred times smaller than those")],
)  # fmt: skip
def test_a_factor_of_ten_is_named(clean, factor, words):
    found = asked(changed(clean, lambda numbers: factor * numbers))
    assert found.doubts[0].kind == "units"
    assert f"Your reflectances {words} the model knows." == found.doubts[0].sentence
    assert "offset" not in kinds(found)


def test_larger_factors_are_named_too(clean):
    card = cards.card(f"early-lstm-{clean.attrs['sensor'][-3:]}")
    assert "a hundred times those" in check(clean, card, per_unit=100, latitude=48.1).doubts[0].sentence


def test_digital_numbers_are_ten_thousand_times_a_reflectance(clean):
    card = cards.card(f"early-lstm-{clean.attrs['sensor'][-3:]}")
    found = check(clean, card, per_unit=1, latitude=48.1)
    assert "ten thousand times" in found.doubts[0].sentence
    assert "digital numbers" in found.doubts[0].advice


def test_a_missing_offset_and_one_too_many_have_sentences_of_their_own(clean):
    missing = asked(changed(clean, lambda numbers: numbers + 1000)).doubts[0]
    twice = asked(changed(clean, lambda numbers: numbers - 1000)).doubts[0]
    assert (missing.kind, twice.kind) == ("offset", "offset twice")
    assert "−1000" in missing.advice
    assert "negative" in twice.sentence
    assert "twice" in twice.advice


def test_bands_under_wrong_names_lie_far_off(clean):
    swapped = clean.copy(data=clean.values[:, ::-1])
    assert "bands" in kinds(asked(swapped)) or "offset" in kinds(asked(swapped))


def test_figures_are_those_of_the_clear_observations():
    here = season("temperate-north", "l2a")
    values = np.full(here.shape, 2000, np.int16)
    values[0], values[1] = 9000, NODATA  # a cloud, and nothing
    clear = np.ones(here["clear"].shape, bool)
    clear[0] = False
    made = here.copy(data=values).assign_coords(clear=(("time", "y", "x"), clear))
    found = asked(made)
    assert {(band.median, band.low, band.high) for band in found.bands} == {(0.2, 0.2, 0.2)}
    assert found.used == found.dates - 2
    assert found.clear == pytest.approx(((found.dates - 2) / found.dates,) * 3)


def test_few_dates_and_few_clear_ones_are_said():
    here = season("temperate-north", "l2a")
    found = asked(here, dates=(30, 70), clear_share=(0.95, 1.0))
    assert kinds(found) == ["dates", "clear"]
    assert f"A typical pixel has {found.used} dates; the training series had 30 to 70." == found.doubts[0].sentence
    assert "Thin the series" in asked(here, dates=(1, 2)).doubts[0].advice


def test_all_clouds_are_said_and_nothing_is_made_up():
    here = season("temperate-north", "l2a")
    none = here.assign_coords(clear=(("time", "y", "x"), np.zeros(here["clear"].shape, bool)))
    found = asked(none)
    assert kinds(found) == ["empty"]
    assert np.isnan([band.median for band in found.bands]).all()
    assert found.greenest is None


def test_one_date_is_judged_by_its_numbers_alone(clean):
    assert set(kinds(asked(clean[:1]))) <= {"dates", "clear"}


def test_a_model_without_dates_is_not_asked_about_the_season():
    late = season("temperate-north", "l2a")
    assert kinds(asked(late.assign_coords(time=late["time"] + HALF), dated=False)) == []
