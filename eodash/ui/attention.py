"""The attention page: every head, the chosen one over the series it reads, two tests, and where each pixel looks."""

from __future__ import annotations

import html
from functools import partial

import streamlit as st

from eodash.backend.questions import keeps
from eodash.cards import Card
from eodash.ui import choices
from eodash.ui.attention_chosen import Shown
from eodash.ui.attention_context import context, matrix
from eodash.ui.attention_heads import heads
from eodash.ui.attention_region import region
from eodash.ui.attention_tests import clouds, dates_away
from eodash.ui.explaining import Explained, explained, needs_pixel, pixel_map
from eodash.ui.navigation import lead
from eodash.ui.page import empty, failures
from eodash.ui.said import Said, said
from eodash.ui.said_models import key_of, models_for, networks, plain_title
from eodash.views.attention import head_of, looks_of
from eodash.views.calendar_chart import day

KEPT = "attention"
KINDS = (KEPT, "drops")


def attention() -> None:
    """Everything that the page shows of the open run."""
    here = said()
    if here is None:
        return
    if not keeps(here.card, KEPT):
        _offer(here)
        return
    _page()


@st.fragment
def _page() -> None:
    """A click anywhere on the page draws the page again, and nothing around it."""
    with failures(key="failed-attention"):
        here = said()
        if here is None or not keeps(here.card, KEPT):
            st.rerun()  # another model: more than this fragment changes
        if here.asked is None:
            _no_pixel(here)
            return
        found = explained(here, KINDS, key="attention", height=760)
        if found is None:
            pixel_map(here, "attention-pick")
            return
        shown = _looked(here, found)
        if len(shown.looks.times):
            _shown(shown)
        else:
            empty("Nothing was read", "No date of this pixel could be used. Choose another pixel on the map below.")
        with failures(key="failed-looked"):
            region(here, shown.head, shown.looks.layers, shown.looks.heads)


def _looked(here: Said, found: Explained) -> Shown:
    """An explanation in numbers, and the chosen head."""
    looks = looks_of(found.series, found.explained, causal=here.card.causal, masks=here.card.input.level != "l1c")
    return Shown(here, found, looks, head_of(looks, choices.view("head")))


def _shown(shown: Shown) -> None:
    """Heads beside the chosen one, then its matrix beside the two tests."""
    st.html(f"<p class='eo-found' data-eo='attention-pixel'>{_about(shown.said, shown.found)}</p>")
    left, right = st.columns([1, 2.25], gap="medium")
    with left:
        heads(shown)
    with right:
        context(shown)
    left, middle, right = st.columns([1.45, 1, 1], gap="medium")
    with left:
        matrix(shown)
    with middle, st.container(border=True, height="stretch", key="attention-test-1"):
        clouds(shown)
    with right, st.container(border=True, height="stretch", key="attention-test-2"):
        dates_away(shown)


def _about(here: Said, found: Explained) -> str:
    """The pixel, what is said of it at the end, and how cloudy it was; in words."""
    row, column = here.asked or (0, 0)
    last = day(here.times[-1], year=True)
    name, score = found.explained.attrs.get("winner"), found.explained.attrs.get("score")
    cloudy = int((~found.series["clear"].values.astype(bool)).sum())
    told = (
        f"<b>{html.escape(str(name))}</b>, {100 * float(score):.0f} %, after {last}."
        if name and score is not None
        else "no answer."
    )
    dates = len(here.times)
    return (
        f"Pixel {column} E, {here.cube.shape[2] - 1 - row} N: {told} "
        f"<span class='eo-soft'>{cloudy} of {dates} date{'s' if dates != 1 else ''} cloudy. "
        "Click the map below for another pixel.</span>"
    )


def _no_pixel(here: Said) -> None:
    left, right = st.columns([1.28, 1], gap="medium")
    with left:
        needs_pixel(here)
    with right:
        pixel_map(here, "attention-pick")


def _offer(here: Said) -> None:
    """A network without attention: which ones have it, and one of them."""
    title = plain_title(here.card)
    offered = [card for card in models_for(here.cube) if keeps(card, KEPT)]
    names = [plain_title(some[0]) for some in networks().values() if keeps(some[0], KEPT)]
    words = ", ".join(dict.fromkeys(names)) or "none on the shelf"
    why = f"It does not weigh dates against each other, so there is nothing to draw. Networks that do: {words}."
    if not offered:
        why += " None of them fits these images."
    label, act = (f"Ask {plain_title(offered[0])}", partial(_ask, offered[0])) if offered else ("Which model?", _models)
    empty(f"{title} has no attention", why, label, act)


def _ask(card: Card) -> None:
    choices.keep_view(model=key_of(card))


def _models() -> None:
    lead("models")
