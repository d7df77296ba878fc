"""The app as a browser meets it, and fetching against plain odc-stac, in the same run."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from eodash.bench import Row, dates, machine, row
from eodash.bench.serve import chromium, served, settled

SCENE = "img.eodash-scene"
STEP = """() => new Promise((done, late) => {
    setTimeout(late, 20000, 'no new picture in 20 s');
    const frame = document.querySelector("iframe[title^='streamlit_folium']");
    const image = frame.contentDocument.querySelector("img.eodash-scene");
    const before = image.getAttribute("src"), began = performance.now();
    const look = () => image.getAttribute("src") === before
        ? setTimeout(look, 2) : image.decode().then(() => done(performance.now() - began));
    [...document.querySelectorAll("button")].find(button => button.innerText.trim() === "›").click();
    look();
})"""
"""Presses › and answers with the milliseconds until the new picture is decoded on the map."""


def measure() -> list[Row]:
    """Every bar of the app; each absolute time is one user's on an otherwise idle server."""
    with tempfile.TemporaryDirectory(prefix="eodash-bench-") as folder:
        rows = [machine(), *_browser(Path(folder))]
    from eodash.bench.catalogue import against_plain_load

    return [*rows, *against_plain_load()]


def _browser(home: Path) -> list[Row]:
    rows: list[Row] = []
    with chromium() as browser:
        with served(home) as app:
            rows.append(row("app", "start → health", app.seconds, "s", 2.5))
            browser.new_page().goto("about:blank")  # the browser's own start is not the app's
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            wire = _count_wire(page)
            began = time.perf_counter()
            page.goto(app.url)
            page.get_by_role("heading", level=1).wait_for()
            rows.append(row("app", "first paint of the start page", time.perf_counter() - began, "s", 3.0))
            rows.append(row("app", "torch in the page process", float(app.loaded("libtorch")), "", 0.0))
            settled(page)
            rows.append(row("app", "first load over the wire", sum(wire) / 1e6, "MB", 2.0))
            rows.append(row("app", "demo region, first start → on the map", _open_demo(page), "s", 10.0))
            steps, sizes = _steps(page)
            note = f"of {len(steps)} steps, a pixel pinned"
            rows.append(row("app", "one step of the date slider", steps, "s", 0.25, note))
            rows.append(
                row("app", "bytes over the WebSocket per step", [size / 1e3 for size in sizes], "kB", 200.0, note)
            )
            rows += dates.measure(page, app.url, STEP)
            rows.append(row("app", "memory of the page process", app.memory / 2**20, "MiB"))
            page.close()
        with served(home) as app:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(app.url)
            page.get_by_role("heading", level=1).wait_for()
            settled(page)
            rows.append(row("app", "demo region, later start → on the map", _open_demo(page), "s", 1.0))
    return rows


def _count_wire(page: Any) -> list[int]:
    """Encoded bytes of everything the page loads."""
    sizes: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    return sizes


def _open_demo(page: Any) -> float:
    """Seconds from the click to the picture on the map."""
    began = time.perf_counter()
    page.get_by_role("button", name="Open the demo season").first.click()
    picture = page.frame_locator("iframe[title^='streamlit_folium']").locator(SCENE)
    picture.wait_for(timeout=60_000)
    picture.evaluate("image => image.decode()")
    return time.perf_counter() - began


def _steps(page: Any, count: int = 20) -> tuple[list[float], list[int]]:
    """Seconds from a press on › to the new picture on the map, and what came over the WebSocket."""
    received: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.webSocketFrameReceived", lambda event: received.append(len(event["response"]["payloadData"]) * 3 // 4)
    )
    page.get_by_role("button", name="Take a green pixel").click()
    page.frame_locator("iframe[title^='streamlit_folium']").locator(".eodash-pin").wait_for()
    page.get_by_role("slider").first.focus()
    page.keyboard.press("Home")
    seconds, sizes = [], []
    for _ in range(count):
        page.wait_for_timeout(600)  # a reader looks before the next step
        received.clear()
        seconds.append(page.evaluate(STEP) / 1e3)
        page.wait_for_timeout(300)
        sizes.append(sum(received))
    assert statistics.median(sizes) > 0, "no WebSocket frame was seen: the measure is void"
    return seconds, sizes
