"""The classes that are taught: chosen, named, coloured, deleted."""

from __future__ import annotations

import streamlit as st

from eodash.ui import choices
from eodash.ui.teaching_state import Teaching, attempt, keep


def choose_class(here: Teaching) -> None:
    """The class in hand, and a place to change them all."""
    names = here.samples.classes.names
    st.session_state["teach-class"] = here.active
    left, middle, right = st.columns([5, 1, 1], vertical_alignment="bottom", gap="small")
    with left:
        st.pills(
            "Label as", range(len(names)), format_func=lambda at: escaped(names[at]), key="teach-class",
            on_change=_picked, args=(here,),
        )  # fmt: skip
    with middle:
        st.button("Add a class", key="teach-add", icon=":material/add:", width="stretch", on_click=_add, args=(here,))
    with right, st.popover("Names", icon=":material/palette:", key="teach-names", width="stretch"):
        _editor(here)


def _add(here: Teaching) -> None:
    attempt(lambda: here.samples.named(here.samples.classes.with_class()), **{"teach-class": len(here.samples.classes)})


def _picked(here: Teaching) -> None:
    """Pressing the class in hand again leaves it there."""
    picked = st.session_state["teach-class"]
    choices.keep_view(**{"teach-class": here.active if picked is None else int(picked)})


def _editor(here: Teaching) -> None:
    """Name and colour of each class."""
    classes = here.samples.classes
    for at, (name, colour) in enumerate(zip(classes.names, classes.colours, strict=True)):
        tag = f"{at}-{len(classes)}"
        st.session_state[f"teach-name-{tag}"], st.session_state[f"teach-colour-{tag}"] = name, colour
        first, second, last = st.columns([1, 4, 1], vertical_alignment="center", gap="small")
        first.color_picker(
            f"Colour of class {at + 1}", key=f"teach-colour-{tag}", label_visibility="collapsed",
            on_change=_coloured, args=(here, at, tag),
        )  # fmt: skip
        second.text_input(
            f"Name of class {at + 1}", key=f"teach-name-{tag}", max_chars=40, label_visibility="collapsed",
            on_change=_renamed, args=(here, at, tag),
        )  # fmt: skip
        last.button(
            "", icon=":material/delete:", key=f"teach-delete-{tag}", type="tertiary", help="Delete it with its samples",
            on_click=lambda at=at: keep(here.samples.without_class(at)),
        )  # fmt: skip


def _renamed(here: Teaching, at: int, tag: str) -> None:
    attempt(lambda: here.samples.named(here.samples.classes.renamed(at, st.session_state[f"teach-name-{tag}"])))


def _coloured(here: Teaching, at: int, tag: str) -> None:
    attempt(lambda: here.samples.named(here.samples.classes.recoloured(at, st.session_state[f"teach-colour-{tag}"])))


def escaped(text: str) -> str:
    """A name as a label shows it: no markup."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]{}()#+-!$:|<>~" else letter for letter in text)
