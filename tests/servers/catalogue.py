"""`with serve(folder) as here:` a STAC API and its files on loopback, each a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.files import STAC
from tests.servers.items import ASSETS, COLLECTION, FILES

_RUSTAC = Path(sys.executable).with_name("rustac")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Catalogue:
    """Where it is, and how to make it misbehave."""

    stac_url: str
    files_url: str

    def fault(self, path: str, kind: str, **how: Any) -> None:
        """From now on: `fault("/stac/search", "status", status=503, times=1)`; kinds are listed in files.py."""
        self._post("_fault", {"path": path, "kind": kind, **how})

    def expire(self) -> None:
        """The tokens given so far are refused from now on where a `token` fault asks for them."""
        self._post("_expire", {})

    def heal(self) -> None:
        """No faults, counts at 0."""
        self._post("_reset", {})

    def counts(self) -> dict[str, int]:
        """Requests per path since the last `heal`."""
        with _direct.open(f"{self.files_url}/_counts", timeout=10) as answer:
            return dict(json.load(answer))

    def _post(self, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(f"{self.files_url}/{path}", json.dumps(body).encode(), method="POST")
        _direct.open(request, timeout=10).close()


@contextmanager
def serve(folder: Path) -> Iterator[Catalogue]:
    """Serve what `items.save` wrote into a folder; both processes end with the block."""
    processes: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryDirectory(prefix="eodash-stac-") as scratch:
        try:
            port = _free_port()
            files = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("files.py")), str(folder), str(port)],
                stdout=subprocess.PIPE,
                text=True,
            )
            processes.append(files)
            assert files.stdout is not None
            address = f"http://127.0.0.1:{int(files.stdout.readline())}"
            listing = Path(scratch) / "items.json"
            listing.write_text((folder / "items.json").read_text().replace(FILES, address))
            stac = subprocess.Popen(
                [_RUSTAC, "serve", "--create-collections", f"--addr={STAC}", f"--bind=127.0.0.1:{port}", listing],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            processes.append(stac)
            _wait(port, stac)
            yield Catalogue(f"{address}/stac/", address)
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(10)
                if process.stdout is not None:
                    process.stdout.close()


def write_toml(path: Path, here: Catalogue, offset: str = "kept", signing: str = "none") -> Path:
    """The table for EODASH_CATALOGUES with this catalogue as `loopback`."""
    assets = "\n".join(f'{band} = "{key}"' for band, (key, _) in ASSETS.items() if band != "SCL")
    path.write_text(
        f"""[loopback]
title = "Loopback catalogue"
url = "{here.stac_url}"
signing = "{signing}"
token_url = "{here.files_url}/token"
signed_hosts = ["127.0.0.1"]

[loopback.products.sentinel-2-l2a]
collection = "{COLLECTION}"
resolutions = [10, 20, 60]
offset = "{offset}"
licence = "made up"
mask = {{ asset = "scl", kind = "scl" }}

[loopback.products.sentinel-2-l2a.assets]
{assets}
"""
    )
    return path


def environment(toml: Path) -> dict[str, str]:
    """What a process needs in its environment to use it."""
    return {**os.environ, "EODASH_CATALOGUES": str(toml), "EODASH_ALLOW_LOOPBACK": "1"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(400):
        if process.poll() is not None:
            raise RuntimeError(f"rustac ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            return
        except OSError:
            time.sleep(0.025)
    raise RuntimeError("rustac did not answer")
