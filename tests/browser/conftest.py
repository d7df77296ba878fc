"""A Chromium, an app of its own on loopback, and a watch on every address that a page asks for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import shapely
from playwright.sync_api import expect

from eodash import runs
from eodash.bench.serve import Served, chromium, served, settled
from eodash.jobs import Jobs
from eodash.request import Area, Period
from eodash.sources.demo import demo_request
from eodash.store import Store
from eodash.ui.routes import COOKIE

expect.set_options(timeout=20_000)

__all__ = ["settled"]
BROWSER = "a" * 32
"""What the browser is called that has made the runs of a test."""
ARTEFACTS = Path(os.environ.get("EODASH_ARTEFACTS", Path(__file__).resolve().parents[2] / "artefacts"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A fresh server that nobody has visited."""
    with served(tmp_path_factory.mktemp("home")) as running:
        yield running


def parts_of_the_season(home: Path, products: Sequence[str], max_cloud: int) -> list[str]:
    """A small part of the demo season, fetched once per product for the browser of `owned`; gives the runs."""
    store, jobs = Store(home), Jobs(1, 1)
    middle = demo_request().area.geometry.centroid
    ground = Area.of(shapely.box(middle.x - 0.0043, middle.y - 0.0029, middle.x + 0.0043, middle.y + 0.0029))
    period = Period(date(2024, 3, 1), date(2024, 9, 15))
    owner, made = hashlib.sha256(BROWSER.encode()).hexdigest(), []
    for product in products:
        asked = replace(demo_request(level=product), area=ground, period=period, max_cloud=max_cloud)
        run = runs.start(store, jobs, owner, asked, "A part of the valley")
        job = jobs.job(run.key)
        assert job is not None
        assert job.wait(60)
        made.append(run.id)
    store.close()
    return made


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A server that keeps a small part of the demo season, and the link to it."""
    home = tmp_path_factory.mktemp("home")
    (run,) = parts_of_the_season(home, ["sentinel-2-l2a"], max_cloud=50)
    with served(home, OMP_NUM_THREADS="1") as running:
        yield running, f"{running.url}/dates?run={run}"


def owned(visit: Any, running: Served, link: str, **size: Any) -> Any:
    """The page as the browser sees it that made the run."""
    page = visit("about:blank", **size)  # a page of the server would begin to fetch what the next one needs
    page.context.add_cookies([{"name": COOKIE, "value": BROWSER, "url": running.url}])
    page.goto(link)
    return page


class Watch:
    """What a browser context asked for, said and showed that it should not have."""

    def __init__(self) -> None:
        self.foreign: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []

    def on(self, page: Any) -> Any:
        page.on("request", lambda request: self._asked(request.url))
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _asked(self, url: str) -> None:
        here = urlsplit(url)
        if here.scheme in ("http", "https", "ws", "wss") and here.hostname not in ("127.0.0.1", "localhost"):
            self.foreign.append(url)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """No request leaves loopback, no dialog opens, no script fails."""
    seen = Watch()
    yield seen
    assert seen.foreign == []
    assert seen.dialogs == []
    assert seen.errors == []


@pytest.fixture
def visit(browser: Any, watch: Watch) -> Iterator[Any]:
    """Open an address in a browser context of its own: `visit(url, width=390, scheme="dark")`."""
    contexts = []

    def opened(url: str, width: int = 1440, height: int = 1000, scheme: str = "light") -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = watch.on(context.new_page())
        opened.pages.append(page)  # type: ignore[attr-defined]
        page.set_default_timeout(30_000)
        page.goto(url)
        return page

    opened.pages = []  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()


def shoot(page: Any, name: str) -> None:
    """Keep a screenshot as an artefact."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=False)


def map_frame(page: Any) -> Any:
    return page.frame_locator("iframe[title^='streamlit_folium']")


def scene(page: Any) -> Any:
    """The picture on the map."""
    return map_frame(page).locator("img.eodash-scene")


@pytest.fixture(autouse=True)
def shot_of_a_failure(request: pytest.FixtureRequest, visit: Any) -> Iterator[None]:
    """What stood on the screen when a test failed, as an artefact."""
    yield
    if getattr(request.node, "failed_call", False):
        for number, page in enumerate(visit.pages):
            shoot(page, f"failed-{request.node.name[:60]}-{number}".replace("/", "_"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    if outcome.get_result().when == "call":  # type: ignore[attr-defined]
        item.failed_call = outcome.get_result().failed  # type: ignore[attr-defined]
