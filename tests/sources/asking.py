"""Short ways to ask for one of the cases."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely

from eodash.request import Area, Period, Request
from eodash.sources.contract import DateResult
from eodash.sources.stac import StacSource
from tests.servers import cases

PRODUCT = "sentinel-2-l2a"


def request(month: str, area: shapely.Polygon = cases.IN_EAST, **changed: Any) -> Request:
    """One month of a case, such as 2023-06."""
    last = np.datetime64(month, "M").astype("datetime64[D]") + np.timedelta64(27, "D")
    period = Period.parse(changed.pop("start", f"{month}-01"), changed.pop("end", str(last)))
    asked = {"source": "loopback", "product": PRODUCT, "bands": cases.BANDS, "resolution": 10, **changed}
    return Request(Area.of(area), period, **asked)


def results(source: StacSource, asked: Request) -> list[DateResult]:
    plan = source.plan(asked)
    return [source.read(plan, date) for date in plan.dates]


def collection(*items: Any, **more: Any) -> str:
    """A search's answer."""
    return json.dumps({"type": "FeatureCollection", "features": list(items), **more})
