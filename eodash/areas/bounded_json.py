"""bytes → JSON, of bounded size and depth."""

from __future__ import annotations

import json
import re
from typing import Any

from eodash.areas.formats import TAKEN
from eodash.areas.found import too_deep
from eodash.errors import AoiError
from eodash.settings import settings

BRACKETS_PER_DEPTH = 4

_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_MEANT = {"type", "coordinates", "geometry", "geometries", "features", "crs"}


def read_json(data: bytes | str) -> Any:
    """What a file says, or an AoiError."""
    return _json(_text(data))


def _text(data: bytes | str) -> str:
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise not_geojson(f"Save it as UTF-8, or export the area as {TAKEN}.") from error
    text = data.removeprefix("\ufeff").strip()
    if not text:
        raise not_geojson("The file is empty; export the area again.")
    return text


def _json(text: str) -> Any:
    depth, limit = 0, BRACKETS_PER_DEPTH * settings().aoi_depth
    for match in _STRING_OR_BRACKET.finditer(text):
        first = match[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > limit:
            raise too_deep()
    try:
        return json.loads(text, parse_int=_integer, object_pairs_hook=_members)
    except (ValueError, RecursionError) as error:
        raise not_geojson(f"Export the area as {TAKEN}.") from error


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= 20 else float(text)  # Python refuses 5,000 digits, and nobody needs them


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next((name for name in _MEANT if names.count(name) > 1), None)
        if twice:
            raise AoiError(f"'{twice}' stands twice in one object.", "Keep one of them.", code="not_geojson")
    return members


def not_geojson(advice: str) -> AoiError:
    return AoiError("This is not GeoJSON.", advice, code="not_geojson")
