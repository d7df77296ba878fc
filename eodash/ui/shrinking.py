"""Shrink to fit: cheaper questions, each with its effect; one press takes one, another goes back."""

from __future__ import annotations

import html
from dataclasses import replace

import streamlit as st

from eodash.request import Request
from eodash.settings import settings
from eodash.shrink import Offer, offers, suggested, too_much
from eodash.sources.contract import Plan
from eodash.ui import choices
from eodash.ui.page import caption
from eodash.ui.regions import megabytes


def shrink_button(request: Request, found: Plan | BaseException, kept: bool = False) -> None:
    """The button that opens the offers, and closes them."""
    shown = _open(request, found, kept)
    st.button(
        "Shrink to fit", icon=":material/compress:", key="shrink", on_click=_toggle, args=(request.key, not shown)
    )


def shrink_offers(request: Request, found: Plan | BaseException, kept: bool = False) -> None:
    """The offers, if they are open: of themselves where a question is too large or slow."""
    _undo(request)
    if not _open(request, found, kept):
        return
    made = offers(request, found, settings())
    if not made:
        caption("Nothing smaller is worth it: this is a small question.")
        return
    best = suggested(made)
    with st.container(border=True, key="offers"):
        for place, offer in enumerate(best):
            _offer(offer, f"offer-{place}", request)
    rest = [offer for offer in made if offer not in best]
    if rest:
        with st.expander(f"{len(rest)} other way{'s' if len(rest) != 1 else ''}"):
            for place, offer in enumerate(rest):
                _offer(offer, f"other-{place}", request)


def _offer(offer: Offer, key: str, request: Request) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"shrink-{key}"):
        mark = "<span class='eo-ok' title='fits'>●</span>" if offer.fits else "<span class='eo-warn'>▲</span>"
        st.html(
            f"<div style='line-height:1.4'>{mark} <b>{html.escape(offer.title)}</b><br>"
            f"<span class='eo-caption'>{html.escape(effect(offer))}{_short_of(offer)}</span></div>",
            width="stretch",
        )
        st.button("Take it", key=f"take-{key}", on_click=_take, args=(offer.request, request, offer.title))


def effect(offer: Offer) -> str:
    """What an offer changes, in numbers: `34 → 17 dates · 44.6 → 22.3 MB · ≈ 4.4 → 2.7 s`."""
    before, after = offer.before, offer.after
    about = "" if after.exact else "≈ "
    said = []
    if after.dates != before.dates:
        said.append(f"{about}{before.dates:,} → {after.dates:,} dates")
    if (after.rows, after.columns) != (before.rows, before.columns):
        said.append(f"{about}{before.columns:,} × {before.rows:,} → {after.columns:,} × {after.rows:,} px")
    said.append(about + _change(megabytes(before.bytes), megabytes(after.bytes)))
    said.append(f"≈ {_change(_seconds(before.seconds), _seconds(after.seconds))}")
    return " · ".join(said)


def _change(before: str, after: str) -> str:
    """`44.6 → 22.3 MB`: the unit once where both have the same, one number where nothing changes."""
    if before == after:
        return after
    number, _, unit = before.partition(" ")
    return f"{number if after.endswith(f' {unit}') else before} → {after}"


def _seconds(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def _short_of(offer: Offer) -> str:
    """Why an offer is not enough of itself."""
    if offer.fits:
        return ""
    slow = offer.after.bytes <= settings().cube_mib * 2**20 and offer.after.dates <= settings().dates
    return f" · <span class='eo-warn'>{'still over a minute' if slow else 'still too large'}</span>"


def _open(request: Request, found: Plan | BaseException, kept: bool) -> bool:
    """As somebody has said for this question; else where it is too large or slow, and not here already."""
    key, wanted = st.session_state.get("shrink-open", ("", False))
    return bool(wanted) if key == request.key else too_much(found) and not kept


def _toggle(key: str, wanted: bool) -> None:
    st.session_state["shrink-open"] = (key, wanted)


def _take(asked: Request, before: Request, title: str) -> None:
    """Make an offer the question; remember what it was."""
    st.session_state["shrunk"] = (before, asked.key, title)
    ask(asked)


def _undo(request: Request) -> None:
    before, key, title = st.session_state.get("shrunk", (None, "", ""))
    if before is None or key != request.key:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="shrunk-note"):
        caption(f"✓ Taken: {title}.")
        st.button("Undo", icon=":material/undo:", type="tertiary", key="unshrink", on_click=_back, args=(before,))


def _back(before: Request) -> None:
    st.session_state.pop("shrunk", None)
    ask(before)


def ask(request: Request) -> None:
    """Make a request the question at hand; where the same files are meant, they stay chosen."""
    here, asked = choices.draft(), choices.Draft.of(request)
    if request.recipe and request.recipe == here.recipe:
        asked = replace(asked, path=here.path, corrections=here.corrections)
    choices.keep(**vars(asked))
    choices.show_draft()
