"""Bands, composites and indices as the field knows them; instruments as their makers describe them."""

import math

import numpy as np
import pytest
import spyndex

from eodash import indices
from eodash.errors import RasterError
from eodash.instruments import INSTRUMENTS
from eodash.radiometry import (
    IRRADIANCE,
    Stored,
    distance,
    radiance,
    satellite_of,
    stored_as,
    top_reflectance,
)
from eodash.sensors import SENSORS, Band, Sensor, sensor_of
from eodash.spectra import ABSORBED, materials

S2 = SENSORS["sentinel-2-l2a"]


@pytest.mark.parametrize(("name", "bands"), [
    ("true", ("B04", "B03", "B02")), ("false", ("B08", "B04", "B03")), ("urban", ("B12", "B11", "B04")),
    ("swir", ("B12", "B8A", "B04")),
])  # fmt: skip
def test_composites_of_sentinel_2(name, bands):
    assert S2.composites[name].bands == bands


@pytest.mark.parametrize(("name", "formula"), [
    ("ndvi", "(B08 − B04) / (B08 + B04)"), ("ndwi", "(B03 − B08) / (B03 + B08)"),
    ("moisture", "(B8A − B11) / (B8A + B11)"),
])  # fmt: skip
def test_indices_of_sentinel_2(name, formula):
    assert S2.indices[name].formula == formula


def test_the_wide_near_infrared_stands_in_where_there_is_no_narrow_one():
    assert SENSORS["landsat-c2-l2"].indices["moisture"].formula == "(nir08 − swir16) / (nir08 + swir16)"


def test_a_sensor_survives_a_file():
    own = Sensor.of_bands("own", "Own", (Band("a", "red", 660, 30, 3, "R"), Band("b", "near-IR", 850, 40, 3, "N")))
    again = Sensor.from_json(own.to_json())
    assert again == own
    with pytest.raises(RasterError):
        sensor_of({"sensor": "own"})


@pytest.mark.parametrize(("instrument", "platform", "tolerance"), [
    ("sentinel-2", "sentinel2a", 1.0), ("modis", "modis", 1.0), ("worldview-3", "worldview3", 2.0),
    ("landsat", "landsat8", 6.0),
])  # fmt: skip
def test_bands_agree_with_the_table_of_spyndex(instrument, platform, tolerance):
    """An independent list of the same public facts; it rounds Landsat to 5 nm."""
    compared = 0
    for band in INSTRUMENTS[instrument].bands:
        theirs = getattr(spyndex.bands.get(band.code), platform, None) if band.code in spyndex.bands else None
        if theirs is not None:
            assert band.centre == pytest.approx(theirs.wavelength, abs=tolerance), band.name
            compared += 1
    assert compared >= 5


def test_every_instrument_is_complete():
    for one in INSTRUMENTS.values():
        names = [band.name for band in one.bands]
        assert len(set(names)) == len(names), one.name
        assert all(380 < band.centre - band.width / 2 < band.centre + band.width / 2 < 2500 for band in one.bands)
        assert all(band.resolution > 0 for band in one.bands)
        codes = [band.code for band in one.bands if band.code]
        assert len(set(codes)) == len(codes), one.name
        assert {"B", "R", "N"} <= set(codes), one.name
        assert one.days > 0
        assert "NDVI" in indices.known([band.band for band in one.bands])


def test_known_facts():
    olci, fci = INSTRUMENTS["sentinel-3"], INSTRUMENTS["mtg"]
    assert (len(olci.bands), olci.bands[0].centre, olci.bands[-1].centre, olci.finest) == (21, 400, 1020, 300)
    assert (fci.finest, fci.days * 24 * 60) == (500, pytest.approx(10))
    assert INSTRUMENTS["worldview-3"].finest == 0.31
    assert len(INSTRUMENTS["sentinel-2"].bands) == 13


def test_plants_rise_at_the_red_edge_water_falls_and_soil_rises_slowly():
    crop, soil, water = materials()

    def at(curve, wavelength):
        known = ~np.isnan(curve.reflectance)
        return np.interp(wavelength, curve.wavelength[known], curve.reflectance[known])

    assert at(crop, 665) < 0.06 < 0.3 < at(crop, 833)
    assert at(crop, 550) > at(crop, 665)
    assert at(crop, 2202) < at(crop, 1650) < at(crop, 865)
    assert at(water, 833) < at(water, 560) < 0.12
    assert at(soil, 492) < at(soil, 833) < at(soil, 1614)
    for curve in (crop, soil, water):
        assert (np.diff(curve.wavelength) > 0).all()
        assert np.nanmin(curve.reflectance) > 0
        assert np.nanmax(curve.reflectance) < 0.6


def test_no_line_is_drawn_through_what_the_leaf_model_does_not_hold():
    crop = materials()[0]
    gap = crop.wavelength[np.isnan(crop.reflectance)]
    assert any(961 < at < 1349 for at in gap)
    assert all(low < high for low, high, _ in ABSORBED)


def test_numbers_become_reflectance_before_and_after_the_offset():
    """The same ground: 2000 before baseline 04.00 is 3000 after it, and 1000 is black."""
    before = stored_as({"scale": 1e-4, "offset": 0, "baseline": "03.01"})
    after = stored_as({"scale": 1e-4, "offset": -1000, "baseline": "05.09"})
    assert before is not None
    assert after is not None
    assert before.reflectance(2000) == pytest.approx(0.2)
    assert after.reflectance(3000) == pytest.approx(0.2)
    assert after.reflectance(1000) == pytest.approx(0)
    assert after.number(0.2) == pytest.approx(3000)
    assert after.formula == "number × 0.0001 − 0.1"


def test_landsat_s_scale_and_offset():
    """USGS: 7273 is black, 43636 is 1.0 in surface reflectance of Collection 2."""
    landsat = stored_as({"scale": 2.75e-5, "offset": -0.2, "decided": "scale and offset of the product"})
    assert landsat == Stored(2.75e-5, -0.2)
    assert landsat.reflectance(7273) == pytest.approx(0, abs=3e-5)
    assert landsat.reflectance(43636) == pytest.approx(1, abs=3e-5)


@pytest.mark.parametrize("applied", [
    {}, {"scale": 1e-4}, {"scenes": []}, {"scale": 0, "offset": 0}, {"scale": "x", "offset": 0},
    {"scale": math.nan, "offset": 0}, {"scale": True, "offset": 0}, {"scale": 1e-4, "offset": 0, "bands": "2"},
])  # fmt: skip
def test_what_is_not_on_record_is_not_invented(applied):
    assert stored_as(applied) is None


def test_the_earth_s_distance():
    """Perihelion early in January, aphelion early in July; U of a product of 2 February 2021 is 1.0308."""
    assert distance(np.datetime64("2021-01-04T12:00:00")) == pytest.approx(0.9833, abs=3e-4)
    assert distance(np.datetime64("2021-07-05T12:00:00")) == pytest.approx(1.0167, abs=3e-4)
    assert distance(np.datetime64("2021-02-02T03:29:41")) ** -2 == pytest.approx(1.0308, rel=1e-3)


def test_radiance_by_hand_and_back():
    """A white ground under a sun in the zenith returns E / π."""
    red = IRRADIANCE["Sentinel-2A"]["B04"]
    assert red == 1512.06
    assert radiance(1.0, red, 0.0) == pytest.approx(1512.06 / math.pi)
    assert radiance(1.0, red, 60.0) == pytest.approx(1512.06 / math.pi / 2)
    light = radiance(0.1234, red, 35.0, 1.0167)
    assert top_reflectance(light, red, 35.0, 1.0167) == pytest.approx(0.1234)
    with pytest.raises(RasterError, match="no daylight"):
        radiance(0.1, red, 95.0)


def test_irradiance_falls_from_blue_to_short_wave_and_satellites_agree():
    for bands in IRRADIANCE.values():
        assert set(bands) == {band.name for band in SENSORS["sentinel-2-l1c"].bands}
        later = [bands[name] for name in ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")]
        assert later == sorted(later, reverse=True)
    first, second = IRRADIANCE.values()
    assert all(first[name] == pytest.approx(second[name], rel=0.03) for name in first)


@pytest.mark.parametrize(("items", "satellite"), [
    (("S2A_31UDQ_20240601_0_L2A",), "Sentinel-2A"), (("S2B_MSIL2A_20240601T1_N0510", "S2B_X"), "Sentinel-2B"),
    (("S2A_X", "S2B_X"), ""), (("LC08_X",), ""), ((), ""), (("XS2A_",), ""),
])  # fmt: skip
def test_the_satellite_is_read_from_scene_names(items, satellite):
    assert satellite_of(items) == satellite
