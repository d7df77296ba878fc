"""Two dates, how they are made similar, measured and thresholded: one row of controls, kept in the run's view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
import xarray as xr

from eodash.cards import change_shelf
from eodash.change.chain import CHANCES, LEARNED, METHODS, NORMALISED, Settings
from eodash.change.normalise import WAYS
from eodash.change.post import Cleaning
from eodash.change.thresholds import RULES
from eodash.ui import choices
from eodash.ui.change_found import Dates
from eodash.ui.change_learned import HERE, methods_offered
from eodash.ui.change_ranges import (
    Chosen,
    choose_spans,
    clear_shares,
    clearest,
    compare_what,
    first_choice,
    ranged,
    spans_chosen,
)
from eodash.views.calendar_chart import day
from eodash.views.change_words import HALF as HALF_NAMES
from eodash.views.change_words import RULES as RULE_NAMES
from eodash.views.change_words import WAYS as WAY_NAMES

UNITS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Hectares of the smallest change that is kept, and of the largest hole that is filled."""
CLOUDY = 0.95
"""Clear share from which a date is not marked in the list."""
HELP = {
    "way": "Light, air and season move every pixel; what differs everywhere is no change. Pseudo-invariant pixels are "
    "those that IR-MAD is sure of; a line through them takes the rest along.",
    "method": "CVA: the length of the change vector. IR-MAD and MAD: what neither date explains of the other, unmoved "
    "by any line. PCA and k-means: small neighbourhoods in two clusters.",
    "networks": " Networks were trained on simulated ground: some give the chance of change, features how far both "
    "lie apart in what was learnt without labels.",
    "rule": "EM: where two fitted curves cross. Otsu and triangle: by the shape of the histogram. ½: a chance of one "
    "half. By hand: a slider.",
}


def chosen(cube: xr.DataArray) -> Chosen:
    """What is compared: two dates, or two ranges, each with its clearest image."""
    before, after = dates_chosen(cube)
    if not ranged():
        return Chosen(before, after)
    times, shares = cube["time"].values, clear_shares(cube)
    spans = spans_chosen(cube, before, after)
    return Chosen(clearest(times, shares, spans[0]), clearest(times, shares, spans[1]), spans)


def dates_chosen(cube: xr.DataArray) -> tuple[int, int]:
    """Indices of both dates: what was chosen, else the first choice."""
    before, after = _index(cube, "change-before"), _index(cube, "change-after")
    if before is None or after is None:
        first, second = first_choice(cube)
        before, after = first if before is None else before, second if after is None else after
    return before, after


def _index(cube: xr.DataArray, name: str) -> int | None:
    """The image nearest to a chosen moment; None where nothing, or nonsense, was chosen."""
    said = choices.view(name)
    try:
        wanted = np.datetime64(said[:19] if isinstance(said, str) else "", "s")
    except ValueError:
        return None
    times = cube["time"].values.astype("datetime64[s]")
    return None if np.isnat(wanted) else int(np.abs(times - wanted).argmin())


def settings_chosen() -> Settings:
    """How change is found; whatever cannot be read is as it is suggested."""
    plain = Settings()
    method = _one(
        "change-method", [*METHODS, *(name for name in LEARNED if name == HERE or name in change_shelf())], plain.method
    )
    hand = choices.view(hand_of(method))
    return Settings(
        method=method,
        normalise=_one("change-way", WAYS, plain.normalise),
        threshold=_one("change-rule", RULES, plain.threshold),
        season=choices.view("change-season") is not False,
        by_hand=float(hand) if isinstance(hand, float) and np.isfinite(hand) else None,
        cleaning=Cleaning(
            median=choices.view("change-median") is not False,
            opening=_one("change-opening", (True, False), plain.cleaning.opening),
            unit=_one("change-unit", UNITS, plain.cleaning.unit),
            holes=_one("change-holes", UNITS, plain.cleaning.holes),
        ),
    )


def hand_of(method: str) -> str:
    """Where the threshold by hand is kept: one of a chance means nothing for a magnitude."""
    return "change-hand-chance" if method in CHANCES else "change-hand"


def _one(name: str, offered: Sequence[Any], otherwise: Any) -> Any:
    said = choices.view(name)
    return next((each for each in offered if each == said and type(each) is type(said)), otherwise)


def choose(cube: xr.DataArray, dates: Dates, compared: Chosen, settings: Settings) -> None:
    """The row above the pictures."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="change-controls"):
        if compared.spans is None:
            _choose_dates(cube, compared)
        else:
            choose_spans(cube, compared.spans)
        compare_what(cube, compared.spans)
        similar = settings.method in NORMALISED
        _select("Made similar by", "change-way", WAY_NAMES, settings.normalise, 208, HELP["way"], disabled=not similar)
        bands = tuple(str(name) for name in cube["band"].values)
        offered = methods_offered(dates, bands)
        about = HELP["method"] + (HELP["networks"] if set(offered) - set(METHODS) else "")
        _select("Method", "change-method", offered, settings.method, 200, about)
        rules = RULE_NAMES if settings.method not in CHANCES else HALF_NAMES
        st.session_state["change-rule"] = settings.rule
        st.segmented_control(
            "Threshold", list(rules), format_func=rules.__getitem__, required=True, key="change-rule",
            help=HELP["rule"], on_change=keep, args=("change-rule",), disabled=settings.method == "pca-kmeans",
        )  # fmt: skip


def _choose_dates(cube: xr.DataArray, compared: Chosen) -> None:
    times, shares = cube["time"].values.astype("datetime64[s]"), clear_shares(cube)

    def named(index: int) -> str:
        cloudy = f" · {100 * shares[index]:.0f} % clear" if shares[index] < CLOUDY else ""
        return day(times[index], year=True) + cloudy

    for label, name, index in (("Before", "change-before", compared.before), ("After", "change-after", compared.after)):
        st.session_state[name] = index
        st.selectbox(label, range(len(times)), format_func=named, key=name, width=158, on_change=_date,
                     args=(name, times))  # fmt: skip


def _select(
    label: str, name: str, titles: dict[str, str], chosen: str, width: int, about: str, disabled: bool = False
) -> None:
    st.session_state[name] = chosen
    st.selectbox(
        label, list(titles), format_func=titles.__getitem__, key=name, width=width, help=about, on_change=keep,
        args=(name,), disabled=disabled,
    )  # fmt: skip


def _date(name: str, times: np.ndarray) -> None:
    choices.keep_view(**{name: str(times[st.session_state[name]])})


def keep(name: str) -> None:
    """Keep what a widget holds, under its own name."""
    choices.keep_view(**{name: st.session_state[name]})
