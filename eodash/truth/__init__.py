"""What is known of a place beside what a model says of it, and how the two compare.

demo world, or labelled polygons → Truth → scores, chosen pixels, the course of the season
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import xarray as xr

from eodash.request import Request
from eodash.truth.known import UNKNOWN, Truth, by_field, majority

__all__ = ["UNKNOWN", "Truth", "by_field", "majority", "truth_of"]


def truth_of(request: Request, cube: xr.DataArray, legend: str, names: Sequence[str] = ()) -> Truth | None:
    """The truth of a demo series on its own grid; None of every other source, and of a legend the world does not know.

    `names` are the classes in the order of a card; without them, in that of the world's legend.
    """
    from eodash.cube import geobox_of  # the sandbox reads labels through this package, and needs no world for that
    from eodash.truth.simulated import simulated

    return simulated(_region_of(cube), geobox_of(cube), legend, tuple(names)) if request.source == "demo" else None


def _region_of(cube: xr.DataArray) -> str:
    """The demo region that a cube was made of; empty where it does not say."""
    try:
        said = json.loads(cube.attrs.get("provenance", "{}"))
    except (TypeError, ValueError):
        return ""
    name = said.get("region", "") if isinstance(said, dict) else ""
    return name if isinstance(name, str) else ""
