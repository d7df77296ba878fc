"""The start page: what one can do, a picture of the demo region, one click to open it."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from eodash.sources.demo import demo_request
from eodash.ui import choices
from eodash.ui.exhibits import EXHIBITS, Exhibit
from eodash.ui.exhibits_open import open_exhibit
from eodash.ui.navigation import lead
from eodash.ui.page import failed, mode, section
from eodash.ui.regions import HOME
from eodash.ui.starting import start
from eodash.world import REGIONS


@dataclass(frozen=True)
class Card:
    """A question with a picture; a click opens a demo region with a view that answers it."""

    question: str
    line: str
    picture: str
    region: str
    view: dict[str, object]
    page: str = "look"


ELSEWHERE = {
    "winter-rain-south": "Crops grow from May to November and are dry by Christmas.",
    "temperate-south": "A southern calendar: midsummer is in January.",
}
CARDS = (
    Card("What did the satellite see?", "A farmed valley in true colour, every five days.", HOME, HOME, {}),
    Card("Where is it green?", "The same fields, green leaves as an index.", f"{HOME}-ndvi", HOME, {"layer": "ndvi"}),
    Card(
        "What grows where, date by date?", "A class map for any date; click a pixel for its whole year.",
        f"{HOME}-classes", HOME, {}, "dates",
    ),
    Card(
        "What changed, and when?", "A valley over two years: a lake, houses, felled wood, a fire.",
        "changing-valley", "changing-valley", {}, "change",
    ),
    *(Card(REGIONS[name].title, line, name, name, {"layer": "true"}) for name, line in ELSEWHERE.items()),
)  # fmt: skip


def open_demo(name: str, view: dict[str, object], page: str = "look") -> None:
    """Start (or find again) the season of a demo region, and remember how to look at it."""
    asked = demo_request(name)
    choices.keep(**vars(choices.Draft.of(asked)))
    start(asked, "Demo season" if name == HOME else REGIONS[name].title)
    if "start-error" not in st.session_state:
        if view:
            choices.keep_view(**view)
        lead(page)


def actions() -> None:
    """The two ways in."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button("Draw my own area", icon=":material/crop_free:", key="draw", on_click=lead, args=("area",))
        st.button(
            "Open the demo season", type="primary", icon=":material/play_arrow:", key="demo",
            on_click=open_demo, args=(HOME, {}),
        )  # fmt: skip


def refusal() -> None:
    """Why a demo could not be opened."""
    if (error := st.session_state.pop("start-error", None)) is not None:
        failed(error, key="start-failed")


def cards() -> None:
    """The demo, and what can be seen on it."""
    for row in range(0, len(CARDS), 3):
        for column, card in zip(st.columns(3, gap="medium"), CARDS[row : row + 3], strict=False):
            with column:
                opened = (card.region, card.view, card.page)
                _card(card.picture, f"regions/{card.picture}.webp", card.question, card.line, open_demo, opened)


def founding() -> None:
    """The guided exhibits."""
    section("Founding figures", "Each opens on the demo season with what to look at, and what it does not prove.")
    names = list(EXHIBITS)
    for row in range(0, len(names), 3):
        for column, name in zip(st.columns(3, gap="medium"), names[row : row + 3], strict=False):
            exhibit = EXHIBITS[name]
            with column:
                _card(name, picture_of(name, exhibit), exhibit.question, exhibit.line, open_exhibit, (name,))


def picture_of(name: str, exhibit: Exhibit) -> str:
    """Maps look alike by day and by night, drawings do not."""
    return f"exhibits/{name}.webp" if exhibit.page == "dates" else f"exhibits/{name}-{mode()}.svg"


def _card(key: str, picture: str, question: str, line: str, act: Callable[..., None], arguments: Any) -> None:
    with st.container(border=True, height="stretch", key=f"card-{key}"):
        st.html(
            f"<div class='eo-card'><img src='/eodash/assets/{picture}' "
            f"alt='{html.escape(question + ' ' + line, quote=True)}'></div>"
        )
        st.button(question, type="tertiary", key=f"open-{key}", on_click=act, args=arguments)
        st.html(f"<p class='eo-caption'>{html.escape(line)}</p>")
