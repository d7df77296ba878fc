"""The grammar of a page: heading, empty, working, failed."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from eodash.errors import EodashError
from eodash.jobs import Job
from eodash.views.theme import PALETTES, Mode, Palette


def mode() -> Mode:
    """Light or dark, as the reader's browser shows it."""
    return "dark" if st.context.theme.type == "dark" else "light"


def palette() -> Palette:
    return PALETTES[mode()]


def heading(title: str, question: str) -> None:
    """A title that asks, and one sentence that says what one sees."""
    st.html(f"<h1 class='eo-title'>{html.escape(title)}</h1><p class='eo-question'>{html.escape(question)}</p>")


def section(title: str, caption: str = "") -> None:
    soft = f"<p class='eo-caption'>{html.escape(caption)}</p>" if caption else ""
    st.html(f"<h2 class='eo-section'>{html.escape(title)}</h2>{soft}")


def caption(text: str) -> None:
    st.html(f"<p class='eo-caption'>{html.escape(text)}</p>")


def empty(title: str, sentence: str, button: str = "", on_click: Callable[[], None] | None = None) -> None:
    """What is missing, in a box of its own, with the button that fills it."""
    with st.container(border=True, horizontal_alignment="center", vertical_alignment="center", height=260):
        st.html(f"<div class='eo-empty'><b>{html.escape(title)}</b><br>{html.escape(sentence)}</div>")
        if button:
            st.button(button, on_click=on_click, key=f"fill-{title}")


def working(job: Job, what: str, side: str, on_cancel: Callable[[], None]) -> None:
    """A job as it stands: place in the queue, or verb and unit, per cent, seconds left; never a bare spinner."""
    with st.container(border=True, key="working"):
        if job.state == "queued":
            st.html(f"<b>Place {job.place} in the queue</b>")
            st.progress(0.0)
            caption("Another fetch is running. You can leave this page: yours goes on, and the link brings it back.")
        else:
            share = job.done / job.total if job.total else 0.0
            counted = f": date {min(job.done + 1, job.total)} of {job.total}" if job.total else ""
            st.html(f"<b>{html.escape(what)}{counted}</b>")
            st.progress(share)
            left = f" · {job.seconds_left:.0f} s left" if job.seconds_left is not None else ""
            said = f"<span>{100 * share:.0f} %{left}</span><span>{html.escape(side)}</span>"
            st.html(f"<p class='eo-caption eo-row'>{said}</p>")
        st.button("Cancel", on_click=on_cancel, key="cancel")


def failed(
    error: EodashError | dict[str, Any], ways: dict[str, Callable[[], None]] | None = None, key: str = "failed"
) -> None:
    """What happened, why, and the way out as buttons; details folded, to copy."""
    said = error if isinstance(error, dict) else _said(error)
    with st.container(border=True, key=key):
        st.html(
            f"<div class='eo-failed' role='alert'><b>✕ {html.escape(str(said['message']))}</b><br>"
            f"{html.escape(str(said['advice']))}</div>"
        )
        if ways:
            with st.container(horizontal=True):
                for place, (label, act) in enumerate(ways.items()):
                    st.button(
                        label, on_click=act, type="primary" if place == 0 else "secondary", key=f"{key}-way-{place}"
                    )
        with st.expander("Details to copy"):
            st.code("\n".join(f"{name}: {value}" for name, value in said.items()), language=None, wrap_lines=True)


def _said(error: EodashError) -> dict[str, Any]:
    return {"name": error.name, "message": error.message, "advice": error.advice} | {
        name: value for name, value in error.details.items() if isinstance(value, str | int | float | bool)
    }


@contextmanager
def failures(ways: dict[str, Callable[[], None]] | None = None, key: str = "failed") -> Iterator[None]:
    """Show an EodashError as a sentence; anything else is a bug: logged under a reference, never shown."""
    try:
        yield
    except EodashError as error:
        failed(error, ways, key)
