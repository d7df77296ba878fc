"""What was understood of a file or folder: plain values, each with how it was decided, and the recipe to read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from odc.geo.geobox import GeoBox

from eodash.errors import DateError, RasterError
from eodash.files import grids
from eodash.files.recipe_text import parsed
from eodash.request import Area, Period, Request
from eodash.sensors import Sensor


@dataclass(frozen=True)
class FoundBand:
    """A band of the files, in their order, and what became of it."""

    held: str  # what the files call it
    name: str = ""  # what the cube calls it; empty: left out
    title: str = ""
    code: str = ""
    centre: float = 0.0  # nm; 0: unknown
    scale: float = 1.0
    offset: float = 0.0
    nodata: float | None = None
    low: float | None = None  # 2nd and 98th percentile of the first image, as stored
    high: float | None = None
    how: str = ""


@dataclass(frozen=True)
class FoundDate:
    """An image in order of time: its moment (ISO, UTC), its files and how the moment was found."""

    time: str
    files: tuple[str, ...]
    how: str  # name (…), tag …, table …, the file's time axis, typed, none


@dataclass(frozen=True)
class Understood:
    """Everything that an import form shows and lets correct."""

    path: str  # relative to the data root
    kind: str
    sensor: Sensor
    bands: tuple[FoundBand, ...]
    scale: float | None  # None: not the same for all bands
    offset: float | None
    nodata: float | None
    units: str
    dates: tuple[FoundDate, ...]
    grid: GeoBox | None
    blank: bool = False  # the grid is a stand-in: the files say no place
    notices: tuple[str, ...] = ()
    refused: str = ""  # why it cannot be read yet; empty: it can
    refused_code: str = ""
    how: dict[str, str] = field(default_factory=dict, hash=False)  # field → the evidence
    recipe: str = field(default="", repr=False)  # canonical JSON; empty while refused

    @cached_property
    def area(self) -> Area:
        """The ground of the grid."""
        return grids.footprint(self._readable(), self.path)

    @property
    def pixel(self) -> float:
        """Metres; 0 where there is no grid yet."""
        return grids.pixel_metres(self.grid) if self.grid is not None else 0.0

    def request(
        self,
        area: Area | None = None,
        period: Period | None = None,
        bands: tuple[str, ...] | None = None,
        resolution: int = 0,
    ) -> Request:
        """The question that reads these files; resolution 0 is their own grid, else metres."""
        self._readable()
        return request_of(self.recipe, area, period, bands, resolution, self.path)

    def _readable(self) -> GeoBox:
        if self.refused or self.grid is None or not self.recipe:
            raise RasterError(
                self.refused or "The files cannot be read yet.",
                "Correct what was understood of them.",
                code=self.refused_code or "refused",
            )
        return self.grid


def request_of(
    recipe: str,
    area: Area | None = None,
    period: Period | None = None,
    bands: tuple[str, ...] | None = None,
    resolution: int = 0,
    name: str = "",
) -> Request:
    """The question that reads files as a recipe says: all their ground and time unless less is asked."""
    said = parsed(recipe)
    days = [date.fromisoformat(image["time"][:10]) for image in said["images"]]
    names = tuple(band["name"] for band in said["bands"])
    strange = [band for band in bands or () if band not in names]
    if strange:
        raise RasterError(
            f"The files have no band {', '.join(strange)[:80]}.", f"They have {', '.join(names)}.", code="bands"
        )
    whole = Period(min(days), max(days))
    if period is not None and (period.end < whole.start or period.start > whole.end):
        raise DateError(
            f"The files have images from {whole.start} to {whole.end}.", "Choose dates in it.", code="no_coverage"
        )
    ground = area or grids.footprint(grids.from_json(said["grid"]), name or said["files"][0]["name"])
    return Request(ground, period or whole, "files", "files", bands or names, resolution, 100, recipe)
