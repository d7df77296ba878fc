"""The observation picker: rules and clicks grey dates out, the look page follows, the link keeps it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from eodash.bench.serve import Served
from tests.browser.conftest import scene, settled, shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_dates_are_left_out_by_rule_and_by_click_and_the_link_keeps_it(app: Served, visit: Any) -> None:
    page = visit(app.url, 1440, 1400)
    page.get_by_role("button", name="Open the demo season").first.click()
    scene(page).wait_for(timeout=60_000)
    expect(page.get_by_text(re.compile(r"Image \d+ of 34"))).to_be_visible()
    page.get_by_role("link", name="Area and dates").click()
    expect(page.get_by_text("used 34")).to_be_visible()
    settled(page)

    page.get_by_text("one per month").click()
    expect(page.get_by_text("used 10")).to_be_visible()
    settled(page)
    shoot(page, "picker-month")

    bar = page.locator(".js-plotly-plot .barlayer .trace").nth(1).locator(".point path").nth(4)
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("Choose by hand")).to_be_visible()
    page.get_by_text("Choose by hand").click()
    settled(page)
    shoot(page, "picker-by-hand")
    expect(page.get_by_text("used 10")).to_be_visible()  # the next clearest of May stands in

    page.get_by_role("link", name="Image by image").click()
    expect(page.get_by_text(re.compile(r"Image \d+ of 10"))).to_be_visible()

    again = visit(page.url, 1440, 1400)
    expect(again.get_by_text(re.compile(r"Image \d+ of 10"))).to_be_visible(timeout=60_000)
    again.close()

    page.get_by_role("link", name="Area and dates").click()
    page.get_by_role("button", name="Take all 34 dates again").click()
    expect(page.get_by_text("used 34")).to_be_visible()
    expect(page.get_by_role("slider", name="At least clear")).to_have_value("0")
