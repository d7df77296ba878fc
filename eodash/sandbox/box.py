"""A sandbox as it is used: calls, one after the other, to a child that is replaced when it died."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eodash.errors import EodashError
from eodash.sandbox.failures import broken, busy, raised, starved
from eodash.sandbox.process import Child, Needs
from eodash.sandbox.tasks import TASKS
from eodash.settings import settings

if TYPE_CHECKING:
    import numpy as np

TOGETHER = 4
"""Children at work at one time; their memory adds up. The others wait for their turn."""

_turns = threading.BoundedSemaphore(TOGETHER)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a task says: JSON, and arrays by name."""

    said: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


class Box:
    """One child that may read `readable` and nothing else of this machine's data."""

    def __init__(self, readable: Sequence[Path] = (), needs: Needs | None = None) -> None:
        self._readable = [str(Path(path).resolve()) for path in readable]
        self._needs = needs
        self._one = threading.Lock()
        self._child: Child | None = None

    def call(
        self, task: str, arguments: dict[str, Any], data: bytes | None = None, seconds: float | None = None
    ) -> Answer:
        """What the task answers; an EodashError that it raises is raised here."""
        patience = seconds if seconds is not None else settings().sandbox_seconds
        question = {"target": TASKS[task], "arguments": arguments, "seconds": patience}
        with self._one, _turn(patience):
            if self._child is not None and not self._child.alive:
                self._end()
            child = self._child = self._child or Child(self._readable, self._needs)
            try:
                said, arrays = child.ask(question, data, patience)
                failure = _failure(said)
            except BaseException:
                self._end()
                raise
            if failure is not None and failure.code == "too_large":
                self._end()  # what it took, it keeps
        if failure is not None:
            raise failure
        return Answer(said["answer"], arrays)

    def close(self) -> None:
        with self._one:
            self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


@contextmanager
def _turn(patience: float) -> Iterator[None]:
    if not _turns.acquire(timeout=patience):
        raise busy()
    try:
        yield
    finally:
        _turns.release()


def _failure(said: dict[str, Any]) -> EodashError | None:
    if isinstance(said.get("error"), dict):
        return raised(said["error"])
    if said.get("failed") == "memory":
        return starved()
    if isinstance(said.get("answer"), dict):
        return None
    _log.warning("a task failed in the sandbox: %s", str(said.get("trace", said))[:4000])
    raise broken(str(said.get("failed", "no sensible answer"))[:80])
