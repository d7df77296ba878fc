"""The spectral rule against what the demo world knows of its clouds."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest

from eodash.errors import RasterError
from eodash.preprocess import run
from eodash.preprocess.clouds import spectral_clear
from eodash.sensors import Band, Sensor
from eodash.world import REGIONS, World, make
from tests.preprocess.cubes import chain, pixel
from tests.toys import small_cube

CODES = {"B": "B02", "G": "B03", "R": "B04", "N": "B08", "S1": "B11"}


@lru_cache(maxsize=2)
def world_of(region: str) -> World:
    return make(REGIONS[region], size=64)


def judged(region: str, level: str) -> dict[str, np.ndarray]:
    """What the rule leaves of a season, and what was really there; skies that a fetch would skip are left out."""
    world = world_of(region)
    seen = [world.render(index, level) for index in np.flatnonzero(world.cloud_share <= 0.8)]
    days = (np.array([each.time for each in seen]) - seen[0].time) / np.timedelta64(1, "D").astype("timedelta64[s]")

    def all_of(part: str) -> np.ndarray:
        return np.stack([getattr(each, part) for each in seen]).reshape(len(seen), -1)

    bands = {
        code: np.stack([each.values[each.bands.index(name)] for each in seen]).reshape(len(seen), -1) / np.float32(1e4)
        for code, name in CODES.items()
    }
    return {"clear": spectral_clear(days, bands)} | {name: all_of(name) for name in ("cloud", "shadow", "snow")}


@pytest.mark.parametrize(
    ("region", "level", "cloud", "shadow", "user", "kept"),
    [
        ("temperate-south", "l2a", 0.97, 0.55, 0.65, 0.95),
        ("temperate-south", "l1c", 0.97, 0.48, 0.60, 0.95),
        ("winter-rain-south", "l2a", 0.97, 0.68, 0.85, 0.97),
        ("winter-rain-south", "l1c", 0.97, 0.63, 0.82, 0.97),
    ],
)
def test_the_spectral_rule_finds_clouds_and_shadows(
    region: str, level: str, cloud: float, shadow: float, user: float, kept: float
) -> None:
    truth = judged(region, level)
    out, bad = ~truth["clear"], truth["cloud"] | truth["shadow"] | truth["snow"]
    assert out[truth["cloud"]].mean() >= cloud  # producer's accuracy
    assert out[truth["shadow"]].mean() >= shadow
    assert bad[out].mean() >= user  # user's accuracy
    assert truth["clear"][~bad].mean() >= kept


def test_a_harvest_is_no_cloud_and_no_shadow() -> None:
    """Soil where there was a crop: red and SWIR rise for good, the near infrared falls for good."""
    days = np.arange(0, 120, 10.0)
    after = days >= 60
    crop = {"B": 0.03, "G": 0.06, "R": 0.03, "N": 0.45, "S1": 0.2}
    soil = {"B": 0.09, "G": 0.13, "R": 0.18, "N": 0.24, "S1": 0.32}
    bands = {code: np.where(after, soil[code], crop[code]).astype(np.float32)[:, None] for code in CODES}
    assert spectral_clear(days, bands).all()


def test_one_cloudy_and_one_shadowed_date_are_found() -> None:
    days = np.arange(0, 120, 10.0)
    base = {"B": 0.04, "G": 0.07, "R": 0.05, "N": 0.4, "S1": 0.2}
    bands = {code: np.full((12, 1), value, np.float32) for code, value in base.items()}
    for code in bands:
        bands[code][4] += 0.3
        bands[code][7] *= 0.4
    assert np.flatnonzero(~spectral_clear(days, bands)[:, 0]).tolist() == [4, 7]


def test_a_single_date_is_judged_by_itself() -> None:
    bands = {code: np.array([[0.6, 0.05]], np.float32) for code in CODES}
    bands["N"][0, 1] = 0.4
    assert spectral_clear(np.zeros(1), bands).tolist() == [[False, True]]


def test_what_was_not_seen_is_not_clear() -> None:
    bands = {code: np.full((6, 1), 0.1, np.float32) for code in CODES}
    bands["B"][2] = np.nan
    assert spectral_clear(np.arange(6) * 10.0, bands)[:, 0].tolist() == [True, True, False, True, True, True]


def test_only_reflectance_can_be_judged() -> None:
    digital = pixel([0, 10], [1000, 2000], units="digital numbers")
    with pytest.raises(RasterError, match="Switch on 'Reflectance'"):
        run(digital, chain(mask={"rule": "spectral"}))
    run(digital, chain(reflectance={}, mask={"rule": "spectral"}))


def test_bands_of_other_sensors_are_known_by_their_codes() -> None:
    cube = small_cube(6)
    own = [
        Band(name, name, 0.0, 0.0, 10, code) for name, code in zip(cube.band.values.tolist(), "BGRABCDEFG", strict=True)
    ]
    own = [band if index < 3 else Band(band.name, band.title, 0.0, 0.0, 10, "") for index, band in enumerate(own)]
    cube.attrs["sensor"] = "drone"
    with pytest.raises(RasterError, match="needs to know the bands"):
        run(cube, chain(mask={"rule": "spectral"}))
    cube.attrs["sensor_bands"] = json.dumps(Sensor.of_bands("drone", "Drone", own).to_json())
    assert run(cube, chain(mask={"rule": "spectral"}))["clear"].values.all()
    with pytest.raises(RasterError, match="blue and a red band"):
        run(cube.isel(band=slice(1, None)), chain(mask={"rule": "spectral"}))
