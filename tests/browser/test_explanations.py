"""Why, when, how sure, in Chromium: every exhibit on the page that it explains, and the inspector with its panels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from eodash.bench.serve import Served, served
from eodash.ui.exhibits import EXHIBITS
from tests.browser.conftest import owned, parts_of_the_season, settled, shoot
from tests.browser.test_pages import nothing_sticks_out

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PRODUCTS = ["sentinel-2-l1c", "sentinel-2-l2a"]
SHOWS = {
    "meadow-and-maize": "early-pixel",
    "raw-or-preprocessed": "inspector",
    "gradients-vanish": "saliency-panels",
    "cloud-cell": "inside-states",
    "cloudier-year": "whatif-chart",
    "skips-clouds": "attention-heads",
}
"""The figure that each exhibit is about; those whose regions take long come last."""
SIZES = [(1440, 1000, "dark"), (1152, 800, "light"), (390, 844, "light")]
PANELS = [
    ("Stopping", "Chance that it stops"),
    ("Saliency", "Gradient of"),
    (re.compile("Attention|Gates"), re.compile("Attention received|cell")),  # the one or the other, as the model has it
]
Seasons = tuple[Served, dict[str, str]]


@pytest.fixture(scope="module")
def seasons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seasons]:
    """A server that keeps a part of the demo season, raw and preprocessed with every date: its runs by input."""
    home = tmp_path_factory.mktemp("home")
    raw, clean = parts_of_the_season(home, PRODUCTS, max_cloud=100)
    with served(home, OMP_NUM_THREADS="1") as running:
        yield running, {"raw": raw, "preprocessed": clean}


def figure(page: Any, key: str) -> Any:
    return page.locator(f".st-key-figure-{key}")


def exhibit(visit: Any, seasons: Seasons, name: str, **size: Any) -> Any:
    """An exhibit on the kept part of the season, once its figure stands."""
    running, runs = seasons
    shown = EXHIBITS[name]
    page = owned(visit, running, f"{running.url}/{shown.page}?run={runs[shown.input]}&exhibit={name}", **size)
    expect(page.locator(".st-key-exhibit-note").get_by_text(shown.question, exact=True)).to_be_visible(timeout=60_000)
    expect(figure(page, SHOWS[name]).locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=60_000)
    return page


@pytest.mark.parametrize("name", SHOWS)
def test_each_exhibit_stands_under_its_words(seasons: Seasons, visit: Any, name: str) -> None:
    page = exhibit(visit, seasons, name)
    if name == "raw-or-preprocessed":
        expect(page.get_by_text("Where they differ")).to_be_visible(timeout=60_000)
    if name == "meadow-and-maize":
        expect(figure(page, "early-pinned").locator(".main-svg").first).to_be_visible()
    settled(page)
    nothing_failed(page)
    nothing_sticks_out(page, 1440)
    every_figure_can_be_taken_along(page)
    shoot(page, f"exhibit-{name}-1440-light")


def nothing_failed(page: Any) -> None:
    assert page.locator(".eo-failed, [data-testid=stException]").all_inner_texts() == []
    expect(page.get_by_text("Minified React error")).to_have_count(0)


def every_figure_can_be_taken_along(page: Any) -> None:
    """Words for who cannot see it, and four buttons that the keyboard reaches."""
    for one in page.locator("[class*='st-key-figure-']").all():
        assert one.get_by_role("button").count() >= 4
        assert one.locator("[aria-label], [alt]").count() >= 1
        reached = one.locator("button.eo-take").evaluate_all(
            "all => all.map(one => one.tabIndex >= 0 && one.ariaLabel)"
        )
        assert all(reached), reached


def test_a_figure_is_taken_along_by_the_keyboard_alone(seasons: Seasons, visit: Any) -> None:
    page = exhibit(visit, seasons, "meadow-and-maize")
    settled(page)
    mine = figure(page, "early-pixel")
    for kind, start in (("svg", b"<svg"), ("png", b"\x89PNG")):
        button = mine.locator(f"button[data-take={kind}]")
        button.focus()
        with page.expect_download() as fetched:
            page.keyboard.press("Enter")
        assert fetched.value.suggested_filename == f"early-pixel.{kind}"
        body = fetched.value.path().read_bytes()
        assert body.startswith(start)
        if kind == "svg":
            text = body.decode()
            assert "When is this pixel decided?" in text
            assert "@font-face" in text
            assert not re.search(r"""(href=|url\()["']?https?:""", text)  # it stands alone
    mine.locator("button[data-take=large]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog.eo-large svg")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.eo-large")).to_have_count(0)
    mine.get_by_role("button", name="Data").focus()
    page.keyboard.press("Enter")
    with page.expect_download() as fetched:
        page.locator(".st-key-csv-early-pixel button").click()
    lines = fetched.value.path().read_text().splitlines()
    assert lines[0].startswith("date,")
    assert len(lines) > 20


def test_the_inspector_shows_every_panel_of_a_pixel(seasons: Seasons, visit: Any) -> None:
    running, runs = seasons
    page = owned(visit, running, f"{running.url}/dates?run={runs['preprocessed']}")
    take, mine = page.get_by_role("button", name=re.compile("Take an? .* pixel")), figure(page, "inspector")
    expect(take.or_(mine).first).to_be_visible(timeout=60_000)
    if take.is_visible():  # no exhibit has chosen one before
        take.click()
    expect(mine.locator(".main-svg").first).to_be_visible(timeout=60_000)
    panels = page.locator(".st-key-said-panels")
    for label, title in PANELS:
        panels.get_by_role("button", name=label).first.click()
        expect(mine.locator("text").filter(has_text=title).first).to_be_visible(timeout=60_000)
    settled(page)
    nothing_failed(page)
    shoot(page, "inspector-1440-light")


@pytest.mark.slow
def test_from_one_exhibit_to_the_next_and_out(seasons: Seasons, visit: Any) -> None:
    page = exhibit(visit, seasons, "gradients-vanish")
    settled(page)
    page.get_by_role("button", name=re.compile("^close Close|^Close")).click()
    expect(page.locator(".st-key-exhibit-note")).to_have_count(0)
    assert "exhibit=" not in page.url
    running, _ = seasons
    page.goto(running.url)
    card = page.locator(".st-key-card-cloud-cell")
    card.get_by_role("button").click()
    note = page.locator(".st-key-exhibit-note")
    expect(note.get_by_text("Is there a cell for clouds?", exact=True)).to_be_visible(timeout=60_000)
    assert "/inside?" in page.url
    assert "exhibit=cloud-cell" in page.url
    note.get_by_role("button", name="Next").click()
    expect(note.get_by_text("Would it stand a cloudier year?", exact=True)).to_be_visible()
    assert "/whatif?" in page.url


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
def test_they_stand_by_night_and_on_smaller_screens(
    seasons: Seasons, visit: Any, width: int, height: int, scheme: str
) -> None:
    for name in SHOWS:
        page = exhibit(visit, seasons, name, width=width, height=height, scheme=scheme)
        settled(page)
        nothing_sticks_out(page, width)
        shoot(page, f"exhibit-{name}-{width}-{scheme}")
