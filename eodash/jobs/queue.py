"""The queue: who runs, who waits for what, whose turn is next."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from eodash.errors import CapacityError
from eodash.jobs.job import Job, OnState, Progress
from eodash.jobs.task import Task, Waiter

KEPT = 256
"""How many ended jobs are remembered."""


class Jobs:
    """Runs at most `running` jobs, lets at most `queued` wait; each in a daemon thread."""

    def __init__(self, running: int, queued: int) -> None:
        self._running_limit = running
        self._queued_limit = queued
        self._lock = threading.RLock()
        self._tasks: dict[str, Task] = {}
        self._queue: deque[Task] = deque()
        self._threads = 0  # alive, those that work for nobody any more included

    def submit(self, key: str, work: Callable[[Progress], None], *, owner: str, on_state: OnState | None = None) -> Job:
        """Begin, queue or join the job with this key; an owner's earlier job with another key is left.

        `on_state` hears "running" and how it ended, in some thread.
        """
        waiter = Waiter(owner, on_state)
        with self._lock:
            task = self._tasks.get(key)
            joins = task is not None and task.active and not task.closing
            left = [other for other in self._tasks.values() if other.active and other.key != key
                    and owner in other.owners]  # fmt: skip
            if not joins:
                self._check_room([other for other in left if other.owners == {owner}])
            told = [pair for other in left for pair in self._leave(other, owner)]
            if task is not None and joins:
                task.waiters.append(waiter)
                if task.state == "running":
                    told.append((waiter, task.snapshot()))
            else:
                task = Task(key, work, [waiter])
                self._tasks.pop(key, None)
                self._tasks[key] = task
                self._queue.append(task)
                self._forget_old()
            self._start_next()
            job = self._snapshot(task)
        _tell(told)
        return job

    def job(self, key: str) -> Job | None:
        """How the job with this key stands; ended ones are remembered for a while."""
        with self._lock:
            task = self._tasks.get(key)
            return None if task is None else self._snapshot(task)

    def cancel(self, key: str, owner: str) -> None:
        """Leave a job; it ends when the last who waits for it has left, and its slot is free at once."""
        with self._lock:
            task = self._tasks.get(key)
            told = self._leave(task, owner) if task is not None else []
            self._start_next()
        _tell(told)

    def _check_room(self, freed: list[Task]) -> None:
        running = _running(self._tasks.values()) - _running(freed)
        queued = len(self._queue) - sum(task.state == "queued" for task in freed)
        if running + queued >= self._running_limit + self._queued_limit:
            raise CapacityError(
                f"This server is busy: {running} jobs run and {queued} wait.",
                "Try again in a minute.",
                code="busy",
                retryable=True,
                details={"running": running, "queued": queued},
            )

    def _leave(self, task: Task, owner: str) -> list[tuple[Waiter, Job]]:
        """Take an owner out of a job; without anybody it is cancelled. Returns whom to tell what."""
        leaving = [waiter for waiter in task.waiters if waiter.owner == owner]
        if not leaving or not task.active or task.closing:
            return []
        task.waiters = [waiter for waiter in task.waiters if waiter.owner != owner]
        gone = Job(task.key, "cancelled", started=task.started)
        gone.ended.set()
        if not task.waiters:
            if task.state == "queued":
                self._queue.remove(task)
            task.progress.cancel()
            task.state = "cancelled"
            task.ended.set()
        return [(waiter, gone) for waiter in leaving]

    def _start_next(self) -> None:
        """Fill the free slots. As many threads again may still be on their way out of a cancelled job."""
        running = _running(self._tasks.values())
        while self._queue and running < self._running_limit and self._threads < 2 * self._running_limit:
            task = self._queue.popleft()
            task.state, task.started = "running", time.time()
            running += 1
            self._threads += 1
            threading.Thread(target=self._run, args=(task,), name=f"eodash-job-{task.key[:8]}", daemon=True).start()

    def _run(self, task: Task) -> None:
        with self._lock:
            told = [(waiter, task.snapshot()) for waiter in task.waiters if task.active]
        _tell(told)
        state, error = task.outcome()
        with self._lock:
            told = []
            if task.active:
                task.closing = True  # from here on nobody can leave or join
                task.error = error
                left = Job(task.key, state, 0, *task.progress.said, error, task.started)
                left.ended.set()
                told = [(waiter, left) for waiter in task.waiters]
        _tell(told)
        with self._lock:
            if task.active:
                task.state = state
            task.ended.set()
            self._threads -= 1
            self._start_next()

    def _snapshot(self, task: Task) -> Job:
        return task.snapshot(self._queue.index(task) + 1 if task.state == "queued" else 0)

    def _forget_old(self) -> None:
        ended = [key for key, task in self._tasks.items() if not task.active]
        for key in ended[: max(0, len(ended) - KEPT)]:
            del self._tasks[key]


def _tell(told: list[tuple[Waiter, Job]]) -> None:
    for waiter, job in told:
        waiter.hear(job)


def _running(tasks: Iterable[Task]) -> int:
    return sum(task.state == "running" for task in tasks)
