"""Areas that are kept, questions that shrink, and the list of runs, with a real browser and a small disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from eodash.bench.serve import Served, served
from tests.browser.conftest import settled, shoot
from tests.browser.test_pages import nothing_sticks_out

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
HOSTILE = "<img src=x onerror=alert(1)>"
FIRST, SECOND = "-2.910, 48.095, -2.900, 48.102", "-2.899, 48.095, -2.889, 48.102"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with room for one small run, and cubes of at most 13 MiB."""
    with served(tmp_path_factory.mktemp("home"), EODASH_QUOTA_MIB="6", EODASH_CUBE_MIB="13") as running:
        yield running


def upload(page: Any, name: str) -> None:
    page.get_by_text("Type or upload an area").click()
    ring = [[-2.905, 48.095], [-2.893, 48.095], [-2.896, 48.104], [-2.903, 48.102], [-2.905, 48.095]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    body = json.dumps({"type": "Feature", "properties": {"name": name}, "geometry": geometry})
    page.locator("input[type=file]").set_input_files(
        {"name": "../../plot.geojson", "mimeType": "application/json", "buffer": body.encode()}
    )
    expect(page.get_by_text("48.0950–48.1040° N")).to_be_visible()


def typed(page: Any, box: str) -> None:
    field = page.get_by_label("West, south, east, north in degrees", exact=False)
    if not field.is_visible():
        page.get_by_text("Type or upload an area").click()
    field.fill(box)
    field.press("Enter")
    west = f"{abs(float(box.split(',')[0])):.4f}"
    expect(page.locator("p.eo-caption", has_text=re.compile(f"{west}–"))).to_be_visible()


def fetch(page: Any) -> None:
    page.get_by_role("button", name=re.compile("^Fetch ")).click(timeout=60_000)
    expect(page.get_by_role("button", name="Look at it")).to_be_visible(timeout=120_000)


def row(page: Any, name: str) -> Any:
    return page.locator("[class*='st-key-run-']").filter(has_text=name)


def more(page: Any, name: str) -> None:
    row(page, name).locator("[class*='st-key-more-'] button").first.click()


def test_an_area_is_kept_named_pinned_and_deleted(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/area")
    upload(page, HOSTILE)
    page.get_by_text("Recent and named areas").click()
    kept = page.locator("[class*='st-key-kept-area-']")
    expect(kept).to_have_count(1)
    expect(kept).to_contain_text(HOSTILE)
    assert kept.locator("img").evaluate("image => image.naturalWidth > 0")
    kept.locator("[class*='st-key-area-rename-'] button").first.click()
    field = page.get_by_label("Name of this area")
    field.fill("North field 🌾")
    field.press("Enter")
    expect(kept).to_contain_text("North field 🌾")
    kept.locator("[class*='st-key-area-pin-'] button").first.click()
    expect(kept).to_contain_text("★")

    page.reload()
    page.get_by_text("Recent and named areas").click()
    expect(kept).to_contain_text("★ North field 🌾")
    settled(page)
    shoot(page, "areas-kept-1440-light")
    typed(page, FIRST)
    expect(kept).to_have_count(2)
    kept.filter(has_text="North field").get_by_role("button", name="Use").click()
    expect(page.get_by_text("48.0950–48.1040° N")).to_be_visible()
    kept.filter(has_text="North field").locator("[class*='st-key-area-delete-'] button").first.click()
    expect(kept).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(kept).to_have_count(2)
    expect(kept.first).to_contain_text("★ North field 🌾")
    kept.first.locator("[class*='st-key-area-delete-'] button").first.click()
    expect(kept).to_have_count(1)  # the server has heard it
    page.reload()
    page.get_by_text("Recent and named areas").click()
    expect(kept).to_have_count(1)
    expect(page.get_by_text("North field")).to_have_count(0)

    other = visit(f"{app.url}/area")
    expect(other.get_by_text("Type or upload an area")).to_be_visible(timeout=60_000)
    settled(other)
    expect(other.get_by_text("Recent and named areas")).to_have_count(0)


def test_what_is_too_large_shrinks_with_one_press_and_back(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/area")
    refusal = page.get_by_role("alert").filter(has_text="The cube would take")
    expect(refusal).to_be_visible(timeout=60_000)  # the demo season, on this small server
    offers = page.locator("[class*='st-key-shrink-offer-']")
    expect(offers).to_have_count(3)
    settled(page)
    shoot(page, "shrink-1440-light")
    said = offers.filter(has_text="20 m").inner_text()
    assert re.search(r"256 × 256 → 128 × 128 px", said), said
    offers.filter(has_text="20 m").get_by_role("button", name="Take it").click()
    expect(page.locator(".eo-price")).to_contain_text("128 × 128 px")
    expect(page.locator(".eo-price")).to_contain_text("Memory")
    page.get_by_role("button", name="Undo").click()
    expect(refusal).to_be_visible()
    expect(offers).to_have_count(3)
    page.get_by_text(re.compile("other way")).click()
    page.locator("[class*='st-key-shrink-']").filter(has_text="one per month").get_by_role("button").click()
    expect(page.get_by_text("Thinned: one per month, the clearest.")).to_be_visible()
    expect(page.locator(".eo-price")).to_contain_text("10 of 52")
    page.reload()
    expect(page.get_by_text("Thinned: one per month, the clearest.")).to_be_visible()  # it is part of the question
    page.get_by_role("button", name="All dates").click()
    expect(refusal).to_be_visible()


def test_runs_are_listed_evicted_fetched_again_and_let_go(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/runs")
    expect(page.get_by_text("No runs yet")).to_be_visible()
    settled(page)
    shoot(page, "runs-empty-1440-light")
    page.get_by_role("link", name="Area and dates").click()
    typed(page, FIRST)
    fetch(page)
    typed(page, SECOND)
    notice = page.get_by_text("This is another question than the open run")
    expect(notice).to_be_visible()
    settled(page)
    shoot(page, "another-question-1440-light")
    page.get_by_role("button", name="Back to that run").click()
    expect(page.get_by_role("button", name="Look at it")).to_be_visible()
    expect(notice).to_have_count(0)
    page.get_by_text("Recent and named areas").click()
    page.locator("[class*='st-key-kept-area-']").first.get_by_role("button", name="Use").click()
    expect(notice).to_be_visible()
    fetch(page)

    page.get_by_role("link", name="My runs").click()
    rows = page.locator("[class*='st-key-run-']")
    expect(rows).to_have_count(2)
    newest, oldest = rows.first, rows.last
    expect(oldest).to_contain_text("data evicted, fetch again")
    expect(newest).to_contain_text("✓ complete")
    settled(page)
    assert newest.locator("img").evaluate("image => image.naturalWidth > 0")
    shoot(page, "runs-evicted-1440-light")

    newest.locator("[class*='st-key-more-'] button").first.click()
    field = page.get_by_label("Name", exact=True)
    field.fill(HOSTILE)
    field.press("Enter")
    expect(newest).to_contain_text(HOSTILE)
    page.get_by_role("button", name="Pin: never evict").click()
    expect(newest).to_contain_text("★")
    link = page.locator("[data-testid=stPopoverBody] code").inner_text()
    page.keyboard.press("Escape")

    oldest.get_by_role("button", name="Fetch again").click()
    expect(oldest).to_contain_text("✓ complete", timeout=120_000)
    expect(newest).to_contain_text("✓ complete")  # pinned: over the quota, but kept
    expect(page.get_by_text("over the quota")).to_be_visible()
    page.get_by_role("button", name="Free space").click()
    page.get_by_role("button", name=re.compile("^Remove .* of images")).click()
    expect(oldest).to_contain_text("data evicted, fetch again")
    expect(page.get_by_text("are free again")).to_be_visible()
    page.keyboard.press("Escape")

    again = visit(link)
    expect(again.get_by_role("heading", level=1)).to_have_text("What did the satellite see, image by image?")
    again.get_by_role("link", name="My runs").click()
    expect(again.get_by_text("No runs yet")).to_be_visible()  # another browser: it sees the run, not the list

    newest.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What did the satellite see, image by image?")
    page.get_by_role("link", name="My runs").click()
    more(page, HOSTILE)
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete it").click()
    expect(rows).to_have_count(1)
    assert "run=" not in page.url
    page.reload()
    expect(rows).to_have_count(1)
    expect(page.get_by_text(HOSTILE)).to_have_count(0)


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(390, "light"), *(pytest.param(*size, marks=pytest.mark.slow) for size in ((1440, "dark"), (1152, "light")))],
)
def test_the_runs_page_stands_in_every_width(app: Served, visit: Any, width: int, scheme: str) -> None:
    page = visit(f"{app.url}/area", width, 900, scheme)
    typed(page, "-2.910, 48.0965, -2.907, 48.098")
    page.get_by_role("button", name=re.compile("^(Fetch|Open) ")).click()
    expect(page.get_by_role("button", name="Look at it")).to_be_visible(timeout=120_000)
    page.get_by_text("Recent and named areas").click()
    page.get_by_role("button", name="Shrink to fit").click()
    expect(page.locator("[class*='st-key-shrink-offer-']")).to_have_count(3)
    settled(page)
    nothing_sticks_out(page, width)
    shoot(page, f"areas-{width}-{scheme}")
    page.goto(re.sub("/area", "/runs", page.url))
    expect(page.locator("[class*='st-key-run-']")).to_have_count(1)
    settled(page)
    nothing_sticks_out(page, width)
    shoot(page, f"runs-{width}-{scheme}")
