"""From what to what: two land-cover maps by a model of the shelf, compared pixel by pixel, and how sure both are."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.agreement import transitions
from eodash.backend.questions import NOTHING, SURE
from eodash.cards import Card, change_card
from eodash.change.pair import Mask
from eodash.ui import asking, choices
from eodash.ui.change_choice import keep
from eodash.ui.change_found import Found
from eodash.ui.change_jobs import cover_of, covers
from eodash.ui.change_learned import maps, name_of
from eodash.ui.figure import figure
from eodash.ui.page import empty, mode, section
from eodash.ui.said_models import chosen, legend_of, models_for, plain_title, series
from eodash.views.change_flow import flows, sankey, transition_frame
from eodash.views.change_words import percent
from eodash.views.hectares import in_words

KEY = "change-cover-map"
BOTH = "cover-and-change"
"""The method that names land cover, too."""
QUESTION = "From what to what?"


@dataclass(frozen=True, eq=False)
class Covers:
    """What a model says of both dates."""

    card: Card
    legend: str
    said: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    confidence: tuple[NDArray[np.floating], NDArray[np.floating]]  # 0–1
    where: Mask  # what counts: both have an answer, and the images changed if that was wished

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.card.legends[self.legend]]

    @property
    def colours(self) -> list[str]:
        return [each.colour for each in self.card.legends[self.legend]]

    @property
    def changed(self) -> Mask:
        changed: Mask = self.where & (self.said[0] != self.said[1])
        return changed

    def hectares(self, cell: float) -> NDArray[np.float64]:
        """From (row) to (column), within what counts."""
        counts = transitions(self.said[0][self.where], self.said[1][self.where], len(self.names))
        return counts.astype(np.float64) * cell


def reader(here: Found) -> Card | None:
    """The chosen model if it reads these images, else the first that does."""
    cube = series(here.dates.run)
    offered = [] if cube is None else models_for(cube)
    wanted = None if cube is None else chosen(cube)
    names = [card.name for card in offered]
    return wanted if wanted is not None and wanted.name in names else next(iter(offered), None)


def own_covers(here: Found) -> Covers | None:
    """Land cover of both dates by the very network that found the change, if it names any."""
    settings = here.detected.settings
    made = maps.get(name_of(here.dates, settings)) if settings.method == BOTH else None
    return None if made is None or "before" not in made else covers_of(here, change_card(BOTH), made, "landcover")


def covers_known(here: Found) -> Covers | None:
    """What has been asked by now."""
    if (own := own_covers(here)) is not None:
        return own
    card = reader(here)
    if card is None:
        return None
    made = covers.get(cover_of(here, card, legend_of(card)).name)
    return None if made is None else covers_of(here, card, made)


def covers_of(here: Found, card: Card, made: xr.Dataset, legend: str = "") -> Covers:
    first, second = (np.asarray(made[name].values) for name in ("before", "after"))
    sure = tuple(
        np.asarray(made[f"{name}_confidence"].values, np.float32) / SURE for name in ("before", "after")
    )  # fmt: skip
    where = (first != NOTHING) & (second != NOTHING)
    if choices.view("change-within") is not False:
        where &= here.mask
    return Covers(card, legend or legend_of(card), (first, second), (sure[0], sure[1]), where)


def cover(here: Found) -> None:
    """The Sankey in class colours, or what leads to it."""
    if (own := own_covers(here)) is not None:
        _flow(here, own)
        return
    card = reader(here)
    if card is None:
        section(QUESTION)
        empty("No model of the shelf reads these images", "Land cover at both dates needs one for this sensor's bands.")
        return
    ask = cover_of(here, card, legend_of(card))
    if covers.get(ask.name) is None and choices.view("change-cover") is not True:
        section(QUESTION, f"{plain_title(card)} names the land cover at both dates.")
        empty(
            "Land cover not asked yet", "Two maps by a model, compared pixel by pixel; it takes some seconds.",
            "Compare land cover", lambda: choices.keep_view(**{"change-cover": True}),
        )  # fmt: skip
        return
    made = covers.get(ask.name)
    if made is None:
        section(QUESTION, f"{plain_title(card)} is asked about both dates.")
        made = asking.or_progress(KEY, ask.name, "Naming the land cover", lambda: covers.get(ask.name), ask.begin)
    if made is not None:
        _flow(here, covers_of(here, card, made))


def _flow(here: Found, both: Covers) -> None:
    sizes = both.hectares(here.cell)
    largest = flows(sizes)
    within = choices.view("change-within") is not False
    if not largest:
        section(QUESTION)
        empty("Nothing goes from one class to another", "The model says the same at both dates, where it was asked.")
    else:
        a, b, most = largest[0]
        words = f"The largest flow, {in_words(most)}, goes from {both.names[a]} to {both.names[b]}."
        figure(
            sankey(sizes, both.names, both.colours, mode()), "change-sankey", question=QUESTION,
            caption=f"Hectares by {plain_title(both.card)}" + (", changed pixels only." if within else "."),
            alt=words, table=partial(transition_frame, sizes, both.names),
        )  # fmt: skip
    st.session_state["change-within"] = within
    st.toggle("Only where the images changed", key="change-within", on_change=keep, args=("change-within",))
    if both.changed.any():
        first, second = (float(np.median(each[both.changed])) for each in both.confidence)
        words = html.escape(_sure(both, here.cell, first, second))
        st.html(f"<p class='eo-caption' data-eo='change-confidence'>{words}</p>")


def _sure(both: Covers, cell: float, first: float, second: float) -> str:
    return (
        f"{in_words(float(both.changed.sum()) * cell)} are named otherwise; the model is {percent(first)} sure of the "
        f"class before and {percent(second)} of that after, by the median."
    )
