"""The pieces between a request and Streamlit, each with an app of three lines behind it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eodash.ui import routes as under_test
from eodash.ui.rooted import Rooted
from eodash.ui.routes import UPLOADS, UPLOADS_OF_ONE, Packed, SameOrigin, Uploads, on_bug, routes

MIB = 2**20


def asked(app: ASGIApp, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of one answer."""
    said: list[Message] = []
    scope: dict[str, Any] = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "root_path": "", "scheme": "http",
        "query_string": b"", "http_version": "1.1", "server": ("127.0.0.1", 80),
        "headers": [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> Message:
        await anyio.sleep_forever()  # nobody has more to say, and nobody leaves
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)

    async def act() -> None:
        await app(scope, receive, send)

    anyio.run(act)
    body = b"".join(message.get("body", b"") for message in said[1:])
    return said[0]["status"], dict(said[0]["headers"]), body


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our addresses over a folder of one script, with links out of it."""
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    (inside / "map.js").write_text("here " * 1000)
    (tmp_path / "secret.js").write_text("there")
    (tmp_path / "inside-too").mkdir()
    (tmp_path / "inside-too/secret.js").write_text("there")
    (inside / "link.js").symlink_to(tmp_path / "secret.js")
    (inside / "way").symlink_to(tmp_path)
    monkeypatch.setattr(under_test, "FOLDERS", {"assets": inside})
    return inside


def test_no_link_leads_out_of_a_folder(folder: Path) -> None:
    app = Starlette(routes=routes())
    assert asked(app, "/eodash/assets/map.js")[0] == 200
    for path in (
        "link.js",
        "way/secret.js",
        "loop.js",
        "../secret.js",
        "../inside-too/secret.js",
        "deep",
        "deep/../..",
    ):
        status, _, body = asked(app, f"/eodash/assets/{path}")
        assert status == 404, path
        assert b"there" not in body


def test_what_is_compressed_is_remembered_once_per_file(folder: Path) -> None:
    """Streamlit answers every unknown address with its page, and one file has many spellings."""

    def page_for_all(request: Request) -> Response:
        return HTMLResponse("<html>")

    packed = Packed(Starlette(routes=[*routes(), Route("/{rest:path}", page_for_all)]))
    for number in range(50):
        asked(packed, f"/static/js/{number}.js", accept_encoding="gzip")
        asked(packed, f"/eodash/assets/{'./' * number}map.js", accept_encoding="gzip")
        asked(packed, f"/eodash/assets/{'deep/../' * number}map.js", accept_encoding="gzip")
        asked(packed, f"/eodash/assets/none-{number}.js", accept_encoding="gzip")
    assert list(packed.known) == ["/eodash/assets/map.js"]
    status, headers, body = asked(packed, "/eodash/assets/map.js", accept_encoding="gzip")
    assert (status, headers[b"content-encoding"]) == (200, b"gzip")
    assert gzip.decompress(body) == (folder / "map.js").read_bytes()
    assert asked(packed, "/static/js/none.js", accept_encoding="gzip")[2] == b"<html>"


def test_a_condition_of_the_first_who_asks_is_not_the_answer_of_the_second(folder: Path) -> None:
    packed = Packed(Starlette(routes=routes()))
    first = asked(
        packed, "/eodash/assets/map.js", accept_encoding="gzip", if_modified_since="Fri, 01 Jan 2100 00:00:00 GMT"
    )
    assert first[0] == 200
    etag = first[1][b"etag"].decode()
    assert asked(packed, "/eodash/assets/map.js", accept_encoding="gzip", if_none_match=etag)[0] == 304
    assert asked(packed, "/eodash/assets/map.js", accept_encoding="gzip")[2] == first[2]


def test_an_answer_that_broke_off_is_not_remembered() -> None:
    """A browser that leaves while a script is on its way must not leave everybody an empty one."""
    whole, broken = b"let x = 1" * 100, [True]

    async def leaves(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", str(len(whole)).encode()), (b"etag", b'"a"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if broken.pop() else whole})
        broken.append(False)

    packed = Packed(leaves)
    asked(packed, "/static/js/a.js", accept_encoding="gzip")
    assert gzip.decompress(asked(packed, "/static/js/a.js", accept_encoding="gzip")[2]) == whole


def test_a_page_is_told_where_its_server_is_before_any_script_of_its_own_runs() -> None:
    page = b'<html><head><script type="module" src="./index.js"></script></head></html>'

    async def streamlit(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(page, media_type="text/html", headers={"etag": '"a"'})(scope, receive, send)

    rooted = Rooted(streamlit)
    status, headers, body = asked(rooted, "/early", accept="text/html", if_none_match='"a"')
    assert status == 200
    assert body.index(b"BACKEND_BASE_URL: location.origin") < body.index(b"index.js")
    assert int(headers[b"content-length"]) == len(body)
    assert b"etag" not in headers
    for path, accept in (("/early", "*/*"), ("/component/x/index.html", "text/html")):
        assert asked(rooted, path, accept=accept)[2] == page


async def well(scope: Scope, receive: Receive, send: Send) -> None:
    await Response("well")(scope, receive, send)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8501", "http://127.0.0.1:8501", 200),
        ("dash.example", "https://dash.example", 200),
        ("[::1]:8501", "http://[::1]:8501", 200),
        ("127.0.0.1:8501", "http://127.0.0.1:8502", 403),
        ("127.0.0.1:8501", "http://127.0.0.1:8501.evil.example", 403),
        ("127.0.0.1:8501", "http://evil.example/127.0.0.1:8501", 403),
        ("127.0.0.1:8501", "http://[", 403),
        ("127.0.0.1:8501", "null", 403),
        ("127.0.0.1:8501", "", 403),
    ],
)
def test_only_own_pages_ask(host: str, origin: str, status: int) -> None:
    assert asked(SameOrigin(well), "/", host=host, origin=origin)[0] == status
    assert asked(SameOrigin(well), "/", host=host)[0] == 200


def test_uploads_are_bounded_for_one_and_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[tuple[str, int]] = []
    monkeypatch.setattr(under_test, "_held", lambda: held)
    app = Uploads(well)

    def put(session: str, size: int = 20 * MIB) -> int:
        return asked(app, f"/_stcore/upload_file/{session}/file", "PUT", content_length=str(size))[0]

    held[:] = [("a", UPLOADS_OF_ONE - 20 * MIB)]
    assert put("a") == 200
    held[:] = [("a", UPLOADS_OF_ONE - 20 * MIB + 1)]
    assert (put("a"), put("b")) == (413, 200)
    held[:] = [(str(number), 32 * MIB) for number in range(UPLOADS // (32 * MIB))]
    assert put("a", 1) == 413
    assert asked(app, "/_stcore/upload_file/a/file", "DELETE")[0] == 200
    assert app.coming == {}


def test_uploads_on_their_way_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "_held", list)
    answers: list[int] = []

    async def another(scope: Scope, receive: Receive, send: Send) -> None:
        if len(answers) < 10:
            await app({**scope}, receive, send)
        else:
            await Response("well")(scope, receive, send)

    app = Uploads(another)
    status = asked(app, "/_stcore/upload_file/a/file", "PUT", content_length=str(20 * MIB))[0]
    assert status == 413  # the fourth of 20 MB inside one another
    assert app.coming == {}


def test_a_bug_is_said_by_reference_only(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    import streamlit as st

    from eodash.errors import ComputeError

    said: list[str] = []
    monkeypatch.setattr(st, "error", lambda text, icon: said.append(text))
    assert on_bug(RuntimeError("swordfish"))
    assert on_bug(ComputeError("The reader sees this.", "And this."))
    assert "swordfish" not in said[0]
    assert said[1] == "The reader sees this. And this."
    assert "swordfish" in caplog.text
    assert said[0].split("reference ")[1].rstrip(".") in caplog.text
