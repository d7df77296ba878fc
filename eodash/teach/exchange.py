"""Samples as GeoJSON, and back: a polygon per field, with class and colour."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from odc.geo.geobox import GeoBox
from odc.geo.geom import Geometry

from eodash.areas.bounded_json import not_geojson, read_json
from eodash.datasets.labelled_polygons import polygons_of
from eodash.datasets.polygon_pixels import pixels_of
from eodash.errors import AoiError, EodashError
from eodash.teach.samples import Field, Samples, colour_of, plain, thinned

BYTES = 2**22
COLUMN = "class"


def to_geojson(samples: Samples, grid: GeoBox, about: str = "") -> str:
    """Fields as polygons in longitude and latitude, made of whole pixels."""
    features = [
        {
            "type": "Feature",
            "properties": {
                COLUMN: samples.classes.names[field.label],
                "colour": samples.classes.colours[field.label],
                "field": number,
                "pixels": len(field.places),
            },
            "geometry": shapely.geometry.mapping(outline(field, grid)),
        }
        for number, field in enumerate(samples.fields, 1)
    ]
    said = {"type": "FeatureCollection", "name": plain(about) or "samples", "features": features}
    return json.dumps(said, ensure_ascii=False, allow_nan=False)


def outline(field: Field, grid: GeoBox) -> shapely.Geometry:
    """The pixels of a field in degrees."""
    squares = [shapely.box(column, row, column + 1, row + 1) for row, column in field.places]
    whole = shapely.unary_union(squares)
    placed = shapely.transform(whole, lambda at: np.column_stack(grid.affine * (at[:, 0], at[:, 1])))
    found: shapely.Geometry = Geometry(placed, grid.crs).to_crs("EPSG:4326").geom
    return found


@dataclass(frozen=True)
class Taken:
    """Samples that were read, and what was left out."""

    samples: Samples
    notices: tuple[str, ...]


def from_geojson(data: bytes, samples: Samples, grid: GeoBox) -> Taken:
    """The fields of a file beside those there are; pixels that two classes claim belong to nobody."""
    if len(data) > BYTES:
        raise AoiError(
            f"The file has {len(data) / 2**20:.0f} MiB; {BYTES // 2**20} are the most.",
            "Keep only the samples of this area.",
            code="file_too_large",
        )
    said = read_json(data)
    features = said.get("features") if isinstance(said, dict) else None
    if not isinstance(features, list):
        raise not_geojson("Samples are features with the property 'class', in a FeatureCollection.")
    found = polygons_of(features, COLUMN, None)
    pixels = pixels_of(found.shapes, found.label, grid, False)
    classes, places = samples.classes, []
    for name in found.classes:
        known = {other.casefold(): at for at, other in enumerate(classes.names)}
        short = plain(name)
        if short.casefold() not in known:
            classes = classes.with_class(short, _colour(features, name, classes.colours))
            known[classes.names[-1].casefold()] = len(classes) - 1
        places.append(known[(short or classes.names[-1]).casefold()])
    made = samples.named(classes)
    for polygon in np.unique(pixels.polygon).tolist():
        at = pixels.polygon == polygon
        inside = list(zip(pixels.row[at].tolist(), pixels.column[at].tolist(), strict=True))
        made = made.drawn(thinned(inside), places[int(found.label[polygon])])
    counts = {
        "fields outside the area": pixels.outside,
        "fields without a pixel of their own": pixels.empty,
        "pixels that two classes claim": pixels.disputed,
    } | {f"features without {what}": count for what, count in found.lost.items()}
    return Taken(made, tuple(f"Left out, {what}: {count:,}." for what, count in counts.items() if count))


def _colour(features: list[Any], name: str, taken: tuple[str, ...]) -> str:
    """The colour that the file gives a class, where it is one."""
    for one in features:
        said = one.get("properties") if isinstance(one, dict) else None
        if isinstance(said, dict) and str(said.get(COLUMN)) == name and isinstance(said.get("colour"), str):
            try:
                return Samples((1, 1)).classes.with_class("any", said["colour"]).colours[0]
            except EodashError:
                break
    return colour_of(taken)
