"""Indices by name: what bands allow, what they are worth, and that nothing but names is ever looked up."""

import subprocess
import sys
import time

import numpy as np
import pytest
import spyndex
import xarray as xr

from eodash import indices
from eodash.errors import RasterError
from eodash.sensors import SENSORS, Band, Sensor
from eodash.sources.contract import NODATA
from eodash.views.picture import index_values
from tests.toys import small_cube

S2 = SENSORS["sentinel-2-l2a"]
RNG = np.random.default_rng(0)


def noisy(dates: int = 2, rows: int = 12, columns: int = 16) -> xr.DataArray:
    cube = small_cube(dates, rows, columns).copy(deep=True)
    cube.values[:] = RNG.integers(100, 6000, cube.shape)
    return cube


def digital(cube: xr.DataArray) -> xr.DataArray:
    return cube.assign_attrs(units="digital numbers")


def test_sentinel_2_allows_most_optical_indices_and_none_that_needs_radar_heat_or_kernels():
    known = indices.known(S2.bands)
    assert len(known) > 200
    assert {"NDVI", "EVI", "SAVI", "NBR", "MNDWI", "S2REP"} <= known.keys()
    assert not {"DpRVIHH", "VHVVR", "kNDVI", "NBRT1", "EBBI", "NIRvP", "NDYIX"} & known.keys()
    assert not {"radar", "kernel"} & {one.domain for one in known.values()}


def test_fewer_bands_allow_fewer_indices_and_none_allow_none():
    visible = [band for band in S2.bands if band.code in "BGR"]
    assert "NGRDI" in indices.known(visible)
    assert "NDVI" not in indices.known(visible)
    assert indices.known([]) == {}
    assert indices.known([Band("x", "x", 0, 0, 10)]) == {}
    assert "AshburnVI" not in indices.known(SENSORS["landsat-c2-l2"].bands)  # it needs the narrow near-infrared


def test_a_band_with_a_hostile_code_stands_for_nothing():
    strange = [*S2.bands, Band("evil", "evil", 500, 1, 10, "__import__('os')"), Band("L", "L", 500, 1, 10, "L")]
    assert indices.known(strange).keys() == indices.known(S2.bands).keys()


def test_formulas_are_told_in_bands_and_in_codes():
    ndvi = indices.known(S2.bands)["NDVI"]
    assert (ndvi.formula, ndvi.in_codes) == ("(B08 − B04) / (B08 + B04)", "(N − R) / (N + R)")
    assert ndvi.bands == ("B08", "B04")
    assert ndvi.difference
    assert ndvi.reference.startswith("https://")
    evi = indices.known(S2.bands)["EVI"]
    assert evi.constants == {"g": 2.5, "C1": 6.0, "C2": 7.5, "L": 1.0}
    assert not evi.difference


@pytest.mark.parametrize(("formula", "told"), [
    ("(N**2.0)-(R**2)", "(B8²) − (R²)"), ("-0.5*(190*(R-G))", "−0.5 · (190 · (R − G))"), ("N**0.5", "B8^0.5"),
    ("2.01*N", "2.01 · B8"), ("N-20.0", "B8 − 20"),
])  # fmt: skip
def test_a_formula_is_spelt_as_one_reads_it(formula, told):
    assert indices.spelt(formula, {"N": "B8"}) == told


def test_wavelengths_of_the_sensor_enter_formulas():
    landsat, sentinel = (indices.known(SENSORS[name].bands)["FAI"] for name in ("landsat-c2-l2", "sentinel-2-l2a"))
    assert sentinel.constants == {"lambdaN": 832.8, "lambdaR": 664.6, "lambdaS1": 1613.7}
    assert landsat.constants["lambdaN"] == 865.0


def test_evi_by_hand():
    cube = small_cube().copy(deep=True)
    for band, value in (("B08", 4000), ("B04", 500), ("B02", 300)):
        cube.loc[{"band": band}] = value
    values, seen = indices.values(cube[0], "EVI")
    assert seen.all()
    assert values.dtype == np.float32
    assert values[0, 0] == pytest.approx(2.5 * (0.4 - 0.05) / (0.4 + 6 * 0.05 - 7.5 * 0.03 + 1), rel=1e-5)


def test_every_index_of_a_noisy_cube_is_finite_where_it_is_seen():
    cube = noisy()
    cube.values[0, :, 0, 0] = NODATA
    cube.values[0, :, 0, 1] = 0
    for name, one in indices.known(indices.bands_of(cube)).items():
        values, seen = indices.values(cube, name)
        assert values.shape == seen.shape == (2, 12, 16), name
        assert np.isfinite(values).all(), name
        assert not seen[0, 0, 0], name
        if one.difference:
            assert not seen[0, 0, 1], name
            assert (np.abs(values) <= 1).all(), name


@pytest.mark.parametrize(("ours", "theirs", "bands"), [
    ("ndvi", "NDVI", {"N": "B08", "R": "B04"}), ("ndwi", "NDWI", {"G": "B03", "N": "B08"}),
    ("moisture", "NDMI", {"N": "B8A", "S1": "B11"}),
])  # fmt: skip
def test_the_three_of_the_layer_list_equal_spyndex(ours, theirs, bands):
    cube = noisy()
    values, seen = index_values(cube, ours)
    given = {code: cube.sel(band=name).values / 1e4 for code, name in bands.items()}
    np.testing.assert_allclose(values[seen], spyndex.computeIndex(theirs, given)[seen], atol=1e-6)
    assert seen.all()


def test_one_index_of_a_date_takes_less_than_a_twentieth_of_a_second():
    cube = noisy(1, 256, 256)
    indices.values(cube[0], "MCARI2")
    spent = []
    for name in ("NDVI", "MCARI2", "MTVI2"):
        began = time.perf_counter()
        indices.values(cube[0], name)
        spent.append(time.perf_counter() - began)
    assert sorted(spent)[1] < 0.05


def test_an_unknown_name_says_what_is_near():
    with pytest.raises(RasterError) as raised:
        indices.values(small_cube()[0], "NDVl")
    assert raised.value.code == "unknown_index"
    assert "NDVI" in raised.value.advice


@pytest.mark.parametrize(
    "name", ["", "__import__('os').system('true')", "N/0", "x" * 100_000, "NDVI ", "\0", "constructor"]
)
def test_hostile_names_are_refused_in_a_short_sentence(name):
    with pytest.raises(RasterError) as raised:
        indices.values(small_cube()[0], name)
    assert raised.value.code == "unknown_index"
    assert len(str(raised.value)) < 300


def test_an_index_that_other_bands_would_allow_names_them():
    with pytest.raises(RasterError, match="VV, VH"):
        indices.info(S2.bands, "DPDD")


def test_digital_numbers_allow_normalised_differences_alone():
    cube = digital(noisy())
    values, seen = indices.values(cube, "NDVI")
    assert seen.all()
    np.testing.assert_allclose(values, indices.values(cube.assign_attrs(units=""), "NDVI")[0])
    with pytest.raises(RasterError) as raised:
        indices.values(cube, "EVI")
    assert raised.value.code == "units"
    assert "digital numbers" in indices.notice(cube.attrs)
    assert indices.notice(noisy().attrs) == ""


def test_a_cube_without_a_needed_band_does_not_give_the_index():
    with pytest.raises(RasterError):
        indices.values(noisy().sel(band=["B02", "B03"]), "NDVI")


def test_a_file_s_own_sensor_gives_indices_under_its_own_names():
    bands = (Band("Red <b>", "red", 660, 30, 3, "R"), Band("nir", "near-IR", 850, 40, 3, "N"))
    own = Sensor.of_bands("own", "Own", bands)
    assert indices.known(own.bands)["NDVI"].formula == "(nir − Red <b>) / (nir + Red <b>)"


def test_spyndex_is_imported_only_when_it_is_asked():
    code = "import sys; import eodash.indices, eodash.views.legend; sys.exit('spyndex' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
