"""GeoJSON features with a class → valid polygons in degrees, each with the number of its class."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from eodash.areas.bounded_json import not_geojson, read_json
from eodash.areas.formats import format_of
from eodash.errors import AoiError, ModelError
from eodash.world.legend import FINE, LEGENDS, NAMES

BYTES = 64 * 2**20
FEATURES = 200_000
CLASSES = 255
_OTHER = {"zip": "a zipped shapefile or a KMZ", "sqlite": "a GeoPackage", "xml": "KML"}


@dataclass(frozen=True, eq=False)
class Polygons:
    """What was labelled, and how many features were left out, by what they are without."""

    shapes: NDArray[np.object_]  # in degrees
    label: NDArray[np.int64]
    number: NDArray[np.int64]  # of the feature in its file
    classes: tuple[str, ...]
    lost: Counter[str]


def read_features(path: Path) -> list[Any]:
    """The features of a GeoJSON file in longitude and latitude."""
    try:
        size = path.stat().st_size if path.is_file() else -1
        data = path.read_bytes() if 0 <= size <= BYTES else b""
    except OSError as error:
        raise AoiError(f"{path.name} cannot be read.", "Check that it may be read.", code="unreadable") from error
    if size < 0:
        raise AoiError(f"There is no file {path.name}.", "Check the name.", code="not_found")
    if size > BYTES:
        raise AoiError(
            f"{path.name} has {size / 2**20:,.0f} MiB; {BYTES / 2**20:.0f} are the most.",
            "Keep only the polygons in the area of the cube.",
            code="file_too_large",
        )
    if (form := format_of(data)) != "text":
        raise AoiError(
            f"Labels come as GeoJSON; {path.name} is {_OTHER[form]}.",
            "Convert it: ogr2ogr -t_srs EPSG:4326 labels.geojson THE_FILE.",
            code="not_geojson",
        )
    said = read_json(data)
    kind = said.get("type") if isinstance(said, dict) else None
    found = said.get("features") if kind == "FeatureCollection" else [said] if kind == "Feature" else None
    if not isinstance(found, list):
        raise not_geojson("Labels are features with properties, in a FeatureCollection.")
    if (crs := json.dumps(said.get("crs"))[:1000]) != "null" and "CRS84" not in crs and "4326" not in crs:
        raise AoiError(
            f"{path.name} is in another coordinate system than WGS 84.",
            "Export it in longitude and latitude (EPSG:4326).",
            code="crs",
        )
    return found


def polygons_of(features: Sequence[Any], column: str, legend: str | None) -> Polygons:
    """The polygons that have a class; `column` may be empty where there is only one."""
    if not features:
        raise AoiError("There is no labelled polygon.", "Give at least one for each class.", code="empty")
    if len(features) > FEATURES:
        raise AoiError(
            f"There are {len(features):,} features; {FEATURES:,} are the most.",
            "Keep only those in the area of the cube.",
            code="too_many_features",
        )
    if not all(isinstance(one, dict) for one in features):
        raise not_geojson("A feature collection holds features only.")
    column = column or _only_column(features)
    said = [_class_of(one, column) for one in features]
    if not any(said):
        raise AoiError(
            f"No feature has a value in '{column[:40]}'.",
            f"There is {', '.join(_columns(features)) or 'no property at all'}.",
            code="no_column",
        )
    lost = Counter({"a class": said.count("")}) if "" in said else Counter()
    classes, label = _numbered(said, legend)
    if unknown := sorted({name for name, one in zip(said, label, strict=True) if name and one < 0}):
        lost[f"a class of the legend ({', '.join(unknown[:4])})"] += sum(name in unknown for name in said)
    kept = np.flatnonzero(label >= 0)
    shapes = _shapes([features[place].get("geometry") for place in kept])
    there = np.array([shape is not None for shape in shapes], bool)
    if not there.any():
        raise AoiError("No labelled feature has a geometry.", "Draw a polygon for each.", code="empty")
    if not there.all():
        lost["a geometry"] += int((~there).sum())
    return Polygons(shapes[there], label[kept[there]], kept[there], classes, lost)


def _columns(features: Sequence[Any]) -> list[str]:
    names: dict[str, None] = {}
    for one in features[:1000]:
        if isinstance(said := one.get("properties"), dict):
            names |= dict.fromkeys(str(name)[:40] for name in said)
    return list(names)[:20]


def _only_column(features: Sequence[Any]) -> str:
    names = _columns(features)
    if len(names) == 1:
        return names[0]
    raise AoiError(
        "Which property holds the class?", f"Name it (--column): {', '.join(names) or 'there is none'}.",
        code="no_column",
    )  # fmt: skip


def _class_of(feature: Any, column: str) -> str:
    """A class as plain text: one line, no control characters; empty where there is none."""
    said = feature.get("properties")
    value = said.get(column) if isinstance(said, dict) else None
    if value is None or isinstance(value, list | dict | bool):
        return ""
    text = f"{value:g}" if isinstance(value, float) else str(value)[:200]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:80]


def _numbered(said: list[str], legend: str | None) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Classes, and which one each name is; −1 for none."""
    if legend is None:
        classes = tuple(sorted({name for name in said if name}))
        known = {name: name for name in classes}
    else:
        classes, known = _legend(legend)
    if len(classes) > CLASSES:
        raise ModelError(f"There are {len(classes):,} classes.", f"{CLASSES} at most.", code="classes")
    order = {name: number for number, name in enumerate(classes)}
    label = [order.get(known.get(name if legend is None else name.casefold(), ""), -1) for name in said]
    if max(label) < 0:
        raise ModelError(
            f"No class is one of the legend '{legend}': {', '.join(sorted(set(said) - {''})[:5])}.",
            f"It has {', '.join(classes)}; or use your own classes, without a legend.",
            code="classes",
        )
    return classes, np.array(label, np.int64)


def _legend(name: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The classes of a legend, and the class behind every name that is known for one, in small letters."""
    if name == "fine":
        return NAMES, {kind.casefold(): kind for kind in NAMES}
    if name not in LEGENDS:
        raise ModelError(
            f"There is no legend '{name[:40]}'.", f"Take fine, {', '.join(LEGENDS)}, or none.", code="unknown_legend"
        )
    known = {one.casefold(): one for one in LEGENDS[name].names}
    for kind in FINE:
        target = kind.breizhcrops if name == "breizhcrops" else kind.landcover
        if target is not None:
            known.setdefault(kind.name.casefold(), target)
            known.setdefault((kind.breizhcrops or kind.name).casefold(), target)
    return LEGENDS[name].names, known


def _shapes(geometries: list[Any]) -> NDArray[np.object_]:
    """Valid polygons in degrees; None for features without a geometry."""
    texts = np.array([None if one is None else json.dumps(one) for one in geometries], object)
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    if (broken := int(sum(text is not None and shape is None for text, shape in zip(texts, shapes, strict=True)))) > 0:
        raise not_geojson(f"{broken:,} of its geometries cannot be read; export it again.")
    kinds = shapely.get_type_id(shapes)
    if (others := int((~np.isin(kinds, (-1, 3, 6))).sum())) > 0:
        raise AoiError(
            f"{others:,} of {len(shapes):,} features are no polygons.",
            "Draw polygons; a buffer of two pixels makes one of a point.",
            code="not_polygon",
        )
    west, south, east, north = shapely.total_bounds(shapes)
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise AoiError(
            f"Coordinates reach from {west:g}, {south:g} to {east:g}, {north:g}, which are no degrees.",
            "Export the labels in longitude and latitude (EPSG:4326).",
            code="out_of_range",
        )
    return np.asarray(shapely.make_valid(shapes, method="structure", keep_collapsed=False), object)
