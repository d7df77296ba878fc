"""The date-drop test over a sample of the region: asked once, kept; until then how far it is."""

from __future__ import annotations

import xarray as xr

from eodash.backend.explanations import COUNT, ask_sample, kept_sample, sample_key
from eodash.ui import asking, cached
from eodash.ui.page import section
from eodash.ui.said import Said

KIND = "faithfulness"
PIXELS = COUNT


def faithful(here: Said, question: str) -> xr.Dataset | None:
    """The test, or None while its progress, or its failure, stands here under its title."""
    asked, cube = asking.question_about(
        here.run, here.card, here.legend, (len(here.times) - 1,), raw=here.card.input.level == "l1c"
    )
    store = cached.store()
    if not store.has_result(sample_key(asked, KIND)):
        section(question, f"{PIXELS} pixels of this region are asked again without some of their dates.")
    return asking.or_progress(
        "attention-faithful",
        sample_key(asked, KIND),
        "Taking dates away",
        lambda: kept_sample(store, asked, KIND),
        lambda owner: ask_sample(store, asking.maps(), owner, asked, cube, here.card, KIND),
        "pixel",
    )
