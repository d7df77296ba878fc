"""A class map as a STAC item: what was asked of which model, and where the files lie that belong to it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import xarray as xr
from odc.geo.geobox import GeoBox

from eodash import __version__
from eodash.agreement import UNKNOWN
from eodash.cards import Card
from eodash.export.map_rasters import classes_of

MEDIA = {
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
    ".csv": "text/csv",
    ".gpkg": "application/geopackage+sqlite3",
    ".parquet": "application/vnd.apache.parquet",
    ".xml": "application/xml",
}
CLASSIFICATION = "https://stac-extensions.github.io/classification/v2.0.0/schema.json"
PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
FILE = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
TITLES = {
    "class": "Classes after {day}",
    "confidence": "Probability of the class after {day}",
    "probability": "Probability of every class after {day}",
    "hectares": "Hectares per class over the dates",
    "classes": "Polygons of the classes",
}


def stac_item(
    answer: xr.Dataset, geobox: GeoBox, card: Card, files: Sequence[Path], told: dict[str, str], name: str
) -> dict[str, Any]:
    """The item of a folder of files; links are relative to it."""
    from pystac import Asset, Item

    times = answer["date"].values.astype("datetime64[s]")
    ground = geobox.extent.to_crs("EPSG:4326").geom
    item = Item(
        name,
        json.loads(shapely.to_geojson(ground)),
        [round(edge, 7) for edge in ground.bounds],
        _utc(times[-1]),
        _said(answer, card, told),
        start_datetime=_utc(times[0]),
        end_datetime=_utc(times[-1]),
        stac_extensions=[CLASSIFICATION, PROJECTION, FILE],
    )
    for path in files:
        roles = ["metadata"] if path.suffix == ".xml" else ["data"]
        more = _file(path) | (_raster(answer, geobox, path) if path.suffix == ".tif" else {})
        item.add_asset(_key(path), Asset(f"./{path.name}", _title(path), None, MEDIA.get(path.suffix), roles, more))
    written: dict[str, Any] = item.to_dict(include_self_link=False)
    return written


def classification(answer: xr.Dataset) -> list[dict[str, Any]]:
    """The legend by the classification extension; the last one is no class."""
    names, colours = classes_of(answer)
    slugs = _unlike([re.sub(r"[^0-9A-Za-z-]+", "-", name).strip("-").lower() or "class" for name in names])
    listed: list[dict[str, Any]] = [
        {"value": number, "name": slug, "title": name, "description": name, "color_hint": colour.lstrip("#").upper()}
        for number, (slug, name, colour) in enumerate(zip(slugs, names, colours, strict=True))
    ]
    return [*listed, {"value": UNKNOWN, "name": "nothing-observed", "description": "Nothing observed", "nodata": True}]


def _unlike(slugs: list[str]) -> list[str]:
    """The same words, each once."""
    return [slug if slug not in slugs[:place] else f"{slug}-{place}" for place, slug in enumerate(slugs)]


def _said(answer: xr.Dataset, card: Card, told: dict[str, str]) -> dict[str, Any]:
    """What was asked, of which model."""
    weights = {"eodash:weights_sha256": card.weights.sha256} if card.weights else {}
    dates = [f"{time}Z" for time in answer["date"].values.astype("datetime64[s]")]
    asked = {f"eodash:{key}": _read(told[key]) for key in ("request", "chain", "provenance") if key in told}
    return {
        "title": f"{card.title}: {answer.attrs.get('legend', '')}",
        "license": card.licence or "other",
        "processing:software": {"eodash": __version__},
        "eodash:card": card.name,
        "eodash:citation": card.citation,
        "eodash:legend": str(answer.attrs.get("legend", "")),
        "eodash:dates": dates,
        **weights,
        **asked,
    }


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _raster(answer: xr.Dataset, geobox: GeoBox, path: Path) -> dict[str, Any]:
    """What the extensions say of a raster."""
    code = geobox.crs.to_epsg() if geobox.crs is not None else None
    grid: dict[str, Any] = {
        "proj:code": f"EPSG:{code}" if code else None,
        **({} if code or geobox.crs is None else {"proj:wkt2": geobox.crs.to_wkt()}),
        "proj:shape": list(geobox.shape),
        "proj:transform": list(geobox.affine)[:6],
    }
    if path.name.startswith("class-"):
        return grid | {"data_type": "uint8", "nodata": UNKNOWN, "classification:classes": classification(answer)}
    if path.name.startswith("confidence-"):
        return grid | {"data_type": "uint8", "nodata": UNKNOWN, "unit": "1"}
    return grid | {
        "data_type": "float32", "nodata": "nan", "bands": [{"name": name} for name in classes_of(answer)[0]],
    }  # fmt: skip


def _file(path: Path) -> dict[str, Any]:
    """Size and checksum; a multihash says first what it is: 12 for SHA-256, 20 for 32 bytes."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file:size": path.stat().st_size, "file:checksum": f"1220{sha256}"}


def _title(path: Path) -> str:
    stem = path.name.removesuffix(".aux.xml")
    kind, _, day = stem.rsplit(".", 1)[0].partition("-")
    said = TITLES.get(kind, path.name).format(day=day)
    return f"{said}: names for GDAL" if stem != path.name else said


def _key(path: Path) -> str:
    return path.name.replace(".", "-")


def _utc(time: np.datetime64) -> datetime:
    moment: datetime = time.astype("datetime64[s]").item()
    return moment.replace(tzinfo=UTC)
