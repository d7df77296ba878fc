"""A real pair with labels: Landsat, Taizhou, 2000 and 2003."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from eodash.change.chain import Settings, detect
from eodash.change.pair import Mask, Pair
from eodash.change.post import Cleaning
from eodash.change.scored import scores

FOLDER = Path(os.environ.get("EODASH_REAL_DATA", "")) / "landsat_taizhou"
pytestmark = pytest.mark.skipif(not FOLDER.joinpath("2000TM").is_file(), reason="EODASH_REAL_DATA is not set")
BARE = Cleaning(median=False, opening=False, unit=0)


@pytest.fixture(scope="module")
def taizhou() -> tuple[Pair, Mask, Mask]:
    """The pair, where change is labelled, and where anything is."""
    images = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        for name in ("2000TM", "2003TM", "change.bmp", "unchanged.bmp"):
            with rasterio.open(FOLDER / name) as opened:
                images.append(opened.read())
    changed, still = images[2][0] == 255, images[3][0] == 255
    before, after = (each.astype(np.float32) for each in images[:2])
    usable = np.ones(changed.shape, bool)
    return Pair(before, after, usable, ("B", "G", "R", "N", "S1", "S2"), 0.09), changed, changed | still


@pytest.mark.parametrize(
    ("settings", "least"),
    [
        pytest.param(Settings(normalise="none", threshold="otsu", floor=False, cleaning=BARE), 0.06, id="raw, Otsu"),
        pytest.param(Settings(normalise="z-score", threshold="otsu", floor=False, cleaning=BARE), 0.897, id="z-score"),
        pytest.param(Settings(normalise="histogram", threshold="otsu", floor=False, cleaning=BARE), 0.916, id="match"),
        pytest.param(Settings(cleaning=BARE), 0.93, id="pseudo-invariant, EM"),
        pytest.param(Settings(cleaning=Cleaning(unit=0)), 0.967, id="… and median"),
        pytest.param(Settings(), 0.972, id="as suggested"),
        pytest.param(Settings(method="ir-mad", threshold="otsu", cleaning=BARE), 0.933, id="IR-MAD, Otsu"),
    ],
)
def test_what_is_published_is_reached(taizhou: tuple[Pair, Mask, Mask], settings: Settings, least: float) -> None:
    pair, changed, known = taizhou
    found = detect(pair, settings)
    assert scores(found.mask, changed, known).kappa >= least


def test_the_same_in_reflectance_is_not_lost_below_a_floor(taizhou: tuple[Pair, Mask, Mask]) -> None:
    pair, changed, known = taizhou
    gain = np.array([0.00125, 0.0014, 0.0014, 0.0024, 0.0019, 0.0019], np.float32)[
        :, None, None
    ]  # of the sensor, about
    days = (np.datetime64("2000-03-17", "ns"), np.datetime64("2003-02-06", "ns"))
    names = ("blue", "green", "red", "nir", "swir16", "swir22")
    light = replace(pair, before=gain * pair.before, after=gain * pair.after, bands=names, reflectance=True, times=days)
    found = detect(light)
    assert found.season is None  # 39 days apart in the year, and yet it is the town that grew
    assert scores(found.mask, changed, known).kappa >= 0.95
