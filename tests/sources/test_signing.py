"""Signed when read, re-signed once, never written down."""

from __future__ import annotations

import json
import logging

import pytest

from eodash import cube, fetch, sources
from eodash.errors import CatalogError
from eodash.sources.catalogues import entries
from eodash.sources.signing import Signer
from tests.sources.asking import request, results

ENTRY = entries()["planetary-computer"]


def one_day():
    return request("2023-06", start="2023-06-01", end="2023-06-01")


@pytest.mark.server
def test_one_token_serves_many_reads(make_source, loopback):
    loopback.fault("/S2A", "token")
    found = results(make_source(signing="planetary-computer"), request("2023-06"))
    assert {result.status.state for result in found} == {"used"}
    assert loopback.counts()["/token/sentinel-2-l2a"] == 1


@pytest.mark.server
def test_a_token_that_expires_in_mid_fetch_is_renewed_once(make_source, loopback):
    loopback.fault("/S2A", "token")
    source = make_source(signing="planetary-computer")
    plan = source.plan(request("2023-06"))
    assert source.read(plan, plan.dates[0]).status.state == "used"
    loopback.expire()
    assert source.read(plan, plan.dates[1]).status.state == "used"
    assert loopback.counts()["/token/sentinel-2-l2a"] == 2


@pytest.mark.server
def test_a_storage_that_keeps_refusing_is_an_error_of_credentials(make_source, loopback):
    loopback.fault("/S2A", "status", status=403)
    source = make_source(signing="planetary-computer")
    plan = source.plan(one_day())
    with pytest.raises(CatalogError) as raised:
        source.read(plan, plan.dates[0])
    assert raised.value.code == "auth"
    assert "sig=" not in str(raised.value)


@pytest.mark.server
@pytest.mark.parametrize("body", ["{}", "no", '{"token": 3, "msft:expiry": "x"}', "[]"])
def test_a_signing_service_out_of_order_is_an_error_of_credentials(make_source, loopback, body):
    loopback.fault("/token/", "json", body=body)
    source = make_source(signing="planetary-computer")
    plan = source.plan(one_day())
    with pytest.raises(CatalogError) as raised:
        source.read(plan, plan.dates[0])
    assert raised.value.code in ("auth", "not_stac")


@pytest.mark.server
def test_no_token_is_stored_logged_or_shown(make_source, loopback, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    loopback.fault("/S2A", "token")
    source = make_source(signing="planetary-computer")
    monkeypatch.setitem(sources.sources(), "loopback", source)
    fetched = fetch.fetch(one_day())
    written = json.dumps(fetched.cube.attrs) + json.dumps([status.to_json() for status in fetched.statuses])
    written += cube.geobox_of(fetched.cube).__repr__() + caplog.text
    assert "sig=" not in written


def test_tokens_go_to_the_catalogues_storage_only():
    signer = Signer(ENTRY, "sentinel-2-l2a", lambda url: pytest.fail("asked for a token"))
    for href in ("https://example.com/x.tif", "https://evil.blob.core.windows.net.evil.com/x", "https://127.0.0.1/x"):
        assert signer.sign(href) == href


def test_a_token_is_asked_for_again_shortly_before_it_ends():
    asked = []

    def ask(url: str) -> str:
        asked.append(url)
        return json.dumps({"token": f"sig={len(asked)}", "msft:expiry": "2999-01-01T00:00:00Z"})

    signer = Signer(ENTRY, "sentinel-2-l2a", ask)
    href = "https://sentinel2l2a01.blob.core.windows.net/x.tif"
    assert signer.sign(href) == signer.sign(href) == f"{href}?sig=1"
    signer.forget(f"{href}?sig=1")
    signer.forget(f"{href}?sig=0")
    assert signer.sign(href) == f"{href}?sig=2"
    assert asked[0] == "https://planetarycomputer.microsoft.com/api/sas/v1/token/sentinel-2-l2a"
