"""Methods that a network measures: asked as a job, kept with the run, thresholded like any other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from eodash.backend import learned, learnt
from eodash.backend.learnt import Subject, Task
from eodash.cards import change_card, change_shelf
from eodash.change.chain import CHANCES, LEARNED, METHODS, NORMALISED, Method, Settings, detect
from eodash.change.pair import Floats, Pair, same
from eodash.change.standard import places
from eodash.errors import ComputeError, RasterError
from eodash.jobs import Job, Progress
from eodash.ui import asking, cached, choices
from eodash.ui.change_found import Dates, pair
from eodash.ui.change_kept import Kept, apart_images, named, together_images
from eodash.ui.page import failures
from eodash.ui.said_models import images
from eodash.views.change_words import METHODS as METHOD_NAMES

KEY = "change-learned"
HERE: Method = "pretext-here"
"""The method whose features were learnt on the open run, without a card."""
TASKS: tuple[Task, ...] = ("triplet", "overlap")
OTHER_BANDS = "other bands"
maps: Kept[xr.Dataset] = Kept(apart_images, together_images)


@dataclass(frozen=True)
class Measured:
    """What was kept under a name, as the chain asks for it."""

    dates: Dates
    name: str

    def __call__(self, of: Pair, method: str) -> Floats:
        said = maps.get(self.name)
        return values_of(asked(self.dates, of, method) if said is None else said)


def values_of(said: xr.Dataset) -> Floats:
    """The chance of change, or how far features moved."""
    found: Floats = said["chance" if "chance" in said else "magnitude"].values
    return found


def methods_offered(dates: Dates, bands: tuple[str, ...]) -> dict[str, str]:
    """Every method with its title; a network that reads other bands says so."""
    found: dict[str, str] = {name: METHOD_NAMES[name] for name in METHODS}
    known, note = change_shelf(), "" if fits(bands) else f" · {OTHER_BANDS}"
    found |= {name: known[name].title.split(",")[0] + note for name in LEARNED if name in known}
    return found | ({HERE: METHOD_NAMES[HERE]} if learnt_here(dates) is not None else {})


def fits(bands: tuple[str, ...]) -> bool:
    """Whether images of these bands can be given to the networks of the shelf."""
    try:
        places(bands)
    except RasterError:
        return False
    return True


def learnt_here(dates: Dates) -> Subject | None:
    """What was learnt on the run of these dates, if anything was."""
    here = images(dates.run)
    count = 0 if here is None else here.sizes["time"]
    subjects = [Subject(dates.key, dates.text, count, task) for task in TASKS]
    return next((each for each in subjects if cached.store().has_result(each.name)), None)


def measured(dates: Dates, settings: Settings) -> Measured | None:
    """What the network has said; else how far it is, or why it says nothing, stands on the page, and None."""
    ways = {"Take change vectors": lambda: choices.keep_view(**{"change-method": "cva"})}
    with failures(ways, key=f"{KEY}-misfit"):
        of, name = pair(dates), name_of(dates, settings)
        if settings.method != HERE:
            places(of.bands)
        begin = partial(_begin, dates, settings, name)
        if same(of) or asking.or_progress(KEY, name, "Comparing the images", lambda: maps.get(name), begin) is not None:
            return Measured(dates, name)
    return None


def name_of(dates: Dates, settings: Settings) -> str:
    """What a network's map of two dates is kept under."""
    similar = (settings.normalise, str(settings.season)) if settings.method in NORMALISED else ()
    return named("change", *dates.said, network_of(dates, settings), *similar)


def network_of(dates: Dates, settings: Settings) -> str:
    """A method, and the very weights that it measures with."""
    if settings.method not in LEARNED:
        return settings.method
    if settings.method == HERE:
        return _learnt(dates).name
    card = change_card(settings.method)
    return f"{card.name} {card.weights.sha256 if card.weights else ''}"


def _learnt(dates: Dates) -> Subject:
    subject = learnt_here(dates)
    if subject is None:
        raise ComputeError("Nothing was learnt on this run yet.", "Learn on it first.", code="not_learnt")
    return subject


def _begin(dates: Dates, settings: Settings, name: str, owner: str) -> Job:
    def work(progress: Progress) -> None:
        def measure(of: Pair, method: str) -> Floats:
            made = asked(dates, of, method, progress)
            maps.keep(name, dates.key, made)
            return values_of(made)

        if maps.get(name) is None:
            progress.tick(0, 0, "Making both alike" if settings.method not in CHANCES else "Reading both")
            detect(pair(dates), settings, measure)

    return asking.maps().submit(name, work, owner=owner)


def asked(dates: Dates, of: Pair, method: str, progress: Progress | None = None) -> xr.Dataset:
    """What a network says of a pair, as it is or made alike."""
    if method != HERE:
        return learned.change_map(of, change_card(method), progress)
    apart = np.asarray(learnt.measured(cached.store(), _learnt(dates), of), np.float32)
    return xr.Dataset({"magnitude": (("y", "x"), apart)})
