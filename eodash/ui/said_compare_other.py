"""The answer that the page's own is compared with: another network, or the other input of the same ground."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
import xarray as xr

from eodash import runs
from eodash.backend.maps import kept_map
from eodash.cards import Card
from eodash.errors import EodashError, ModelError
from eodash.request import Request
from eodash.sources import sources
from eodash.store import Run
from eodash.ui import asking, cached, choices
from eodash.ui.page import empty, failed
from eodash.ui.regions import title_of
from eodash.ui.said import Said, dates_of
from eodash.ui.said_models import INPUTS, PRODUCTS, level_of, models_for, networks, plain_title, series
from eodash.ui.starting import under_way, watch

NAMES = {level: name for name, level in INPUTS.items()}
REFUSED, WISHED = "compare-refused", "compare-wished"


@dataclass(frozen=True)
class Other:
    """The other side: its run and series, its model, its map and what that is kept under."""

    run: Run
    cube: xr.DataArray
    card: Card
    legend: str
    map: xr.Dataset
    answer: str


def titled(card: Card) -> str:
    """`Transformer, raw images`."""
    return f"{plain_title(card)}, {NAMES[card.input.level]} images"


def offered(here: Said) -> dict[str, Card]:
    """What may be compared, by name: the other networks of this run, then those of its twin."""
    level = level_of(here.cube)
    mine = [card for card in models_for(here.cube) if card.name != here.card.name]
    wanted = "l2a" if level == "l1c" else "l1c"
    twins = [card for some in networks().values() for card in some if card.input.level == wanted]
    twins.sort(key=lambda card: card.architecture != here.card.architecture)  # the same network first
    return {card.name: card for card in [*mine, *(twins if twin_request(here.run, wanted) is not None else [])]}


def twin_request(run: Run, level: str) -> Request | None:
    """The same ground and season at the other level, where the source has it."""
    source = sources().get(run.request.source)
    product = source.products.get(PRODUCTS.get(level, "")) if source is not None else None
    if product is None or run.request.source == "files" or run.request.product == product.name:
        return None
    return replace(run.request, product=product.name, bands=product.sensor.default)


def choose(here: Said) -> Card | None:
    """The card to compare with, from a list; None where there is only one."""
    cards = offered(here)
    if not cards:
        return None
    wanted = choices.view("against")
    name = wanted if isinstance(wanted, str) and wanted in cards else next(iter(cards))
    st.session_state["against"] = name
    st.selectbox(
        f"Compare {titled(here.card)} with", list(cards), format_func=lambda each: titled(cards[each]), key="against",
        on_change=lambda: choices.keep_view(against=st.session_state["against"]),
    )  # fmt: skip
    return cards[name]


def other_side(here: Said, card: Card) -> Other | None:
    """The other answer; None while its images or its map are on their way, and how far they are stands there."""
    run: Run | None = here.run
    cube: xr.DataArray | None = here.cube
    if card.input.level != level_of(here.cube):
        run, cube = counterpart(here, card)
    if run is None or cube is None:
        return None
    legend = here.legend if here.legend in card.legends else next(iter(card.legends))
    days = cube["time"].values.astype("datetime64[D]")
    same = np.flatnonzero(days == here.time.astype("datetime64[D]"))
    if not len(same):
        raise ModelError(
            f"There is no {NAMES[card.input.level]} image of {here.time.astype('datetime64[D]')}.",
            "Choose another date above the map.",
            code="no_such_date",
        )
    if cube.shape[2:] != here.cube.shape[2:] or cube.odc.geobox != here.cube.odc.geobox:
        raise ModelError("The two series lie on different grids.", "Fetch both at the same resolution.", code="grid")
    dates = dates_of(card, cube, int(same[0]))
    question, _ = asking.question_about(run, card, legend, dates, raw=card.input.level == "l1c")
    found = kept_map(cached.store(), question)
    if found is None and _wished(run, card, question.key):
        found = asking.map_or_progress(run, card, legend, dates, "compare")
    if found is None:
        return None
    return Other(run, cube, card, legend, found, question.key)


def _wished(run: Run, card: Card, answer: str) -> bool:
    """Whether its map shall be computed; until somebody says so, a button stands here."""
    job = asking.maps().job(answer)
    if (run.key, card.name) in st.session_state.get(WISHED, ()) or (job is not None and job.active):
        return True
    empty(
        f"{titled(card)}: not asked yet",
        "Its map of this ground is computed when you want it, as the one above was.",
        "Compare them",
        lambda: _wish(run, card),
    )
    return False


def _wish(run: Run, card: Card) -> None:
    st.session_state[WISHED] = (*st.session_state.get(WISHED, ()), (run.key, card.name))


def counterpart(here: Said, card: Card) -> tuple[Run | None, xr.DataArray | None]:
    """The run of the other input and its series; where they are missing, a button that fetches them, or progress."""
    asked = twin_request(here.run, card.input.level)
    if asked is None:
        return None, None
    if under_way(asked.key):
        watch(asked.key)
        return None, None
    if (refused := st.session_state.pop(REFUSED, None)) is not None:
        failed(refused, key=REFUSED)
    name = NAMES[card.input.level]
    run = next((each for each in cached.store().runs(choices.owner()) if each.key == asked.key), None)
    cube = series(run) if run is not None else None
    if run is not None and cube is not None:
        return run, cube
    if run is not None and run.error is not None:
        failed(run.error, {"Try again": lambda: _fetch(asked, here, name)}, key="compare-failed")
        return None, None
    empty(
        f"The {name} images of this ground are not here yet",
        "They become a run of their own; this page stays with the run that is open.",
        f"Fetch the {name} images",
        lambda: _fetch(asked, here, name),
    )
    return None, None


def _fetch(asked: Request, here: Said, name: str) -> None:
    """Begin the other run, or go on with it, without leaving this one."""
    owner, store, jobs = choices.owner(), cached.store(), cached.jobs()
    mine = next((run for run in store.runs(owner) if run.key == asked.key), None)
    try:
        if mine is None:
            runs.start(store, jobs, owner, asked, f"{title_of(here.run)}, {name}")
        else:
            runs.retry(store, jobs, owner, mine)
    except EodashError as error:
        st.session_state[REFUSED] = error
