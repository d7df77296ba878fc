"""Clean series of the demo regions, small, rendered once a session."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr

from eodash import cube
from eodash.sensors import SENSORS
from eodash.sources.demo import CLEAR_CODES
from eodash.world import REGIONS, make
from tests.toys import geobox

SIZE = 48


@lru_cache(maxsize=8)
def scene(region: str = "temperate-north", level: str = "l2a", dates: int = 6) -> xr.DataArray:
    """The clearest dates of a region, spread over its season."""
    world = make(REGIONS[region], SIZE)
    parts = np.array_split(np.arange(len(world.times)), dates)
    chosen = [int(part[np.argmin(world.cloud_share[part])]) for part in parts]
    seen = [world.render(index, level) for index in chosen]
    sensor = SENSORS[f"sentinel-2-{level}"]
    kept = [sensor.names.index(name) for name in sensor.default]
    return cube.carrier(
        np.stack([one.values[kept] for one in seen]),
        np.stack([np.isin(one.scl, CLEAR_CODES) for one in seen]),
        world.times[chosen],
        sensor.default,
        geobox(SIZE, SIZE),
        {"sensor": sensor.name, "units": "reflectance × 10⁴"},
    )
