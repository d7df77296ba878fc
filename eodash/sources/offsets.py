"""From digital numbers to reflectance: which scale and offset one item needs, and how that was decided.

From processing baseline 04.00 on (25 January 2022) Sentinel-2 adds 1000 to its digital numbers. Some catalogues have
removed that again, some have not, some say so in each item. What an item says wins over what is known of its catalogue.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.sources.catalogues import ProductEntry
from eodash.sources.contract import NODATA

SINCE = np.datetime64("2022-01-25")
"""Since when new Sentinel-2 products carry the offset."""
ADDED = 1000
"""What they add, in digital numbers."""
_SCALE = 10_000
_BASELINE = re.compile(r"[Nn]?\s*0?(\d{1,2})[._](\d{1,2})$|[Nn]?(\d{2})(\d{2})$|[Nn]?0?(\d)$")
_IN_NAME = re.compile(r"_N(\d{4})_")


@dataclass(frozen=True)
class Calibration:
    """reflectance = digital number × scale + offset, and the evidence for it."""

    scale: float
    offset: float
    baseline: str
    how: str

    def table(self) -> NDArray[np.int16]:
        """Reflectance × 10⁴ of each 16-bit digital number; 0 is no data."""
        return _table(self.scale, self.offset)


@lru_cache(maxsize=64)
def _table(scale: float, offset: float) -> NDArray[np.int16]:
    reflectance = np.rint(np.arange(65_536) * (scale * _SCALE) + offset * _SCALE)
    values: NDArray[np.int16] = reflectance.clip(NODATA + 1, 32_767).astype(np.int16)
    values[0] = NODATA
    values.flags.writeable = False
    return values


def baseline(properties: Mapping[str, Any], names: tuple[str, ...] = ()) -> float | None:
    """The Sentinel-2 processing baseline that an item states, as a number such as 5.09."""
    for key in ("s2:processing_baseline", "sentinel2:processing_baseline", "processing:baseline", "processing:version"):
        said = properties.get(key)
        if isinstance(said, bool) or not isinstance(said, (str, int, float)):
            continue
        if found := _BASELINE.match(str(said).strip()):
            whole, part = (found[1] or found[3] or found[5]), (found[2] or found[4] or "0")
            return float(int(whole) + int(part) / float(10 ** len(part)))
    for name in (*names, *(properties.get(key) for key in ("s2:product_uri", "s2:granule_id"))):
        if isinstance(name, str) and (found := _IN_NAME.search(name)):
            return int(found[1]) / 100
    return None


def calibration(
    entry: ProductEntry, properties: Mapping[str, Any], asset: Mapping[str, Any], time: np.datetime64, item: str
) -> Calibration:
    """What one asset of one item needs."""
    stated = _stated(asset)
    if entry.offset == "fixed":
        scale, offset = stated or (entry.scale, entry.add)
        how = "the item states scale and offset" if stated else "scale and offset of the product"
        return Calibration(scale, offset, "", how)
    number = baseline(properties, (item,))
    if number is not None:
        late, said = number >= 4.0 - 1e-9, f"{number:05.2f}"
        why = f"baseline {said}"
    else:
        late, said = bool(time >= SINCE), "unknown"
        why = f"baseline unknown, assumed from the date ({'from' if late else 'before'} {SINCE})"
    added = -ADDED * entry.scale
    flag = properties.get("earthsearch:boa_offset_applied")
    if flag is True:
        return Calibration(entry.scale, 0.0, said, f"{why}; the item says that the offset is already removed")
    if flag is False:
        how = "the item says that the offset is not removed" if late else "no offset before 04.00"
        return Calibration(entry.scale, added if late else 0.0, said, f"{why}; {how}")
    if stated:
        how = f"the item states scale {stated[0]:g} and offset {stated[1]:g}"
        return Calibration(*stated, said, f"{why}; {how}")
    if not late:
        return Calibration(entry.scale, 0.0, said, f"{why}; no offset before 04.00")
    if entry.offset == "removed":
        return Calibration(entry.scale, 0.0, said, f"{why}; this catalogue is known to remove the offset")
    return Calibration(entry.scale, added, said, f"{why}; this catalogue is known to keep the offset")


def _stated(asset: Mapping[str, Any]) -> tuple[float, float] | None:
    """Scale and offset that an asset states, unless they are no reflectance."""
    for key in ("raster:bands", "bands"):
        bands = asset.get(key)
        first = bands[0] if isinstance(bands, list) and bands else None
        for place in (first, asset) if key == "bands" else (first,):
            if not isinstance(place, Mapping):
                continue
            scale = place.get("scale", place.get("raster:scale"))
            offset = place.get("offset", place.get("raster:offset"))
            if _number(scale) and _number(offset) and 1e-6 <= scale <= 1 and -1 <= offset <= 1:
                return float(scale), float(offset)
    return None


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
