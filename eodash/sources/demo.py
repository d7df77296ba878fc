"""The demo world as a source: first-class, without a network, and the test double at once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from odc.geo.geom import box

from eodash.errors import AoiError, CatalogError, DateError
from eodash.grid import grid, inside
from eodash.request import Area, Period, Request
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA, DateResult, DateStatus, Plan, Planned, Product
from eodash.world import REGIONS, Region, World, make

CLEAR_CODES = (4, 5, 6, 7)
"""Scene classification: vegetation, bare soil, water, unclassified. Snow, cloud, cirrus and shadow are not clear."""


def region_geobox(region: Region) -> GeoBox:
    return GeoBox((region.size, region.size), Affine(*region.transform), f"EPSG:{region.epsg}")


@lru_cache(maxsize=8)
def region_area(name: str) -> Area:
    """The ground that a demo region covers."""
    region = REGIONS[name]
    geobox = region_geobox(region)
    footprint = box(*geobox.boundingbox.bbox, geobox.crs).to_crs("EPSG:4326")
    return Area.of(footprint.geom, region.title)


def demo_request(name: str = "temperate-north", level: str = "sentinel-2-l2a") -> Request:
    """The whole season of a demo region."""
    region = REGIONS[name]
    return Request(
        region_area(name), Period(region.start, region.end), "demo", level, SENSORS[level].default, 10, max_cloud=80
    )


@lru_cache(maxsize=2)
def demo_world(name: str) -> World:
    return make(REGIONS[name])


class DemoSource:
    """Farmlands that were never there, with everything about them known."""

    title = "Demo world"
    parallel = 2
    products: dict[str, Product] = {  # noqa: RUF012 - one instance, never changed
        name: Product(name, SENSORS[name].title, SENSORS[name], (10, 20, 60))
        for name in ("sentinel-2-l2a", "sentinel-2-l1c")
    }

    def plan(self, request: Request) -> Plan:
        region = _region_under(request.area)
        if request.product not in self.products:
            raise CatalogError(
                f"The demo world has no '{request.product[:40]}'.",
                f"It has {', '.join(self.products)}.",
                code="unknown",
            )
        if request.period.end < region.start or request.period.start > region.end:
            raise DateError(
                f"The demo season of {region.title} lasts from {region.start} to {region.end}.",
                "Choose dates in it.",
                code="no_coverage",
                details={"start": str(region.start), "end": str(region.end)},
            )
        world = demo_world(region.name)
        covered = Area.of(shapely.intersection(request.area.geometry, region_area(region.name).geometry))
        planned, skipped = [], []
        for index, time in enumerate(world.times):
            cloud = round(100 * float(world.cloud_share[index]), 1)
            if time not in request.period:
                continue
            if cloud > request.max_cloud:
                skipped.append(DateStatus(time, "skipped", f"{cloud:.0f} % cloud", cloud=cloud))
            else:
                planned.append(Planned(time, cloud, (f"{region.name}/{time}",), index))
        return Plan(
            request,
            self.products[request.product].sensor,
            grid(covered, request.resolution),
            tuple(planned),
            tuple(skipped),
            {
                "source": self.title,
                "region": region.name,
                "seed": region.seed,
                "synthetic": True,
                "clipped": not region_area(region.name).geometry.buffer(1e-6).covers(request.area.geometry),
            },
        )

    def seconds(self, plan: Plan) -> float:
        return 1.0 + 0.1 * len(plan.dates)

    def read(self, plan: Plan, date: Planned) -> DateResult:
        region = REGIONS[plan.provenance["region"]]
        level = "l1c" if plan.request.product.endswith("l1c") else "l2a"
        acquisition = demo_world(region.name).render(date.handle, level)
        names = plan.sensor.names
        wanted = [names.index(band) for band in plan.request.bands]
        values, seen = _cut(acquisition.values[wanted], region, plan.geobox)
        usable, _ = _cut(np.isin(acquisition.scl, CLEAR_CODES)[None].astype(np.int16), region, plan.geobox)
        clear = (usable[0] == 1) & seen
        area = inside(plan.request.area, plan.geobox) & seen
        share = float(clear[area].mean()) if area.any() else 0.0
        applied = {"offset": 0, "level": level.upper(), "decided": "made as reflectance"}
        status = DateStatus(date.time, "used", cloud=date.cloud, clear=share, items=date.items, applied=applied)
        return DateResult(status, values, clear)


def _region_under(area: Area) -> Region:
    """The demo region that an area touches, the most covered first."""
    shared = {name: area.geometry.intersection(region_area(name).geometry).area for name in REGIONS}
    name = max(shared, key=lambda name: shared[name])
    if shared[name] <= 0:
        raise AoiError(
            "This area lies outside the demo world.",
            "Draw inside one of the demo regions, or choose a catalogue.",
            code="outside_demo",
            details={"regions": {name: region_area(name).wkt for name in REGIONS}},
        )
    return REGIONS[name]


def _cut(values: np.ndarray, region: Region, geobox: GeoBox) -> tuple[np.ndarray, np.ndarray]:
    """The part of a region under a coarser or equal grid, block means, NODATA outside; and where there is any."""
    step = round(geobox.resolution.x / region.resolution)
    rows, columns = geobox.shape
    left = round((geobox.affine.c - region.transform[2]) / region.resolution)
    top = round((region.transform[5] - geobox.affine.f) / region.resolution)
    fine = np.full((values.shape[0], rows * step, columns * step), NODATA, np.int16)
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + rows * step, region.size), min(left + columns * step, region.size)
    if y0 < y1 and x0 < x1:
        fine[:, y0 - top : y1 - top, x0 - left : x1 - left] = values[:, y0:y1, x0:x1]
    if step == 1:
        return fine, fine[0] != NODATA
    blocks = fine.reshape(-1, rows, step, columns, step)
    whole = (blocks != NODATA).all((0, 2, 4))
    means = np.rint(blocks.astype(np.float32).mean((2, 4))).astype(np.int16)
    return np.where(whole, means, NODATA).astype(np.int16), whole
