"""Whether the attrs of a file are those of a cube that eodash wrote: anybody can write the same names."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from eodash.sensors import sensor_of

_SHAPES = {"provenance": dict, "chain": dict, "corrections": list, "left_out": list, "dates": list, "request": dict}


def check(attrs: Mapping[str, str]) -> None:
    """Raise a ValueError or TypeError unless each of the attrs that hold JSON holds the right kind of it."""
    for name, kind in _SHAPES.items():
        if name in attrs and not isinstance(json.loads(attrs[name]), kind):
            raise ValueError(name)
    if "white" in attrs and not 0 < float(attrs["white"]) < math.inf:
        raise ValueError("white")


def check_sensor(attrs: Mapping[str, str]) -> None:
    """The same of the sensor and its bands; what its own parts raise counts as well."""
    sensor = sensor_of(attrs)
    texts = [sensor.name, sensor.title, *(text for band in sensor.bands for text in (band.name, band.title, band.code))]
    numbers = [value for band in sensor.bands for value in (band.centre, band.width, band.resolution)]
    if not all(isinstance(text, str) and len(text) <= 120 for text in texts) or not all(map(math.isfinite, numbers)):
        raise ValueError("sensor_bands")
