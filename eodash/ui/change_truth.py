"""What truly changed, and when: known of a demo world that is made to change, on the grid of a run."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.change.pair import Mask
from eodash.cube import geobox_of
from eodash.sources.demo import demo_world, region_geobox
from eodash.truth.simulated import onto
from eodash.world import REGIONS

LASTING = ("buildings", "felling", "lake", "fire")
"""Changes that have a day and stay: a flood comes and goes, a field's other crop shows when it grows."""


def truth_of(cube: xr.DataArray, before: np.datetime64, after: np.datetime64) -> Mask | None:
    """What truly changed, on the grid of a run; None unless a demo world has been made to change."""
    region = changing(cube)
    return None if region is None else _truth(region, geobox_of(cube), before, after)


def changing(cube: xr.DataArray) -> str | None:
    """The region of the demo that a run shows, if things change there."""
    try:
        name = json.loads(cube.attrs.get("provenance", "{}")).get("region", "")
    except (TypeError, ValueError, AttributeError):
        return None
    return name if name in REGIONS and REGIONS[name].events else None


def moments_of(cube: xr.DataArray) -> tuple[NDArray[np.datetime64], Mask] | None:
    """When each pixel changed while a run looked (NaT where it did not, or on no day), and what never changed."""
    region = changing(cube)
    if region is None:
        return None
    times = cube["time"].values.astype("datetime64[s]")
    return _moments(region, geobox_of(cube), times[0], times[-1])


@lru_cache(maxsize=4)
def _moments(
    region: str, geobox: GeoBox, first: np.datetime64, last: np.datetime64
) -> tuple[NDArray[np.datetime64], Mask]:
    world = demo_world(region)
    number = np.zeros((world.size, world.size), np.uint8)
    nothing = np.datetime64("NaT", "s")
    when: list[np.datetime64] = [nothing]
    for event in world.events:
        moment = world.zero + np.timedelta64(round(event.since * 86400), "s")
        dated = event.kind in LASTING and first < moment <= last
        when.append(moment if dated else nothing)
        number.flat[event.pixels] = len(when) - 1
    there = onto(number, region_geobox(REGIONS[region]), geobox, 255)
    known = np.where(there == 255, 0, there)
    return np.array(when, "datetime64[s]")[known], there == 0


@lru_cache(maxsize=8)
def _truth(region: str, geobox: GeoBox, before: np.datetime64, after: np.datetime64) -> Mask:
    changed = (demo_world(region).changed(before, after) > 0).astype(np.uint8)
    known: Mask = onto(changed, region_geobox(REGIONS[region]), geobox, 0) == 1
    known.flags.writeable = False
    return known
