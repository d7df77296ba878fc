"""What is asked of the backend and what it answers: plain data, no torch.

A map is an xarray Dataset over the dates that were asked for:

    said        (date, y, x)   uint8    class of the legend; NOTHING where nothing had been observed by then
    confidence  (date, y, x)   uint8    its probability, 0–SURE; so are
    margin      (date, y, x)   uint8    … its lead over the second
    entropy     (date, y, x)   uint8    … the entropy, SURE where all classes are alike
    stop        (y, x)         uint16   index of the date of decision, UNDECIDED without one; only of models that stop
    final       (class, y, x)  float16  probabilities after the last of these dates

with `date` (times), `index` (date; among the dates of the series), `class` (names), and in attrs `card`, `legend`,
`colours` and `facts`: what it ran on, as JSON.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass

from eodash.cards import Card, shelf
from eodash.errors import ModelError

NOTHING = 255
"""Class of a pixel that nothing was observed of."""
SURE = 254
"""Probability 1 in a byte."""
UNDECIDED = 65535
"""Stopping date of a pixel that never came to a decision."""
NOWHERE = 65535
"""Most looked-at date of a pixel that nothing was observed of."""
KEEPERS = {
    "attention": ("transformer", "causal-transformer", "l-tae"),
    "states": ("early-lstm", "lstm"),
}
"""Architectures by what they let one watch while they read a series."""


@dataclass(frozen=True)
class Series:
    """Names a series: the request's key, how many dates were stored, what was done to it."""

    key: str
    dates: int
    preparation: str = "{}"  # as JSON


@dataclass(frozen=True)
class MapQuestion:
    """The class of every pixel after some of the dates of a series."""

    series: Series
    card: str  # its name
    weights: str  # their sha256
    legend: str
    dates: tuple[int, ...]  # indices, in order
    exact: bool = False  # single precision, one plain pass

    @property
    def key(self) -> str:
        """Names the answer: whoever asks the same waits for the same."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:40]


def map_question(
    series: Series, card: Card, legend: str, dates: tuple[int, ...], *, exact: bool = False
) -> MapQuestion:
    """A question about these dates; the weights are part of it, so a model that changes is asked again."""
    return MapQuestion(series, card.name, card.weights.sha256 if card.weights else "", legend, dates, exact)


def keeps(card: Card, what: str) -> bool:
    """Whether a model has attention, or states, to look at."""
    return card.architecture in KEEPERS[what]


def models_that_keep(what: str, level: str) -> list[Card]:
    """The shipped models for such images that have attention, or states, to look at."""
    return [card for card in shelf().values() if keeps(card, what) and card.input.level == level]


def keeps_none(card: Card, what: str) -> ModelError:
    """What is raised where a model has neither."""
    others = models_that_keep(what, card.input.level)
    *many, last = [each.title.partition(",")[0] for each in others] or ["another model"]
    verb = "look at dates by attention" if what == "attention" else "have gates and states"
    return ModelError(
        f"{card.title} does not {verb}.",
        f"Choose {', '.join(many)} or {last}." if many else f"Choose {last}.",
        code=f"no_{what}",
        details={"needed": [each.name for each in others], "found": card.architecture},
    )
