"""What is wrong with the numbers of a series, with evidence, and what puts it right."""

import xarray as xr

from eodash.doctor.finding import Finding, Fix
from eodash.doctor.mending import apply

__all__ = ["Finding", "Fix", "apply", "examine", "looked_at"]


def examine(cube: xr.DataArray) -> tuple[Finding, ...]:
    """What is wrong with a series, the most serious first."""
    from eodash.doctor.examination import examine as look  # its library is not needed before somebody asks

    return look(cube)


def looked_at(cube: xr.DataArray) -> str:
    """What the judgement rests on, or that there is too little to judge."""
    from eodash.doctor.examination import looked_at as said

    return said(cube)
