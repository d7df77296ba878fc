"""The seasonality twin: beside each change, the same season one year earlier. What also happened then is the season."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

YEAR = np.timedelta64(365, "D")
NEAR = np.timedelta64(30, "D")


def twin(times: NDArray[np.datetime64], index: int, usable: NDArray[np.bool_]) -> int | None:
    """The usable date nearest to one year before; None if none lies within a month of it."""
    away = np.abs(times - (times[index] - YEAR))
    away = np.where(usable, away, np.timedelta64(10_000, "D"))
    found = int(away.argmin()) if len(away) else 0
    return found if len(away) and away[found] <= NEAR else None
