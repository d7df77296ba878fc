"""The one gate: what is a cube, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from eodash.cube import assemble, check, geobox_of, reflectance
from eodash.errors import RasterError
from eodash.sources.contract import NODATA, DateResult, DateStatus
from tests import toys
from tests.store_crash import moment, plan, result


def test_a_cube_keeps_its_grid() -> None:
    assert geobox_of(toys.small_cube()) == toys.geobox()


def test_dates_are_put_in_order_and_failed_ones_left_out() -> None:
    failed = DateResult(DateStatus(moment(1), "failed", "404"))
    cube = assemble(plan(0), [result(0, 2), failed, result(0, 0)])
    assert cube.sizes["time"] == 2
    np.testing.assert_array_equal(cube.values[1], result(0, 2).values)


def test_no_used_date_is_no_cube() -> None:
    with pytest.raises(RasterError) as caught:
        assemble(plan(0), [])
    assert caught.value.code == "no_dates"


def test_no_observation_is_not_a_number() -> None:
    cube = toys.small_cube()
    cube[0, 0, 0, 0] = NODATA
    found = reflectance(cube)
    assert np.isnan(found.values[0, 0, 0, 0])
    assert found.sel(band="B08").max() == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("dims", lambda cube: cube.transpose("band", "time", "y", "x")),
        ("dtype", lambda cube: cube.astype("float32")),
        ("empty", lambda cube: cube[:, :, :0]),
        ("time", lambda cube: cube[::-1]),
        ("bands", lambda cube: cube.assign_coords(band=["a"] * cube.sizes["band"])),
        ("clear", lambda cube: cube.drop_vars("clear")),
    ],
)
def test_what_is_no_cube_is_refused_by_name(code: str, spoil: Callable[[xr.DataArray], xr.DataArray]) -> None:
    with pytest.raises(RasterError) as caught:
        check(spoil(toys.small_cube()))
    assert caught.value.code == code
