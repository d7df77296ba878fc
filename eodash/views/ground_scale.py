"""How large a pixel is on the ground, and the scale bar that follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from odc.geo.geobox import GeoBox
from pyproj import Geod, Transformer
from pyproj.exceptions import ProjError

from eodash.export.raster import wkt_of

_EARTH = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Ground:
    """Metres per pixel across and down in the middle of a grid; None where it has no place on the Earth."""

    across: float | None
    down: float | None

    @property
    def stretch(self) -> float:
        """How many times taller than wide a pixel is on the ground."""
        return self.down / self.across if self.across and self.down else 1.0


def ground(geobox: GeoBox) -> Ground:
    rows, columns = geobox.shape
    middle = (columns / 2, rows / 2)
    corners = [middle, (middle[0] + 1, middle[1]), (middle[0], middle[1] + 1)]
    points = [geobox.affine @ corner for corner in corners]
    try:
        to_degrees = Transformer.from_crs(wkt_of(geobox), "EPSG:4326", always_xy=True)
        lon, lat = to_degrees.transform([x for x, _ in points], [y for _, y in points])
    except ProjError:
        return Ground(None, None)
    if not np.isfinite([*lon, *lat]).all():
        return Ground(None, None)
    across = _EARTH.inv(lon[0], lat[0], lon[1], lat[1])[2]
    down = _EARTH.inv(lon[0], lat[0], lon[2], lat[2])[2]
    return Ground(across, down) if across > 0 and down > 0 else Ground(None, None)


def bar(metres_per_dot: float | None, longest: int) -> tuple[int, str]:
    """Length in dots and label of the longest round scale bar (1, 2 or 5 × 10ⁿ) that fits."""
    unit = metres_per_dot or 1.0
    room = longest * unit
    power = 10.0 ** math.floor(math.log10(room))
    length = next(step * power for step in (5, 2, 1) if step * power <= room)
    if metres_per_dot is None:
        return round(length), f"{length:g} px"
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    return round(length / unit), label
