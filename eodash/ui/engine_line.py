"""One line in the sidebar: how the engine stands."""

from __future__ import annotations

import html

import streamlit as st

from eodash.backend.engine import State, engine

STARTING = State(False, "engine starting")


def engine_state() -> State:
    """How the engine stands; nobody starts it by asking."""
    return engine().state() if engine.cache_info().currsize else STARTING


def engine_said(state: State) -> tuple[str, str]:
    """A mark, and words."""
    if state.error is None:
        return ("●" if state.ready else "▲"), state.said
    return "▲", f"{state.said}. {state.error.message}" if state.ready else str(state.error)


def engine_line() -> None:
    """The line; it looks again by itself until the engine is ready."""
    state = engine_state()
    st.fragment(_line, run_every=None if state.ready or state.error else 3)()


def _line() -> None:
    mark, said = engine_said(engine_state())
    kind = "ok" if mark == "●" else "warn"
    st.html(f"<p class='eo-side'><span class='eo-{kind}'>{mark}</span> {html.escape(said)}</p>")
