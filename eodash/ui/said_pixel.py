"""Asking about one pixel or field: answers are kept, and of several clicks only the newest is asked."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import streamlit as st
import xarray as xr
from numpy.typing import NDArray

from eodash.backend.engine import engine, series_at, series_mean
from eodash.cards import Card
from eodash.ui import cached
from eodash.ui.said import Said

THREADS = 8
KEPT = 128
"""Answers that are kept."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Question:
    """One pixel of a series, or the field of that number that it lies in, asked of a model."""

    key: str  # of the run
    dates: int
    preparation: str
    card: str
    weights: str
    legend: str
    row: int
    column: int
    field: int = 0


@dataclass(frozen=True, eq=False)
class Answer:
    """A series, and what the model believed after each of its dates."""

    series: xr.DataArray
    inspected: xr.Dataset
    pixels: int = 1

    @property
    def chances(self) -> NDArray[np.floating]:
        """(time, class), not a number before the first usable date."""
        chances: NDArray[np.floating] = self.inspected["probabilities"].transpose("time", "class").values
        return chances

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.inspected["class"].values.tolist()]


@dataclass
class _Turn(Generic[Found]):
    """What a browser waits for: one question under way, the newest of the others behind it."""

    running: bool = False
    waiting: tuple[Hashable, Future[Found], Callable[[], Found]] | None = None


@dataclass
class Clicks(Generic[Found]):
    """Questions of all browsers, at most one of each under way; what a newer click overtakes is never asked."""

    keep: int = KEPT
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "eodash-click"))
    _known: OrderedDict[Hashable, Future[Found]] = field(default_factory=OrderedDict)
    _turns: dict[str, _Turn[Found]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def ask(self, who: str, question: Hashable, work: Callable[[], Found]) -> Future[Found]:
        """The answer, kept or to come; cancelled if a newer question came before it began."""
        with self._lock:
            known = self._known.get(question)
            if known is not None:
                self._known.move_to_end(question)
                return known
            future: Future[Found] = Future()
            self._remember(question, future)
            turn = self._turns.setdefault(who, _Turn())
            if turn.running:
                self._overtaken(turn)
                turn.waiting = (question, future, work)
            else:
                turn.running = True
                self.pool.submit(self._answer, who, future, work)
            return future

    def kept(self, question: Hashable) -> Found | None:
        """The answer if it is there by now; nobody is asked."""
        with self._lock:
            known = self._known.get(question)
        there = known is not None and known.done() and not known.cancelled() and known.exception() is None
        return known.result() if there and known is not None else None

    def remember(self, question: Hashable, answer: Found) -> None:
        """Keep an answer that came by another way."""
        future: Future[Found] = Future()
        future.set_result(answer)
        with self._lock:
            if question not in self._known:
                self._remember(question, future)

    def forget(self, question: Hashable) -> None:
        """Ask anew the next time."""
        with self._lock:
            self._known.pop(question, None)

    def _remember(self, question: Hashable, future: Future[Found]) -> None:
        self._known[question] = future
        ended = [each for each, kept in self._known.items() if kept.done() and each != question]
        for old in ended[: max(0, len(self._known) - self.keep)]:
            del self._known[old]

    def _overtaken(self, turn: _Turn[Found]) -> None:
        if turn.waiting is not None:
            question, future, _ = turn.waiting
            future.cancel()
            self._known.pop(question, None)

    def _answer(self, who: str, future: Future[Found], work: Callable[[], Found]) -> None:
        try:
            future.set_result(work())
        except Exception as error:  # whoever reads the future raises it
            future.set_exception(error)
        with self._lock:
            turn = self._turns[who]
            if turn.waiting is None:
                del self._turns[who]
            else:
                (_, future, work), turn.waiting = turn.waiting, None
                self.pool.submit(self._answer, who, future, work)


clicks: Clicks[Answer] = Clicks()


def question_about(said: Said, row: int, column: int, number: int = 0) -> Question:
    """What is asked where somebody has clicked."""
    card = said.card
    sha = card.weights.sha256 if card.weights else ""
    text = cached.preparation(said.run).text
    return Question(said.run.key, len(said.times), text, card.name, sha, said.legend, row, column, number)


def asked(said: Said, question: Question, where: NDArray[np.bool_] | None, place: str = "") -> Future[Answer]:
    """Ask the engine, with the mean series of `where` if that is given; `place` of the page has a turn of its own."""
    work = partial(answered, said.cube, said.card, said.legend, question, where)
    return clicks.ask(who(place), question, work)


def who(place: str = "") -> str:
    """Whose turn it is: this browser's, at one place of its page."""
    return f"{st.session_state.setdefault('clicks', secrets.token_hex(8))}/{place}"


def answered(
    cube: xr.DataArray, card: Card, legend: str, question: Question, where: NDArray[np.bool_] | None
) -> Answer:
    """The answer itself, if it is kept; else whatever the engine says now."""
    if (known := clicks.kept(question)) is not None:
        return known
    series = series_at(cube, question.row, question.column) if where is None else series_mean(cube, where)
    count = 1 if where is None else int(where.sum())
    return Answer(series, engine().inspect_pixel(series, card, legend), count)
