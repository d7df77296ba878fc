"""Teach a map the classes of its reader: label a few pixels, see the map, see where the next label helps most."""

from __future__ import annotations

import html
from dataclasses import replace

import streamlit as st
import xarray as xr

from eodash.errors import EodashError
from eodash.store import Run
from eodash.ui import choices
from eodash.ui.page import caption, empty, failed, failures, section
from eodash.ui.said import Said
from eodash.ui.teaching_classes import choose_class, escaped
from eodash.ui.teaching_demo import offer, offered
from eodash.ui.teaching_exchange import exchange
from eodash.ui.teaching_features import features
from eodash.ui.teaching_map import label_map, result_map
from eodash.ui.teaching_state import SERIES, Taught, Teaching, attempt, bases, labelled, taught, teaching_of
from eodash.views.teach_map import heads_html

CAPTION = (
    "A network that was trained elsewhere knows other classes. Label a few pixels of yours, and a small head on what "
    "it sees in them draws the map."
)


def teach(said: Said) -> None:
    """The part of the page that teaches."""
    teach_series(said.run, said.cube)


def teach_series(run: Run, cube: xr.DataArray) -> None:
    """The same for a series that no network fits: the series itself is what is looked at."""
    with failures(key="failed-teach"):
        here = teaching_of(run, cube)
        section("Teach it your own classes", CAPTION)
        _refused()
        if not len(here.samples.classes):
            _nothing_yet(here)
            return
        choose_class(here)
        left, right = st.columns(2, gap="medium")
        with left:
            made = _made(here)
            label_map(here, made)
        with right:
            _result(here, made)
        _how(here)
        exchange(here, made)


def _refused() -> None:
    if (error := st.session_state.pop("teach-refused", None)) is not None:
        failed(error, key="teach-refused-said")
    if notices := st.session_state.pop("teach-notices", ()):
        caption(" ".join(notices))


def _nothing_yet(here: Teaching) -> None:
    """The first step, and on the demo a shorter one."""
    columns = st.columns(2, gap="medium") if offered(here) else [st.container()]
    with columns[0]:
        empty(
            "No class yet",
            "Name a class, click pixels of it on the image, then do so for a second one.",
            "Make a first class",
            lambda: attempt(lambda: here.samples.named(here.samples.classes.with_class())),
        )
    if len(columns) > 1:
        with columns[1]:
            offer(here)
    with st.expander("Or upload samples that were downloaded here", icon=":material/upload:"):
        exchange(here, None, only_upload=True)


def _made(here: Teaching) -> Taught | None:
    """What the samples taught so far; None until there are two classes and the features."""
    if len(here.samples.taught) < 2 or features_missing(here):
        return None
    try:
        with st.spinner("Teaching three heads", show_time=True):
            return taught(here)
    except EodashError as error:
        failed(error, key="teach-failed")
        return None


def features_missing(here: Teaching) -> bool:
    from eodash.ui.teaching_features import kept

    return kept(here.key, here.samples.shape) is None


def _result(here: Teaching, made: Taught | None) -> None:
    if made is not None:
        result_map(here, made)
        _next(here, made)
        return
    if features_missing(here):
        features(here.run, here.cube, here.base)  # how far they are
        if not here.samples.taught:
            caption("Meanwhile, label a first pixel on the image.")
        return
    lacking = "a pixel" if not here.samples.taught else "a pixel of a second class"
    empty("Two classes need a sample each", f"Choose a class, then click {lacking} on the image.")


def _next(here: Teaching, made: Taught) -> None:
    """Where the next label helps most, and the answer by one press."""
    st.html(heads_html(made.lesson))
    note = made.lesson.scored[made.lesson.best].kept.reason
    lines = [note] if note else ["Accuracy on fields that taught nothing; every field counts alike."]
    caption(" ".join([*lines, *made.lesson.notices]))
    if made.next is None:
        return
    names = here.samples.classes.names
    first, second = names[made.next.first], names[made.next.second]
    st.html(
        f"<p class='eo-found' data-eo='teach-next'><b>Label the ring without a number next.</b> "
        f"There the head hesitates between {html.escape(first)} and {html.escape(second)}, "
        "and nothing like it is labelled yet.</p>"
    )
    place = (made.next.row, made.next.column)
    with st.container(horizontal=True, key="teach-answers"):
        near = list(dict.fromkeys((made.next.first, made.next.second, here.active)))
        for label in near:
            st.button(
                f"It is {escaped(names[label])}", key=f"teach-is-{label}",
                on_click=lambda label=label: attempt(lambda: labelled(here, place, label, whole=_whole(here))),
            )  # fmt: skip
        st.button(
            "It is something new", key="teach-is-new", on_click=lambda: attempt(
                lambda: labelled(_with_new(here), place, len(names), whole=_whole(here)), **{"teach-class": len(names)}
            ),
        )  # fmt: skip
        st.button(
            "Show its year", key="teach-ask", type="tertiary", on_click=lambda: choices.keep_view(asked=list(place))
        )


def _with_new(here: Teaching) -> Teaching:
    """One more class, to be named under Names."""
    return replace(here, samples=here.samples.named(here.samples.classes.with_class()))


def _whole(here: Teaching) -> bool:
    return choices.view("teach-whole", True) is True and here.truth is not None


def _how(here: Teaching) -> None:
    """What the head looks at."""
    offered_bases = bases(here.cube)
    if len(offered_bases) == 1:
        caption("No network of the shelf fits these images: the heads look at the series itself, its gaps closed.")
        return
    name = here.base.name if here.base else SERIES
    st.session_state["teach-base"] = name
    with st.expander(f"What the heads look at: {offered_bases[name][0]}"):
        st.radio(
            "Features", list(offered_bases), format_func=lambda each: offered_bases[each][0], key="teach-base",
            label_visibility="collapsed",
            on_change=lambda: choices.keep_view(**{"teach-base": st.session_state["teach-base"]}),
        )  # fmt: skip
        caption("Another choice reads the region anew, once. The network is frozen: only the head learns.")
