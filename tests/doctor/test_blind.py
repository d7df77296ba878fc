"""Places, seasons and sensors that nothing was fitted to: clean ones are left in peace, faults in them are found."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import pytest

from eodash import cube
from eodash.doctor import apply, examine
from eodash.preprocess import Chain, run
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA
from eodash.sources.demo import CLEAR_CODES
from eodash.world import Region, make
from tests.doctor import faults
from tests.toys import geobox

PLACES = {
    "ireland": ("temperate", 53.4, -8.0, 7001, date(2020, 1, 1), date(2020, 12, 31)),
    "tunisia": ("winter-rain", 36.5, 9.2, 7003, date(2021, 2, 1), date(2021, 11, 30)),
    "cape": ("winter-rain", -34.2, 19.1, 7004, date(2019, 3, 1), date(2020, 2, 1)),
    "finland": ("temperate", 61.2, 24.0, 7005, date(2021, 1, 10), date(2021, 12, 10)),
}
LANDSAT = {"B02": "blue", "B03": "green", "B04": "red", "B8A": "nir08", "B11": "swir16", "B12": "swir22"}
FOUR = ("B02", "B03", "B04", "B08")
COVERS = {"forest": 8, "water": 9, "built-up": 10}


@lru_cache(maxsize=4)
def place(name):
    """The world and some of its dates, cloudy and snowy ones among them."""
    climate, latitude, longitude, seed, start, end = PLACES[name]
    world = make(Region(name, name, climate, latitude, longitude, seed, start, end), 64)
    return world, np.unique(np.linspace(0, len(world.times) - 1, 9).astype(int))


@lru_cache(maxsize=16)
def series(name, level="l2a"):
    world, dates = place(name)
    seen = [world.render(int(index), level) for index in dates]
    return cube.carrier(
        np.stack([one.values for one in seen]),
        np.stack([np.isin(one.scl, CLEAR_CODES) for one in seen]),
        world.times[dates],
        SENSORS[f"sentinel-2-{level}"].names,
        geobox(64, 64),
        {"sensor": f"sentinel-2-{level}", "units": "reflectance × 10⁴"},
    )


def landsat(name):
    chosen = series(name).sel(band=list(LANDSAT))
    return chosen.assign_coords(band=list(LANDSAT.values())).assign_attrs(sensor="landsat-c2-l2")


def packed(whole, where):
    """An image of these pixels only."""
    at = np.flatnonzero(where.ravel())
    side = int(min(24, len(at) ** 0.5))
    shape = (side, side)
    at = at[: side * side]
    return cube.carrier(
        whole.values.reshape(*whole.shape[:2], -1)[:, :, at].reshape(*whole.shape[:2], *shape),
        whole["clear"].values.reshape(whole.shape[0], -1)[:, at].reshape(-1, *shape),
        whole["time"].values,
        whole["band"].values.tolist(),
        geobox(*shape),
        dict(whole.attrs),
    )


@pytest.mark.parametrize("name", PLACES)
def test_clean_series_of_strange_places_give_no_alarm(name):
    for clean in (series(name), series(name, "l1c"), landsat(name), series(name).sel(band=list(FOUR))):
        assert examine(clean) == ()


@pytest.mark.parametrize("dates", [[4], [0, 8], [1, 4, 7]])
def test_few_dates_give_no_alarm(dates):
    assert examine(series("ireland").isel(time=dates)) == ()


@pytest.mark.parametrize("cover", COVERS)
@pytest.mark.parametrize("level", ["l2a", "l1c"])
def test_one_kind_of_ground_alone_gives_no_alarm(cover, level):
    world, _ = place("cape")
    where = world.truth().landcover == COVERS[cover]
    assert where.sum() > 144
    assert examine(packed(series("cape", level), where)) == ()


def test_bare_soil_alone_gives_no_alarm():
    dry = series("tunisia").isel(time=[5, 6])
    red, near = (dry.sel(band=band).values.astype(float) for band in ("B04", "B08"))
    bare = ((near - red) / (near + red) < 0.25).all(0) & (near > 1200).all(0)
    assert bare.sum() > 144
    assert examine(packed(dry, bare)) == ()


@pytest.mark.parametrize("chain", [Chain.standard(), Chain.from_json({"mask": {}, "fill": {}, "smooth": {}})])
def test_a_preprocessed_series_gives_no_alarm(chain):
    assert examine(run(series("ireland"), chain)) == ()


LANDSAT_FAULTS = {
    "scale": lambda clean: faults.scaled(clean, 10),
    "double offset": lambda clean: faults.shifted(clean, -1000),
    "missing offset": lambda clean: faults.shifted(clean, 1000),
    "band order": lambda clean: faults.swapped(clean, "red", "nir08"),
    "band scale": lambda clean: faults.one_band(clean, "swir16", 0.1),
    "no data": lambda clean: faults.holes(clean, -9999, 1),
    "duplicate": lambda clean: faults.twice(clean, 1, 4),
    "constant": lambda clean: faults.blank(clean, 0),
}


@pytest.mark.parametrize("kind", LANDSAT_FAULTS)
def test_faults_of_landsat_are_found_and_put_right(kind):
    clean = landsat("cape")
    broken = LANDSAT_FAULTS[kind](clean)
    found = examine(broken)
    assert [finding.kind for finding in found] == [kind]
    fixed = apply(broken, [finding.fix for finding in found if finding.fix])
    assert examine(fixed) == ()
    left = fixed.values != NODATA
    off = np.abs(fixed.values.astype(int) - clean.sel(time=fixed["time"]).values)[left]
    assert off.max() <= (5 if kind == "band scale" else 0)


def test_what_was_cut_off_at_zero_is_found():
    clean = landsat("cape")
    found = examine(faults.cut(faults.shifted(clean, -150), 0, 32767))
    assert "clipped" in [finding.kind for finding in found]


def test_the_edge_of_a_swath_is_no_data_and_not_lost_lines():
    values = landsat("ireland").values.copy()
    values[1, :, :, :16] = 0
    assert [finding.kind for finding in examine(landsat("ireland").copy(data=values))] == ["no data"]
