"""Learn on my cube: features from this run's own images, without a label, and the change that they see."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from eodash.backend import learnt
from eodash.backend.learnt import STEPS, Learnt, Subject, Task
from eodash.change.chain import Detected, Settings, rethresholded
from eodash.change.pair import Floats
from eodash.change.scored import scores
from eodash.change.thresholds import threshold
from eodash.change.triples import UNIT
from eodash.ui import asking, cached, choices
from eodash.ui.change_choice import keep
from eodash.ui.change_found import Found, detected
from eodash.ui.change_maps import clickable, rings
from eodash.ui.change_pictures import address, drawn_tones
from eodash.ui.figure import figure
from eodash.ui.map import drawn_map
from eodash.ui.page import empty, mode, section
from eodash.views.change_map import mask_key, of_mask, of_verdicts, verdict_key
from eodash.views.learnt_words import agreement, compared
from eodash.views.loss_chart import loss_chart, loss_table, loss_words
from eodash.views.map import Picture, shown
from eodash.views.picture import warp_of

KEY = "change-learn"
TASKS: dict[Task, str] = {"triplet": "Triplets", "overlap": "Overlap or not"}
ABOUT = {
    "triplet": "Two dates of one place shall look alike, two places shall not.",
    "overlap": "Of two patches, tell whether they show one place on two dates, or two places.",
}
HELP = (
    "Both tasks make their own labels: which patch is which place is known. Triplets compare pixel by pixel; overlap "
    "or not compares whole patches."
)
QUESTION = "What do features see that were learnt on these images?"
EVERY = 1.0
"""Seconds between two looks at the curve."""
HEIGHT = 300


def learn(here: Found) -> None:
    """The button, the curve as it grows, and in the end two change maps side by side."""
    task = _task()
    subject, store = subject_of(here, task), cached.store()
    section(QUESTION, "Nobody labels anything: what stays the same between two dates is what is learnt.")
    st.session_state[f"{KEY}-task"] = task
    st.segmented_control(
        "Learnt by", list(TASKS), format_func=TASKS.__getitem__, required=True, key=f"{KEY}-task", help=HELP,
        on_change=keep, args=(f"{KEY}-task",), width=320,
    )  # fmt: skip
    known = learnt.learnt(store, subject)
    if known is None and not _wanted(subject):
        _offer(here, subject)
        return
    vectors = vectors_of(here)
    of = vectors.normalised.pair
    if known is None:
        asking.or_progress(
            KEY, subject.name, "Learning", lambda: learnt.learnt(store, subject),
            lambda owner: learnt.ask_learning(store, asking.maps(), owner, subject, here.cube, of), "step",
        )  # fmt: skip
        _live(subject.name)
        return
    apart = asking.or_progress(
        f"{KEY}-map", learnt.name_of(subject, of), "Measuring with what was learnt",
        lambda: learnt.distance(store, subject, of),
        lambda owner: learnt.ask_distance(store, asking.maps(), owner, subject, of), "part",
    )  # fmt: skip
    if apart is not None:
        _both(here, vectors, in_features(vectors, apart, here.detected.settings), known)


def subject_of(here: Found, task: Task) -> Subject:
    """What is learnt from: every clear date of the run as it is prepared."""
    return Subject(here.dates.key, here.dates.text, here.cube.sizes["time"], task)


def vectors_of(here: Found) -> Detected:
    """The change vectors of the same two dates, made similar and cleaned as was chosen."""
    chosen = here.detected.settings
    plain = Settings(normalise=chosen.normalise, season=chosen.season)
    found = detected(here.dates, plain)
    return rethresholded(found.normalised, found.magnitude, found.threshold, replace(plain, cleaning=chosen.cleaning))


def in_features(vectors: Detected, apart: Floats, settings: Settings) -> Detected:
    """Change where features lie further apart than unchanged ground does, and than a curve through all of them says."""
    found = threshold(apart[vectors.usable], "em")
    if found.value < UNIT:
        found = replace(found, value=UNIT, notice="Raised to what the same ground reaches on two dates.")
    wanted = replace(vectors.settings, cleaning=settings.cleaning)
    return rethresholded(vectors.normalised, apart, found, wanted)


def _task() -> Task:
    return "overlap" if choices.view(f"{KEY}-task") == "overlap" else "triplet"


def _wanted(subject: Subject) -> bool:
    """Whether somebody has pressed the button: here, or anybody whose job still runs."""
    job = asking.maps().job(subject.name)
    return st.session_state.get(f"{KEY}-asked") == subject.name or (job is not None and job.active)


def _offer(here: Found, subject: Subject) -> None:
    empty(
        "Nothing learnt on this run yet",
        f"{ABOUT[subject.task]} {here.cube.sizes['time']} dates, {STEPS} steps: about a minute on two cores. You can "
        "leave meanwhile; what was learnt stays with the run.",
        "Learn on my cube", partial(_ask, subject.name),
    )  # fmt: skip


def _ask(name: str) -> None:
    st.session_state[f"{KEY}-asked"] = name


@st.fragment(run_every=EVERY)
def _live(name: str) -> None:
    """The loss so far, drawn anew while it goes on."""
    losses, job = learnt.curves.of(name), asking.maps().job(name)
    if losses and job is not None and job.active:
        _curve(losses, f"{KEY}-live", "Does it learn?")


def _curve(losses: tuple[float, ...], key: str, question: str) -> None:
    figure(
        loss_chart(losses, STEPS, mode(), HEIGHT), key, question=question,
        caption="Faint: each step. Strong: the running mean. It falls as long as something is learnt.",
        alt=f"Loss over the steps of learning. {loss_words(losses)}", table=partial(loss_table, losses),
    )  # fmt: skip


def _both(here: Found, vectors: Detected, features: Detected, known: Learnt) -> None:
    """The curve, the change in reflectance, the change in feature space."""
    left, middle, right = st.columns(3, gap="medium")
    with left:
        _curve(tuple(known.losses.tolist()), f"{KEY}-curve", "Did it learn?")
        st.html(f"<p class='eo-caption' data-eo='change-learnt'>{loss_words(known.losses.tolist())}</p>")
    with middle:
        _map(here, vectors, "reflectance", "Change in reflectance", "Length of the change vector.")
    with right:
        _map(here, features, "features", "Change in feature space", "Distance of the features learnt here.")
    if here.truth is None:
        st.html(agreement(vectors.mask, features.mask, here.cell))
    else:
        rows = {
            name: scores(each.mask, here.truth, each.usable)
            for name, each in (("Change vectors", vectors), ("Features learnt here", features))
        }
        st.html(compared(rows))


def _map(here: Found, found: Detected, name: str, title: str, caption: str) -> None:
    section(title, caption)
    if here.truth is None:
        tones, colours = of_mask(found.mask, found.usable)
    else:
        tones, colours = of_verdicts(here.verdicts(found.mask))
    body = drawn_tones(tones.tobytes(), tones.shape, tuple(colours), here.dates.key, str(here.dates.after), here.geobox)
    warp, key = warp_of(here.geobox), f"{KEY}-map-{name}"
    clickable(key, here)
    words = f"{title} between {here.dates.names[0]} and {here.dates.names[1]}"
    picture = Picture(address(body, key), warp.bounds, words)
    drawn_map(shown(picture=picture, area=here.dates.run.request.area, pixels=rings(here)), key,
              bounds=warp.bounds, height=HEIGHT)  # fmt: skip
    if here.truth is not None:
        st.html(verdict_key(here.verdicts(found.mask), here.cell))
        return
    sizes = (found.mask.sum(), (found.usable & ~found.mask).sum(), (~found.usable).sum())
    st.html(mask_key(*(float(np.asarray(each)) * here.cell for each in sizes)))
