"""Units held against clouds, NDVI, the season and every class, over a sample of the region: asked once, kept."""

from __future__ import annotations

import xarray as xr

from eodash.backend.explanations import ask_sample, kept_sample, sample_key
from eodash.backend.questions import MapQuestion
from eodash.ui import asking, cached
from eodash.ui.said import Said

KIND = "units"


def kept_ranking(here: Said) -> xr.Dataset | None:
    """The correlations, if they are there already."""
    return kept_sample(cached.store(), _question(here)[0], KIND)


def ranking_or_progress(here: Said, key: str) -> xr.Dataset | None:
    """The correlations, or how far they are."""
    question, cube = _question(here)
    store = cached.store()
    return asking.or_progress(
        key,
        sample_key(question, KIND),
        "Reading pixels of the region",
        lambda: kept_sample(store, question, KIND),
        lambda owner: ask_sample(store, asking.maps(), owner, question, cube, here.card, KIND),
        "pixel",
    )


def _question(here: Said) -> tuple[MapQuestion, xr.DataArray]:
    dates = tuple(range(len(here.times)))
    return asking.question_about(here.run, here.card, here.legend, dates, raw=here.card.input.level == "l1c")
