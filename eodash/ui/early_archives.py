"""Series without dates: accuracy, earliness and their harmonic mean per set, and what stopping early wins or loses."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from eodash import metrics
from eodash.cards import Card
from eodash.ui.early_found import can_stop
from eodash.ui.figure import figure
from eodash.ui.models_shelf import known
from eodash.ui.models_tables import scrolling
from eodash.ui.page import caption, empty, mode, section
from eodash.views.early_sets import Against, sets_chart

QUESTION = "Does stopping early pay on series without dates?"
STOPS = re.compile(r"where it stops of itself (\d?\.\d+)")
"""How a score says what it is worth at its own stop, where that is no score of its own."""
WHOLE, EARLY = "as it is", "as it is, when it stops"
SHORT = {"never stops": "whole", "stops": "stopped", "tie": "tie"}
NAMES = {"gunpoint": "GunPoint (UCR)", "world": "simulated fields", "phiweek19": "100 parcels, Bavaria"}


@dataclass(frozen=True)
class Measured:
    """A set: what a model is worth that waits for all of a series, and what at its own stop."""

    data: str
    model: str
    dated: bool
    series: int
    whole: float  # accuracy of whoever never stops; its earliness is 0
    accuracy: float  # where it stops
    earliness: float
    deviation: float  # of an accuracy

    @property
    def what(self) -> str:
        return f"{self.data}: {self.model}"

    @property
    def harmonic(self) -> float:
        return metrics.harmonic_mean(self.accuracy, self.earliness)

    @property
    def accuracy_wins(self) -> str:
        """Who wins on accuracy: within the deviation nobody does."""
        apart = self.accuracy - self.whole
        return "tie" if abs(apart) <= self.deviation else "stops" if apart > 0 else "never stops"


def archives() -> None:
    """Sets of the UCR archive and others at hand, from the scores on the cards."""
    found = measured(card for card in known().values() if can_stop(card))
    section(
        QUESTION,
        "UCR archives have steps instead of dates; sets of fields stand beside them. Scores are those of the cards.",
    )
    if not found:
        empty("No model that stops has been scored yet", "Scores come from the command line: evaluate --data …")
        return
    words = told(found)
    left, right = st.columns((1.45, 1), gap="medium", vertical_alignment="center")
    with left:
        figure(
            sets_chart([_drawn(one) for one in found], mode()), "early-sets", question=QUESTION, alt=words,
            table=lambda: table(found), heading=False,
            caption="● where it stops, ○ whoever never stops; the line is what stopping buys, and costs.",
        )  # fmt: skip
    with right:
        st.html(f"<p class='eo-found' data-eo='archives'>{html.escape(words)}</p>")
        caption(
            "Whole: whoever never stops, with earliness 0. A win on accuracy takes more than a deviation of the score. "
            "Train on another set of the archive: python -m eodash train early-lstm-gunpoint --data ucr:FILE_TRAIN.ts"
        )
    st.html(domination(found))


def measured(cards: Iterable[Card]) -> list[Measured]:
    """A row per model and set that has both: undated sets first, each by name."""
    found = []
    for card in cards:
        early = {(score.data, score.legend): score for score in card.scores if score.what == EARLY}
        for score in card.scores:
            if score.what != WHOLE:
                continue
            own = early.get((score.data, score.legend))
            told_so = STOPS.search(score.note)
            accuracy = own.accuracy if own is not None else float(told_so[1]) if told_so else None
            earliness = own.earliness if own is not None else score.earliness
            if accuracy is None or earliness is None:
                continue
            legend = f", {score.legend}" if card.input.level else ""
            network = card.title.split(",")[0]
            level = {"l1c": ", raw", "l2a": ", preprocessed"}.get(card.input.level, "")
            name = NAMES.get(score.data, score.data)
            found.append(
                Measured(f"{name}{legend}", f"{network}{level}", bool(card.input.level), score.series, score.accuracy,
                         accuracy, earliness, score.deviation)
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.dated, one.what))


def table(found: list[Measured]) -> pd.DataFrame:
    """Every figure of every set."""
    return pd.DataFrame(
        {"set and model": one.what, "series": one.series, "accuracy, never stops": one.whole,
         "accuracy, stops": one.accuracy, "deviation": one.deviation, "earliness": one.earliness,
         "harmonic mean": round(one.harmonic, 4), "wins on accuracy": one.accuracy_wins, "wins on earliness": "stops"}
        for one in found
    )  # fmt: skip


def domination(found: list[Measured]) -> str:
    """Sets down; accuracy, earliness and harmonic mean, and who wins each, across."""
    heads = ("set", "model", "accuracy, whole → stopped", "earliness", "harmonic", "accuracy to", "earliness to")
    head = "".join(f"<th{' class=eo-left' if at in (0, 1, 5, 6) else ''}>{name}</th>" for at, name in enumerate(heads))
    body = "".join(
        f"<tr><td class='eo-left'>{html.escape(one.data)}</td><td class='eo-left'>{html.escape(one.model)}</td>"
        f"<td>{one.whole:.3f} → {one.accuracy:.3f}</td><td>{one.earliness:.3f}</td><td>{one.harmonic:.3f}</td>"
        f"<td class='eo-left'>{SHORT[one.accuracy_wins]}</td>"
        f"<td class='eo-left'>{'stopped' if one.earliness > 0 else 'tie'}</td></tr>"
        for one in found
    )
    return scrolling(head, body)


def told(found: list[Measured]) -> str:
    """How often stopping dominates, ties or trades."""
    dominated = sum(one.accuracy_wins != "never stops" and one.earliness > 0 for one in found)
    best = max(found, key=lambda one: one.harmonic)
    return (
        f"On {dominated} of {len(found)} rows stopping early costs no accuracy beyond the deviation and saves time, so "
        f"it dominates; on {len(found) - dominated} it buys time with accuracy. The best harmonic mean is "
        f"{best.harmonic:.2f}, {best.what}: right in {100 * best.accuracy:.0f} % with {100 * best.earliness:.0f} % of "
        "the series unread."
    )


def _drawn(one: Measured) -> Against:
    return Against(one.what, one.whole, one.accuracy, one.earliness, not one.dated)
