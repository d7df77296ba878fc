"""A legend says what a picture's colours mean, for every layer that can be drawn, and nothing in it is markup."""

import re

import numpy as np
import pytest

from eodash.errors import RasterError
from eodash.sensors import Band, Sensor, sensor_of
from eodash.views.legend import legend, legend_html, number
from eodash.views.picture import Look, band_layers, index_layers, index_values, layer_ramp, layers, limits_of, rgba
from tests.toys import BANDS, small_cube


def varied():
    cube = small_cube(3).copy(deep=True)
    cube.values[:] = np.random.default_rng(1).integers(200, 5000, cube.shape)
    return cube


def every(cube):
    sensor, bands = sensor_of(cube.attrs), tuple(cube["band"].values.tolist())
    return [*layers(sensor, bands), *index_layers(sensor, bands), *band_layers(sensor, bands)]


def own_cube(name="nir"):
    """A sensor that a file described, with a name nobody should print as it is."""
    bands = (Band("<b>red", "red", 660, 30, 3, "R"), Band(name, "near-IR", 850, 40, 3, "N"))
    cube = varied().isel(band=[0, 1]).assign_coords(band=["<b>red", name])
    import json

    described = json.dumps([{**band.__dict__} for band in bands])
    own = Sensor.of_bands("own", "Own", bands).to_json()
    assert json.loads(described) == own["bands"]
    return cube.assign_attrs(sensor="own", sensor_bands=json.dumps(own))


def test_every_layer_has_a_legend_and_a_picture():
    cube = varied()
    names = every(cube)
    assert len(names) > 200
    for name in names:
        made = legend(cube, Look(name), "light")
        assert made.title, name
        assert bool(made.entries) != bool(made.stops), name
        assert "<div" in legend_html(made), name
        assert (rgba(cube, 0, Look(name))[..., 3] > 0).any(), name


def test_a_composite_names_band_and_wavelength_of_each_channel():
    made = legend(varied(), Look("false"), "light")
    assert [(entry.channel, entry.band) for entry in made.entries] == [
        ("R", "B08 near-IR (833 nm)"), ("G", "B04 red (665 nm)"), ("B", "B03 green (560 nm)")
    ]  # fmt: skip
    assert made.note == "white from reflectance 0.45"
    assert legend(varied(), Look("false", 2.0), "light").note == "white from reflectance 0.23"


def test_an_index_has_formula_citation_and_the_colours_of_the_picture():
    cube = varied()
    made = legend(cube, Look("spyndex:EVI"), "light")
    assert made.formula == "g · (B08 − B04) / (B08 + C1 · B04 − C2 · B02 + L); g = 2.5, C1 = 6, C2 = 7.5, L = 1"
    assert made.citation.startswith("https://")
    low, high = limits_of(cube, "spyndex:EVI")
    assert (made.stops[0][0], made.stops[-1][0]) == pytest.approx((low, high))
    image, (values, seen) = rgba(cube, 1, Look("spyndex:EVI")), index_values(cube[1], "spyndex:EVI")
    lowest = np.unravel_index(np.where(seen, values, np.inf).argmin(), values.shape)
    assert "#" + "".join(f"{part:02X}" for part in image[lowest][:3]) == made.stops[0][1]


def test_limits_that_a_picture_was_drawn_with_stand_in_its_legend():
    made = legend(varied(), Look("spyndex:EVI"), "light", (0.0, 2.0))
    assert (made.stops[0][0], made.stops[-1][0]) == (0.0, 2.0)


def test_the_mask_is_said_when_it_is_drawn():
    assert "hatched: cloud or shadow" in legend(varied(), Look("ndvi", mask=True), "dark").note
    assert legend(varied(), Look("ndvi"), "dark").note == ""


def test_digital_numbers_say_so():
    cube = varied().assign_attrs(units="digital numbers", white="255")
    assert legend(cube, Look("true"), "light").note == "white from digital number 255"
    assert legend(cube, Look("band:B04"), "light").unit == "digital numbers"
    assert "not with other sensors" in legend(cube, Look("ndvi"), "light").note
    with pytest.raises(RasterError):
        legend(cube, Look("spyndex:EVI"), "light")


def test_a_brighter_band_says_what_is_white_now():
    plain, bright = (legend(varied(), Look("band:B04", stretch), "light").stops for stretch in (1.0, 2.0))
    assert plain[0][0] == bright[0][0]
    assert bright[-1][0] - bright[0][0] == pytest.approx((plain[-1][0] - plain[0][0]) / 2)


@pytest.mark.parametrize("layer", ["band:<b>red", "ndvi", "spyndex:NDVI", "grey"])
def test_names_from_files_never_become_markup(layer):
    cube = own_cube("<script>x</script>")
    said = legend_html(legend(cube, Look(layer), "light"))
    assert "<script" not in said
    assert "<b>red" not in said
    assert "&lt;b&gt;red" in said


def test_only_web_addresses_become_links():
    from dataclasses import replace

    made = legend(varied(), Look("spyndex:EVI"), "light")
    assert "href='https://" in legend_html(made)
    hostile = legend_html(replace(made, citation="javascript:alert('1')"))
    assert "href" not in hostile
    assert "'1'" not in hostile


def test_ticks_lie_in_the_bar_and_zero_is_named():
    said = legend_html(legend(varied(), Look("spyndex:NDWI"), "light"))
    places = [float(place) for place in re.findall(r"left:([\d.]+)%", said)]
    assert places == [0.0, 50.0, 100.0]
    assert [part in said for part in (">−1<", ">0<", ">1<")] == [True] * 3


@pytest.mark.parametrize(("value", "span", "told"), [
    (0.0, 2.0, "0"), (-0.5, 2.0, "−0.5"), (1234.5, 4000.0, "1,234"), (0.123456, 0.001, "0.12346"),
    (1e9, 1e9, "1,000,000,000"),
    (722.5, 30.0, "722"), (0.3, 1.2, "0.3"), (-0.001, 2.0, "0"),
])  # fmt: skip
def test_numbers_have_as_many_places_as_they_need(value, span, told):
    assert number(value, span) == told


@pytest.mark.parametrize("layer", ["nothing", "", "band:B99", "spyndex:", "spyndex:NOPE", "band:"])
def test_an_unknown_layer_is_an_error_with_advice(layer):
    for act in (lambda: legend(varied(), Look(layer), "light"), lambda: rgba(varied(), 0, Look(layer)),
                lambda: layer_ramp(varied(), layer)):  # fmt: skip
        with pytest.raises(RasterError) as raised:
            act()
        assert raised.value.advice


def test_bands_that_are_there_are_the_only_ones_offered():
    sensor = sensor_of(varied().attrs)
    assert list(band_layers(sensor, ("B04", "B08"))) == ["band:B04", "band:B08"]
    long = index_layers(sensor, BANDS)
    assert long["spyndex:EVI"] == "EVI: Enhanced Vegetation Index"
    few = index_layers(sensor, BANDS, "digital numbers")
    assert "spyndex:NDVI" in few
    assert "spyndex:EVI" not in few
