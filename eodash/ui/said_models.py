"""Which network is asked, with which input and which classes: chosen in the sidebar, kept in the run's view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st
import xarray as xr

from eodash.backend import asked
from eodash.card_checks import BASELINES
from eodash.cards import Card
from eodash.datasets.parcels import level_at
from eodash.errors import ModelError
from eodash.sources import sources
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.asking import UNTOUCHED
from eodash.ui.models_shelf import known
from eodash.ui.navigation import lead
from eodash.ui.opened import chained
from eodash.ui.page import empty, failed
from eodash.ui.regions import title_of
from eodash.ui.starting import start, under_way

FIRST = ("early-lstm", "causal-transformer")
"""Offered first: they answer at every date in one pass."""
INPUTS = {"raw": "l1c", "preprocessed": "l2a"}
PRODUCTS = {"l1c": "sentinel-2-l1c", "l2a": "sentinel-2-l2a"}
HELP = (
    "raw: images as the satellite took them, clouds left in (L1C). preprocessed: surface reflectance, clouds masked "
    "out, then your chain (L2A). Each has networks of its own; a run holds the one or the other."
)


def key_of(card: Card) -> str:
    """What a choice is called: the network where raw and preprocessed are its two cards, else the card."""
    return card.architecture if card.name == f"{card.architecture}-{card.input.level}" else card.name


def networks() -> dict[str, list[Card]]:
    """Everything that can be asked, by its key; what is offered first comes first."""
    found: dict[str, list[Card]] = {}
    for card in known().values():
        if card.weights is not None and card.architecture not in BASELINES and card.input.level in INPUTS.values():
            found.setdefault(key_of(card), []).append(card)
    first = [key for key in FIRST if key in found]
    return {key: found[key] for key in [*first, *sorted(set(found) - set(first))]}


def models_for(cube: xr.DataArray) -> list[Card]:
    """The networks that fit a series, the default first."""
    return [card for some in networks().values() for card in some if _fits(card, cube)]


def _fits(card: Card, cube: xr.DataArray) -> bool:
    try:
        asked.fits(card, cube)
    except ModelError:
        return False
    return True


def level_of(cube: xr.DataArray) -> str:
    """ "l1c", "l2a", or "" for series of another kind."""
    return level_at(cube, [str(name) for name in cube["band"].values.tolist()])


def input_of(cube: xr.DataArray) -> str:
    """Raw or preprocessed: what was chosen, else what the run holds."""
    said = choices.view("input")
    if isinstance(said, str) and said in INPUTS:
        return said
    return "raw" if level_of(cube) == "l1c" else "preprocessed"


def chosen(cube: xr.DataArray) -> Card | None:
    """The card of the chosen network for the chosen input; None where the shelf is empty."""
    offered = networks()
    said = choices.view("model")
    some = offered.get(said) if isinstance(said, str) else None
    some = some or next(iter(offered.values()), None)
    if some is None:
        return None
    level = INPUTS[input_of(cube)]
    return next((card for card in some if card.input.level == level), some[0])


def legend_of(card: Card) -> str:
    """The chosen classes of a card."""
    said = choices.view("legend")
    if isinstance(said, str) and said in card.legends:
        return said
    return "landcover" if "landcover" in card.legends else next(iter(card.legends))


def plain_title(card: Card) -> str:
    """`Early LSTM`: what a card is called beside its input."""
    return card.title.split(",")[0] if key_of(card) == card.architecture else card.title


def series(run: Run) -> xr.DataArray | None:
    """What networks read of a run: raw images as they are, preprocessed ones after the chain."""
    stored = cached.cube(run.key)
    if stored is None or cached.preparation(run).text == UNTOUCHED:
        return stored
    return cached.prepared(run) if level_of(stored) == "l1c" else chained(run)


def images(run: Run) -> xr.DataArray | None:
    """The images of a run before its chain; opening them is what costs, so they are opened once."""
    return cached.cube(run.key) if cached.preparation(run).text == UNTOUCHED else cached.prepared(run)


def choose_model() -> None:
    """Model and input, in the sidebar; for pages that ask a model about the open run."""
    run = choices.run()
    here = images(run) if run is not None and under_way(run.key) is None else None
    card = chosen(here) if here is not None else None
    if here is None or card is None:
        return
    offered = networks()
    st.session_state["said-model"] = key_of(card)
    st.session_state["said-input"] = input_of(here)
    with st.sidebar, st.container(key="model-side"):
        st.selectbox(
            "Model", list(offered), format_func=lambda key: plain_title(offered[key][0]), key="said-model",
            help=f"{card.summary} Its card: page Which model?", on_change=_chosen,
        )  # fmt: skip
        st.segmented_control("Input", list(INPUTS), required=True, key="said-input", help=HELP, on_change=_chosen)


def _chosen() -> None:
    choices.keep_view(model=st.session_state["said-model"], input=st.session_state["said-input"])


def fitting(run: Run, cube: xr.DataArray) -> Card | None:
    """The chosen card; where it does not fit the series: one sentence, the ways out, and None."""
    if (refused := st.session_state.pop("start-error", None)) is not None:
        failed(refused, key="said-refused")
    card = chosen(cube)
    if card is None:
        said = "Bring a model, or train one on the command line."
        empty("The shelf is empty", said, "Which model?", lambda: lead("models"))
        return None
    try:
        asked.fits(card, cube)
    except ModelError as error:
        failed(error, _ways(run, cube, card, error.code), key="said-misfit")
        return None
    return card


def _ways(run: Run, cube: xr.DataArray, card: Card, code: str) -> dict[str, Callable[[], None]]:
    """Out of a model that does not fit: fetch what it needs, or take one that fits."""
    ways: dict[str, Callable[[], None]] = {}
    level = card.input.level
    product, source = PRODUCTS[level], sources().get(run.request.source)
    name = next(name for name, each in INPUTS.items() if each == level)
    if code == "level" and source is not None and product in source.products:
        ways[f"Fetch the {name} images"] = lambda: _fetch(run, card, product)
    others = models_for(cube)
    if others:
        here = next(name for name, each in INPUTS.items() if each == others[0].input.level)
        label = f"Use the {here} images" if here != name else f"Ask {plain_title(others[0])}"
        changed = {"input": here} if here != name else {"model": key_of(others[0])}
        ways[label] = lambda: choices.keep_view(**changed)
    ways["Fetch another area"] = lambda: lead("area")
    return ways


def _fetch(run: Run, card: Card, product: str) -> None:
    """The same ground and season as the product that a card reads; the choices go with it."""
    kept = {name: choices.view(name) for name in ("date", "legend", "asked") if choices.view(name) is not None}
    bands = sources()[run.request.source].products[product].sensor.default
    title = f"{title_of(run)}, {'raw' if card.input.level == 'l1c' else 'preprocessed'}"
    start(replace(run.request, product=product, bands=bands), title)
    if "start-error" not in st.session_state:
        choices.keep_view(model=key_of(card), **kept)
