"""Which method finds it best: all of them on this pair, and on pairs made of its first image where nothing changed."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from eodash.change.chain import NORMALISED, Settings
from eodash.change.pair import Pair, pair_of
from eodash.change.thresholds import RULES
from eodash.datasets.change_pairs import SPOILED, KnownPair, disturbed
from eodash.datasets.change_table import change_table, suggested, suggestion
from eodash.errors import EodashError
from eodash.jobs import Job, Progress
from eodash.ui import asking, choices
from eodash.ui.change_found import Found
from eodash.ui.change_kept import Kept, named
from eodash.ui.change_learned import HERE, asked, fits, learnt_here, methods_offered, network_of, values_of
from eodash.ui.change_ranges import CLEAR, clear_shares
from eodash.ui.change_truth import truth_of
from eodash.ui.page import caption, empty, section
from eodash.views.change_methods import FLAGGED, best, methods_table, methods_words
from eodash.views.change_methods import named as titled

KEY = "change-table"
QUESTION = "Which method finds it best?"
LATER = np.timedelta64(60, "D")
"""The next clear date is of the same ground if it lies no farther away."""
SEED = 0
Rows = list[dict[str, Any]]
tables: Kept[Rows] = Kept(lambda rows: ({}, {"rows": rows}), lambda found: list(found.meta["rows"]))


def method_table(here: Found) -> None:
    """The table once it was asked for; then it is kept with the run."""
    methods = methods_of(here)
    name = named("methods", *here.dates.said, *(network_of(here.dates, each) for each in methods.values()))
    rows = tables.get(name)
    if rows is None and choices.view("change-methods") is not True:
        section(QUESTION, "Every method on this pair, and on pairs in which nothing changed.")
        empty(
            "Not compared yet", "Each method as it is suggested, on five or six pairs; it takes some seconds.",
            "Compare all methods", lambda: choices.keep_view(**{"change-methods": True}),
        )  # fmt: skip
        return
    if rows is None:
        section(QUESTION)
        begin = partial(_begin, here, methods, name)
        rows = asking.or_progress(KEY, name, "Comparing methods", lambda: tables.get(name), begin, "method")
    if rows is not None:
        _drawn(rows, methods_offered(here.dates, here.pair.bands))


def methods_of(here: Found) -> dict[str, Settings]:
    """All that can be asked of these images, as they are suggested."""
    found = suggested(learned=fits(here.pair.bands))
    return found if learnt_here(here.dates) is None else found | {HERE: suggestion(HERE)}


def _drawn(rows: Rows, titles: Mapping[str, str]) -> None:
    section(QUESTION, "Each as it is suggested, with the suggested cleaning, on the images as they are.")
    st.html(methods_table(rows, titles))
    st.html(f"<p class='eo-found' data-eo='change-methods-found'>{html.escape(methods_words(rows, titles))}</p>")
    caption(
        "Pairs without change are this pair's first image twice: with noise and under another light, under haze, on a "
        "grid shifted by part of a pixel; and, where there is one, the next clear date within two months. Seconds are "
        "of this server, whatever else it does."
    )
    if (first := best(rows)) is not None:
        st.button(f"Take {titled(first, titles)}", key="change-take", on_click=partial(_take, first))


def _take(row: Mapping[str, Any]) -> None:
    """Find change by the method of a row from now on."""
    kept = {"change-method": row["method"]}
    if row["method"] in NORMALISED:
        kept["change-way"] = row["normalise"]
    if row["threshold"] in RULES:
        kept["change-rule"] = row["threshold"]
    choices.keep_view(**kept)


def pairs_of(here: Found) -> list[KnownPair]:
    """This pair, and those in which nothing changed."""
    pair, still = here.pair, np.zeros(here.usable.shape, bool)
    everywhere = np.ones_like(still)
    own = ("this pair", pair, still if here.truth is None else here.truth, everywhere)
    found = [KnownPair(*own, FLAGGED if here.truth is None else "")]
    for number, nuisance in enumerate(SPOILED):
        spoilt = disturbed(pair, nuisance, np.random.default_rng([SEED, number]))
        found.append(KnownPair(nuisance, spoilt, still, everywhere, nuisance))
    later = next_date(here)
    return [*found, later] if later is not None else found


def next_date(here: Found) -> KnownPair | None:
    """The first image and the next clear one, without what truly changed in between; none where ranges are compared."""
    if here.dates.spans is not None:
        return None
    times = here.cube["time"].values
    clear = clear_shares(here.cube) >= CLEAR
    near = clear & (times > times[here.before]) & (times <= times[here.before] + LATER)
    near[here.after] = False
    places = np.flatnonzero(near)
    if not len(places):
        return None
    try:
        pair: Pair = pair_of(here.cube[here.before], here.cube[int(places[0])])
    except EodashError:
        return None
    changed = truth_of(here.cube, times[here.before], times[places[0]])
    still = np.zeros(pair.usable.shape, bool)
    return KnownPair("season", pair, still, np.ones_like(still) if changed is None else ~changed, "season")


def _begin(here: Found, methods: Mapping[str, Settings], name: str, owner: str) -> Job:
    def work(progress: Progress) -> None:
        if tables.get(name) is not None:
            return
        progress.tick(0, 0, "Making pairs in which nothing changed")
        lines = change_table(
            pairs_of(here), "this pair", methods, lambda done, total: progress.tick(done, total, "Comparing methods"),
            lambda of, method: values_of(asked(here.dates, of, method)),
        )  # fmt: skip
        tables.keep(name, here.dates.key, [line.row for line in lines])

    return asking.maps().submit(name, work, owner=owner)
