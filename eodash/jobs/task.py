"""A job as the queue sees it: its work, who waits for it, and how it ended."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from eodash.errors import ComputeError, EodashError, JobCancelled
from eodash.jobs.job import Job, JobState, OnState, Progress

log = logging.getLogger(__name__)


@dataclass
class Waiter:
    """Somebody who wants to know how a job goes, told in order and never after its end."""

    owner: str
    tell: OnState | None
    told: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, job: Job) -> None:
        with self.lock:
            if self.told or self.tell is None:
                return
            self.told = not job.active
            try:
                self.tell(job)
            except Exception:
                log.exception("A job's end could not be noted")


@dataclass
class Task:
    """Changed under the lock of `Jobs` only."""

    key: str
    work: Callable[[Progress], None]
    waiters: list[Waiter]
    state: JobState = "queued"
    closing: bool = False  # the work is done, its waiters are being told
    error: EodashError | None = None
    started: float | None = None
    progress: Progress = field(default_factory=Progress)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def active(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def owners(self) -> set[str]:
        return {waiter.owner for waiter in self.waiters}

    def snapshot(self, place: int = 0) -> Job:
        done, total, text = self.progress.said
        left = None
        if self.state == "running" and self.started is not None and 0 < done <= total:
            left = (time.time() - self.started) / done * (total - done)
        return Job(self.key, self.state, place, done, total, text, self.error, self.started, left, self.ended)

    def outcome(self) -> tuple[JobState, EodashError | None]:
        """Do the work; a bug is logged under a reference."""
        try:
            self.work(self.progress)
        except JobCancelled as error:
            return "cancelled", error
        except EodashError as error:
            return "failed", error
        except BaseException as error:
            reference = secrets.token_hex(4)
            log.exception("A job broke off, reference %s", reference)
            return "failed", ComputeError(
                f"Something went wrong on this server (reference {reference}).",
                "Try again. If it comes back, send the reference to whoever runs this server.",
                code="unexpected",
                retryable=True,
                details={"reference": reference, "kind": type(error).__name__},
            )
        return "done", None
