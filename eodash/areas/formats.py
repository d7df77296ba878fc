"""Which format a file is in, by its first bytes; what it is called counts for nothing."""

from __future__ import annotations

import codecs
from typing import Literal

from eodash.errors import AoiError
from eodash.settings import settings

Format = Literal["text", "xml", "zip", "sqlite"]

TAKEN = "GeoJSON, KML or KMZ, a zipped shapefile, or a GeoPackage"
_MARKS: tuple[tuple[bytes, Format], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"SQLite format 3\0", "sqlite"),
    (codecs.BOM_UTF16_LE + b"<\0", "xml"),
    (codecs.BOM_UTF16_BE + b"\0<", "xml"),
    (b"<\0", "xml"),
    (b"\0<", "xml"),
)


def format_of(data: bytes | str) -> Format:
    """The format that the first bytes promise; whatever is nothing else is read as text."""
    if isinstance(data, bytes):
        for mark, meant in _MARKS:
            if data.startswith(mark):
                return meant
        return "xml" if data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<" else "text"
    return "xml" if data.lstrip("\ufeff \t\r\n").startswith("<") else "text"


def check_size(data: bytes | str) -> None:
    limit = settings().aoi_upload_mib * 2**20
    if len(data) > limit:
        raise AoiError(
            f"The file has {len(data) / 2**20:.1f} MiB; {limit / 2**20:g} are allowed.",
            "Simplify the outline, or keep only the polygons you need.",
            code="file_too_large",
        )


def not_an_area(what: str) -> AoiError:
    """The error of a file in no format that is taken."""
    return AoiError(what, f"Export the area as {TAKEN}.", code="not_geojson")
