"""What a question costs, and cheaper questions near it: fewer dates, coarser pixels, a smaller box. Reads no pixel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import numpy as np
import shapely
from odc.geo.geobox import GeoBox
from shapely.affinity import scale

from eodash.areas.outline import sized
from eodash.errors import AoiError, EodashError
from eodash.fetch import thinned
from eodash.grid import grid
from eodash.request import THIN, Area, Period, Request
from eodash.settings import Settings
from eodash.sources import sources
from eodash.sources.contract import Plan, Planned

SLOW = 60
"""Seconds that nobody should have to wait without having been told."""
AT_WORK = 24
"""Bytes of memory that each pixel and band takes of a date that is being read."""
FEWEST = 3
"""Dates below which there is no series."""
WORTH = 0.75
"""An offer costs at most this share of what was asked."""

Kind = Literal["dates", "pixels", "box"]
KINDS: tuple[Kind, ...] = ("dates", "pixels", "box")
_Way = tuple[str, Plan, bool]
"""A title, the plan of a cheaper question, and whether it is what the source would plan."""
_SIDES = (0.75, 0.5, 0.35, 0.25, 0.15, 0.1)


@dataclass(frozen=True)
class Price:
    """What a question costs; not `exact` where nobody has told how many dates there are, or of which size."""

    dates: int
    rows: int
    columns: int
    bytes: int  # of the cube
    memory: int  # bytes while it is read
    seconds: float
    exact: bool = True


@dataclass(frozen=True)
class Offer:
    """A cheaper question."""

    kind: Kind
    title: str
    request: Request
    before: Price
    after: Price
    fits: bool  # within the limits, and not slow


def price(plan: Plan, exact: bool = True) -> Price:
    """What a plan costs."""
    here = sources()[plan.request.source]
    bands, (rows, columns) = len(plan.request.bands), plan.geobox.shape
    held = plan.pixels * len(plan.dates) * (2 * bands + 1)
    at_work = min(here.parallel, len(plan.dates)) * plan.pixels * bands * AT_WORK
    return Price(len(plan.dates), rows, columns, plan.bytes, held + at_work, here.seconds(plan), exact)


def too_much(found: Plan | BaseException | None) -> bool:
    """Whether a question was refused for its size, or would take long."""
    if isinstance(found, Plan):
        return price(found).seconds > SLOW
    return isinstance(found, EodashError) and found.code in ("too_large", "too_many")


def offers(request: Request, found: Plan | BaseException | None, limits: Settings) -> tuple[Offer, ...]:
    """Cheaper questions by kind, the mildest first; none where nothing is known of what was asked."""
    asked = _Asked.of(request, found, limits)
    if asked is None:
        return ()
    made: list[Offer] = []
    ways: dict[Kind, Callable[[], Iterator[_Way]]] = {
        "dates": asked.fewer, "pixels": asked.coarser, "box": asked.smaller,
    }  # fmt: skip
    for kind, candidates in ways.items():
        some = [asked.offer(kind, title, plan, exact) for title, plan, exact in candidates()]
        worth = [offer for offer in some if _saves(offer) and offer.after.dates >= min(FEWEST, asked.before.dates)]
        made += sorted(worth, key=lambda offer: (-offer.after.bytes, -offer.after.dates))
    return tuple(made)


def suggested(made: Iterable[Offer]) -> tuple[Offer, ...]:
    """Three of them: of each kind the mildest that fits, or the one that goes furthest; what fits comes first."""
    known = list(made)
    best: list[Offer] = []
    for kind in KINDS:
        same = [offer for offer in known if offer.kind == kind]
        if same:
            best.append(next((offer for offer in same if offer.fits), same[-1]))
    rest = [offer for offer in known if offer not in best and offer.fits]
    return tuple(sorted((*best, *rest[: 3 - len(best)]), key=lambda offer: not offer.fits))


def smaller_area(error: AoiError) -> Area | None:
    """The middle of an area that was refused as too large, as much of it as is allowed; None where it is not known."""
    said = error.details
    if error.code != "too_large" or "wkt" not in said:
        return None
    geometry, side = shapely.from_wkt(said["wkt"]), math.sqrt(said["limit_megabytes"] / said["megabytes"])
    for _ in range(40):  # the width of a degree changes with the latitude
        side *= 0.95
        try:
            return sized(scale(geometry, side, side, origin="center"), str(said.get("name", "")))
        except AoiError as again:
            if again.code != "too_large":
                return None
    return None


def _saves(offer: Offer) -> bool:
    """Whether it is worth offering."""
    return offer.after.bytes <= WORTH * offer.before.bytes


@dataclass(frozen=True)
class _Asked:
    """A question as it was asked: its plan, or what is likely to be in it."""

    plan: Plan
    exact: bool
    limits: Settings
    pixels_matter: bool = True

    @classmethod
    def of(cls, request: Request, found: Plan | BaseException | None, limits: Settings) -> _Asked | None:
        if isinstance(found, Plan):
            return cls(found, True, limits)
        if not isinstance(found, EodashError) or request.source not in sources():
            return None
        product = sources()[request.source].products.get(request.product)
        if product is None or found.code not in ("too_large", "too_many"):
            return None
        try:
            geobox = grid(request.area, request.resolution)
        except AoiError:
            return None
        if found.code == "too_many":
            count = max(request.period.days // max(1, product.sensor.revisit), limits.dates + 1)
            return cls(Plan(request, product.sensor, geobox, _evenly(request.period, count)), False, limits, False)
        if "dates" not in found.details:
            return None
        dates = tuple(
            Planned(np.datetime64(time), cloud, ("",) * int(items)) for time, cloud, items in found.details["dates"]
        )
        shape = tuple(found.details["shape"])
        if shape != tuple(geobox.shape):
            geobox = GeoBox(shape, geobox.affine, geobox.crs)
        return cls(thinned(Plan(request, product.sensor, geobox, dates)), True, limits)

    @property
    def before(self) -> Price:
        return price(self.plan, self.exact)

    def offer(self, kind: Kind, title: str, plan: Plan, exact: bool) -> Offer:
        after = price(plan, exact and self.exact)
        return Offer(kind, title, plan.request, self.before, after, self._fits(plan.request, after))

    def _fits(self, request: Request, after: Price) -> bool:
        most = self.limits.file_dates if request.source == "files" else self.limits.dates
        years = request.period.days <= self.limits.years * 365.2425 + 1 or request.source in ("files", "demo")
        return after.bytes <= self.limits.cube_mib * 2**20 and after.dates <= most and years and after.seconds <= SLOW

    def fewer(self) -> Iterator[_Way]:
        """One date of each two, week or month; less cloud; the end of a period that is too long."""
        request, known = self.plan.request, self._unthinned()
        for thin, title in THIN.items():
            if thin != request.thin:
                yield f"Fewer dates: {title}", thinned(_asking(known, request, thin=thin)), True
        if self.exact:
            yield from self._clearer(known)
        else:
            days = min(self.limits.dates * max(1, self.plan.sensor.revisit), int(self.limits.years * 365))
            start = max(request.period.start, request.period.end - timedelta(days=days - 1))
            period = Period(start, request.period.end)
            dates = tuple(date for date in known.dates if date.time in period)
            yield f"A shorter period: from {start}", replace(_asking(known, request, period=period), dates=dates), True

    def _clearer(self, known: Plan) -> Iterator[_Way]:
        """The highest cloud limits that leave three quarters and half of the dates, and one that fits."""
        request = self.plan.request
        found: list[_Way] = []
        for cloud in range((request.max_cloud - 1) // 5 * 5, 0, -5):
            dates = tuple(date for date in known.dates if date.cloud is None or date.cloud <= cloud)
            plan = thinned(replace(_asking(known, request, max_cloud=cloud), dates=dates))
            found.append((f"Fewer dates: at most {cloud} % cloud", plan, True))
        asked = len(self.plan.dates)
        enoughs: tuple[Callable[[Plan], bool], ...] = (
            lambda plan: len(plan.dates) <= WORTH * asked,
            lambda plan: len(plan.dates) <= 0.5 * asked,
            lambda plan: self._fits(plan.request, price(plan)),
        )
        for enough in enoughs:
            mild = next((one for one in found if enough(one[1])), None)
            if mild is not None:
                found.remove(mild)
                yield mild

    def coarser(self) -> Iterator[_Way]:
        """The coarser pixels that the product has."""
        request = self.plan.request
        product = sources()[request.source].products.get(request.product)
        for metres in product.resolutions if product and self.pixels_matter else ():
            if metres > request.resolution:
                asked = replace(request, resolution=metres)
                geobox, exact = self._grid(asked.area, metres, request.resolution / metres)
                yield f"Coarser pixels: {metres} m", replace(self.plan, request=asked, geobox=geobox), exact

    def smaller(self) -> Iterator[_Way]:
        """The same outline around the same centre, smaller."""
        request = self.plan.request
        for side in _SIDES if self.pixels_matter else ():
            area = Area.of(scale(request.area.geometry, side, side, origin="center"), request.area.name)
            if area.geometry.is_empty or not area.geometry.is_valid or area.geometry.area == 0:
                return
            geobox, exact = self._grid(area, request.resolution, side)
            if min(geobox.shape) < 8:
                return
            asked = replace(request, area=area)
            yield (
                f"A smaller area: {side:.0%} as wide".replace("%", " %"),
                replace(self.plan, request=asked, geobox=geobox),
                exact,
            )

    def _grid(self, area: Area, resolution: int, side: float) -> tuple[GeoBox, bool]:
        """The grid of another question, as the source would make it; by its sides where the source has its own way."""
        own, request = self.plan.geobox, self.plan.request
        try:
            if grid(request.area, request.resolution).shape == own.shape:
                return grid(area, resolution), True
        except AoiError:
            pass
        rows, columns = (max(1, math.ceil(length * side)) for length in own.shape)
        return GeoBox((rows, columns), own.affine, own.crs), False

    def _unthinned(self) -> Plan:
        """The plan with the dates that thinning left out."""
        reason = THIN.get(self.plan.request.thin)
        out = [Planned(one.time, one.cloud, one.items) for one in self.plan.skipped if reason and one.reason == reason]
        return replace(self.plan, dates=tuple(sorted((*self.plan.dates, *out), key=lambda date: date.time)), skipped=())


def _asking(plan: Plan, request: Request, **changes: object) -> Plan:
    return replace(plan, request=replace(request, **changes))  # type: ignore[arg-type]


def _evenly(period: Period, count: int) -> tuple[Planned, ...]:
    """Dates at equal steps, where only their number is known."""
    first, days = np.datetime64(period.start, "s"), period.days
    steps = (np.arange(count) * days * 86_400 / count).astype("timedelta64[s]")
    return tuple(Planned(first + step, None, ("",)) for step in steps)
