"""Teaching where no network fits the open run: its own series is what is looked at."""

from __future__ import annotations

from eodash.ui import choices
from eodash.ui.said_models import models_for, series
from eodash.ui.starting import under_way
from eodash.ui.teaching import teach_series


def teach_alone() -> None:
    """The part of the page that teaches, for a run that is there and that no network can read."""
    run = choices.run()
    if run is None or under_way(run.key) is not None:
        return
    cube = series(run)
    if cube is not None and not models_for(cube):
        teach_series(run, cube)
