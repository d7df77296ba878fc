"""The sensor page's pictures: bands at their true place, and one number on its way to the ground."""

import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from eodash.cube import assemble
from eodash.instruments import INSTRUMENTS
from eodash.radiometry import IRRADIANCE, distance
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA, DateStatus
from eodash.sources.demo import DemoSource, demo_request
from eodash.views.light_path import light_path, path_html, status_of
from eodash.views.sensor_chart import named, sensor_chart, sizes
from tests.toys import small_cube

TIME = "2024-04-02T10:30:00"


def dated(sensor="sentinel-2-l2a", items=("S2A_30UVU_20240402_0_L2A",), **applied):
    """A toy cube whose first date says what was done to its numbers."""
    status = DateStatus(np.datetime64(TIME, "s"), "used", clear=1.0, items=items, applied=applied)
    return small_cube().assign_attrs(sensor=sensor, dates=json.dumps([status.to_json()]))


S2 = {"scale": 1e-4, "offset": -1000, "baseline": "05.10", "decided": "baseline 05.10"}


def values(path):
    return {step.title: step.value for step in path.steps}


@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_band_stands_at_its_edges(name, mode):
    one = INSTRUMENTS[name]
    drawn = sensor_chart([one], mode)
    boxes = [trace for trace in drawn.data if trace.name == "bands"]
    assert len(boxes) == len(sizes(one))
    edges = {(trace.x[at], trace.x[at + 2]) for trace in boxes for at in range(0, len(trace.x), 6)}
    assert edges == {(band.centre - band.width / 2, band.centre + band.width / 2) for band in one.bands}
    low, high = (10**end for end in drawn.layout.xaxis.range)
    assert all(low < left < right < high for left, right in edges)


def test_two_sensors_have_rows_and_colours_of_their_own():
    first, second = INSTRUMENTS["sentinel-2"], INSTRUMENTS["modis"]
    drawn = sensor_chart([first, second], "light")
    colours = [trace.fillcolor for trace in drawn.data if trace.name == "bands"]
    assert colours == [colours[0]] * len(sizes(first)) + [colours[-1]] * len(sizes(second))
    assert colours[0] != colours[-1]
    assert drawn.layout.height > sensor_chart([first], "light").layout.height


def test_every_band_is_named_on_touch_and_names_do_not_cover_each_other():
    for one in INSTRUMENTS.values():
        drawn = sensor_chart([one], "light")
        told = [row[0] for trace in drawn.data if trace.name == "names" for row in trace.customdata]
        assert sorted(told) == sorted(band.name for band in one.bands)
    close = named(INSTRUMENTS["sentinel-3"].bands)
    assert 5 < len(close) < 21
    assert all(math.log10(b.centre / a.centre) > 0.015 for a, b in pairwise(close))


def test_curves_and_absorption_are_drawn():
    drawn = sensor_chart([INSTRUMENTS["landsat"]], "light")
    assert {"green crop", "bare soil", "clear water", "absorbed"} <= {trace.name for trace in drawn.data}
    hatched = [trace for trace in drawn.data if trace.name == "absorbed"]
    assert all(trace.fillpattern.shape == "/" for trace in hatched)


def test_a_level_2a_number_knows_its_ground_and_its_offset_and_invents_nothing():
    path = light_path(dated(**S2), 0, 3, 4, "B04")
    assert values(path) == {
        "Number in the file": "1,300", "Radiance": "", "Reflectance above the air": "",
        "Reflectance at the ground": "0.0300",
    }  # fmt: skip
    assert [step.here for step in path.steps] == [False, False, False, True]
    assert "aerosol" in path.steps[2].said
    assert ("processing baseline", "05.10", "from 04.00 on 1000 is added to the numbers") in path.constants


def test_a_level_1c_number_is_walked_back_to_radiance_by_hand():
    cube = dated("sentinel-2-l1c", **S2)
    path = light_path(cube, 0, 3, 4, "B04")
    said = {name: value for name, value, _ in path.constants}
    zenith = float(said["θ"].removesuffix("°"))
    assert 40 < zenith < 50  # 48° north, early April, before noon
    by_hand = 0.03 * IRRADIANCE["Sentinel-2A"]["B04"] * math.cos(math.radians(zenith))
    by_hand /= math.pi * distance(np.datetime64(TIME)) ** 2
    assert float(path.steps[1].value) == pytest.approx(by_hand, abs=0.006)
    assert path.steps[2].value == "0.0300"
    assert path.steps[2].here
    assert path.steps[3].value == ""
    assert "fetch L2A" in path.steps[3].said


def test_satellites_are_told_apart_and_an_unknown_one_has_no_radiance():
    first, second, third = (
        light_path(dated("sentinel-2-l1c", (f"S2{letter}_X",), **S2), 0, 0, 0, "B07").steps[1] for letter in "ABC"
    )
    assert first.value != second.value != ""
    assert third.value == ""
    assert "Sentinel-2C" in third.said


def test_landsat_s_number_is_about_right_and_its_radiance_is_not_claimed():
    cube = dated("landsat-c2-l2", (), scale=2.75e-5, offset=-0.2, decided="scale and offset of the product")
    cube = cube.assign_coords(band=["blue", "green", "red", "nir08", "swir16", "swir22", "a", "b", "c", "d"])
    path = light_path(cube, 0, 0, 0, "red")
    assert path.steps[0].value == f"≈ {round((0.03 + 0.2) / 2.75e-5):,}"
    assert "level-1 metadata" in path.steps[1].said
    assert path.steps[3].value == "0.0300"
    assert "LaSRC" in path.steps[3].said


def test_a_day_without_a_time_and_a_night_have_no_sun():
    cube = dated("sentinel-2-l1c", **S2)
    for moment, told in (("2024-04-02T00:00", "not the time"), ("2024-04-02T23:30", "without daylight")):
        time = cube["time"].values.copy()
        time[0] = np.datetime64(moment, "ns")
        status = DateStatus(np.datetime64(moment, "s"), "used", items=("S2A_X",), applied=S2)
        moved = cube.assign_coords(time=time).assign_attrs(dates=json.dumps([status.to_json()]))
        step = light_path(moved, 0, 0, 0, "B04").steps[1]
        assert step.value == ""
        assert told in step.said


@pytest.mark.parametrize("dates", ["", "[]", "null", "[1]", "{", '[{"time": "x"}]', '[{"state": "used"}]'])
def test_a_cube_without_a_record_says_so(dates):
    cube = small_cube().assign_attrs(dates=dates, provenance="[]")
    assert status_of(cube, 0) is None
    path = light_path(cube, 0, 0, 0, "B04")
    assert path.steps[0].value == ""
    assert path.steps[3].value == "0.0300"


def test_what_was_not_observed_and_what_has_no_scale_is_said():
    cube = dated(**S2).copy(deep=True)
    cube.values[0, :, 0, 0] = NODATA
    assert set(values(light_path(cube, 0, 0, 0, "B04")).values()) == {""}
    numbers = light_path(cube.assign_attrs(units="digital numbers"), 0, 1, 1, "B04")
    assert [step.value for step in numbers.steps] == ["300", "", "", ""]


def test_the_demo_s_two_levels_close_the_chain():
    """Above the air red is brighter than at the ground: the air adds its own light."""
    request = demo_request("temperate-north")
    cubes = {}
    for level in ("sentinel-2-l2a", "sentinel-2-l1c"):
        plan = DemoSource().plan(replace(request, product=level, bands=("B02", "B04"), max_cloud=5))
        cubes[level] = assemble(plan, [DemoSource().read(plan, plan.dates[0])])
    ground, top = cubes["sentinel-2-l2a"], cubes["sentinel-2-l1c"]
    twin = int(top[0, 0, 128, 128])
    path = light_path(ground, 0, 128, 128, "B02", twin)
    assert all(step.value for step in path.steps)
    assert path.steps[2].value == f"{twin / 1e4:.4f}"
    assert twin > int(ground[0, 0, 128, 128])
    other = light_path(top, 0, 128, 128, "B02", int(ground[0, 0, 128, 128]))
    assert [step.value for step in other.steps[1:]] == [step.value for step in path.steps[1:]]
    assert other.steps[2].here
    assert "demo world" in path.steps[3].said


def test_nothing_in_the_row_is_markup():
    hostile = dated(**(S2 | {"decided": "<script>x</script>"}))
    path = light_path(hostile, 0, 0, 0, "B04")
    step = replace(path.steps[0], title="<b>", said="<script>")
    assert "<script>" not in path_html([step], "light")
    assert "<b>" not in path_html([step], "dark")


def test_the_sensors_of_products_are_among_the_instruments():
    known = {band.name: band.centre for band in INSTRUMENTS["sentinel-2"].bands}
    assert known == {band.name: band.centre for band in SENSORS["sentinel-2-l1c"].bands}
