"""What a catalogue writes into an item cannot break the plan."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from eodash.errors import CatalogError
from eodash.request import Area
from eodash.sources.catalogues import entries
from eodash.sources.scenes import scene
from tests.servers import cases
from tests.servers.items import item
from tests.sources.asking import collection, request

ENTRY = entries()["earth-search"].products["sentinel-2-l2a"]
AREA = Area.of(cases.IN_EAST)
GOOD = item("good", "2023-06-01T10:00:00Z", cases.EAST, dict.fromkeys(("blue", "red", "nir", "scl"), "x.tif"))


def changed(**fields):
    other = copy.deepcopy(GOOD)
    for key, value in fields.items():
        if key == "properties":
            other["properties"].update(value)
        else:
            other[key] = value
    return other


def read(one):
    return scene(one, ENTRY, cases.BANDS, AREA)


@pytest.mark.parametrize(
    "one", [None, 3, "x", [], {}, changed(properties={"datetime": None}), changed(properties={"datetime": "soon"}),
            changed(properties={"datetime": "0001-01-01T00:00:00Z"}), changed(properties={"datetime": 3}),
            changed(geometry=None, bbox=None), changed(geometry={"type": "Blob"}, bbox=["a", 1, 2, 3]),
            changed(geometry={"type": "Polygon", "coordinates": [[[100, 10], [101, 10], [101, 11], [100, 10]]]})],
)  # fmt: skip
def test_items_without_a_time_or_a_place_are_passed_over(one):
    assert read(one) is None


@pytest.mark.parametrize("assets", [None, [], "x", {}, {"red": 3}, {"red": {"href": 3}}, {"B04": {"href": "x"}}])
def test_items_with_wrong_assets_say_what_is_wrong(assets):
    assert "good lacks" in read(changed(assets=assets)).fault


@pytest.mark.parametrize("code", [None, "", "EPSG:999999", "<b>", 12.5, True, [32631], {"a": 1}, "x" * 50_000])
def test_items_without_a_projection_say_so(code):
    assert "projection" in read(changed(properties={"proj:code": code})).fault


@pytest.mark.parametrize(
    ("said", "cloud"),
    [("12.5", 12.5), (5, 5.0), (None, None), ("much", None), (float("nan"), None), (1e300, None), (-1, None),
     (10**400, None), (True, None), ([5], None), ("<b>5</b>", None)],
)  # fmt: skip
def test_cloud_cover_is_a_share_or_unknown(said, cloud):
    assert read(changed(properties={"eo:cloud_cover": said})).cloud == cloud


def test_a_span_of_time_gives_its_middle():
    span = {"datetime": None, "start_datetime": "2023-06-01T10:00:00Z", "end_datetime": "2023-06-01T10:10:00+00:00"}
    assert read(changed(properties=span)).time == np.datetime64("2023-06-01T10:05:00")


def test_boxes_with_heights_are_flattened():
    west, south, east, north = GOOD["bbox"]
    assert read(changed(geometry=None, bbox=[west, south, 0, east, north, 900])).share == 1


def test_names_are_one_short_line():
    assert read(changed(id="<img src=x>\n\x00" + "y" * 5000)).id.startswith("<img src=x>yyy")
    assert len(read(changed(id="y" * 5000)).id) == 120


def test_thousands_of_assets_are_no_matter():
    many = {f"a{number}": {"href": f"https://x/{number}"} for number in range(5000)}
    assert read(changed(assets={**many, **GOOD["assets"]})).fault == ""
    assert len(read(changed(assets=many)).fault) < 500


@pytest.mark.server
def test_an_item_that_comes_twice_counts_once_and_the_newest_processing_wins(make_source, loopback):
    files = dict.fromkeys(("blue", "red", "nir", "scl"), "x.tif")
    times = "2023-06-01T10:00:00Z"
    old = item("old", times, cases.EAST, files, **{"s2:processing_baseline": "02.09"})
    new = item("new", times, cases.EAST, files, **{"s2:processing_baseline": "05.00"})
    loopback.fault("/stac/search", "json", body=collection(old, new, old))
    (date,) = make_source().plan(request("2023-06")).dates
    assert date.items == ("new",)


@pytest.mark.server
@pytest.mark.parametrize("features", [[None], [{}], ["x", 3], [changed(properties={"datetime": None})]])
def test_answers_with_nothing_usable_have_no_scenes(make_source, loopback, features):
    loopback.fault("/stac/search", "json", body=collection(*features))
    with pytest.raises(CatalogError) as raised:
        make_source().plan(request("2023-06"))
    assert raised.value.code == "no_scenes"
