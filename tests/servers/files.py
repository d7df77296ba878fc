"""A file server for ranges that misbehaves on command; also the front of the STAC server and a place that gives tokens.

Started as a process of its own: `python files.py FOLDER STAC_PORT` prints its port and serves until it is ended.

    GET  /<file>            the file, ranges honoured
    *    /stac/…            passed on to the STAC server
    GET  /token/<id>        a token as the Planetary Computer gives it
    GET  /_counts           requests per path so far
    POST /_fault            {"path": prefix, "kind": …, "times": n (absent: always), "after": n, …}
    POST /_reset            no faults, no counts
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

STAC = "http://stac.invalid"
"""What the STAC server calls itself; it cannot say a path of its own, so its links are rewritten on the way."""


class State:
    """What the server was told to do, and what it was asked."""

    def __init__(self, folder: Path, stac: int) -> None:
        self.folder = folder.resolve()
        self.stac = stac
        self.faults: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()
        self.tokens = 0
        self.lifetime = 3600.0
        self.lock = threading.Lock()
        self.ending = threading.Event()

    def fault(self, path: str, method: str) -> dict[str, Any] | None:
        with self.lock:
            self.counts[path] += 1
            for fault in self.faults:
                if not path.startswith(fault["path"]) or fault.get("method", method) != method:
                    continue
                fault["seen"] = fault.get("seen", 0) + 1
                late = fault["seen"] > fault.get("after", 0)
                if late and fault["seen"] <= fault.get("after", 0) + fault.get("times", 10**9):
                    return fault
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    state: State

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: what was asked is counted instead."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.startswith("/_"):
            self._control(path, body)
            return
        fault = self.state.fault(path, self.command)
        if fault is not None and self._misbehave(fault):
            return
        cut = fault is not None and fault["kind"] == "truncate"
        if path.startswith("/stac"):
            self._pass_on(body, cut)
        elif path.startswith("/token/"):
            self._token()
        else:
            self._file(path, cut)

    def _misbehave(self, fault: dict[str, Any]) -> bool:
        """Do as told; False if the answer itself is to be cut short."""
        kind = fault["kind"]
        if kind == "slow":
            time.sleep(fault["seconds"])
            return False
        if kind == "truncate":
            return False
        if kind == "hang":
            self.state.ending.wait(fault.get("seconds", 60))
            self.close_connection = True
        elif kind == "status":
            extra = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
            self._answer(fault["status"], b"no", extra)
        elif kind == "redirect":
            self._answer(302, b"", {"Location": fault["to"]})
        elif kind == "loop":
            self._answer(302, b"", {"Location": self.path})
        elif kind == "html":
            self._answer(200, b"<html><body>Please log in</body></html>", {"Content-Type": "text/html"})
        elif kind == "json":
            self._answer(200, fault["body"].encode(), {"Content-Type": "application/json"})
        elif kind == "token":
            if f"sig={self.state.tokens}" in self.path and self.state.tokens:
                fault["kind"] = "token"
                return self._file(urlsplit(self.path).path) or True
            self._answer(403, b"AuthenticationFailed")
        return True

    def _control(self, path: str, body: bytes) -> None:
        state = self.state
        if path == "/_counts":
            self._answer(200, json.dumps(state.counts).encode())
            return
        with state.lock:
            if path == "/_reset":
                state.faults.clear()
                state.counts.clear()
                state.tokens, state.lifetime = 0, 3600.0
            elif path == "/_fault":
                state.faults.append(json.loads(body))
            elif path == "/_expire":
                state.tokens += 1
        self._answer(200, b"{}")

    def _token(self) -> None:
        with self.state.lock:
            self.state.tokens += 1
            number = self.state.tokens
        ends = datetime.now(UTC) + timedelta(seconds=self.state.lifetime)
        said = {"msft:expiry": ends.strftime("%Y-%m-%dT%H:%M:%SZ"), "token": f"st=x&sig={number}"}
        self._answer(200, json.dumps(said).encode(), {"Content-Type": "application/json"})

    def _pass_on(self, body: bytes, cut: bool) -> None:
        connection = HTTPConnection("127.0.0.1", self.state.stac, timeout=30)
        try:
            kind = {"Content-Type": self.headers["Content-Type"]} if self.headers["Content-Type"] else {}
            connection.request(self.command, self.path.removeprefix("/stac") or "/", body or None, kind)
            answer = connection.getresponse()
            data = answer.read().replace(STAC.encode(), f"http://{self.headers['Host']}/stac".encode())
            if cut:
                data = data[: len(data) // 2]
            self._answer(answer.status, data, {"Content-Type": answer.headers.get("Content-Type", "")})
        finally:
            connection.close()

    def _file(self, path: str, cut: bool = False) -> None:
        file = (self.state.folder / path.lstrip("/")).resolve()
        if not file.is_file() or not file.is_relative_to(self.state.folder):
            self._answer(404, b"not here")
            return
        size = file.stat().st_size
        first, last = 0, size - 1
        wanted = self.headers.get("Range")
        if wanted:
            begin, _, end = wanted.removeprefix("bytes=").partition("-")
            first, last = int(begin), min(int(end or last), size - 1)
        with file.open("rb") as opened:
            opened.seek(first)
            data = opened.read(last - first + 1)
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if cut:
            data, self.close_connection = data[: len(data) // 2], True
        if self.command != "HEAD":
            self.wfile.write(data)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that give up are part of the tests."""


def main() -> None:
    folder, stac = Path(sys.argv[1]), int(sys.argv[2])
    Handler.state = State(folder, stac)
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
