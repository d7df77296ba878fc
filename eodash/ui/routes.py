"""Our own addresses beside Streamlit's: pictures, map assets; and who may ask."""

from __future__ import annotations

import gzip
import logging
import posixpath
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any, cast
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eodash.settings import settings
from eodash.ui.folders import FOLDERS, local_assets
from eodash.ui.rooted import Rooted

log = logging.getLogger("eodash")

COOKIE = "eodash_browser"


def routes() -> list[BaseRoute]:
    folders = [
        Mount(f"/eodash/{name}", StaticFiles(directory=folder)) for name, folder in FOLDERS.items() if folder.is_dir()
    ]
    return [
        Route("/eodash/picture/{address}.webp", picture),
        Route("/eodash/map/{address}.png", class_map),
        *folders,
        Route("/eodash/{rest:path}", nothing),
    ]


def nothing(request: Request) -> Response:
    """Streamlit would answer an unknown address with its page."""
    return PlainTextResponse("There is nothing here.", 404)


def picture(request: Request) -> Response:
    """One date of a run as the map shows it; runs in a thread of its own."""
    from eodash.ui import cached

    return _drawn(cached.picture, request, "image/webp")


def class_map(request: Request) -> Response:
    """What a model says of a run after one of its dates; runs in a thread of its own."""
    from eodash.ui import cached

    return _drawn(cached.map_picture, request, "image/png")


def _drawn(draw: Callable[[str], bytes | None], request: Request, kind: str) -> Response:
    """A picture by its address, or a sentence."""
    from eodash.errors import EodashError

    try:
        body = draw(request.path_params["address"])
    except EodashError:
        body = None
    if body is None:
        return Response("There is no such picture.", 404, media_type="text/plain")
    return Response(body, media_type=kind, headers={"Cache-Control": "private, max-age=31536000, immutable"})


MAP_AHEAD = (
    "leaflet/leaflet.js", "topojson/topojson-client.min.js", "assets/map.js", "assets/compare.js",
    "leaflet/leaflet.css", "assets/map.css",
)  # fmt: skip
WIDGETS_AHEAD = (
    "Slider", "ButtonGroup", "Selectbox", "Checkbox", "ComponentInstance", "IFrameUtil", "WidgetLabel*",
    "useBasicWidgetState", "useFormReset", "withCalculatedWidth", "moment", "numbro", "sprintfjs",
    "format*", "styled-components",
)  # fmt: skip


@lru_cache(maxsize=1)
def ahead() -> str:
    """What the next page will ask for, as a Link header: the browser fetches it while nothing else is to do."""
    scripts = Path(find_spec("streamlit").origin).parent / "static/static/js"  # type: ignore[union-attr,arg-type]
    widgets = [f"/static/js/{file.name}" for name in WIDGETS_AHEAD for file in sorted(scripts.glob(f"{name}.*.js"))]
    maps = [f"/eodash/{path}" for path in MAP_AHEAD] if local_assets() else []
    return ", ".join(f"<{path}>; rel=prefetch" for path in maps + widgets)


class SameOrigin:
    """Turns other sites' pages away. Streamlit does so, too, but first asks the internet for this server's address,
    and everybody waits. A proxy in front must pass the Host header on.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] in ("http", "websocket") else Headers()
        if all(_netloc(origin) == headers.get("host") for origin in headers.getlist("origin")):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse("This server answers its own pages only.", 403)(scope, receive, send)


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # not an address
        return None


UPLOAD = "/_stcore/upload_file/"
UPLOADS = 256 * 2**20
UPLOADS_OF_ONE = 64 * 2**20
UPLOAD_AT_LEAST = 64 * 2**10


class Uploads:
    """Bounds what uploads hold in memory, of one session and of all; Streamlit bounds the single file only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.coming: dict[int, tuple[str, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or UPLOAD not in scope["path"]:
            await self.app(scope, receive, send)
            return
        session = scope["path"].partition(UPLOAD)[2].partition("/")[0]
        self.coming[id(scope)] = session, _announced(Headers(scope=scope))
        try:
            taken = [*self.coming.values(), *_held()]
            own = sum(size for owner, size in taken if owner == session)
            if own > UPLOADS_OF_ONE or sum(size for _, size in taken) > UPLOADS:
                await PlainTextResponse("Too many uploads are held here. Remove some.", 413)(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            del self.coming[id(scope)]


def _announced(headers: Headers) -> int:
    """How much a request may bring; a body of unknown length may be as long as Streamlit lets it."""
    from streamlit import config

    most = int(config.get_option("server.maxUploadSize")) * 2**20
    return min(max(int(headers.get("content-length", most)), UPLOAD_AT_LEAST), most)


def _held() -> list[tuple[str, int]]:
    """Session and size of each upload in memory."""
    from streamlit.runtime import get_instance
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

    storage = cast(MemoryUploadedFileManager, get_instance().uploaded_file_mgr).file_storage
    return [
        (session, max(len(file.data), UPLOAD_AT_LEAST))
        for session, files in list(storage.items())
        for file in list(files.values())
    ]


class FirstPage:
    """Gives each browser an unguessable name, so that F5 finds its own area and runs; says what it will need next."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        if scope["type"] != "http" or b"text/html" not in headers.get(b"accept", b""):
            await self.app(scope, receive, send)
            return
        added = [] if scope["path"].startswith("/component/") else [(b"link", ahead().encode())]
        if not HTTPConnection(scope).cookies.get(COOKIE):  # read as Streamlit reads it, whatever lies beside it
            secure = "; Secure" if scope["scheme"] == "https" else ""
            cookie = f"{COOKIE}={secrets.token_hex(16)}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}"
            added.append((b"set-cookie", cookie.encode()))

        async def more(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self.app(scope, receive, more)


PACKED = (".js", ".css", ".json")


class Packed:
    """Scripts and styles travel compressed, each compressed once; Streamlit itself sends them as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.known: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._fits(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self.known:
            start, body = await self._answer(scope, receive)
            found = dict(start["headers"])
            missing = start["status"] != 200 or found.get(b"content-type", b"").startswith(b"text/html")
            whole = found.get(b"content-length", b"") == str(len(body)).encode()  # else the browser left meanwhile
            if missing or not whole:
                await send(start)
                await send({"type": "http.response.body", "body": body})
                return
            changed = (b"content-length", b"content-encoding", b"etag", b"accept-ranges")
            headers = [(name, value) for name, value in start["headers"] if name.lower() not in changed]
            packed = await to_thread.run_sync(gzip.compress, body, 6)
            if path.startswith("/eodash/"):
                headers.append((b"cache-control", b"max-age=600"))
            headers += [(b"etag", found[b"etag"][:-1] + b'-gzip"'), (b"vary", b"accept-encoding")]
            self.known[path] = headers, packed
        headers, packed = self.known[path]
        if dict(headers)[b"etag"] in dict(scope["headers"]).get(b"if-none-match", b""):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        length = str(len(packed)).encode()
        headers = [*headers, (b"content-encoding", b"gzip"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": packed})

    @staticmethod
    def _fits(scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].endswith(PACKED):
            return False
        headers = dict(scope["headers"])
        plain = b"range" in headers or b"gzip" not in headers.get(b"accept-encoding", b"")
        spelt = posixpath.normpath(scope["path"]) == scope["path"]  # one file, one address: nobody fills the memory
        return scope["path"].startswith(("/static/", "/eodash/")) and spelt and not plain

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """The whole answer of the app, asked without conditions."""
        conditions = (b"if-none-match", b"if-modified-since", b"accept-encoding")
        asked = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in conditions]}
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(asked, receive, keep)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


def middleware() -> list[Middleware]:
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=list(settings().hosts), www_redirect=False),
        Middleware(SameOrigin),
        Middleware(Uploads),
        Middleware(Packed),
        Middleware(FirstPage),
        Middleware(Rooted),
    ]


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """While the server lives; warming up ends with it, and so does the engine."""
    from eodash.ui.warm import cool, warm

    Thread(target=warm, name="eodash-warm", daemon=True).start()
    yield {}
    await to_thread.run_sync(cool)


def on_bug(error: Exception) -> bool:
    """What the reader sees of a bug: a reference, no traceback; of an uncaught EodashError: its words."""
    import streamlit as st

    from eodash.errors import EodashError

    if isinstance(error, EodashError):
        st.error(str(error), icon=":material/error:")
        return True
    reference = secrets.token_hex(4)
    log.error("bug %s", reference, exc_info=error)
    st.error(
        f"Something broke here that should not. Reload the page to go on; reference {reference}.",
        icon=":material/error:",
    )
    return True
