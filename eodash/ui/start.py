"""The start page: what one can do, a picture of the demo region, one click to open it."""

from __future__ import annotations

import html
from dataclasses import dataclass

import streamlit as st

from eodash.sources.demo import demo_request
from eodash.ui import choices
from eodash.ui.navigation import lead
from eodash.ui.page import failed
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
    "winter-rain-north": "Winter cereals ripen in May, summers are bare.",
    "temperate-south": "A southern calendar: midsummer is in January.",
}
CARDS = (
    Card("What did the satellite see?", "A farmed valley in true colour, every five days.", HOME, HOME, {}),
    Card("Where is it green?", "The same fields, green leaves as an index.", f"{HOME}-ndvi", HOME, {"layer": "ndvi"}),
    Card(
        "What grows where, date by date?", "A class map for any date; click a pixel for its whole year.",
        f"{HOME}-classes", HOME, {}, "dates",
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
    for row in range(0, len(CARDS), 3):
        for column, card in zip(st.columns(3, gap="medium"), CARDS[row : row + 3], strict=False):
            with column, st.container(border=True, height="stretch", key=f"card-{card.picture}"):
                _card(card)


def _card(card: Card) -> None:
    st.html(
        f"<div class='eo-card'><img src='/eodash/assets/regions/{card.picture}.webp' "
        f"alt='{html.escape(card.question + ' ' + card.line, quote=True)}'></div>"
    )
    st.button(
        card.question, type="tertiary", key=f"open-{card.picture}",
        on_click=open_demo, args=(card.region, card.view, card.page),
    )  # fmt: skip
    st.html(f"<p class='eo-caption'>{html.escape(card.line)}</p>")
