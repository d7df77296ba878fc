"""The recipe: everything that is needed to read the files again, and nothing that is not, as canonical JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from odc.geo.geobox import GeoBox

from eodash.files import grids
from eodash.files.bands import MASKS
from eodash.files.calibration import Calibration
from eodash.files.held import Held, Plane
from eodash.files.layout import Image
from eodash.files.recipe_text import VERSION, canonical
from eodash.sensors import Band, Sensor

_KEPT = ("chain", "corrections", "left_out", "white")
"""Attrs of a cube that eodash wrote, beside those that a fetch makes anew."""


@dataclass(frozen=True)
class Ingredients:
    """What a recipe is made of."""

    kind: str
    sensor: Sensor
    bands: Mapping[str, Band | None]  # name in the files → band
    images: Sequence[Image]
    held: Mapping[str, Held]
    numbers: Mapping[Plane, Calibration]
    units: str
    white: str
    grid: GeoBox | None
    blank: bool
    notices: tuple[str, ...]


def recipe(made: Ingredients) -> str:
    """Canonical JSON; paths are relative to the data root, files are held by size and checksum."""
    files: dict[str, int] = {}
    places: list[dict[str, Any]] = []
    rows: list[tuple[float, float, float | None, str]] = []
    names = made.sensor.names

    def number(plane: Plane) -> int:
        return files.setdefault(plane.file, len(files))

    def calibration(plane: Plane) -> int:
        way = "nearest" if plane.dtype in ("uint8", "int8") else "bilinear"
        row = (*made.numbers[plane].row, way)
        if row not in rows:
            rows.append(row)
        return rows.index(row)

    images = []
    for image in made.images:
        planes, masks = [], []
        for held_name, found in image.planes.items():
            band = made.bands.get(held_name)
            if held_name.lower() in MASKS:
                masks += [[number(plane), plane.source, MASKS[held_name.lower()]] for plane in found]
            elif band is not None:
                at = names.index(band.name)
                planes += [[number(plane), plane.source, at, calibration(plane)] for plane in found]
        images.append({"time": image.time, "how": image.how, "planes": planes, "masks": masks})
    listed = []
    for name in files:
        one = made.held[name]
        place = grids.to_json(one.geobox)
        if place not in places:
            places.append(place)
        said = {"name": name, "driver": one.driver, "bytes": one.bytes, "sha256": one.sha256}
        listed.append(said | {"place": places.index(place)})
    own = next((one.own for one in made.held.values() if one.own), {})
    return canonical(
        {
            "version": VERSION,
            "kind": made.kind,
            "sensor": {"name": made.sensor.name, "title": made.sensor.title},
            "bands": [asdict(band) for band in made.sensor.bands],
            "units": made.units,
            "white": made.white,
            "grid": grids.to_json(made.grid) if made.grid is not None else None,
            "blank": made.blank,
            "places": places,
            "files": listed,
            "calibrations": [list(row) for row in rows],
            "images": images,
            "attrs": {key: own[key] for key in _KEPT if key in own},
            "was": {key: own[key] for key in ("provenance", "dates") if key in own},
            "notices": list(made.notices),
        }
    )
