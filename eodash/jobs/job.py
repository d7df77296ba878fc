"""A job as others see it, and as its own work sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from eodash.errors import EodashError, JobCancelled

JobState = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Job:
    """A job as it stood when it was asked for."""

    key: str
    state: JobState
    place: int = 0  # in the queue, 1 is next; 0 once it runs
    done: int = 0
    total: int = 0
    text: str = ""
    error: EodashError | None = None
    started: float | None = None  # seconds since the epoch
    seconds_left: float | None = None
    ended: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("queued", "running")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has ended; False if it has not by then. Ask `Jobs.job` how it ended."""
        return self.ended.wait(timeout)


OnState = Callable[[Job], None]


class Progress:
    """What a job tells of itself; raises JobCancelled in the job once nobody waits for it."""

    def __init__(self) -> None:
        self.said = (0, 0, "")
        self._cancelled = threading.Event()

    def tick(self, done: int, total: int, text: str = "") -> None:
        """Say how far the job is; the place where a cancelled job ends."""
        if self.cancelled:
            raise JobCancelled("The job was cancelled.", "What was fetched is kept.", code="cancelled")
        self.said = (done, total, text)

    def cancel(self) -> None:
        """Let the next tick end the job."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()
