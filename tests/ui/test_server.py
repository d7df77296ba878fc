"""The server as a stranger meets it: forged, garbled, oversized and rude requests; everybody else is served on."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import re
import socket
import sqlite3
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from eodash.bench.serve import ROOT, Served, served
from eodash.ui.folders import FOLDERS
from eodash.ui.routes import COOKIE, UPLOADS_OF_ONE
from tests.ui.client import Client, Shown, client, stream

pytestmark = [pytest.mark.server, pytest.mark.alone, pytest.mark.timeout(90)]  # it measures how long others wait

MIB = 2**20
LIMIT = 20 * MIB
PLACE = re.compile(rb"/eodash/picture/[A-Za-z0-9_-]+\.[0-9a-f]{32}\.webp")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with every page seen once and the demo season fetched, so that its memory says something."""
    with served(tmp_path_factory.mktemp("home")) as running:
        with client(running) as tab:
            tab.press(tab.open().widget("demo"))
            until = time.monotonic() + 60
            while rows(running, "SELECT state FROM runs") != [("done",)]:
                assert time.monotonic() < until
                time.sleep(0.1)
            for page in ("area", "look"):
                tab.open(page)
        yield running


@pytest.fixture(autouse=True)
def everybody_else_is_served(app: Served) -> Iterator[None]:
    """Whatever a test does: the same process answers, soon, with its memory in bounds."""
    process, before = app.process.pid, app.memory
    with asked_for_health(app) as waits:
        yield
    assert app.process.poll() is None
    assert app.process.pid == process
    assert np.percentile(waits, 95) < 1
    assert app.memory < before + 200 * MIB


@contextmanager
def asked_for_health(app: Served) -> Iterator[list[float]]:
    """Seconds until the server said that it is well, measured by somebody who asks all the time."""
    over = threading.Event()
    waits: list[float] = []

    def asking() -> None:
        while True:
            began = time.perf_counter()
            assert ask(app, "/_stcore/health").status == 200
            waits.append(time.perf_counter() - began)
            if over.wait(0.05):
                return

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(asking)
        try:
            yield waits
        finally:
            over.set()
            asked.result()


@dataclass(frozen=True)
class Answer:
    """What the server said to one request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(app: Served, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    """One request, its path sent as it is; headers as keywords."""
    connection = http.client.HTTPConnection(app.url.removeprefix("http://"), timeout=15)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def say(app: Served, *parts: bytes) -> bytes:
    """The first words of the answer to raw bytes; a server that hangs up in the middle has said enough."""
    host, _, port = app.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=15) as line:
        with suppress(ConnectionError):
            for part in parts:
                line.sendall(part)
        with suppress(ConnectionError):
            return line.recv(4096)
    return b""


def nothing_leaks(app: Served, *said: bytes) -> None:
    """No traceback, no path of this machine, no secret."""
    secret = app.log.parent / "secret"
    words = [b"Traceback", b'File "', str(ROOT).encode(), str(app.log.parent).encode()]
    if secret.exists():
        words += [secret.read_bytes(), secret.read_bytes().hex().encode()]
    for text in said:
        assert not [word for word in words if word in text]


def rows(app: Served, query: str, *values: Any) -> list[Any]:
    with sqlite3.connect(f"file:{app.log.parent}/eodash.sqlite?mode=ro", uri=True) as connection:
        found = connection.execute(query, values).fetchall()
    connection.close()
    return found


def hashed(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()


def opened_demo(tab: Client) -> Shown:
    """The demo season, which the server has fetched before."""
    return tab.press(tab.open().widget("demo"))


# Who may ask


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://127.0.0.1.evil.example", "http://localhost:1", "null", "", "http://["]
)
def test_pages_of_other_sites_get_no_connection(app: Served, origin: str) -> None:
    began = time.perf_counter()
    with pytest.raises(InvalidStatus) as refused, client(app, origin=None, additional_headers={"Origin": origin}):
        pass
    assert refused.value.response.status_code == 403
    assert ask(app, "/_stcore/host-config", Origin=origin).status == 403
    assert time.perf_counter() - began < 1  # nobody was asked who we are
    assert "external IP" not in app.log.read_text()


def test_two_origins_are_not_better_than_one(app: Served) -> None:
    host = app.url.removeprefix("http://")
    line = f"GET /_stcore/health HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\nOrigin: {app.url}\r\n\r\n"
    assert b" 403 " in say(app, line.encode())


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80@127.0.0.1", "[::2]", ""])
def test_forged_host_is_refused(app: Served, host: str) -> None:
    for path in ("/", "/_stcore/health", "/eodash/assets/map.js"):
        assert b" 400 " in say(app, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    key = base64.b64encode(bytes(16)).decode()
    upgrade = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13"
    assert b" 400 " in say(app, f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\n{upgrade}\r\n\r\n".encode())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_own_names_are_answered(app: Served, host: str) -> None:
    port = app.url.rpartition(":")[2]
    said = say(app, f"GET /_stcore/health HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
    assert b" 200 " in said


def test_nobody_but_this_machine_is_listened_to(app: Served) -> None:
    port = int(app.url.rpartition(":")[2])
    listening = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            address, _, state = line.split()[1:4]
            if state == "0A" and int(address.split(":")[1], 16) == port:
                listening.add(address.split(":")[0])
    assert listening == {"0100007F"}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


# What may be said


@contextmanager
def socketed(app: Served, **options: Any) -> Iterator[Any]:
    with connect(
        stream(app), subprotocols=[Subprotocol("streamlit")], origin=Origin(app.url), max_size=None, **options
    ) as line:
        yield line


def closed(line: Any) -> int:
    """The code with which the server closed a connection."""
    try:
        while True:
            assert b"Traceback" not in line.recv(timeout=15)
    except ConnectionClosed as over:
        return int(over.rcvd.code) if over.rcvd else 1006


def test_text_is_not_understood(app: Served) -> None:
    with socketed(app) as line:
        line.send('{"rerun_script": {}}')
        assert closed(line) in (1000, 1006)


GARBAGE = {
    "ones": b"\xff" * 100,
    "a length": b"\x0a\xff\xff\xff\xff\x0f",
    "noise": bytes([7]) * 99,
    "html": b"<html>" * 999,
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_ends_the_connection(app: Served, garbage: bytes) -> None:
    with socketed(app) as line:
        line.send(garbage)
        assert closed(line) == 1002


def test_a_message_of_nothing_is_harmless(app: Served) -> None:
    with client(app) as tab:
        tab.socket.send(b"")
        assert "See the season" in tab.open()


def test_300_megabytes_announced_are_not_waited_for(app: Served) -> None:
    before = app.memory
    with socketed(app, compression=None) as line:
        line.socket.sendall(struct.pack("!BBQ4s", 0x82, 0x80 | 127, 300 * MIB, bytes(4)))
        assert closed(line) == 1009
    assert app.memory < before + 30 * MIB


def test_300_megabytes_sent_are_cut_off(app: Served) -> None:
    before = app.memory
    with socketed(app, compression=None) as line, pytest.raises((ConnectionClosed, ConnectionError)):
        line.send(iter([bytes(MIB)] * 300))
    assert app.memory < before + 60 * MIB


def test_300_megabytes_squeezed_are_not_unpacked(app: Served) -> None:
    """A small frame that would inflate to 300 MB."""
    before = app.memory
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(300)) + packer.flush(zlib.Z_SYNC_FLUSH)[:-4]
    with socketed(app) as line:
        line.socket.sendall(struct.pack("!BBQ4s", 0xC2, 0x80 | 127, len(packed), bytes(4)) + packed)
        assert closed(line) in (1002, 1007, 1009)
    assert app.memory < before + 60 * MIB


def test_garbage_from_many_leaves_the_others_served(app: Served) -> None:
    rude = [b"\xff" * 1000, os.urandom(10_000), "text", os.urandom(MIB)]

    def rage(number: int) -> None:
        with suppress(ConnectionClosed), socketed(app) as line:
            line.send(rude[number % len(rude)])
            closed(line)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(rage, range(60)))
    say(app, os.urandom(100_000))
    say(app, b"GET / HTTP/9.9\r\n\r\n")
    with client(app) as tab:
        assert "See the season" in tab.open()


def test_a_query_of_a_megabyte_is_refused(app: Served) -> None:
    host = app.url.removeprefix("http://")
    said = say(app, b"GET /?run=" + b"a" * MIB + f" HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert re.match(rb"HTTP/1\.1 4\d\d ", said)
    with client(app) as tab:
        assert "See the season" in tab.open(query="run=" + "a" * MIB)
        assert "names no run" in tab.open(query="run=" + "a" * 2**18)


@pytest.mark.parametrize(
    "query",
    ["run=../../x", "run=<script>alert(1)</script>", "run=", "run=%00", "run=" + "a" * 26, "run=a&run=b", "run=%F0%9F"],
)
def test_an_unknown_run_is_said(app: Served, query: str) -> None:
    with client(app) as tab:
        shown = tab.open(query=query)
        assert "names no run" in shown
        assert tab.query == ""
        assert "names no run" not in tab.open()
    nothing_leaks(app, *shown.painted)
    assert "<script>" not in shown


@pytest.mark.parametrize(
    "query", ["aoi=<script>alert(1)", "model=http://127.0.0.1:1/x", "%=&&=%ff", "date=never&pixels=[[1"]
)
def test_other_words_in_the_address_are_ignored(app: Served, query: str) -> None:
    with client(app) as tab:
        for page in ("", "area", "look"):
            shown = tab.open(page, query)
            nothing_leaks(app, *shown.painted)
            assert "names no run" not in shown
            assert "alert(1)" not in shown


def test_a_hundred_connect_and_drop_leave_no_memory_behind(app: Served) -> None:
    def come_and_go(number: int) -> None:
        with client(app) as tab:
            if number % 2:  # every second one drops in the middle of a run
                tab.send()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, range(10)))
        before = app.memory
        list(pool.map(come_and_go, range(100)))
    assert app.memory < before + 50 * MIB


# What lies where


@pytest.mark.parametrize("way", ["..%2f..%2fapp.py", "%2e%2e/%2e%2e/app.py", "../../app.py", "..%5c..%5capp.py"])
@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_no_path_leads_out_of_a_folder(app: Served, folder: str, way: str) -> None:
    answer = ask(app, f"/eodash/{folder}/{way}")
    assert answer.status in (400, 404)
    assert b"streamlit" not in answer.body.lower()


@pytest.mark.parametrize(
    "path",
    ["assets//etc/passwd", "assets/%2fetc/passwd", "assets/%00map.js", "assets/" + "a" * 300 + ".js",
     "assets/" + "a/" * 5000 + "x.js", "assets/%ff.js", "assets/", "assets", "", "nothing", "/assets/map.js",
     "leaflet/%2e%2e/package.json", "assets/regions", "atlas/..%00/package.json"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(app: Served, path: str) -> None:
    for accepted in ("identity", "gzip"):
        answer = ask(app, f"/eodash/{path}", Accept_Encoding=accepted)
        assert answer.status in (400, 404)
        nothing_leaks(app, answer.body)


def test_a_picture_is_shown_to_whoever_holds_its_address_and_to_nobody_else(app: Served) -> None:
    with client(app) as tab:
        raw = b"".join(opened_demo(tab).raw)
    place = PLACE.search(raw)
    assert place is not None
    address, logged = place[0].decode(), len(app.log.read_text())
    answer = ask(app, address)
    assert (answer.status, answer.headers["Content-Type"], answer.body[8:12]) == (200, "image/webp", b"WEBP")
    text, signature = address.removeprefix("/eodash/picture/").removesuffix(".webp").split(".")

    def encoded(said: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")

    said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    key, moment, *look = said
    foreign = [
        [key, moment, *look[:-1], 1], ["0" * 32, moment, *look], ["../../secret", moment, *look], {}, [], None, 1e400,
        "x" * 1000, [key, "never", *look], [key] * 6,
    ]  # fmt: skip
    forged = [
        *(f"{encoded(other)}.{signature}" for other in foreign),
        *(f"{text}.{wrong}" for wrong in ("", "0" * 32, signature[:-1], signature.upper() + "0", signature + "0")),
        f"{text}{text}.{signature}", f"{text[:-1]}.{signature}", f"{text}=.{signature}", f".{signature}", text, "", ".",
        f"{text}..{signature}", f"{text}.{signature}.{signature}", "%C3%A9.%C3%A9", "%ff%fe.%ed%a0%80", "a%2fb.c",
        "a/b", "%00", "%0d%0aSet-Cookie:x=y", "a" * 60_000, f"{'a' * 30_000}.{'b' * 30_000}", "..%2f..%2fsecret",
    ]  # fmt: skip
    for other in forged:
        answer = ask(app, f"/eodash/picture/{other}.webp")
        assert answer.status in ((404,) if "%00" not in other and ".." not in other else (400, 404)), other[:80]
        assert not answer.body.startswith(b"RIFF")
        nothing_leaks(app, answer.body)
    assert b"Internal Server Error" not in ask(app, f"/eodash/picture/{text}.webp", "POST", b"x").body
    assert "Traceback" not in app.log.read_text()[logged:]


def test_no_agent_drives_the_app(app: Served) -> None:
    start = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
    call = start | {"method": "tools/call", "params": {"name": "interact", "arguments": {}}}
    for path in ("interact", "mcp", "openapi.json", "anything", "../agent/interact"):
        for body in ({}, start, call):
            answer = ask(app, f"/_stcore/agent/{path}", "POST", json.dumps(body), Content_Type="application/json")
            assert answer.status >= 400 or b"not_available" in answer.body, (path, body)
            assert b"session_id" not in answer.body
    assert ask(app, "/area/_stcore/agent/mcp", "POST", b"{}").status == 404


# What may be brought


@dataclass(frozen=True)
class Tab:
    """A session that may upload."""

    app: Served
    session: str
    token: str

    def upload(self, name: str, size: int, announced: bool = True, token: str | None = None) -> int:
        """The answer to a file of that many bytes."""
        head = (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../app.py"\r\n'
            b"Content-Type: application/geo+json\r\n\r\n"
        )
        parts = [head, *[bytes(MIB)] * (size // MIB), bytes(size % MIB), b"\r\n--x--\r\n"]
        length = {"Content_Length": str(sum(map(len, parts)))} if announced else {}
        headers = {
            "X_Xsrftoken": self.token if token is None else token, "Cookie": f"_streamlit_xsrf={self.token}",
            "Content_Type": "multipart/form-data; boundary=x", "Origin": self.app.url,
        }  # fmt: skip
        path = f"/_stcore/upload_file/{self.session}/{name}"
        try:
            return ask(self.app, path, "PUT", iter(parts), **headers, **length).status
        except ConnectionError:  # refused while the file was on its way
            return 413

    def remove(self, name: str) -> None:
        headers = {"X_Xsrftoken": self.token, "Cookie": f"_streamlit_xsrf={self.token}"}
        assert ask(self.app, f"/_stcore/upload_file/{self.session}/{name}", "DELETE", **headers).status == 204


@pytest.fixture
def tab(app: Served) -> Iterator[Tab]:
    token = re.search(r"_streamlit_xsrf=([^;]+)", ask(app, "/_stcore/host-config").headers.get("Set-Cookie", ""))
    token = token or re.search(r"_streamlit_xsrf=([^;]+)", ask(app, "/_stcore/health").headers.get("Set-Cookie", ""))
    assert token is not None
    with client(app) as opened:
        yield Tab(app, opened.open("area").session, token[1])


def test_a_byte_over_the_limit_is_too_much(tab: Tab) -> None:
    before = tab.app.memory
    assert tab.upload("fits", 1 * MIB) == 204
    for announced in (True, False):
        assert tab.upload("over", LIMIT + 1, announced) == 413
        assert tab.upload("far-over", 100 * MIB, announced) == 413
    assert tab.app.memory < before + 100 * MIB


def test_strangers_bring_nothing(tab: Tab) -> None:
    assert tab.upload("forged", 10, token="") == 403
    assert tab.upload("forged", 10, token="2|00000000|00|1") == 403
    assert Tab(tab.app, "no-session", tab.token).upload("lost", 10) == 400
    assert Tab(tab.app, "..%2f..", tab.token).upload("lost", 10) in (400, 404)


def test_a_hundred_uploads_are_bounded_together(tab: Tab) -> None:
    before = tab.app.memory
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: tab.upload(f"file-{number}", 2 * MIB), range(100)))
    taken = answers.count(204)
    assert set(answers) == {204, 413}
    assert UPLOADS_OF_ONE // (4 * MIB) < taken <= UPLOADS_OF_ONE // (2 * MIB)
    assert tab.app.memory < before + UPLOADS_OF_ONE + 60 * MIB
    for number in [number for number, answer in enumerate(answers) if answer == 204][:3]:
        tab.remove(f"file-{number}")
    assert tab.upload("again", 2 * MIB) == 204


# Who is who


def cookie_of(answer: Answer) -> str:
    found = [line for line in answer.headers.get_all("Set-Cookie", []) if line.startswith(f"{COOKIE}=")]
    return found[0] if found else ""


def test_each_browser_gets_a_name_of_its_own_that_scripts_cannot_read(app: Served) -> None:
    given = [cookie_of(ask(app, path, Accept="text/html")) for path in ("/", "/area", "/look?run=x") for _ in range(10)]
    names = [re.match(rf"{COOKIE}=([0-9a-f]{{32}}); ", line) for line in given]
    assert all(names)
    assert len({name[1] for name in names if name}) == 30
    assert all("HttpOnly" in line and "SameSite=Lax" in line and "Path=/" in line for line in given)


@pytest.mark.parametrize("beside", ["", '{"a": 1}', "a b=c; [x]=1", 'q="', "ключ=1", "=;=;=", "x" * 4000])
def test_a_browser_keeps_its_name_whatever_other_cookies_it_has(app: Served, beside: str) -> None:
    raw = f"{beside}; {COOKIE}={'a' * 32}".encode().decode("latin-1")
    assert cookie_of(ask(app, "/", Accept="text/html", Cookie=raw)) == ""


@pytest.mark.parametrize("cookie", [f"{COOKIE}=", "other=1", f"x{COOKIE}=1"])
def test_a_name_that_names_nobody_is_replaced(app: Served, cookie: str) -> None:
    assert cookie_of(ask(app, "/", Accept="text/html", Cookie=cookie)) != ""


def test_only_pages_name_a_browser(app: Served) -> None:
    for path in ("/eodash/assets/map.js", "/_stcore/health", "/eodash/picture/x.webp"):
        assert cookie_of(ask(app, path)) == ""


def test_two_browsers_never_share_an_owner(app: Served) -> None:
    names = ["a" * 32, "b" * 32, "", ""]
    runs = {}
    for number, name in enumerate(names):
        with client(app, name) as tab:
            tab.press(tab.open().widget("demo"))
            runs[number] = tab.query.removeprefix("run=")
    owners = dict(rows(app, "SELECT id, owner FROM runs"))
    mine = [owners[run] for run in runs.values()]
    assert len(set(mine)) == len(names)
    assert mine[:2] == [hashed(name) for name in names[:2]]
    assert all(re.fullmatch(r"[a-z2-7]{26}", run) for run in owners)


def test_twenty_people_see_their_own_areas_only(app: Served) -> None:
    names = [f"{number:032x}" for number in range(1, 21)]
    places = [f"{10 + number}.{1234 + 7 * number}" for number in range(20)]

    def draw(who: int) -> Shown:
        with client(app, names[who]) as tab:
            field = tab.open("area").widget("typed-area")
            north = float(places[who])
            tab.values[field] = {"string_value": f"20.0, {north}, 20.02, {north + 0.01:.4f}"}
            tab.send()
            return tab.shown()

    def come_back(who: int) -> Shown:
        with client(app, names[who]) as tab:
            return tab.open("area")

    with ThreadPoolExecutor(4) as pool:
        for act, people in ((draw, range(20)), (come_back, range(0, 20, 4))):
            for who, shown in zip(people, pool.map(act, people), strict=True):
                assert [place for place in places if place in shown] == [places[who]]
    with client(app) as tab:
        nobody = tab.open("area")
    assert not [place for place in places if place in nobody]


def test_a_dropped_connection_comes_back_to_its_run(app: Served) -> None:
    with client(app, "d" * 32) as tab:
        shown = tab.open()
        session = shown.session
        tab.press(shown.widget("demo"))
        run, page = tab.query, tab.page
    with client(app, "d" * 32, session) as back:
        again = back.open(page, run)
        assert again.session == session
        assert (back.query, back.page) == (run, "look")
        assert "names no run" not in again
    with client(app, "d" * 32, "never-was") as stranger:
        assert stranger.open("look", run).session not in (session, "never-was")
        assert stranger.query == run


def test_twenty_clicks_are_one_fetch(app: Served) -> None:
    owner = "c" * 32
    with client(app, owner) as tab:
        elsewhere = tab.open().widget("open-temperate-south")
        for _ in range(20):
            tab.send(elsewhere)
        shown = tab.shown()
        assert rows(app, "SELECT count(DISTINCT key) FROM runs WHERE owner = ?", hashed(owner)) == [(1,)]
        assert "Reading" in shown or "queue" in shown
        tab.press(shown.widget("cancel"))


def test_a_slider_dragged_through_a_hundred_days_stays_at_the_last(app: Served) -> None:
    owner = "e" * 32
    with client(app, owner) as tab:
        shown = opened_demo(tab)
        identity = shown.widget("look-date")
        sliders = (message.delta.new_element.slider for message in shown.messages)
        slider = next(found for found in sliders if found.id == identity)
        for value in np.linspace(slider.min, slider.max, 100):
            tab.values[identity] = {"double_array_value": {"data": [float(value)]}}
            tab.send()
        last = str(np.datetime64(int(slider.max), "us"))[:10]
        until = time.monotonic() + 20
        while not chosen(app, owner).startswith(last):
            assert time.monotonic() < until
            nothing_leaks(app, *tab.shown().painted)


def chosen(app: Served, owner: str) -> str:
    """The date that the newest run of an owner is seen at."""
    view = rows(app, "SELECT view FROM runs WHERE owner = ? ORDER BY created DESC", hashed(owner))[0][0]
    return str(json.loads(view).get("date", ""))


def test_no_page_process_maps_torch(app: Served) -> None:
    with client(app) as tab:
        for page in ("", "area", "look"):
            tab.open(page)
        opened_demo(tab)
    assert app.loaded("libpython") or app.loaded("libc")
    assert not app.loaded("libtorch")


# Compressed files


SCRIPTS = sorted((path for path in FOLDERS["assets"].glob("*.*") if path.suffix in (".js", ".css")), key=str)


def plain_of(path: str) -> bytes:
    name, _, rest = path.removeprefix("/eodash/").partition("/")
    return (FOLDERS[name] / rest).read_bytes()


@pytest.mark.parametrize("path", [f"/eodash/assets/{script.name}" for script in SCRIPTS])
def test_a_compressed_file_is_the_file(app: Served, path: str) -> None:
    for _ in range(2):  # as it is compressed, and as it is remembered
        packed = ask(app, path, Accept_Encoding="br, gzip")
        assert (packed.status, packed.headers["Content-Encoding"]) == (200, "gzip")
        assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain_of(path))
        assert gzip.decompress(packed.body) == plain_of(path)
        assert "accept-encoding" in packed.headers["Vary"].lower()
    for accepted in ({}, {"Accept_Encoding": "identity"}, {"Accept_Encoding": "br"}):
        plain = ask(app, path, **accepted)
        assert (plain.status, plain.headers["Content-Encoding"]) == (200, None)
        assert plain.body == plain_of(path)


def test_every_script_of_the_first_page_unpacks(app: Served) -> None:
    page = ask(app, "/", Accept="text/html")
    ahead = re.findall(r"<(/[^>]+)>; rel=prefetch", page.headers["Link"])
    assert len(ahead) > 10
    for path in ahead:
        packed, plain = ask(app, path, Accept_Encoding="gzip"), ask(app, path)
        assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
        assert "html" not in plain.headers["Content-Type"]
        assert gzip.decompress(packed.body) == plain.body


def test_head_range_and_conditions_mean_what_they_mean(app: Served) -> None:
    path = "/eodash/assets/map.js"
    whole = plain_of(path)
    head = ask(app, path, "HEAD", Accept_Encoding="gzip")
    assert (head.status, head.body) == (200, b"")
    part = ask(app, path, Accept_Encoding="gzip", Range="bytes=10-19")
    assert (part.status, part.body) == (206, whole[10:20])
    assert ask(app, path, Accept_Encoding="gzip", Range=f"bytes={len(whole) + 1}-").status == 416
    for accepted in ("gzip", "identity"):
        answer = ask(app, path, Accept_Encoding=accepted)
        known = ask(app, path, Accept_Encoding=accepted, If_None_Match=answer.headers["ETag"])
        assert (known.status, known.body) == (304, b"")
        assert ask(app, path, Accept_Encoding=accepted, If_None_Match='"other"').status == 200
    packed, plain = (ask(app, path, Accept_Encoding=accepted) for accepted in ("gzip", "identity"))
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert ask(app, path, "POST", b"x", Accept_Encoding="gzip").status == 405


# What a bug shows


BROKEN = """
import sys
if "streamlit" in sys.argv or any("streamlit" in word for word in sys.orig_argv):
    sys.path.insert(0, {root!r})
    from eodash.ui import start
    def broken():
        raise RuntimeError("the password is swordfish")
    start.cards = broken
"""


def test_a_bug_shows_a_reference_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/sitecustomize.py").write_text(BROKEN.format(root=str(ROOT)))
    with served(tmp_path / "home", PYTHONPATH=str(tmp_path / "broken")) as broken:
        with client(broken) as tab:
            shown = tab.open()
        log = broken.log.read_text()
    assert "Something broke here" in shown
    assert "swordfish" not in shown
    assert "RuntimeError" not in shown
    nothing_leaks(broken, *shown.painted)
    reference = re.search(rb"reference ([0-9a-f]{8})", b"".join(shown.raw))
    assert reference is not None
    assert f"bug {reference[1].decode()}" in log
    assert "swordfish" in log


def test_the_settings_of_the_server_are_the_safe_ones() -> None:
    import tomllib

    said = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert said["client"]["showErrorDetails"] == "none"
    assert said["server"]["address"] == "127.0.0.1"
    assert said["server"]["enableXsrfProtection"]
    assert said["server"]["enableCORS"]
    assert said["server"]["maxUploadSize"] <= 20
    assert said["browser"]["gatherUsageStats"] is False
    assert "enableAgentApi" not in said["server"]
