"""Files below the data root as a source: what a recipe says, read date by date in one sandbox."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np

from eodash.errors import CatalogError, DateError, RasterError
from eodash.files import grids, reading
from eodash.files.paths import data_root
from eodash.files.recipe_text import parsed
from eodash.grid import inside
from eodash.request import Request
from eodash.sandbox import Box, opened
from eodash.sensors import Band, Sensor
from eodash.settings import settings
from eodash.sources.contract import NODATA, DateResult, DateStatus, Plan, Planned, Product
from eodash.sources.limits import check_count

COARSEST = 1_000_000
"""Metres of the widest pixel that files are put into."""
_ANY = Sensor.of_bands("files", "Whatever the files hold", (), since=date(1900, 1, 1))


class FilesSource:
    """Files of this machine; the request's recipe says how they are read."""

    title = "Files"
    parallel = 1

    def __init__(self) -> None:
        missing = "" if settings().data_root is not None else "needs a data root: set EODASH_DATA_ROOT"
        self.products = {"files": Product("files", "Files below the data root", _ANY, (0,), missing)}
        self._boxes: dict[int, Box] = {}
        self._lock = threading.Lock()

    def plan(self, request: Request) -> Plan:
        """What the recipe says of this area and period; no pixel is read."""
        root = data_root()
        if request.product not in self.products:
            raise CatalogError("Files have one product, 'files'.", "Choose it.", code="unknown")
        said = parsed(request.recipe)
        sensor = sensor_in(said)
        known = set(sensor.names)
        strange = [str(band) for band in request.bands if band not in known]
        if strange or not request.bands:
            raise RasterError(
                f"The files have no band {', '.join(strange)[:80] or 'at all'} here.",
                f"They have {', '.join(sensor.names)}.",
                code="bands",
            )
        if not 0 <= request.resolution <= COARSEST:
            raise RasterError(
                f"A pixel cannot be {str(request.resolution)[:20]} m wide.",
                f"Choose a size up to {COARSEST:,} m, or 0 for the files' own.",
                code="resolution",
            )
        geobox = grids.cut(grids.from_json(said["grid"]), request.area, request.resolution)
        dates = []
        for at, image in enumerate(said["images"]):
            time = np.datetime64(image["time"], "s")
            if time in request.period:
                names = dict.fromkeys(said["files"][plane[0]]["name"] for plane in image["planes"])
                dates.append(Planned(time, None, tuple(names), at))
        if not dates:
            first, last = said["images"][0]["time"][:10], said["images"][-1]["time"][:10]
            raise DateError(f"The files have images from {first} to {last}.", "Choose dates in it.", code="no_coverage")
        check_count(len(dates))
        reading.unchanged(root, [said["files"][number] for number in _used(said, [one.handle for one in dates])])
        return Plan(request, sensor, geobox, tuple(dates), (), _provenance(said))

    def seconds(self, plan: Plan) -> float:
        return 1.0 + 0.02 * len(plan.dates) + plan.bytes / 30e6

    @contextmanager
    def reading(self, plan: Plan) -> Iterator[None]:
        """One child for all dates of a plan."""
        root = data_root()
        said = parsed(plan.request.recipe)
        names = [said["files"][number]["name"] for number in _used(said, [one.handle for one in plan.dates])]
        with opened(reading.readable(root, names)) as box:
            with self._lock:
                self._boxes[id(plan)] = box
            try:
                yield
            finally:
                with self._lock:
                    del self._boxes[id(plan)]

    def read(self, plan: Plan, date: Planned) -> DateResult:
        """One date; one that cannot be had says why."""
        with self._lock:
            box = self._boxes.get(id(plan))
        try:
            if box is None:
                with self.reading(plan):
                    return self.read(plan, date)
            said = parsed(plan.request.recipe)
            values, clear, clipped = reading.image(box, data_root(), said, date.handle, plan.request.bands, plan.geobox)
        except RasterError as error:
            return DateResult(DateStatus(date.time, "failed", error.message, items=date.items))
        area = inside(plan.request.area, plan.geobox)
        if not ((values != NODATA).any(axis=0) & area).any():
            return DateResult(DateStatus(date.time, "skipped", "no pixel of the area was observed", items=date.items))
        applied = _applied(said, date.handle, clipped)
        share = float(clear[area].mean())
        return DateResult(DateStatus(date.time, "used", "", None, share, date.items, applied), values, clear)


def sensor_in(said: dict[str, Any]) -> Sensor:
    """The sensor that a recipe names, with the bands of the files."""
    bands = [Band(**band) for band in said["bands"]]
    return Sensor.of_bands(said["sensor"]["name"], said["sensor"]["title"], bands)


def _used(said: dict[str, Any], images: list[int]) -> list[int]:
    """The files that some images need."""
    rows = [row for at in images for row in (*said["images"][at]["planes"], *said["images"][at]["masks"])]
    return sorted({row[0] for row in rows})


def _provenance(said: dict[str, Any]) -> dict[str, Any]:
    """Where the numbers come from, and what was noticed; a cube that eodash wrote keeps its own."""
    before = json.loads(said["was"]["provenance"]) if "provenance" in said["was"] else {}
    attrs = dict(said["attrs"])
    if said["white"]:
        attrs["white"] = said["white"]
    if said["blank"]:
        attrs["placement"] = "blank"
    return {
        **before,
        "files": {
            "kind": said["kind"],
            "names": [file["name"] for file in said["files"][:20]],
            "count": len(said["files"]),
            "notices": said["notices"],
        },
        "units": said["units"],
        "attrs": attrs,
    }


def _applied(said: dict[str, Any], at: int, clipped: int) -> dict[str, Any]:
    """What was done to the numbers of one image."""
    used = dict.fromkeys(plane[3] for plane in said["images"][at]["planes"])
    rows = [said["calibrations"][number] for number in used]
    done: dict[str, Any] = {"date": said["images"][at]["how"], "scale": rows[0][0], "offset": rows[0][1]}
    if len(rows) > 1:
        done["bands"] = f"{len(rows)} calibrations, as the recipe says"
    if clipped:
        done["clipped"] = clipped
    return done
