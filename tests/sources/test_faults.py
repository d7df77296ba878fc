"""What a failing catalogue gives: a named error, in time, and success once it healed."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from eodash import fetch
from eodash.errors import CatalogError, RasterError
from eodash.settings import settings
from eodash.sources.catalogues import entries
from eodash.sources.remote import _gate
from eodash.sources.stac import StacSource
from tests.sources.asking import collection, request, results

pytestmark = pytest.mark.server
FIRST = "/S2A_31TBK_20230601/red.tif"


def one_day(**changed):
    return request("2023-06", start="2023-06-01", end="2023-06-01", **changed)


def code_of(source: StacSource, asked=None) -> str:
    with pytest.raises(CatalogError) as raised:
        source.plan(asked or one_day())
    return raised.value.code


def test_a_catalogue_that_is_down_is_said_within_five_seconds(make_source):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    entry = entries(settings().catalogues)["loopback"].model_copy(update={"url": url})
    start = time.monotonic()
    with pytest.raises(CatalogError, match="demo region") as raised:
        StacSource("loopback", entry).plan(one_day())
    assert raised.value.code == "unreachable"
    assert raised.value.retryable
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("path", ["/stac/", "/stac/search"])
def test_a_catalogue_that_hangs_times_out(make_source, loopback, monkeypatch, path):
    monkeypatch.setenv("EODASH_READ_SECONDS", "0.5")
    settings.cache_clear()
    loopback.fault(path, "hang", seconds=5)
    start = time.monotonic()
    assert code_of(make_source()) == "timeout"
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("status", [503, 429, 502])
def test_one_refusal_of_a_search_is_not_noticed(make_source, loopback, status):
    loopback.fault("/stac/search", "status", status=status, times=1, method="POST", retry_after=0)
    assert len(make_source().plan(one_day()).dates) == 1
    assert loopback.counts()["/stac/search"] == 2


def test_retry_after_is_honoured(make_source, loopback):
    loopback.fault("/stac/search", "status", status=503, times=1, retry_after=1)
    start = time.monotonic()
    make_source().plan(one_day())
    assert time.monotonic() - start >= 1


def test_a_catalogue_that_keeps_refusing_is_said(make_source, loopback):
    loopback.fault("/stac/search", "status", status=503, retry_after=0)
    assert code_of(make_source()) == "server"


@pytest.mark.parametrize("path", ["/stac/", "/stac/search"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "truncate"},
        {"kind": "json", "body": ""},
        {"kind": "json", "body": "[]"},
        {"kind": "json", "body": '{"type": "FeatureCollection", "features": [{"ty'},
        {"kind": "json", "body": "[" * 5000},
        {"kind": "json", "body": '{"detail": "no"}'},
        {"kind": "json", "body": '{"features": "many", "links": 3}'},
    ],
    ids=["html", "half", "empty", "list", "cut", "deep", "other", "odd"],
)
def test_answers_that_are_no_stac_are_said_to_be_none(make_source, loopback, path, fault):
    loopback.fault(path, **fault)
    assert code_of(make_source()) in ("not_stac", "no_scenes" if path.endswith("search") else "not_stac")


def test_a_loop_of_redirects_ends(make_source, loopback):
    loopback.fault("/stac/search", "loop")
    assert code_of(make_source()) == "redirects"
    loopback.heal()
    loopback.fault(FIRST, "loop")
    source = make_source()
    plan = source.plan(one_day())
    with pytest.raises(CatalogError) as raised:
        source.read(plan, plan.dates[0])
    assert raised.value.code == "redirects"
    assert loopback.counts()[FIRST] <= 6


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"kind": "status", "status": 404}, "missing"),
        ({"kind": "status", "status": 500}, "500"),
        ({"kind": "html"}, "not a GTiff"),
        ({"kind": "truncate"}, ""),
        ({"kind": "json", "body": "<VRTDataset></VRTDataset>"}, "not a GTiff"),
    ],
)
def test_a_bad_file_fails_its_date_and_a_retry_after_healing_succeeds(make_source, loopback, fault, word):
    loopback.fault(FIRST, **fault)
    (result,) = results(make_source(), one_day())
    assert result.status.state == "failed"
    assert result.values is None
    assert word in result.status.reason
    loopback.heal()
    (again,) = results(make_source(), one_day())
    assert again.status.state == "used"


@pytest.mark.parametrize("fault", [{"status": 503, "times": 1}, {"status": 429, "times": 2, "retry_after": 0}])
def test_a_file_that_is_refused_for_a_moment_is_read(make_source, loopback, fault):
    loopback.fault(FIRST, "status", **fault)
    (result,) = results(make_source(), one_day())
    assert result.status.state == "used"


def test_a_file_that_hangs_fails_its_date_in_time(make_source, loopback, monkeypatch):
    monkeypatch.setenv("EODASH_DATE_SECONDS", "1")
    settings.cache_clear()
    loopback.fault(FIRST, "hang", seconds=5)
    start = time.monotonic()
    (result,) = results(make_source(), one_day())
    assert result.status.state == "failed"
    assert "in time" in result.status.reason
    assert time.monotonic() - start < 4


def test_a_catalogue_that_keeps_failing_rests_and_wakes(make_source, loopback, monkeypatch):
    monkeypatch.setenv("EODASH_RETRIES", "0")
    monkeypatch.setenv("EODASH_REST_SECONDS", "0.4")
    settings.cache_clear()
    source = make_source()
    loopback.fault("/stac/search", "status", status=503)
    assert [code_of(source) for _ in range(6)] == ["server"] * 5 + ["resting"]
    assert loopback.counts()["/stac/search"] == 5
    loopback.heal()
    time.sleep(0.45)  # the rest is a span of time
    assert len(source.plan(one_day()).dates) == 1


@pytest.mark.parametrize(
    ("width", "block"), [(100_000, (512, 512)), (10_980, (10_980, 10_980))], ids=["raster", "block"]
)
def test_a_file_too_large_by_its_header_is_not_read(width, block):
    header = SimpleNamespace(width=width, height=width, count=1, dtypes=("uint16",), block_shapes=[block])
    with pytest.raises(RasterError) as raised:
        _gate(header, "x.tif")
    assert raised.value.code == "too_large"


def test_a_whole_tile_of_sentinel_2_passes_the_header_gate():
    _gate(
        SimpleNamespace(width=10_980, height=10_980, count=1, dtypes=("uint16",), block_shapes=[(1024, 1024)]), "x.tif"
    )


def test_a_fetch_of_ten_dates_with_one_missing_file_gives_nine(loopback):
    loopback.fault("/S2A_31TBK_20230603/blue.tif", "status", status=404)
    fetched = fetch.fetch(request("2023-06"))
    assert fetched.cube.sizes["time"] == 9
    assert [status.state for status in fetched.statuses].count("failed") == 1


def test_a_next_link_must_not_lead_elsewhere(make_source, loopback, tmp_path: Path):
    secret = tmp_path / "secret.json"
    secret.write_text(collection())
    for href in (str(secret), secret.as_uri(), "http://169.254.169.254/latest"):
        loopback.heal()
        page = json.dumps(
            {"type": "FeatureCollection", "features": [{"id": 1}], "links": [{"rel": "next", "href": href}]}
        )
        loopback.fault("/stac/search", "json", body=page)
        assert code_of(make_source()) == "unsafe_url"
