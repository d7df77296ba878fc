"""Bring your own model: a card and a safetensors file, examined in a process apart before anybody may choose it."""

from __future__ import annotations

import html
import math
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import streamlit as st

from eodash import cards, shelf
from eodash.card_checks import BASELINES
from eodash.cards import Card
from eodash.errors import EodashError
from eodash.settings import settings
from eodash.ui import choices
from eodash.ui.models_shelf import choose, chosen, mine, part
from eodash.ui.page import caption, failed
from eodash.ui.regions import megabytes
from eodash.ui.routes import UPLOADS_OF_ONE

MIB = 2**20

FORMAT = (
    ("Weights", "One .safetensors file: `safetensors.torch.save_file(network.state_dict(), 'my-model.safetensors')`, "
     "in float16, bfloat16 or float32. Pickles (.pt, .pth, .pkl) are refused: opening one may run a programme."),
    ("Card", "One .toml file: name, architecture and config of a network of the shelf, bands with mean and scale, "
     "legends (each class with its colour and outputs), licence and citation; under `[weights]` the SHA-256 and the "
     "bytes of the file."),
    ("Checked", "Format, checksum, names and shapes of every tensor, finite numbers, then passes over one pixel and "
     "many, within limits of memory and time, in a process that reaches no network."),
    ("Not checked", "Whether its scores are true. They stay claims of their author, and the page says so."),
)  # fmt: skip


def bring() -> None:
    """The two files, what is being done with them, and how it ended."""
    part("Bring your own", "A network of the shelf's architectures, trained elsewhere. Only this browser will see it.")
    left, right = st.columns([1, 1], gap="large")
    with left:
        _explained()
    with right:
        _uploads()
        _state()
        _own()


def _explained() -> None:
    rows = "".join(f"<tr><td>{name}</td><td>{_code(text)}</td></tr>" for name, text in FORMAT)
    st.html(f"<table class='eo-points'>{rows}</table>")
    here = chosen()
    if here is not None and here.architecture not in BASELINES:
        st.download_button(
            "An example card", example(here), "my-model.toml", "application/toml", key="example-card",
            icon=":material/download:", on_click="ignore", help=f"The card of {here.title}, to be changed",
        )  # fmt: skip


def example(here: Card) -> bytes:
    """The card of a model under another name, without what it alone may say of itself."""
    from eodash.toml_tables import toml

    weights = replace(here.weights, file="my-model.safetensors") if here.weights else None
    plain = replace(here, name="my-model", title="My model", scores=(), trained={}, weights=weights)
    return toml(cards.to_table(plain)).encode()


def _uploads() -> None:
    most = min(math.ceil(settings().model_mib), UPLOADS_OF_ONE // MIB - 1)
    st.file_uploader("Card (.toml)", type=["toml"], key="bring-card", max_upload_size=1)
    st.file_uploader("Weights (.safetensors)", type=None, key="bring-weights", max_upload_size=most)
    ready = all(st.session_state.get(f"bring-{each}") is not None for each in ("card", "weights"))
    st.button(
        "Check and list it", key="bring-now", type="primary" if ready else "secondary", on_click=_begin,
        disabled=not ready or _pending() is not None,
    )  # fmt: skip


def _begin() -> None:
    card, weights = (st.session_state.get(f"bring-{each}") for each in ("card", "weights"))
    st.session_state.pop("brought", None)
    if card is None or weights is None:
        return
    try:
        st.session_state["bringing"] = shelf.bringing(choices.owner(), card.getvalue(), weights.getvalue())
    except EodashError as error:
        st.session_state["brought"] = error


def _pending() -> Future[Card] | None:
    future: Future[Card] | None = st.session_state.get("bringing")
    return future if future is not None and not future.done() else None


def _state() -> None:
    """Under way, refused, or listed."""
    future: Future[Card] | None = st.session_state.get("bringing")
    if future is not None and not future.done():
        _waiting()
        return
    if future is not None:
        del st.session_state["bringing"]
        error = future.exception()
        if error is not None and not isinstance(error, EodashError):
            raise error
        st.session_state["brought"] = error or future.result()
        if error is None:
            st.rerun()  # the shelf above lists it
    said = st.session_state.get("brought")
    if isinstance(said, EodashError):
        failed(said, key="bring-failed")
    elif isinstance(said, Card) and said.name in mine():
        _listed(said)


@st.fragment(run_every=0.4)
def _waiting() -> None:
    if _pending() is None:
        st.rerun()
        return
    with st.container(border=True, key="bring-working"):
        st.html("<b>Examining it in a process of its own</b>")
        caption("Format, checksum, shapes, finite weights, then three passes. The page goes on meanwhile.")


def _listed(card: Card) -> None:
    said = card.record.get("examined", {})
    timed = "".join(
        f" {each['pixels']} pixels of {each['dates']} dates take {each['seconds']:.2f} s."
        for each in said.get("passes", [])[-1:]
    )
    st.html(
        f"<p class='eo-found'><span class='eo-ok'>✓</span> <b>{html.escape(card.title)} is on the shelf.</b> "
        f"{said.get('parameters', 0):,} parameters, {said.get('memory_mib', 0):,} MiB at work.{timed}</p>"
    )
    st.button("Open its card", key="bring-open", on_click=choose, args=(card.name,))


def _own() -> None:
    """What this browser brought, each with the way to be rid of it."""
    own = cards.brought(choices.owner())
    if not own:
        return
    with st.container(border=True, gap="small", key="brought"):
        for card in sorted(own, key=lambda card: card.name):
            words, act = st.columns([3, 1], vertical_alignment="center")
            size = megabytes(card.weights.bytes) if card.weights else ""
            said = f"{html.escape(card.name)} · {size} · brought by you, scores are claims of their author"
            words.html(
                f"<p class='eo-found'><b>{html.escape(card.title)}</b><br><span class='eo-caption'>{said}</span></p>"
            )
            act.button("Remove", key=f"remove-{Path(card.folder).name}", on_click=_remove, args=(card.name,))


def _remove(name: str) -> None:
    st.session_state.pop("brought", None)
    try:
        shelf.remove(choices.owner(), name)
    except EodashError as error:
        st.session_state["brought"] = error


def _code(text: str) -> str:
    """Text with `code` in it as HTML."""
    parts = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
