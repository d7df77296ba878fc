"""The model page in Chromium: it stands in every width; a choice goes into the address; a pickle is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from eodash.bench.serve import Served
from tests.browser.conftest import settled, shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

VIEWS = [
    (1440, 1000, "light"),
    pytest.param(1440, 1000, "dark", marks=pytest.mark.slow),
    (390, 844, "light"),
    pytest.param(1152, 800, "light", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("width", "height", "scheme"), VIEWS)
def test_the_page_stands_in_every_width(app: Served, visit: Any, width: int, height: int, scheme: str) -> None:
    page = visit(f"{app.url}/models?model=temp-cnn-l2a", width=width, height=height, scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_have_text("Which model, and how good?")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    settled(page)
    shoot(page, f"models-{width}-{scheme}")
    page.get_by_text("Which classes it tells apart").scroll_into_view_if_needed()
    settled(page)
    shoot(page, f"models-classes-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("text=Something broke here").count() == 0


def test_a_choice_goes_into_the_address_and_a_hostile_one_is_said(app: Served, visit: Any) -> None:
    page = visit(f"{app.url}/models?model=temp-cnn-l2a")
    page.locator(".st-key-open-lstm-l2a [data-testid=stBaseButton-secondary]:visible").click()
    page.wait_for_url("**model=lstm-l2a*")
    expect(page.locator(".st-key-open-lstm-l2a [data-testid=stBaseButton-primary]:visible")).to_be_visible()
    page.goto(f"{app.url}/models?model=<img src=x onerror=alert(1)>")
    expect(page.get_by_text("This link names no model that this browser may see.")).to_be_visible()


def test_a_pickle_is_refused_while_the_page_goes_on(app: Served, visit: Any, tmp_path: Path) -> None:
    page = visit(f"{app.url}/models?model=lstm-l2a")
    card, weights = tmp_path / "card.toml", tmp_path / "weights.safetensors"
    with page.expect_download() as fetched:
        page.get_by_role("button", name="An example card").click()
    fetched.value.save_as(card)
    weights.write_bytes(b"\x80\x04cos\nsystem\n.")
    fields = page.locator("input[type=file]")
    fields.nth(0).set_input_files(card)
    fields.nth(1).set_input_files(weights)
    page.get_by_role("button", name="Check and list it").click()
    expect(page.get_by_text("It was not opened.").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Do not open it anywhere", exact=False).first).to_be_visible()
