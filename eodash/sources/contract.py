"""What every source gives: a plan before anything is read, then one result per date."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.request import Request
from eodash.sensors import Sensor

NODATA = -32768
"""Where a cube holds no observation."""

State = Literal["used", "failed", "skipped"]


@dataclass(frozen=True)
class DateStatus:
    """What became of one date, and why."""

    time: np.datetime64
    state: State
    reason: str = ""
    cloud: float | None = None  # per cent of the whole scene, as the source says
    clear: float | None = None  # share of the area's pixels that are usable, 0–1
    items: tuple[str, ...] = ()
    applied: dict[str, Any] = field(default_factory=dict)  # offset, baseline, mosaic: what was done to the numbers

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "time": str(self.time), "items": list(self.items)}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> DateStatus:
        return cls(**{**said, "time": np.datetime64(said["time"]), "items": tuple(said["items"])})


@dataclass(frozen=True)
class DateResult:
    """One date of a fetch: its status, and its image if it was used."""

    status: DateStatus
    values: NDArray[np.int16] | None = None  # (band, y, x): reflectance × 10⁴, NODATA where there is none
    clear: NDArray[np.bool_] | None = None  # (y, x): observed, no cloud, no shadow


@dataclass(frozen=True)
class Planned:
    """One date that a fetch would read; `handle` is the source's own."""

    time: np.datetime64
    cloud: float | None = None
    items: tuple[str, ...] = ()
    handle: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Plan:
    """What a fetch would read: known before it is read."""

    request: Request
    sensor: Sensor
    geobox: GeoBox
    dates: tuple[Planned, ...]
    skipped: tuple[DateStatus, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)  # catalogue, licence, what was noticed

    @property
    def pixels(self) -> int:
        return int(np.prod(self.geobox.shape))

    @property
    def bytes(self) -> int:
        return self.pixels * len(self.request.bands) * len(self.dates) * 2


@dataclass(frozen=True)
class Product:
    """Something a source offers: one sensor at one level."""

    name: str
    title: str
    sensor: Sensor
    resolutions: tuple[int, ...]  # metres, the first is the default
    missing: str = ""  # why it cannot be used now, such as "needs credentials: set …"; empty if it can


class Source(Protocol):
    """A place that series come from. `plan` reads no pixel; `read` reads one date and never raises for it alone:

    a date that cannot be had is a DateResult whose status is "failed" with the reason. Errors that concern the whole
    catalogue (unreachable, unsafe, asleep) are raised.
    """

    title: str
    products: dict[str, Product]
    parallel: int
    """How many dates may be read at one time."""

    def plan(self, request: Request) -> Plan: ...

    def seconds(self, plan: Plan) -> float:
        """About how long reading the plan takes."""
        ...

    def read(self, plan: Plan, date: Planned) -> DateResult: ...
