"""What is a pair, and what is not: a typed error or a stated decision, never a map of noise."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from odc.geo.geobox import GeoBox

from eodash.change.chain import detect
from eodash.change.pair import pair_of
from eodash.cube import carrier
from eodash.errors import RasterError
from eodash.indices import DIGITAL
from tests.change.made import ground

BOX = GeoBox.from_bbox((0, 0, 1920, 1920), "EPSG:32633", resolution=20)


def images(bands: tuple[str, ...] = ("red", "nir", "swir16"), box: GeoBox = BOX, **attrs: str) -> xr.DataArray:
    """Two dates of noisy ground."""
    rng = np.random.default_rng(0)
    still = ground(max(box.shape), len(bands))[:, : box.shape[0], : box.shape[1]]
    values = np.stack([1e4 * (still + rng.normal(0, 0.005, still.shape)) for _ in range(2)]).astype(np.int16)
    clear = np.ones((2, *box.shape), bool)
    time = np.array(["2023-07-01", "2024-07-01"], "datetime64[ns]")
    return carrier(values, clear, time, list(bands), box, {"sensor": "sentinel-2", **attrs})


def code_of(before: xr.DataArray, after: xr.DataArray) -> str:
    with pytest.raises(RasterError) as caught:
        pair_of(before, after)
    assert caught.value.advice
    return caught.value.code


def test_two_images_of_a_cube_are_a_pair() -> None:
    cube = images()
    made = pair_of(cube[0], cube[1])
    assert made.bands == ("red", "nir", "swir16")
    assert made.hectares == pytest.approx(0.04)
    np.testing.assert_allclose(made.before, cube.values[0] / 1e4, rtol=1e-5)


def test_clouds_and_no_data_of_either_date_are_left_out() -> None:
    cube = images()
    cube["clear"].values[0, :10] = False
    cube.values[1, 2, -5:] = -32768
    usable = pair_of(cube[0], cube[1]).usable
    assert not usable[:10].any()
    assert not usable[-5:].any()
    assert usable[10:-5].all()


def test_no_common_pixel() -> None:
    cube = images()
    cube["clear"].values[0, :48] = cube["clear"].values[1, 48:] = False
    assert code_of(cube[0], cube[1]) == "no_common_pixel"
    cube.values[:] = -32768
    assert code_of(cube[0], cube[1]) == "no_common_pixel"


def test_other_grids() -> None:
    small = images(box=GeoBox.from_bbox((0, 0, 1900, 1900), "EPSG:32633", resolution=20))
    moved = images(box=GeoBox.from_bbox((10, 0, 1930, 1920), "EPSG:32633", resolution=20))
    assert code_of(images()[0], small[1]) == "grid"
    assert code_of(images()[0], moved[1]) == "grid"


def test_other_bands_and_two_sensors_are_decisions_that_are_said() -> None:
    other = images(("blue", "red", "nir"), sensor="landsat")
    made = pair_of(images()[0], other[1])
    assert made.bands == ("red", "nir")
    assert any("blue, swir16" in notice for notice in made.notices)
    assert any("Two sensors" in notice for notice in made.notices)
    assert code_of(images(("a", "b"))[0], images(("c", "d"))[1]) == "bands"


def test_reflectance_is_not_held_against_digital_numbers_but_two_of_these_are() -> None:
    digital = images(units=DIGITAL)
    assert code_of(images()[0], digital[1]) == "scale"
    made = pair_of(digital[0], digital[1])
    assert made.before.max() > 1000
    assert any("without a scale" in notice for notice in made.notices)


def test_a_constant_band_is_left_out_and_constant_images_are_refused() -> None:
    cube = images()
    cube.values[1, 1] = 1234
    made = pair_of(cube[0], cube[1])
    assert made.bands == ("red", "swir16")
    assert any("constant: nir" in notice for notice in made.notices)
    assert not detect(made).mask.any()
    cube.values[1] = 1234
    assert code_of(cube[0], cube[1]) == "constant"
