"""An uploaded file of labelled polygons → GeoJSON features with plain properties; binary formats in the sandbox."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eodash.areas.apart import SECONDS, damaged
from eodash.areas.formats import check_size, format_of, not_an_area
from eodash.datasets.labelled_polygons import read_features
from eodash.errors import AoiError, RasterError
from eodash.sandbox import Answer, call

SUFFIXES = ("geojson", "json", "gpkg", "zip")
VALUES = 60
"""Most different values of a column that may hold classes; more are names or numbers of fields."""
COLUMNS = 40
LENGTH = 80
_TASKS = {"zip": "labels.zip", "sqlite": "labels.geopackage"}
Feature = dict[str, Any]


def features_of(data: bytes, name: str) -> list[Feature]:
    """The features of a file, with those properties only that could be a class."""
    check_size(data)
    form = format_of(data)
    if form == "xml":
        raise not_an_area("Labels have no class column in KML.")
    features = _text(data, name) if form == "text" else _apart(_TASKS[form], data)
    if not features:
        raise AoiError("There is no labelled polygon.", "Give at least one for each class.", code="empty")
    if not all(isinstance(one, dict) for one in features):
        raise AoiError("A feature collection holds features only.", "Export the labels again.", code="not_geojson")
    return _plain(features)


def columns_of(features: Sequence[Feature]) -> dict[str, list[str]]:
    """Columns that may hold a class, each with its values, the commonest first."""
    counts: dict[str, dict[str, int]] = {}
    for one in features:
        for column, value in one["properties"].items():
            values = counts.setdefault(column, {})
            values[value] = values.get(value, 0) + 1
    return {column: sorted(values, key=lambda value: -values[value]) for column, values in counts.items()}


def packed(features: Sequence[Feature]) -> bytes:
    """Features as they are kept."""
    return json.dumps(list(features), ensure_ascii=False, separators=(",", ":")).encode()


def unpacked(data: bytes) -> list[Feature]:
    found: list[Feature] = json.loads(data)
    return found


def _text(data: bytes, name: str) -> list[Any]:
    with tempfile.TemporaryDirectory(prefix="eodash-labels-") as folder:
        path = Path(folder) / (Path(name).name[-LENGTH:] or "labels.geojson")
        path = path if path.suffix in (".geojson", ".json") else path.with_suffix(".geojson")
        path.write_bytes(data)
        return read_features(path)


def _apart(task: str, data: bytes) -> list[Feature]:
    try:
        answer = call(task, {}, data=data, seconds=SECONDS)
    except RasterError as error:
        raise damaged("The labels could not be read: the file is damaged, or too large.") from error
    return _joined(answer)


def _joined(answer: Answer) -> list[Feature]:
    corners = iter(answer.arrays["corners"].tolist())
    features = []
    for shape, properties in zip(answer.said["lengths"], answer.said["properties"], strict=True):
        polygons = [[[next(corners) for _ in range(length)] for length in polygon] for polygon in shape]
        features.append(
            {"type": "Feature", "properties": properties, "geometry": {"type": "MultiPolygon", "coordinates": polygons}}
        )
    return features


def _plain(features: Sequence[Any]) -> list[Feature]:
    """Features with short texts as properties, without columns of too many values."""
    values: dict[str, set[str]] = {}
    rows = []
    for one in features:
        said = one.get("properties")
        row = (
            {_line(column): text for column, value in (said or {}).items() if (text := _value(value))}
            if isinstance(said, dict)
            else {}
        )
        rows.append(row)
        for column, text in row.items():
            if column in values or len(values) < COLUMNS:
                known = values.setdefault(column, set())
                if len(known) <= VALUES:
                    known.add(text)
    kept = {column for column, known in values.items() if len(known) <= VALUES}
    if not kept:
        raise AoiError(
            "No column of the labels can be a class.",
            f"One column with a word for each polygon is needed, of {VALUES} different ones at most.",
            code="no_column",
        )
    return [
        {
            "type": "Feature",
            "properties": {column: text for column, text in row.items() if column in kept},
            "geometry": one.get("geometry"),
        }
        for one, row in zip(features, rows, strict=True)
    ]


def _value(value: Any) -> str:
    """A value as plain text; empty where it can be no class."""
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return _line(f"{value:g}" if isinstance(value, float) else str(value)[:200])


def _line(text: str) -> str:
    """One line, no control characters, short."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[:200]).split())[:LENGTH]
