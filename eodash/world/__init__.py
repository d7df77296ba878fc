"""The embedded demo world: farmland with known truth, seen by a simulated Sentinel-2.

legend, crops → growth ─┐
leaf → canopy ──────────┼→ surface → materials ┐
ground ─────────────────┘        layout ───────┼→ scene → acquire (weather, sky)
region ────────────────────────────────────────┘
                 surface → series: single pixels by the thousand
"""

from eodash.world.acquire import Acquisition
from eodash.world.region import REGIONS, Region
from eodash.world.scene import Parcel, Truth, World, make
from eodash.world.series import Series, series

__all__ = ["REGIONS", "Acquisition", "Parcel", "Region", "Series", "Truth", "World", "make", "series"]
