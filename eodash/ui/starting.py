"""A fetch from the interface: begun, watched, cancelled, brought to its end."""

from __future__ import annotations

import streamlit as st

from eodash import runs
from eodash.errors import EodashError
from eodash.jobs import Job
from eodash.request import Request
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.page import working
from eodash.ui.regions import counted


def start(request: Request, name: str = "") -> None:
    """Begin a run, or go on with this browser's own of the same question; the address carries it from now on."""
    owner, store, jobs = choices.owner(), cached.store(), cached.jobs()
    mine = next((run for run in store.runs(owner) if run.key == request.key), None)
    try:
        begun = runs.retry(store, jobs, owner, mine) if mine else runs.start(store, jobs, owner, request, name)
    except EodashError as error:
        st.session_state["start-error"] = error
        return
    st.session_state.pop("start-error", None)
    choices.enter(begun)


def retry(opened: Run) -> None:
    """Fetch what is missing of a run."""
    cached.plan.forget(opened.request)
    try:
        runs.retry(cached.store(), cached.jobs(), choices.owner(), opened)
    except EodashError as error:
        st.session_state["start-error"] = error


def under_way(key: str) -> Job | None:
    """The job that fetches a request, as long as it waits or runs."""
    job = cached.jobs().job(key)
    return job if job is not None and job.active else None


@st.fragment(run_every=0.4)
def watch(key: str) -> None:
    """How far a fetch is, until it has ended."""
    job = under_way(key)
    if job is None:
        st.rerun()
        return
    done = counted(cached.store().dates(key))
    working(job, "Reading", f"{done['used']} used, {done['failed']} failed", lambda: _cancel(key))


def _cancel(key: str) -> None:
    cached.jobs().cancel(key, choices.owner())
