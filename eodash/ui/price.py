"""The price of a question before anything is fetched, and the button that fetches it."""

from __future__ import annotations

import html
from dataclasses import replace

import streamlit as st

from eodash.errors import DateError, EodashError
from eodash.request import THIN, Request
from eodash.settings import settings
from eodash.shrink import SLOW, offers, price, suggested
from eodash.sources import sources
from eodash.sources.contract import Plan
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.area import take_region
from eodash.ui.navigation import lead
from eodash.ui.page import caption, failed
from eodash.ui.regions import counted, ground, megabytes, title_of
from eodash.ui.shrinking import ask, shrink_button, shrink_offers
from eodash.ui.starting import retry, start, under_way, watch


def price_and_fetch() -> None:
    """The estimate, then Fetch; or the fetch as it stands."""
    try:
        request = choices.draft().request
    except DateError as error:
        failed(error, key="dates-failed")
        return
    opened = choices.run()
    if opened is not None and (request is None or opened.key != request.key):
        _another_question(opened, None if request is None else _differs(opened.request, request))
        opened = None
    if request is None:
        files = choices.draft().source == "files"
        ways = (
            "The price stands here once the files are read."
            if files
            else ("Draw an area on the map, type one, or take a demo region: then its price stands here.")
        )
        caption(ways)
        return
    if (refused := st.session_state.pop("start-error", None)) is not None:
        failed(refused, {"Try again": lambda: start(request)}, key="start-failed")
    if opened is not None and under_way(request.key):
        watch(request.key)
    else:
        _price(request, opened)


def _another_question(opened: Run, differs: str | None) -> None:
    """The open run stays what it is, however the question goes on."""
    count = counted(cached.store().dates(opened.key))["used"]
    kept = f"{count} date{'s' if count != 1 else ''}" if opened.state != "evicted" else "its data were evicted"
    missing = "no reading of the files yet" if choices.draft().source == "files" else "no area yet"
    what = f"another {differs}" if differs else missing if differs is None else "another name"
    offer = " Fetch makes a new one." if differs is not None else ""
    with st.container(border=True, gap="xsmall", key="another-question"):
        st.html(
            "<div class='eo-caption'>This is another question than the open run "
            f"<b>‘{html.escape(title_of(opened))}’</b> ({kept}): {what}. That run is kept.{offer}</div>"
        )
        st.button(
            "Back to that run", icon=":material/undo:", type="tertiary", key="back-to-run",
            on_click=ask, args=(opened.request,),
        )  # fmt: skip


def _differs(before: Request, now: Request) -> str:
    """In what a question differs from another, in words."""
    names = {
        "area": "area", "period": "dates", "source": "source", "product": "product", "resolution": "pixel",
        "max_cloud": "cloud limit", "thin": "thinning", "recipe": "reading of the files", "bands": "bands",
    }  # fmt: skip
    before = replace(before, area=replace(before.area, name=now.area.name))
    return ", ".join(word for name, word in names.items() if getattr(before, name) != getattr(now, name))


def _price(request: Request, opened: Run | None) -> None:
    future = cached.plan(request)
    if not future.done():
        _waiting(request)
        return
    error = future.exception()
    if isinstance(error, EodashError):
        _unpriced(error, request)
        shrink_offers(request, error)
        return
    plan, kept = future.result(), cached.cube(request.key) is not None
    st.html(price_table(plan, kept))
    if request.thin:
        _thinned(request)
    if st.session_state.pop("repriced", False):
        caption("▲ The question changed with that click: this is the price now. Press again to fetch.")
    if opened is not None and opened.state in ("failed", "cancelled", "interrupted", "partial", "evicted"):
        _unfinished(opened)
        return
    with st.container(horizontal=True):
        if opened is not None and opened.state == "done":
            st.button(
                "Look at it", type="primary", icon=":material/satellite_alt:", key="look", on_click=lead, args=("look",)
            )
        else:
            label = f"{'Open' if kept else 'Fetch'} {len(plan.dates)} date{'s' if len(plan.dates) != 1 else ''}"
            st.button(
                label, type="primary", icon=":material/download:", key="fetch", on_click=_fetch, args=(request,),
                disabled=bool(sources()[request.source].products[request.product].missing),
            )  # fmt: skip
        shrink_button(request, plan, kept)
    shrink_offers(request, plan, kept)


def _thinned(request: Request) -> None:
    """That dates are left out on purpose, and the way back."""
    with st.container(horizontal=True, vertical_alignment="center", key="thinned"):
        caption(f"Thinned: {THIN[request.thin]}, the clearest.")
        st.button(
            "All dates", type="tertiary", key="all-dates", on_click=ask, args=(replace(request, thin=""),),
        )  # fmt: skip


def _fetch(priced: Request) -> None:
    """Start what was priced; a date that was still being typed changes the price first."""
    for name in ("start", "end"):
        typed = st.session_state.get(f"choose-{name}")
        if typed is not None:
            choices.keep(**{name: typed})
    if choices.draft().request == priced:
        start(priced)
    else:
        st.session_state["repriced"] = True


@st.fragment(run_every=0.4)
def _waiting(request: Request) -> None:
    """Until the catalogue has answered; the rest of the page can be used meanwhile."""
    if cached.plan(request).done():
        st.rerun()
        return
    caption("Asking the catalogue which images there are …")


def _unpriced(error: EodashError, request: Request) -> None:
    ways = {}
    if error.code == "no_dates" and (clouds := error.details.get("clouds")):
        limit = min(100, -(-int(min(clouds) + 15) // 5) * 5)
        ways[f"Use {limit} %"] = lambda: _allow_cloud(limit)
    if error.code == "outside_demo":
        ways["Take the demo region"] = take_region
    if error.retryable or error.code in ("unreachable", "timeout", "resting"):
        ways["Try again"] = lambda: cached.plan.forget(request)
    if request.source != "demo":
        ways["Open the demo season"] = take_region
    failed(error, ways, key="price-failed")


def _allow_cloud(limit: int) -> None:
    choices.keep(max_cloud=limit)
    choices.show_draft()


def _unfinished(opened: Run) -> None:
    """A run that did not end well, and what brings it on."""
    done = counted(cached.store().dates(opened.key))
    said = opened.error or {
        "name": opened.state,
        "message": {
            "cancelled": "The fetch was cancelled.",
            "interrupted": "The server stopped during this fetch.",
            "evicted": "The data of this run were removed to make room.",
            "partial": f"{done['failed']} of {done['failed'] + done['used']} dates failed.",
        }.get(opened.state, "The fetch failed."),
        "advice": f"Dates kept: {done['used']}. Only what is missing is fetched again.",
    }
    ways = {"Fetch what is missing": lambda: retry(opened)}
    failed(said, ways, key="run-failed")
    if cached.cube(opened.key) is not None:
        st.button("Look at what there is", key="look", on_click=lead, args=("look",))


def price_table(plan: Plan, kept: bool) -> str:
    """Pixels, dates, megabytes, memory, seconds: a line each, a mark where one is large."""
    cost = price(plan)
    seconds = 0.5 if kept else cost.seconds
    known = len(plan.dates) + len(plan.skipped)
    scenes = sum(len(planned.items) for planned in plan.dates)
    most = settings().cube_mib * 2**20

    def mark(good: bool) -> str:
        return "<span class='eo-ok' title='fine'>●</span>" if good else "<span class='eo-warn' title='large'>▲</span>"

    table = [
        ("Area", f"{cost.columns:,} × {cost.rows:,} px · {ground(plan.request.area)}", True),
        ("Dates", f"{cost.dates} of {known}", cost.dates >= 3),
        ("Download", _download(plan, kept, scenes), True),
        ("Cube", megabytes(cost.bytes), cost.bytes < 0.6 * most),
        ("Memory", f"≈ {megabytes(cost.bytes if kept else cost.memory)}", cost.memory < most),
        ("Time", "here already" if kept else f"≈ {seconds:,.0f} s", seconds <= SLOW),
    ]
    body = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td><td>{mark(good)}</td></tr>"
        for name, value, good in table
    )
    note = ""
    if plan.provenance.get("clipped"):
        note = "<p class='eo-caption eo-warn'>▲ Part of the area lies outside the demo region and stays empty.</p>"
    elif seconds > SLOW:
        note = f"<p class='eo-caption eo-warn'>▲ {html.escape(_slow(plan))}</p>"
    return f"<table class='eo-price'>{body}</table>{note}"


def _download(plan: Plan, kept: bool, scenes: int) -> str:
    """What travels over the network."""
    if kept:
        return "none"
    if plan.request.source in ("demo", "files"):
        return "none, made here" if plan.request.source == "demo" else "none, read here"
    return f"≈ {megabytes(plan.bytes)} of {scenes:,} scene{'s' if scenes != 1 else ''}"


def _slow(plan: Plan) -> str:
    """That a fetch takes long, and the cheapest way around."""
    quick = [one for one in suggested(offers(plan.request, plan, settings())) if one.fits]
    way = f" {quick[0].title} takes ≈ {quick[0].after.seconds:,.0f} s." if quick else ""
    return f"Over a minute.{way}"
