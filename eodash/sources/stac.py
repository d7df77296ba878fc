"""A STAC catalogue as a source: search, judge, group by day; then read day by day."""

from __future__ import annotations

import time
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.errors import CatalogError, RasterError
from eodash.grid import grid, inside
from eodash.request import Area, Request
from eodash.settings import settings
from eodash.sources.catalogues import Entry, ProductEntry, products
from eodash.sources.contract import NODATA, DateResult, Plan, Planned
from eodash.sources.days import decide, search_days, status_of
from eodash.sources.limits import check_period
from eodash.sources.onto import RESAMPLING
from eodash.sources.reading import read_day
from eodash.sources.rest import Rest
from eodash.sources.safe_urls import redact
from eodash.sources.scenes import lacking_schema
from eodash.sources.search import get_text
from eodash.sources.signing import Signer

WHOLE = frozenset({"unsafe_url", "redirects", "auth", "unreachable", "resting"})
"""Failures that speak for the whole catalogue: they end a fetch, others end one date."""
_PER_READ = 0.6
"""Seconds for one band of one scene over the Internet."""


class StacSource:
    """Scenes of one configured catalogue."""

    def __init__(self, name: str, entry: Entry) -> None:
        self.name = name
        self.title = entry.title
        self.products = products(entry)
        self.parallel = settings().reads_per_host
        self._entry = entry
        self._rest = Rest(entry.title)
        self._signers = {name: Signer(entry, product.collection, get_text) for name, product in entry.products.items()}

    def plan(self, request: Request) -> Plan:
        """Search, and decide date by date; nothing is read but the catalogue."""
        entry = self._product(request)
        sensor = self.products[request.product].sensor
        check_period(request.period, sensor)
        self._rest.check()
        try:
            days = search_days(self._entry.url, entry, request)
        except CatalogError as error:
            self._rest.note(error)
            raise
        self._rest.note(None)
        if not days:
            raise CatalogError(
                f"{self.title} has no scene of this area between {request.period.start} and {request.period.end}.",
                "Choose a longer period or another area.",
                code="no_scenes",
            )
        faults = [found.fault for day in days for found in day if found.fault]
        if faults and all(any(found.fault for found in day) for day in days):
            raise lacking_schema(faults[0])
        dates, left_out = decide(days, request)
        provenance = {
            "catalogue": self.title,
            "host": urlsplit(self._entry.url).hostname,
            "collection": entry.collection,
            "licence": entry.licence,
            "resampling": RESAMPLING,
            "clear": entry.mask.kind if entry.mask else "every observed pixel",
        }
        return Plan(request, sensor, grid(request.area, request.resolution), dates, left_out, provenance)

    def seconds(self, plan: Plan) -> float:
        bands = len(plan.request.bands) + 1
        reads = sum(len(planned.items) for planned in plan.dates) * bands
        return 1.0 + reads * _PER_READ / settings().reads_per_host + plan.bytes / 20e6

    def read(self, plan: Plan, date: Planned) -> DateResult:
        """One day; a day that cannot be had says why."""
        self._rest.check()
        entry = self._product(plan.request)
        signer = self._signers[plan.request.product]
        deadline = time.monotonic() + settings().date_seconds
        threads = max(1, self.parallel // len(plan.dates))  # whole dates side by side waste least
        try:
            values, clear = read_day(date.handle, plan.request.bands, entry, plan.geobox, signer, deadline, threads)
        except (CatalogError, RasterError) as error:
            self._rest.note(error)
            if error.code in WHOLE:
                raise
            return DateResult(status_of(date, "failed", redact(error.message)))
        self._rest.note(None)
        area = _inside(plan.request.area, plan.geobox)
        seen = (values != NODATA).any(axis=0) & area
        if not seen.any():
            return DateResult(status_of(date, "skipped", "no pixel of the area was observed"))
        share = float(clear[area].mean())
        return DateResult(status_of(date, "used", "", share), values, clear)

    def _product(self, request: Request) -> ProductEntry:
        product = self.products.get(request.product)
        if product is None:
            raise CatalogError(
                f"{self.title} does not offer '{request.product[:40]}'.",
                f"It offers {', '.join(self.products)}.",
                code="unknown",
            )
        if product.missing:
            raise CatalogError(
                f"{product.title} in {self.title} {product.missing}.",
                "Choose another product or catalogue.",
                code="credentials",
            )
        entry = self._entry.products[request.product]
        strange = [band for band in request.bands if band not in entry.assets]
        if strange or not request.bands:
            raise CatalogError(
                f"{self.title} has no band {', '.join(strange)[:80] or 'at all'} here.",
                f"It has {', '.join(entry.assets)}.",
                code="bands",
            )
        return entry


@lru_cache(maxsize=16)
def _inside(area: Area, geobox: GeoBox) -> NDArray[np.bool_]:
    return inside(area, geobox)
