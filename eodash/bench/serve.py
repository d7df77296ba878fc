"""The app as a process of its own on loopback, and a Chromium beside it: for measuring and for tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from eodash.errors import ComputeError

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Served:
    """A running app: where, which process, and how long it took to be healthy."""

    url: str
    process: subprocess.Popen[bytes]
    seconds: float
    log: Path

    def loaded(self, library: str) -> bool:
        """Whether the process has a shared library mapped, such as libtorch."""
        return library in Path(f"/proc/{self.process.pid}/maps").read_text()

    @property
    def memory(self) -> int:
        """Resident bytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(home: Path, port: int | None = None, **env: str) -> Iterator[Served]:
    """`streamlit run app.py` with its own folder, until the block ends; settings as EODASH_… keywords."""
    port = port or free_port()
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    with log.open("ab") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                "--server.port",
                str(port),
                "--server.headless",
                "true",
            ],
            cwd=ROOT,
            stdout=out,
            stderr=out,
            env=os.environ | {"EODASH_HOME": str(home)} | env,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url, process, log)
            yield Served(url, process, time.perf_counter() - began, log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path, limit: float = 60) -> None:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.02)
    raise ComputeError("The app did not start.", log.read_text(errors="replace")[-2000:], code="not_started")


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ComputeError("Playwright is not installed.", "Run scripts/install dev.", code="missing") from error
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise ComputeError("Chromium was not found.", "Run scripts/install dev.", code="missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


_QUIET = """
() => new Promise((quiet, late) => {
  const frames = () => [...document.querySelectorAll("iframe")].map((frame) => frame.contentDocument).filter(Boolean);
  const loading = () => [document, ...frames()].some((page) => [...page.images].some((image) => !image.complete));
  let last = performance.now();
  const seen = new MutationObserver(() => (last = performance.now()));
  seen.observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
  const begun = last;
  const look = setInterval(() => {
    const now = performance.now();
    if (loading()) last = now;
    if (now - last < 400 && now - begun < 25000) return;
    clearInterval(look);
    seen.disconnect();
    now - last < 400 ? late(new Error("the page never comes to rest")) : quiet();
  }, 50);
})
"""


def settled(page: Any) -> None:
    """Until the script has run, every picture is there, and nothing on the page has changed for a moment.

    Chromium's own word for it, `networkidle`, is sometimes never said on a busy machine although no request is open.
    """
    page.locator("[data-testid=stStatusWidget]").wait_for(state="detached")
    page.evaluate(_QUIET)
