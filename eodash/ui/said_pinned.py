"""A second pixel that is kept while one looks at others: pinned, numbered on the map, let go where it has no place."""

from __future__ import annotations

from concurrent.futures import Future

import streamlit as st

from eodash.errors import EodashError
from eodash.ui import choices
from eodash.ui.explaining_map import pinned
from eodash.ui.page import caption
from eodash.ui.redrawing import INSPECTOR, again
from eodash.ui.said import Said
from eodash.ui.said_pixel import Answer, asked, question_about


def pin_button(said: Said) -> None:
    """Pin the asked pixel, or let the pinned one go."""
    if pinned(said) is None:
        st.button(
            "", icon=":material/push_pin:", key="pin-pixel", on_click=_pin, args=(said,),
            help="Pin this pixel: the next one you click is compared with it",
        )  # fmt: skip
    else:
        st.button("Unpin", icon=":material/keep_off:", key="unpin-pixel", on_click=_unpin, help="End the comparison")


def let_go(said: Said) -> None:
    """A pinned pixel that the region does not have is dropped, and that is said once."""
    if choices.view("pinned") is not None and pinned(said) is None:
        _unpin()
        caption("▲ The pinned pixel belonged to another region or lies outside of this one; it is no longer pinned.")


def second(said: Said) -> tuple[tuple[int, int], Answer | None] | None:
    """The pinned pixel and its answer, if that is there by now; None where there is nothing to compare."""
    place = pinned(said)
    if place is None or place == said.asked:
        if place is not None:
            caption("This is the pinned pixel, 2 on the map. Click another one to compare the two.")
        return None
    future: Future[Answer] = asked(said, question_about(said, *place), None, "pinned")
    error = future.exception() if future.done() and not future.cancelled() else None
    if isinstance(error, EodashError):
        caption(f"▲ The pinned pixel has no answer: {error.message}")
        return None
    if not future.done() or future.cancelled():
        _following(said, place)
        return place, None
    return place, future.result()


@st.fragment(run_every=0.4)
def _following(said: Said, place: tuple[int, int]) -> None:
    """Until the pinned pixel has its answer."""
    if asked(said, question_about(said, *place), None, "pinned").done():
        again(INSPECTOR)
    caption("The pinned pixel is being asked …")


def _pin(said: Said) -> None:
    if said.asked is not None:
        choices.keep_view(pinned=list(said.asked), **{"pinned-of": said.run.key})


def _unpin() -> None:
    choices.keep_view(pinned=None, **{"pinned-of": None})
