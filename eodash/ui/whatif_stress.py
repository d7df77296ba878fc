"""The region under stress: how each model holds as its clear dates go under clouds, asked one by one."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
import xarray as xr

from eodash.backend.explanations import ask_sample, kept_sample, sample_key
from eodash.backend.questions import MapQuestion
from eodash.cards import Card
from eodash.errors import EodashError
from eodash.store import Run
from eodash.truth import Truth
from eodash.ui import asking, cached, choices
from eodash.ui.figure import figure
from eodash.ui.page import empty, failures, mode, section
from eodash.ui.said import Said, said
from eodash.ui.said_compare_other import NAMES, counterpart, titled, twin_request
from eodash.ui.said_models import level_of, models_for, networks, plain_title
from eodash.ui.said_truth import truth_for
from eodash.views.whatif_stress import Strained, held, stress_chart, stress_in_words, stress_table

KIND = "stress"
SHARES = tuple(range(0, 100, 10))
"""Per cent of the clear dates."""


@st.fragment
def stress() -> None:
    """Which models, the share, the curves; each model is asked once somebody wants it."""
    with failures(key="stress-broken"):
        here = said()
        if here is None:
            return
        section(
            "How much cloud does each model bear?",
            "A share of the clear dates of each pixel goes under clouds: painted into raw images, masked out of "
            "preprocessed ones. 256 pixels of the region, drawn alike for all.",
        )
        offered = cards_for(here)
        wanted = chosen(offered)
        share = _controls(here, offered, wanted)
        if not wanted:
            _nothing(here, offered)
            return
        sides = {card.input.level: card for card in wanted}
        readers = {level: _reader(here, card) for level, card in sides.items()}
        found = []
        for card in wanted:
            run = readers[card.input.level]
            made = None if run is None else _strained(here, run, card)
            found += [] if made is None else [made]
        if found:
            _drawn(here, found, share)


def cards_for(here: Said) -> dict[str, Card]:
    """The networks of this run, then those of its counterpart, by name; the open one and its other input first."""
    level = level_of(here.cube)
    other = "l2a" if level == "l1c" else "l1c"
    mine = models_for(here.cube)
    has = twin_request(here.run, other) is not None
    theirs = [card for some in networks().values() for card in some if has and card.input.level == other]
    every = sorted([*mine, *theirs], key=lambda card: card.architecture != here.card.architecture)
    return {card.name: card for card in every}


def chosen(offered: dict[str, Card]) -> list[Card]:
    """Those that somebody wants to see."""
    wanted = choices.view("stressed")
    names = wanted if isinstance(wanted, list) else []
    return [offered[name] for name in dict.fromkeys(each for each in names if isinstance(each, str)) if name in offered]


def share_of() -> float:
    """The marked share, 0 to 0.9."""
    wanted = choices.view("share")
    return next((each for each in SHARES if each == wanted and not isinstance(wanted, bool)), 50) / 100


def _controls(here: Said, offered: dict[str, Card], wanted: Sequence[Card]) -> float:
    left, right = st.columns([1.6, 1], gap="medium", vertical_alignment="bottom")
    names = [card.name for card in wanted]
    if st.session_state.get("stressed") != names:
        st.session_state["stressed"] = names
    left.multiselect(
        "Models", list(offered), format_func=lambda name: titled(offered[name]), key="stressed",
        placeholder="Choose models to ask", on_change=lambda: _keep(stressed=st.session_state["stressed"]),
    )  # fmt: skip
    share = share_of()
    if st.session_state.get("stress-share") != round(100 * share):
        st.session_state["stress-share"] = round(100 * share)
    right.slider(
        "Clear dates under clouds", SHARES[0], SHARES[-1], step=10, format="%d %%", key="stress-share",
        on_change=lambda: _keep(share=st.session_state["stress-share"]),
    )  # fmt: skip
    return share


def _keep(**changed: object) -> None:
    choices.keep_view(**changed)


def _nothing(here: Said, offered: dict[str, Card]) -> None:
    """Nobody has been asked yet: the open model and its other input are offered."""
    first = [name for name, card in offered.items() if card.architecture == here.card.architecture]
    first = first or list(offered)[:1]
    both = "raw and preprocessed" if len(first) > 1 else NAMES[here.card.input.level]
    empty(
        "No model has been put under stress yet",
        "Each takes some seconds, and is asked when you want it.",
        f"Stress {plain_title(here.card)}, {both}",
        lambda: _keep(stressed=first),
    )


def _strained(here: Said, run: Run, card: Card) -> Strained | None:
    """The curve of a model if it is kept; else how far it is stands here."""
    legend = here.legend if here.legend in card.legends else next(iter(card.legends))
    question, series = _question(run, card, legend)
    store = cached.store()
    found = asking.or_progress(
        f"stress-{card.name}",
        sample_key(question, KIND),
        f"{titled(card)}",
        lambda: kept_sample(store, question, KIND),
        lambda owner: ask_sample(store, asking.maps(), owner, question, series, card, KIND),
        "pixel",
    )
    if found is None:
        return None
    truth = _truth(replace(here, run=run, cube=series, card=card, legend=legend, map=None, place=None))
    at = None if truth is None else truth.classes[found["row"].values, found["column"].values]
    values, pixels = held(found["said"].transpose("share", "pixel").values, at)
    shares = np.asarray(found["share"].values, np.float64)
    return Strained(plain_title(card), NAMES[card.input.level], shares, values, pixels)


def _question(run: Run, card: Card, legend: str) -> tuple[MapQuestion, xr.DataArray]:
    """About the end of the season."""
    question, series = asking.question_about(run, card, legend, (0,), raw=card.input.level == "l1c")
    return replace(question, dates=(series.sizes["time"] - 1,)), series


def _reader(here: Said, card: Card) -> Run | None:
    """The run that a model reads: the open one, or its counterpart; what is missing of that stands here."""
    return here.run if card.input.level == level_of(here.cube) else counterpart(here, card)[0]


def _truth(here: Said) -> Truth | None:
    try:
        return truth_for(here)
    except EodashError:  # said where labels are compared
        return None


def _drawn(here: Said, found: Sequence[Strained], share: float) -> None:
    known = _truth(here) is not None
    words = stress_in_words(found, share, known)
    figure(
        stress_chart(found, share, known, mode()),
        "whatif-stress",
        question="Which model holds when it is cloudy?",
        caption="Dashed: raw images; solid: preprocessed ones. The line across is the share chosen above.",
        alt=f"Curves over the share of clear dates under clouds, {len(found)} models",
        table=lambda: stress_table(found),
    )
    what = (
        "Accuracy against the truth of these pixels."
        if known
        else "No truth is known of this region: agreement with the answer without more clouds, which may be wrong."
    )
    told = (
        f"{found[0].pixels} pixels; a difference below some 6 points is within chance. Which dates go is drawn once, "
        "the same for every model. The models were trained on simulated clouds."
    )
    st.html(
        f"<p class='eo-found' data-eo='stress-reading'>{words} "
        f"<span class='eo-soft'>{html.escape(what)} {html.escape(told)}</span></p>"
    )
