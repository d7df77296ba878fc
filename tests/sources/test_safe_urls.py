"""Nothing is sent to an address that must not be reached."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from eodash.errors import CatalogError
from eodash.settings import settings
from eodash.sources.catalogues import entries
from eodash.sources.safe_urls import check_address, check_url, redact
from eodash.sources.stac import StacSource
from tests.servers import cases
from tests.servers.items import item
from tests.sources.asking import collection, request

FIRST = "/S2A_31TBK_20230601/red.tif"


@dataclass
class Listener:
    """A port that counts who comes."""

    port: int
    heard: list[object] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server.getsockname()[1])

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                found.heard.append(connection)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield found
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


BAD = [
    "file:///etc/passwd",
    "/etc/passwd",
    "/vsizip//tmp/x.zip/x.tif",
    "/vsicurl/http://169.254.169.254/",
    "vsicurl:http://10.0.0.1/x.tif",
    "s3://bucket/x.tif",
    "ftp://example.com/x.tif",
    "http://example.com/x.tif",
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254/x",
    "https://10.1.2.3/x.tif",
    "https://192.168.0.1/x.tif",
    "https://172.16.0.1/x.tif",
    "https://100.64.0.1/x.tif",
    "https://0.0.0.0/x.tif",
    "https://[fd00::1]/x.tif",
    "https://[fe80::1]/x.tif",
    "https://[::ffff:10.0.0.1]/x.tif",
    "https://[64:ff9b::a00:1]/x.tif",
    "https://[2002:a00:1::]/x.tif",
    "https://[::]/x.tif",
    "https://224.0.0.1/x.tif",
    "https://user:secret@example.com/x.tif",
    "https://exa mple.com/x.tif",
    "https://example.com\\@10.0.0.1/x.tif",
    "https://example.com:99999/x.tif",
    "https://[::1/x.tif",
    "https:///x.tif",
    "<VRTDataset></VRTDataset>",
    "",
]


@pytest.mark.parametrize("url", BAD)
@pytest.mark.parametrize("allow", ["0", "1"])
def test_addresses_that_must_not_be_reached_are_refused(monkeypatch, url, allow):
    monkeypatch.setenv("EODASH_ALLOW_LOOPBACK", allow)
    settings.cache_clear()
    with pytest.raises(CatalogError) as raised:
        check_url(url)
    assert raised.value.code == "unsafe_url"
    assert "secret" not in str(raised.value)
    settings.cache_clear()


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x"])
def test_this_machine_is_refused_unless_it_is_allowed(monkeypatch, url):
    monkeypatch.setenv("EODASH_ALLOW_LOOPBACK", "0")
    settings.cache_clear()
    with pytest.raises(CatalogError):
        check_url(url)
    monkeypatch.setenv("EODASH_ALLOW_LOOPBACK", "1")
    settings.cache_clear()
    check_url(url)
    settings.cache_clear()


def test_public_https_is_let_through():
    check_url("https://sentinel-cogs.s3.us-west-2.amazonaws.com/x.tif?y=1")
    check_address("52.218.1.1", "s3.amazonaws.com")


@pytest.mark.server
@pytest.mark.parametrize("bad", [url for url in BAD if url and not url.startswith(("/", "vsicurl", "<"))])
def test_an_item_that_points_there_stops_the_plan(make_source, loopback, bad):
    files = dict.fromkeys(("blue", "red", "nir", "scl"), "x.tif")
    hostile = item("hostile", "2023-06-01T10:00:00Z", cases.EAST, files)
    hostile["assets"]["red"]["href"] = bad
    loopback.fault("/stac/search", "json", body=collection(hostile))
    with pytest.raises(CatalogError) as raised:
        make_source().plan(request("2023-06"))
    assert raised.value.code == "unsafe_url"


@pytest.mark.server
def test_a_catalogue_on_this_machine_hears_nothing_unless_allowed(loopback, listener, monkeypatch):
    entry = entries(settings().catalogues)["loopback"]
    monkeypatch.setenv("EODASH_ALLOW_LOOPBACK", "0")
    settings.cache_clear()
    for scheme in ("http", "https"):
        there = entry.model_copy(update={"url": f"{scheme}://127.0.0.1:{listener.port}/"})
        with pytest.raises(CatalogError) as raised:
            StacSource("loopback", there).plan(request("2023-06"))
        assert raised.value.code == "unsafe_url"
    assert listener.heard == []


@pytest.mark.server
@pytest.mark.parametrize("where", ["/stac/", "/stac/search"])
@pytest.mark.parametrize("to", ["http://169.254.169.254/x", "https://10.0.0.1/x", "file:///etc/passwd", "ftp://h/x"])
def test_a_catalogue_that_redirects_there_is_refused(make_source, loopback, where, to):
    loopback.fault(where, "redirect", to=to)
    with pytest.raises(CatalogError) as raised:
        make_source().plan(request("2023-06"))
    assert raised.value.code == "unsafe_url"


@pytest.mark.server
def test_names_that_resolve_to_this_machine_or_redirect_to_it_are_refused(make_source, loopback, listener, monkeypatch):
    really = socket.getaddrinfo

    def fooled(host, *args, **kwargs):
        return really("127.0.0.1" if str(host).endswith(".test") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", fooled)
    source = make_source()
    plan = source.plan(request("2023-06", start="2023-06-01", end="2023-06-01"))
    for to in (f"https://inside.test:{listener.port}/x.tif", f"http://inside.test:{listener.port}/x.tif"):
        loopback.heal()
        loopback.fault(FIRST, "redirect", to=to)
        with pytest.raises(CatalogError) as raised:
            source.read(plan, plan.dates[0])
        assert raised.value.code == "unsafe_url"
    assert listener.heard == []


@pytest.mark.server
@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/x", "https://192.168.1.1/x", "file:///etc/passwd", "//10.0.0.1/x"]
)
def test_a_file_that_redirects_there_is_refused(make_source, loopback, to):
    source = make_source()
    plan = source.plan(request("2023-06", start="2023-06-01", end="2023-06-01"))
    loopback.fault(FIRST, "redirect", to=to)
    with pytest.raises(CatalogError) as raised:
        source.read(plan, plan.dates[0])
    assert raised.value.code == "unsafe_url"


@pytest.mark.server
def test_a_file_that_redirects_to_where_it_may_is_read(make_source, loopback):
    source = make_source()
    plan = source.plan(request("2023-06", start="2023-06-01", end="2023-06-01"))
    loopback.fault(FIRST, "redirect", to=FIRST.replace("red", "nir"))
    assert source.read(plan, plan.dates[0]).status.state == "used"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://h/x.tif?sig=secret failed", "GET https://h/x.tif?… failed"),
        ("https://user:secret@h/x", "https://h/x"),
        ("url: /x.tif?st=1&sig=secret (Caused by", "url: /x.tif?… (Caused by"),
        ("https://h/x#secret", "https://h/x?…"),
        ("nothing here?", "nothing here?"),
    ],
)
def test_what_may_be_secret_is_left_out(text, shown):
    assert redact(text) == shown
