"""The other season: which runs are offered, how one is fetched, and its stops under the same rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import streamlit as st

from eodash import runs
from eodash.backend.maps import kept_map
from eodash.cards import Card
from eodash.errors import EodashError, ModelError
from eodash.request import Period, Request
from eodash.sources.demo import demo_request
from eodash.store import Run
from eodash.truth import truth_of
from eodash.truth.stopped import MEDIAN
from eodash.ui import asking, cached, choices
from eodash.ui.early_found import HAZARD, Season, season_of
from eodash.ui.page import empty, failed
from eodash.ui.regions import HOME, title_of
from eodash.ui.said import Said
from eodash.ui.said_models import PRODUCTS, key_of, level_of, networks, series
from eodash.ui.starting import under_way, watch
from eodash.world import REGIONS

REFUSED, WISHED = "early-refused", "early-wished"
SECOND = "temperate-south"
"""The demo region that is offered beside the home of the demo: the same climate, the other hemisphere."""


def wished(here: Said) -> list[Run]:
    """This browser's other runs of a kind that networks read: the same ground first, then the newest."""
    known = [
        run for run in cached.store().runs(choices.owner())
        if run.key != here.run.key and run.request.product in PRODUCTS.values()
    ]  # fmt: skip
    return sorted(known, key=lambda run: (not _again(run.request, here.run.request), -run.created.timestamp()))


def _again(other: Request, mine: Request) -> bool:
    """The same ground in another season."""
    return other.area == mine.area and other.period != mine.period


def ways_to_another(here: Said) -> dict[str, Callable[[], None]]:
    """Buttons: the same area a year before; of the demo, which has one season each, the season of another region."""
    mine = here.run.request
    if (refused := st.session_state.pop(REFUSED, None)) is not None:
        failed(refused, key=REFUSED)
    if mine.source == "files":
        return {}
    if mine.source == "demo":
        region = SECOND if demo_request(SECOND).area != mine.area else HOME
        other, name = demo_request(region, mine.product), REGIONS[region].title
        return {} if _mine(other) else {f"Fetch {name}": lambda: fetch(other, name)}
    before = year_before(mine)
    title = f"{title_of(here.run)}, {before.period.start.year}"
    return {} if _mine(before) else {"Fetch the same area one year earlier": lambda: fetch(before, title)}


def year_before(request: Request) -> Request:
    """The same question about the year before; a 29 February becomes the 28th."""

    def back(one: date) -> date:
        return one.replace(year=one.year - 1, day=28 if (one.month, one.day) == (2, 29) else one.day)

    return replace(request, period=Period(back(request.period.start), back(request.period.end)))


def _mine(request: Request) -> bool:
    return any(run.key == request.key for run in cached.store().runs(choices.owner()))


def fetch(request: Request, name: str) -> None:
    """Begin the other run without leaving this one, and choose it."""
    owner, store, jobs = choices.owner(), cached.store(), cached.jobs()
    try:
        begun = runs.start(store, jobs, owner, request, name)
    except EodashError as error:
        st.session_state[REFUSED] = error
        return
    choices.keep_view(**{"early-other": begun.id})


def retry(run: Run) -> None:
    """Go on with a run that has failed."""
    try:
        runs.retry(cached.store(), cached.jobs(), choices.owner(), run)
    except EodashError as error:
        st.session_state[REFUSED] = error


def years(run: Run) -> str:
    """`2024`, or `2023–24`."""
    first, last = run.request.period.start.year, run.request.period.end.year
    return str(first) if first == last else f"{first}–{last % 100:02d}"


def other_season(mine: Season, run: Run) -> Season | None:
    """Its stops by the same network under the same threshold; None while they are on their way, which is said."""
    if under_way(run.key):
        watch(run.key)
        return None
    cube = series(run)
    if cube is None:
        failed(run.error or {"message": "This run has no images any more.", "advice": "Fetch it again."},
               {"Try again": lambda: retry(run)},
               key="early-other-failed")  # fmt: skip
        return None
    card = _card(mine.said.card, level_of(cube))
    legend = mine.said.legend if mine.said.legend in card.legends else next(iter(card.legends))
    dates = tuple(range(cube.sizes["time"]))
    question, _ = asking.question_about(run, card, legend, dates, raw=card.input.level == "l1c")
    found = kept_map(cached.store(), question)
    if found is None and _asked(mine, run, question.key):
        found = asking.map_or_progress(run, card, legend, dates, "early-other-map")
    if found is None:
        return None
    said = Said(run, cube, card, legend, len(dates) - 1, found, len(dates) - 1, question.key)
    truth = truth_of(run.request, cube, legend, tuple(each.name for each in card.legends[legend]))
    if mine.threshold != MEDIAN and (
        asking.summary_or_progress(run, card, legend, dates, HAZARD, "early-other-chances") is None
    ):
        return None
    return season_of(said, truth)


def _card(card: Card, level: str) -> Card:
    """The same network for the other run's images."""
    for one in networks().get(key_of(card), []):
        if one.input.level == level:
            return one
    raise ModelError(
        f"{card.title} has no weights for the images of that run.",
        "Choose another run, or another model.",
        code="level",
    )


def _asked(mine: Season, run: Run, answer: str) -> bool:
    """Whether its map shall be computed; until somebody says so, a button stands here."""
    job = asking.maps().job(answer)
    if run.id in st.session_state.get(WISHED, ()) or (job is not None and job.active):
        return True
    empty(
        f"{title_of(run)}, {years(run)}: not asked yet",
        "Its stops are computed when you want them, as those above were.",
        "Compare the seasons",
        lambda: st.session_state.update({WISHED: (*st.session_state.get(WISHED, ()), run.id)}),
    )
    return False


def known_only_once(mine: Season, theirs: Season) -> tuple[Season, Season]:
    """Classes of the truth in both, or what was said in both: never one beside the other."""
    if (mine.truth is None) == (theirs.truth is None):
        return mine, theirs
    return replace(mine, truth=None, truth_name=""), replace(theirs, truth=None, truth_name="")
