"""The predictions page as a browser meets it: a map, a click, a step on the map that is kept."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

from eodash.bench import Row, row
from eodash.bench.serve import settled

MAP = "iframe[title^='streamlit_folium']"
ANSWERED = """before => {
    const title = [...document.querySelectorAll("h2")].find(each => each.innerText.startsWith("Pixel "));
    return title && title.innerText !== before && / on \\d/.test(title.innerText)
        && document.querySelector(".st-key-inspector .js-plotly-plot, .stPlotlyChart");
}"""
CLICKS = 16


def measure(page: Any, url: str, step: str) -> list[Row]:
    """Rows about the run that is open in the page; `step` presses › and answers with milliseconds."""
    run = parse_qs(urlsplit(page.url).query)["run"][0]
    began = time.perf_counter()
    page.goto(f"{url}/dates?run={run}")
    page.get_by_text("Hectares per class, ").wait_for(timeout=180_000)
    rows = [row("app", "class map of the demo region after every date", time.perf_counter() - began, "s")]
    settled(page)
    page.locator(".st-key-said-part").get_by_text("Take it along", exact=True).click()
    settled(page)
    taken, server = _clicks(page)
    note = f"of {len(taken)} clicks, from the browser's message to the last of the answer"
    rows.append(row("app", "click on a pixel → what the model believed: server", server, "s", 0.25, note))
    rows.append(row("app", "the same, 95 of 100", float(np.quantile(server, 0.95)), "s", 0.6, note))
    rows.append(row("app", "the same until it is drawn", taken, "s", note=f"of {len(taken)} clicks, in the browser"))
    page.get_by_role("slider").first.focus()
    page.keyboard.press("Home")
    settled(page)
    steps = []
    for _ in range(12):
        page.wait_for_timeout(600)  # a reader looks before the next step
        steps.append(page.evaluate(step) / 1e3)
    rows.append(row("app", "one step of the date slider, class map", steps, "s", 0.25, "a pixel chosen"))
    return rows


def _clicks(page: Any) -> tuple[list[float], list[float]]:
    """Seconds from a click on the map until title and figure are those of that pixel; the server's share of them."""
    sent: list[float] = []
    received: list[float] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.webSocketFrameSent", lambda event: sent.append(event["timestamp"]))
    session.on("Network.webSocketFrameReceived", lambda event: received.append(event["timestamp"]))
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    settled(page)
    box = page.locator(MAP).first.bounding_box()
    taken, server, before = [], [], ""
    for number in range(CLICKS + 1):
        x, y = 0.35 + 0.3 * ((number * 0.37) % 1), 0.3 + 0.4 * ((number * 0.61) % 1)
        sent.clear()
        received.clear()
        began = time.perf_counter()
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_function(ANSWERED, arg=before, polling=10, timeout=60_000)
        taken.append(time.perf_counter() - began)
        before = page.locator("h2", has_text="Pixel ").first.inner_text()
        page.wait_for_timeout(500)
        server.append(received[-1] - sent[0])
    return taken[1:], server[1:]  # the first one loads the network
