"""Tells Streamlit's page where its server is: on a link to a page of ours it would look for another one below it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOLD = b"<script>window.__streamlit = {BACKEND_BASE_URL: location.origin + '/'}</script>"
FIRST = b'<script type="module"'
"""What reads it: it must be told before."""
CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding", b"range")


class Rooted:
    """Every page of Streamlit with the address of its server in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._page(scope):
            await self.app(scope, receive, send)
            return
        asked = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in CONDITIONS]}
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(asked, receive, keep)
        start, body = messages[0], b"".join(message.get("body", b"") for message in messages[1:])
        headers = MutableHeaders(raw=list(start["headers"]))
        if headers.get("content-type", "").startswith("text/html") and FIRST in body and TOLD not in body:
            body = body.replace(FIRST, TOLD + FIRST, 1)
            for name in ("etag", "last-modified", "accept-ranges"):  # of the page as it was
                del headers[name]
            headers["content-length"] = str(len(body))
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})

    @staticmethod
    def _page(scope: Scope) -> bool:
        """Whether somebody opens an address: scripts, pictures and streams go their own way."""
        return (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and "text/html" in Headers(scope=scope).get("accept", "")
            and not scope["path"].startswith(("/component/", "/static/", "/eodash/", "/media/", "/_stcore/"))
        )
