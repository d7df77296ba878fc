"""What this browser teaches the open run: samples, the class in hand, what is drawn; kept in the view of the run."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

import numpy as np
import streamlit as st
import xarray as xr

from eodash.backend.questions import NOTHING
from eodash.cards import Card
from eodash.errors import EodashError, StorageError
from eodash.store import Run
from eodash.teach import Lesson, Samples, next_label, paint, teach
from eodash.teach.painting import Painted, Suggestion
from eodash.teach.samples import Classes, Place, thinned
from eodash.truth import Truth, truth_of
from eodash.ui import cached, choices
from eodash.ui.said_models import models_for, plain_title
from eodash.ui.teaching_features import kept, key_of

BASE = "l-tae"
"""The network whose features teach best, as measured; with the course of the series beside them."""
SERIES = "series"
_room = BoundedSemaphore(2)
"""So many lessons are taught at one time."""


@dataclass(frozen=True, eq=False)
class Teaching:
    """A run, its series, and what was labelled on it so far."""

    run: Run
    cube: xr.DataArray
    samples: Samples
    base: Card | None

    @property
    def active(self) -> int:
        """The class in hand."""
        said = choices.view("teach-class")
        return said if isinstance(said, int) and 0 <= said < len(self.samples.classes) else 0

    @property
    def truth(self) -> Truth | None:
        """Classes and fields, where the world knows them."""
        return truth_of(self.run.request, self.cube, "landcover")

    @property
    def key(self) -> str:
        return key_of(self.run, self.cube, self.base)


def teaching_of(run: Run, cube: xr.DataArray) -> Teaching:
    shape = (cube.sizes["y"], cube.sizes["x"])
    return Teaching(run, cube, Samples.from_json(choices.view("teach"), shape), base_of(cube))


def bases(cube: xr.DataArray) -> dict[str, tuple[str, Card | None]]:
    """What features can be made of: title and card by name; the series alone comes last."""
    cards = sorted(models_for(cube), key=lambda card: card.architecture != BASE)
    found: dict[str, tuple[str, Card | None]] = {
        card.name: (f"{plain_title(card)} and the series itself", card) for card in cards
    }
    return found | {SERIES: ("The series itself, without a network", None)}


def base_of(cube: xr.DataArray) -> Card | None:
    """The chosen network; else the one that teaches best, or none where none fits."""
    offered = bases(cube)
    wanted = choices.view("teach-base")
    return offered[wanted if isinstance(wanted, str) and wanted in offered else next(iter(offered))][1]


def keep(samples: Samples, **more: Any) -> None:
    """Store what is labelled by now."""
    choices.keep_view(teach=samples.to_json(), **more)


def attempt(act: Callable[[], Samples], **more: Any) -> None:
    """Change what is labelled, or say on the next look why not; what was there before stays."""
    st.session_state.pop("teach-refused", None)
    try:
        keep(act(), **more)
    except EodashError as error:
        st.session_state["teach-refused"] = error


def field_under(here: Teaching, place: Place) -> list[Place]:
    """The pixels of the known field under a pixel, without its edge; the pixel alone where there is none."""
    known = here.truth
    if known is None or known.parcels is None or not known.parcels[place]:
        return [place]
    mine = known.parcels == known.parcels[place]
    inner = mine.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            inner &= np.roll(mine, step, axis)
    at = np.argwhere(inner if inner.any() else mine)
    return thinned((int(row), int(column)) for row, column in at)


def labelled(here: Teaching, place: Place, label: int, *, whole: bool) -> Samples:
    """A click: a pixel or the whole known field; on one of the same class it goes again."""
    pixels = field_under(here, place) if whole else [place]
    if len(pixels) == 1:
        return here.samples.clicked(place, label)
    at = next((at for one in pixels if (at := here.samples.field_at(one)) is not None), None)
    if at is not None and here.samples.fields[at].label == label:
        return here.samples.without_field(at)
    return here.samples.drawn(pixels, label)


@dataclass(frozen=True, eq=False)
class Taught:
    """A lesson, its map, and the key that the map is kept under."""

    lesson: Lesson
    painted: Painted
    next: Suggestion | None
    answer: str
    seconds: float


def taught(here: Teaching) -> Taught:
    """Teach the heads and keep the map; whoever asked the same before has the answer at once."""
    samples = here.samples
    plain = samples.named(Classes(samples.classes.names, ("",) * len(samples.classes)))  # colours teach nothing
    found = _taught(here.key, plain)
    colours = json.dumps(samples.classes.colours)
    said = repr((here.key, samples.fields, found.lesson.best, colours))
    answer = hashlib.sha256(f"taught {said}".encode()).hexdigest()[:40]
    if not cached.store().has_result(answer):
        arrays = {name: getattr(found.painted, name)[None] for name in ("said", "confidence", "margin", "entropy")}
        cached.store().keep_result(answer, here.run.key, arrays, {"attrs": {"colours": colours}})
    return replace(found, lesson=replace(found.lesson, samples=samples), answer=answer)


@lru_cache(maxsize=12)
def _taught(key: str, samples: Samples) -> Taught:
    found = kept(key, samples.shape)
    if found is None:
        raise StorageError(
            "The features of this region had to make room.", "Open this part again: they are read anew.", code="evicted"
        )
    with _room:
        began = time.perf_counter()
        lesson = teach(found.features, samples)
        painted = paint(found.features, lesson.head(), samples.shape)
        suggestion = next_label(found.features, lesson.head(), painted, lesson.flat)
        return Taught(lesson, painted, suggestion, "", time.perf_counter() - began)


def shares(painted: Painted, classes: int) -> list[float]:
    """Share of the answered pixels that each class has."""
    answered = painted.said[painted.said != NOTHING]
    return [float(each) for each in np.bincount(answered, minlength=classes)[:classes] / max(1, answered.size)]
