"""Opening an exhibit: from its card, from the one before, or by a link on a server that has seen nobody."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from eodash import runs
from eodash.errors import EodashError
from eodash.store import Run
from eodash.truth import truth_of
from eodash.truth.typical import typical
from eodash.ui import cached, choices
from eodash.ui.exhibits import EXHIBITS, RAW_SEASON, SEASON, Exhibit
from eodash.ui.models_shelf import known
from eodash.ui.navigation import here, lead
from eodash.ui.regions import title_of
from eodash.ui.said_compare_other import NAMES, REFUSED, twin_request
from eodash.ui.said_compare_other import WISHED as COMPARED
from eodash.ui.starting import start, under_way
from eodash.whatif.edits import Cloud
from eodash.whatif.reading import plain

QUERY = "exhibit"
WISHED = "exhibit-wished"
"""The exhibit that this session is on its way to: its season may still have to be fetched."""


def shown() -> str | None:
    """The exhibit that this page is, or is about to be."""
    name = st.session_state.get(WISHED) or choices.view(QUERY)
    return name if name in EXHIBITS and EXHIBITS[name].page == here() else None


def open_exhibit(name: str) -> None:
    """Go to an exhibit, on the season that is open if it shows it, else on the demo's."""
    exhibit, opened = EXHIBITS[name], choices.run()
    st.session_state[WISHED] = st.query_params[QUERY] = name
    if opened is None or not exhibit.stands_on(opened):
        asked = exhibit.request
        choices.keep(**vars(choices.Draft.of(asked)))
        start(asked, RAW_SEASON if exhibit.input == "raw" else SEASON)
    lead(exhibit.page)


def close() -> None:
    """The page stays as it is, without the words."""
    st.session_state.pop(WISHED, None)
    st.query_params.pop(QUERY, None)
    choices.keep_view(**{QUERY: None})


def follow_link() -> None:
    """Let the address open an exhibit, and follow it."""
    asked = st.query_params.get(QUERY)
    if asked is not None and asked not in EXHIBITS:
        st.session_state["notice"] = "This link names no exhibit. The start page has them all."
        del st.query_params[QUERY]
    elif asked is not None and asked not in (st.session_state.get(WISHED), choices.view(QUERY)):
        open_exhibit(asked)
    if (name := shown()) is not None:
        st.query_params[QUERY] = name
    else:
        st.query_params.pop(QUERY, None)


def settle() -> None:
    """Choose everything that the exhibit on the way shows; it has arrived then, and the reader may change it all."""
    name, opened = st.session_state.get(WISHED), choices.run()
    if name is None or opened is None or under_way(opened.key):
        return
    with st.spinner("Finding a typical field", show_time=True):  # the first time, a world is made for that
        wanted = chosen(name, opened)
    if wanted is not None:
        del st.session_state[WISHED]
        choices.keep_view(**wanted)
        _ask_the_twin(EXHIBITS[name], opened)


def chosen(name: str, run: Run) -> dict[str, object] | None:
    """The view of an exhibit on a season; None as long as there are no images."""
    cube, exhibit = cached.cube(run.key), EXHIBITS[name]
    if cube is None:
        return None
    truth = truth_of(run.request, cube, "landcover")
    pixel, beside = (typical(truth, cube, kind) if truth and kind else None for kind in (exhibit.pixel, exhibit.beside))
    return {
        "input": exhibit.input,
        "legend": "landcover",
        "date": str(cube["time"].values[-1].astype("datetime64[s]")),
        "asked": list(pixel) if pixel else None,
        "pinned": list(beside) if beside else None,
        "pinned-of": run.key if beside else None,
        "edits": plain(_painted(exhibit, cube["time"].values)),
        **exhibit.view,
        QUERY: name,
    }


def _painted(exhibit: Exhibit, times: NDArray[np.datetime64]) -> tuple[Cloud, ...]:
    """The clouds that an exhibit puts into a season."""
    if exhibit.clouded is None:
        return ()
    first, last = exhibit.clouded
    months = times.astype("datetime64[M]").astype(int) % 12 + 1
    dates = times[(first <= months) & (months <= last)].astype("datetime64[s]")
    return (Cloud(tuple(str(date) for date in dates)),) if len(dates) else ()


def _ask_the_twin(exhibit: Exhibit, run: Run) -> None:
    """Where two inputs are compared: fetch the other one and wish for its map, as the buttons of that part would."""
    card = known().get(str(exhibit.view.get("against")))
    asked = twin_request(run, card.input.level) if card is not None and card.input.level is not None else None
    if card is None or asked is None:
        return
    owner, store, jobs = choices.owner(), cached.store(), cached.jobs()
    mine = next((each for each in store.runs(owner) if each.key == asked.key), None)
    try:
        if mine is None:
            runs.start(store, jobs, owner, asked, f"{title_of(run)}, {NAMES[card.input.level]}")
        elif store.cube(mine.key) is None:
            runs.retry(store, jobs, owner, mine)
    except EodashError as error:
        st.session_state[REFUSED] = error
        return
    st.session_state[COMPARED] = (*st.session_state.get(COMPARED, ()), (asked.key, card.name))
