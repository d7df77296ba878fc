"""Leaf, canopy, soil and air: against the package `prosail`, and against what must hold anyway."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest

from eodash.sensors import SENSORS
from eodash.world.canopy import Geometry, layer, over_soil
from eodash.world.ground import dig, soil_spectrum
from eodash.world.leaf import Leaves, optics, surface
from eodash.world.sky import air, downward, upward

CASES = 80
BANDS = SENSORS["sentinel-2-l1c"].bands


def between(rng: np.random.Generator, low: float, high: float, count: int = CASES) -> np.ndarray:
    return rng.uniform(low, high, count).astype(np.float32)


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(7)
    contents = ((1.1, 2.4), (0, 70), (0, 14), (0, 3), (0, 0.9), (0.002, 0.035), (0.002, 0.02))
    leaves = Leaves(*(between(rng, *limits) for limits in contents))
    canopy = [between(rng, *limits) for limits in ((0.1, 6), (25, 75), (0.01, 0.3))]
    where = Geometry(between(rng, 20, 68), between(rng, 0, 10), between(rng, 0, 180))
    return leaves, canopy, where, between(rng, 0.05, 0.35)


@pytest.fixture(scope="module")
def published(cases):
    """The same cases by the package, at 1 nm, averaged over each band."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prosail = pytest.importorskip("prosail", reason="the package prosail is not installed")
        leaves, (lai, angle, hot), where, soil = cases
        grid = np.arange(400, 2501)
        weights = np.stack([np.exp(-4 * np.log(2) * ((grid - band.centre) / band.width) ** 2) for band in BANDS])
        weights /= weights.sum(1, keepdims=True)
        single, whole = [], []
        for case in range(CASES):
            n, cab, car, ant, brown, cw, cm = (float(part[case]) for part in vars(leaves).values())
            _, r, t = prosail.run_prospect(n, cab, car, brown, cw, cm, ant=ant, prospect_version="D")
            single.append((weights @ r, weights @ t))
            spectrum = prosail.run_prosail(
                n, cab, car, brown, cw, cm, float(lai[case]), float(angle[case]), float(hot[case]),
                float(where.sun[case]), float(where.view[case]), float(where.azimuth[case]),
                ant=ant, prospect_version="D", rsoil0=np.full(2101, soil[case], dtype=float),
            )  # fmt: skip
            whole.append(weights @ spectrum)
    return np.array(single), np.array(whole)


def canopies(cases):
    leaves, (lai, angle, hot), where, soil = cases
    ground = np.repeat(soil[:, None], len(BANDS), axis=1)
    return over_soil(layer(*optics(leaves), lai, angle, hot, where), ground, np.zeros(len(BANDS), np.float32))


def test_leaves_agree_with_the_package(cases, published):
    mine = np.stack(optics(cases[0]), axis=1)
    error = np.sqrt(((mine - published[0]) ** 2).mean())
    print(f"\nleaf: rmse {error:.4f}, largest {np.abs(mine - published[0]).max():.4f}")
    assert error <= 0.004


def test_canopies_agree_with_the_package(cases, published):
    mine = canopies(cases)
    error = np.sqrt(((mine - published[1]) ** 2).mean())
    print(f"\ncanopy: rmse {error:.4f}, largest {np.abs(mine - published[1]).max():.4f}")
    assert error <= 0.004
    assert np.abs(mine - published[1]).max() < 0.02


def test_leaves_give_back_no_more_light_than_they_get(cases):
    reflectance, transmittance = optics(cases[0])
    assert (reflectance > 0).all()
    assert (transmittance >= 0).all()
    assert (reflectance + transmittance <= 1).all()


def test_canopies_give_back_no_more_light_than_they_get(cases):
    leaves, (lai, angle, hot), where, _ = cases
    made = layer(*optics(leaves), lai, angle, hot, where)
    assert (made.back + made.through <= 1.0001).all()
    assert (made.sun_back + made.sun_through + made.sun_gap <= 1.0001).all()
    assert (canopies(cases) < 1).all()


def test_a_canopy_without_leaves_is_its_soil():
    one = np.ones(1, np.float32)
    optical = np.full((1, 13), 0.3, np.float32)
    bare = layer(optical, optical, one * 1e-4, one * 57, one * 0.1, Geometry(one * 40, one * 5, one * 90))
    soil = np.linspace(0.05, 0.4, 13, dtype=np.float32)[None]
    np.testing.assert_allclose(over_soil(bare, soil, np.zeros(13, np.float32)), soil, atol=1e-3)


def test_more_leaves_hide_the_soil_in_the_red_and_brighten_the_infrared(cases):
    leaf = optics(Leaves(*(np.full(3, value, np.float32) for value in (1.5, 45, 9, 0, 0, 0.015, 0.005))))
    three = np.full(3, 57, np.float32)
    where = Geometry(np.full(3, 40, np.float32), np.full(3, 4, np.float32), np.full(3, 90, np.float32))
    lai = np.array([0.5, 2, 5], np.float32)
    soil = np.full((3, 13), 0.2, np.float32)
    seen = over_soil(layer(*leaf, lai, three, three / 600, where), soil, np.zeros(13, np.float32))
    assert (np.diff(seen[:, 3]) < 0).all()
    assert (np.diff(seen[:, 7]) > 0).all()


def test_glass_lets_through_what_fresnel_says():
    # At right angles 1 − ((n − 1)/(n + 1))² = 0.96 for n = 1.5.
    assert surface(0.5, np.array([1.5]))[0] == pytest.approx(0.96, abs=1e-4)
    assert surface(90, np.array([1.5]))[0] < surface(40, np.array([1.5]))[0] < 0.96


def test_wet_soil_is_darker_than_dry_soil():
    soils = dig(np.random.default_rng(0), 20, "temperate")
    dry, wet = (soil_spectrum(soils, np.full((20, 1), level, np.float32)) for level in (0.0, 0.9))
    assert (wet < dry).all()


def test_air_that_is_known_can_be_taken_off_again():
    column = air(np.array([45.0], np.float32), np.array([0.2], np.float32), np.array([1.5], np.float32))
    ground = np.linspace(0.02, 0.5, 13, dtype=np.float32)[None]
    top = upward(ground, column)
    keep = [band for band in range(13) if band != 10]  # nothing comes back in the cirrus band
    np.testing.assert_allclose(downward(top, column)[:, keep], ground[:, keep], atol=2e-5)
    assert top[0, 0] > ground[0, 0] + 0.05  # blue light scatters
    assert top[0, 10] < 0.01


@pytest.mark.alone
def test_fifty_thousand_canopies_a_second(cases):
    leaves, (lai, angle, hot), where, soil = cases
    many, rounds = 2000, 12
    reflectance, transmittance = (np.resize(part, (many, 13)) for part in optics(leaves))
    lai, angle, hot, soil = (np.resize(part, many) for part in (lai, angle, hot, soil))
    where = Geometry(*(np.resize(part, many) for part in vars(where).values()))
    ground, sky = np.repeat(soil[:, None], 13, axis=1), np.zeros(13, np.float32)
    begin = time.thread_time()
    for _ in range(rounds):
        over_soil(layer(reflectance, transmittance, lai, angle, hot, where), ground, sky)
    pace = many * rounds / (time.thread_time() - begin)
    print(f"\n{pace:,.0f} canopies a second on one thread")
    assert pace > 50_000
