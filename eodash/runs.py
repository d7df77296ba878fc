"""request → run: where the fetch, the store and the queue meet."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from eodash import cube, fetch
from eodash.errors import EodashError, StorageError
from eodash.jobs import Job, Jobs, Progress
from eodash.request import Request
from eodash.sources.contract import DateResult
from eodash.store import ACTIVE, Run, RunState, Store

log = logging.getLogger(__name__)

NOT_KEPT = {
    "name": "StorageError full",
    "message": "The disk of this server would not take the pictures.",
    "advice": "They are shown from memory until the server stops. Export what you need.",
}


def start(store: Store, jobs: Jobs, owner: str, request: Request, name: str = "") -> Run:
    """A new run of this request: done at once if its cube is here, else fetched in the background."""
    run = store.new_run(owner, request, name)
    try:
        return _go(store, jobs, owner, run)
    except EodashError:  # refused: there is nothing to come back to
        store.delete(run.id, owner)
        raise


def retry(store: Store, jobs: Jobs, owner: str, run: Run) -> Run:
    """Bring a run to its end: only what is missing or has failed is fetched."""
    return _go(store, jobs, owner, run)


def _go(store: Store, jobs: Jobs, owner: str, run: Run) -> Run:
    if _complete(store, run.key):
        return store.update(run.id, state="done")
    before = run.state
    if before not in ACTIVE:
        store.update(run.id, state="queued")
    try:
        jobs.submit(run.key, _work(store, run.request), owner=owner, on_state=_noted(store, run))
    except EodashError:
        if before not in ACTIVE:
            store.update(run.id, state=before, error=run.error)
        raise
    return store.run(run.id) or run


def _complete(store: Store, key: str) -> bool:
    """Whether the cube is here and no date of it failed."""
    try:
        return store.cube(key) is not None and all(status.state != "failed" for status in store.dates(key))
    except StorageError:  # damaged: fetched again
        return False


def _work(store: Store, request: Request) -> Callable[[Progress], None]:
    """The job: plan, read what is missing, keep each date as it comes, make the cube."""

    def work(progress: Progress) -> None:
        progress.tick(0, 0, "Asking what there is")
        planned = fetch.plan(request)
        have = store.have(request.key)
        total = len(planned.dates)
        here = sum(date.time in have for date in planned.dates)
        progress.tick(here, total, "Reading")
        spare: list[DateResult] = []
        trouble: StorageError | None = None

        def on_date(result: DateResult) -> None:
            nonlocal here, trouble
            try:
                store.save_date(request.key, result)
            except StorageError as error:
                log.warning("A date could not be kept: %s", error)
                trouble = error
                spare.append(result)
            here += 1
            progress.tick(here, total, "Reading")

        fetch.read_dates(planned, on_date, have)
        progress.tick(total, total, "Storing")
        try:
            if trouble is not None:
                raise trouble
            store.finish(planned, planned.skipped)
            store.evict(keep=request.key)
        except StorageError as error:
            if error.code not in ("full", "readonly", "io"):
                raise
            store.hold(request.key, cube.assemble(planned, [*store.results(request.key), *spare]))
            log.warning("A cube could not be kept: %s", error)

    return work


def _noted(store: Store, run: Run) -> Callable[[Job], None]:
    """Writes a job's states into its run."""

    def noted(job: Job) -> None:
        if store.run(run.id) is None:
            return  # deleted meanwhile
        state: RunState = "partial" if job.state == "done" and _failures(store, run.key) else job.state
        error = _said(job.error) if job.state == "failed" else None
        if job.state == "done" and store.held(run.key):
            error = NOT_KEPT
        store.update(run.id, state=state, error=error)

    return noted


def _failures(store: Store, key: str) -> int:
    return sum(status.state == "failed" for status in store.dates(key))


def _said(error: EodashError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"name": error.name, "message": error.message, "advice": error.advice}
