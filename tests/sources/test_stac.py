"""Catalogue → dates → numbers, over real servers on loopback."""

from __future__ import annotations

import numpy as np
import pytest

from eodash import cube, fetch
from eodash.errors import CatalogError, DateError
from eodash.sources.contract import NODATA
from tests.servers import cases
from tests.servers.items import item
from tests.sources.asking import collection, request, results

pytestmark = pytest.mark.server


def test_tiles_in_two_zones_become_one_image_without_a_seam(make_source):
    (result,) = results(make_source(), request("2023-05", cases.ACROSS))
    values = result.values[0]
    assert (values != NODATA).all()
    assert set(np.unique(values)) == {2000, 2500}  # 3000 − 1000 of baseline 05.09, 2500 of baseline 03.00
    middle = values.shape[0] // 2
    assert values[middle, 2] == 2500
    assert values[middle, -3] == 2000
    assert (np.diff(values[middle].astype(int)) != 0).sum() == 1
    scenes = {each["scene"]: each["offset"] for each in result.status.applied["scenes"]}
    assert scenes == {"S2A_31TBK_20230510": -1000, "S2A_30TYQ_20230510": 0}


def test_pixels_outside_every_scene_are_no_data_and_not_clear(make_source):
    (result,) = results(make_source(), request("2023-06", cases.box(300, 1500), start="2023-06-01", end="2023-06-01"))
    assert (result.values[:, :, -5:] == NODATA).all()
    assert not result.clear[:, -5:].any()
    assert 0.5 < result.status.clear < 0.9


def test_cloud_cover_is_filtered_here_because_the_server_does_not(make_source):
    plan = make_source().plan(request("2023-09", max_cloud=50))
    assert [str(date.time)[:10] for date in plan.dates] == ["2023-09-10", "2023-09-15"]
    assert [date.cloud for date in plan.dates] == [12.5, None]
    assert [(status.state, status.reason) for status in plan.skipped] == [("skipped", "82 % cloud")]


def test_a_date_under_cloud_is_used_with_no_clear_pixel(make_source):
    (result,) = results(make_source(), request("2023-08"))
    assert result.status.state == "used"
    assert result.status.clear == 0
    assert not result.clear.any()


def test_an_asset_that_one_item_lacks_fails_that_date_alone(make_source):
    plan = make_source().plan(request("2023-11"))
    assert len(plan.dates) == 1
    (failed,) = plan.skipped
    assert failed.state == "failed"
    assert "S2A_31TBK_20231105 lacks B04 (red)" in failed.reason


def test_items_without_assets_are_named(make_source):
    with pytest.raises(CatalogError, match="S2A_31TBK_20231205") as raised:
        make_source().plan(request("2023-12"))
    assert raised.value.code == "schema"


def test_items_without_projection_are_named(make_source, loopback):
    files = dict.fromkeys(("blue", "red", "nir", "scl"), "x.tif")
    flat = item("no-proj", "2023-06-01T10:00:00Z", cases.EAST, files, **{"proj:code": None})
    loopback.fault("/stac/search", "json", body=collection(flat))
    with pytest.raises(CatalogError, match="no-proj") as raised:
        make_source().plan(request("2023-06"))
    assert raised.value.code == "schema"


def test_one_missing_file_costs_one_date_with_a_reason(make_source, loopback):
    loopback.fault("/S2A_31TBK_20230604/red.tif", "status", status=404)
    found = results(make_source(), request("2023-06"))
    states = [result.status.state for result in found]
    assert states.count("used") == 9
    (failed,) = (result for result in found if result.status.state == "failed")
    assert str(failed.status.time)[:10] == "2023-06-04"
    assert "red.tif is missing" in failed.status.reason
    assert failed.values is None


def test_a_retry_reads_only_what_is_missing_and_succeeds_once_the_server_healed(loopback):
    loopback.fault("/S2A_31TBK_20230604/red.tif", "status", status=404)
    asked = request("2023-06")
    plan = fetch.plan(asked)
    first = fetch.read_dates(plan)
    have = {result.status.time for result in first if result.status.state == "used"}
    assert len(have) == 9
    loopback.heal()
    second = fetch.read_dates(plan, have=have)
    assert [result.status.state for result in second] == ["used"]
    assert {path.split("/")[1] for path in loopback.counts() if path.endswith("tif")} == {"S2A_31TBK_20230604"}
    whole = cube.assemble(plan, [result for result in first if result.values is not None] + second)
    assert whole.sizes["time"] == 10
    assert whole.isel(band=0, y=0, x=0).values.tolist() == [1900 + 10 * day for day in range(1, 11)]


def test_provenance_says_where_it_comes_from(make_source):
    plan = make_source().plan(request("2023-06"))
    assert plan.provenance["catalogue"] == "Loopback catalogue"
    assert plan.provenance["collection"] == "sentinel-2-l2a"
    assert plan.provenance["host"] == "127.0.0.1"


def test_coarser_grids_average(make_source):
    (result, *_) = results(make_source(), request("2023-06", resolution=20, start="2023-06-01", end="2023-06-01"))
    assert set(np.unique(result.values)) == {1910}


def test_no_scenes_is_said_with_advice(make_source):
    with pytest.raises(CatalogError, match="no scene") as raised:
        make_source().plan(request("2019-01"))
    assert raised.value.code == "no_scenes"
    assert raised.value.advice


@pytest.mark.parametrize(("start", "end"), [("2090-01-01", "2090-02-01"), ("2010-01-01", "2011-01-01")])
def test_dates_that_the_sensor_cannot_have_are_refused_before_a_request(make_source, loopback, start, end):
    with pytest.raises(DateError, match="2015-06-27") as raised:
        make_source().plan(request("2023-06", start=start, end=end))
    assert raised.value.code == "no_coverage"
    assert loopback.counts() == {}


def test_thirty_years_are_refused_with_a_count(make_source, loopback):
    with pytest.raises(DateError, match="thin") as raised:
        make_source().plan(request("2023-06", start="1995-01-01", end="2025-01-01"))
    assert raised.value.code == "too_many"
    assert raised.value.details["count"] > 120
    assert loopback.counts() == {}


def test_five_thousand_scenes_are_not_waited_for(make_source, loopback):
    files = dict.fromkeys(("blue", "red", "nir", "scl"), "x.tif")
    days = [str(np.datetime64("2020-01-01") + np.timedelta64(day, "D")) for day in range(200)]
    many = [item(f"s{day}", f"{day}T10:00:00Z", cases.EAST, files) for day in days]
    more = [{"rel": "next", "href": f"{loopback.stac_url}search", "method": "GET"}]
    loopback.fault("/stac/search", "json", body=collection(*many, numberMatched=5000, links=more))
    with pytest.raises(DateError, match="5,000 scenes") as raised:
        make_source().plan(request("2023-06", start="2020-01-01", end="2021-01-01"))
    assert raised.value.details["count"] == 5000
    assert loopback.counts()["/stac/search"] == 1
