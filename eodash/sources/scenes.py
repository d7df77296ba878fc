"""What a catalogue says about one scene, taken apart with distrust: only what is needed, in the form it must have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import numpy as np
import shapely
from odc.geo.crs import CRS
from pyproj.exceptions import ProjError

from eodash.errors import CatalogError
from eodash.request import Area
from eodash.sources.catalogues import ProductEntry
from eodash.sources.offsets import Calibration, baseline, calibration
from eodash.sources.safe_urls import check_url

MASK = "mask"
"""The name of the mask among a scene's assets."""


@dataclass(frozen=True)
class Scene:
    """One usable item; `fault` says why it is not usable, if it is not."""

    id: str
    time: np.datetime64
    day: np.datetime64  # solar day at the area
    cloud: float | None
    share: float  # of the area that lies under it
    tile: str
    baseline: float
    outline: shapely.Geometry
    assets: dict[str, str] = field(default_factory=dict)  # band → address, unsigned
    calibrations: dict[str, Calibration] = field(default_factory=dict)
    fault: str = ""


def scene(item: Any, entry: ProductEntry, bands: tuple[str, ...], area: Area) -> Scene | None:
    """The scene that an item describes, or None if it has no place in time or does not touch the area."""
    if not isinstance(item, Mapping):
        return None
    properties = _mapping(item.get("properties"))
    time = _time(properties)
    outline = _outline(item)
    if time is None or outline is None:
        return None
    shared = outline.intersection(area.geometry).area
    if shared <= 0 and not outline.intersects(area.geometry):
        return None
    name = _line(item.get("id"))
    middle = area.geometry.envelope.centroid.x
    day = (time + np.timedelta64(round(middle / 15 * 3600), "s")).astype("datetime64[D]")
    tile = _line(properties.get("s2:mgrs_tile") or properties.get("grid:code") or "")
    known: dict[str, Any] = {
        "id": name,
        "time": time,
        "day": day,
        "cloud": _per_cent(properties.get("eo:cloud_cover")),
        "share": min(1.0, shared / area.geometry.area),
        "tile": tile,
        "baseline": baseline(properties, (name,)) or 0.0,
        "outline": outline,
    }
    assets = _mapping(item.get("assets"))
    keys = {band: entry.assets[band] for band in bands} | ({MASK: entry.mask.asset} if entry.mask else {})
    lacking = [f"{band} ({key})" for band, key in keys.items() if not _href(assets.get(key))]
    if lacking:
        found = "it has no assets at all" if not assets else f"it has {_listed(sorted(map(str, assets)))}"
        return Scene(**known, fault=f"item {name} lacks {_listed(lacking)}; {found}")
    if not _has_crs(properties, [_mapping(assets[key]) for key in keys.values()]):
        return Scene(**known, fault=f"item {name} does not state its projection (proj:code)")
    base = _self(item)
    addresses = {band: urljoin(base, _href(assets[key])) if base else _href(assets[key]) for band, key in keys.items()}
    if not entry.requester_pays:
        for address in addresses.values():
            check_url(address)
    calibrations = {band: calibration(entry, properties, _mapping(assets[keys[band]]), time, name) for band in bands}
    return Scene(**known, assets=addresses, calibrations=calibrations)


def lacking_schema(fault: str) -> CatalogError:
    return CatalogError(
        f"The catalogue's answer cannot be used: {fault}.",
        "Choose another catalogue, or correct its asset names in the configuration.",
        code="schema",
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _line(value: Any) -> str:
    """Text of one short line without control characters."""
    return "".join(letter for letter in str(value)[:120] if letter.isprintable())


def _listed(names: list[str]) -> str:
    short = [_line(name)[:40] for name in names[:6]]
    return ", ".join(short) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _href(asset: Any) -> str:
    href = _mapping(asset).get("href")
    return href if isinstance(href, str) else ""


def _self(item: Mapping[str, Any]) -> str:
    links = item.get("links")
    for link in links if isinstance(links, list) else []:
        if _mapping(link).get("rel") == "self" and isinstance(link.get("href"), str):
            return str(link["href"]) if link["href"].startswith("http") else ""
    return ""


def _time(properties: Mapping[str, Any]) -> np.datetime64 | None:
    """The moment of a scene, UTC; the middle of its span if it states only that."""
    moments = [_moment(properties.get(key)) for key in ("datetime", "start_datetime", "end_datetime")]
    if moments[0] is not None:
        return moments[0]
    if moments[1] is not None and moments[2] is not None and moments[1] <= moments[2]:
        return moments[1] + (moments[2] - moments[1]) // 2
    return moments[1]


def _moment(text: Any) -> np.datetime64 | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not 1900 < moment.year < 2200:
        return None
    whole = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return np.datetime64(whole.astimezone(UTC).replace(tzinfo=None, microsecond=0), "s")


def _per_cent(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and 0 <= number <= 100 else None


def _outline(item: Mapping[str, Any]) -> shapely.Geometry | None:
    """The footprint in degrees, flat and valid; the box where there is no better."""
    geometry = item.get("geometry")
    if isinstance(geometry, Mapping):
        try:
            shape = shapely.force_2d(shapely.geometry.shape(geometry))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, shapely.errors.ShapelyError):
            shape = None
        if shape is not None and not shape.is_empty and all(map(math.isfinite, shape.bounds)) and shape.area > 0:
            return shape if shape.is_valid else shapely.make_valid(shape)
    box = item.get("bbox")
    if isinstance(box, list) and len(box) in (4, 6):
        corners = [*box[:2], *box[len(box) // 2 :][:2]]
        if all(isinstance(value, (int, float)) and math.isfinite(value) for value in corners):
            west, south, east, north = corners
            if west < east and south < north:
                return shapely.box(west, south, east, north)
    return None


def _has_crs(properties: Mapping[str, Any], assets: list[Mapping[str, Any]]) -> bool:
    def stated(place: Mapping[str, Any]) -> bool:
        for key in ("proj:code", "proj:epsg", "proj:wkt2", "proj:projjson"):
            said = place.get(key)
            if said and not isinstance(said, bool) and _is_crs(said):
                return True
        return False

    return stated(properties) or all(stated(asset) for asset in assets)


def _is_crs(said: Any) -> bool:
    if not isinstance(said, (str, int, dict)) or len(str(said)) > 20_000:
        return False
    try:
        CRS(f"EPSG:{said}" if isinstance(said, int) else said)
    except (ValueError, TypeError, KeyError, ProjError):
        return False
    return True
