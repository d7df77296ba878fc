"""KML → polygons, element by element: no tree is built, no entity expanded, no link followed."""

from __future__ import annotations

import math
import re
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from eodash.areas.formats import TAKEN, not_an_area
from eodash.areas.found import Found, empty, not_polygon, too_deep
from eodash.areas.outline import Ring, not_finite
from eodash.errors import AoiError
from eodash.settings import settings

ELEMENTS = 100_000
NESTING = 4
"""Elements within each other, per allowed depth of geometries."""
NAME_BYTES = 1000

_ROOTS = ("kml", "Document", "Folder", "Placemark")
_HOLDERS = ("Document", "Folder")
_WITHOUT_AREA = ("Point", "LineString", "LinearRing", "Track", "MultiTrack", "Model")
_RINGS = ("outerBoundaryIs", "innerBoundaryIs")
_AROUND_COMMA = re.compile(r"(?<!\s)\s*+,\s*+")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE)


def polygons_of(data: bytes | str) -> Found:
    """The polygons of each placemark, and the first name that one has."""
    walk = _Walk()
    if isinstance(data, str):
        parser = DefusedXMLParser(target=walk, encoding="utf-8", forbid_dtd=True)
        data = data.removeprefix("\ufeff").lstrip().encode("utf-8", "replace")
    else:
        parser = DefusedXMLParser(target=walk, forbid_dtd=True)
        data = data.lstrip()
    try:
        parser.feed(data)
        parser.close()
    except DefusedXmlException as error:
        raise AoiError(
            "The file declares a document type or entities, which are not read.",
            "Export the area again from the programme that made it; a KML needs neither.",
            code="xml_entities",
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        if walk.root not in _ROOTS:
            raise not_an_area("This is XML, but no KML.") from error
        raise not_kml(f"It is no well-formed XML ({error}).") from error
    return walk.result()


class _Walk:
    """Where we are in the file, and what was found so far; the parser calls start, data and end."""

    def __init__(self) -> None:
        self.root = ""
        self._found = Found()
        self._path: list[str] = []
        self._elements = 0
        self._text: list[str] | None = None
        self._polygons: list[list[Ring]] = []
        self._outer = 0
        self._other = ""
        self._title = ""
        self._link = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition("}")[2]
        if not self._path:
            self.root = tag
            if tag not in _ROOTS:
                raise not_an_area(f"This is XML, but no KML: it begins with '{tag[:40]}'.")
        self._path.append(tag)
        self._elements += 1
        self._check_nesting()
        if tag == "Placemark":
            self._found.count_features()
            self._polygons = []
        elif tag == "Polygon":
            self._polygons.append([])
            self._outer = 0
        elif tag in _WITHOUT_AREA and "Polygon" not in self._path:
            self._other = self._other or tag
        elif tag == "NetworkLink":
            self._link = True
        self._text = [] if self._wanted() else None

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        text = None if self._text is None else "".join(self._text)
        self._text = None
        if text is not None and self._path[-1] == "coordinates":
            self._ring(text)
        elif text is not None and self._path[-2] == "Placemark":
            self._found.name = self._found.name or text.strip()[:NAME_BYTES]
        elif text is not None:
            self._title = self._title or text.strip()[:NAME_BYTES]
        ended = self._path.pop()
        if ended == "Polygon" and self._polygons and not self._outer:
            raise not_kml("A polygon has no outer ring.")
        if ended == "Placemark":
            self._found.keep(self._polygons)
            self._polygons = []

    def close(self) -> None:
        """The parser is at the end."""

    def result(self) -> Found:
        if self._found.shapes:
            self._found.name = self._found.name or self._title
            return self._found
        if self._other:
            raise not_polygon(self._other)
        if self._link:
            raise empty("It only links to another file, which is not followed: save the polygon itself.")
        raise empty()

    def _wanted(self) -> bool:
        """Whether the text of this element is read."""
        if self._path[-1] == "name":
            return len(self._path) > 1 and self._path[-2] in ("Placemark", *_HOLDERS)
        return (
            self._path[-1] == "coordinates"
            and "Placemark" in self._path
            and self._path[-4:-2] in [["Polygon", ring] for ring in _RINGS]
        )

    def _check_nesting(self) -> None:
        depth = settings().aoi_depth
        holders = sum(tag in _HOLDERS for tag in self._path)
        if max(self._path.count("MultiGeometry") + 1, holders - 1, len(self._path) / NESTING) > depth:
            raise too_deep()
        if self._elements > ELEMENTS:
            raise AoiError(
                f"The file has more than {ELEMENTS:,} elements.",
                "Keep only the polygons you need.",
                code="too_many_features",
            )
        if self._path.count("Placemark") > 1 or self._path.count("Polygon") > 1:
            raise not_kml(f"A {self._path[-1]} lies within another one.")

    def _ring(self, text: str) -> None:
        ring = self._corners(text)
        if self._path[-3] == "outerBoundaryIs":
            self._outer += 1
            if self._outer > 1:
                raise not_kml("A polygon has two outer rings.")
            self._polygons[-1].insert(0, ring)
        else:
            self._polygons[-1].append(ring)

    def _corners(self, text: str) -> Ring:
        """Longitude,latitude or longitude,latitude,height, with space between; a height is dropped."""
        self._found.check_corners(text.count(",") // 2)  # before anything is made of it
        tuples = _AROUND_COMMA.sub(",", text).split()
        self._found.count_corners(len(tuples))
        corners: Ring = []
        for position in tuples:
            numbers = position.split(",")
            if len(numbers) not in (2, 3) or not all(_NUMBER.fullmatch(number) for number in numbers):
                raise not_kml(f"'{position[:40]}' is no longitude,latitude pair.")
            values = [float(number) for number in numbers]
            if not all(math.isfinite(value) for value in values):
                raise not_finite()
            corners.append((values[0], values[1]))
        return corners


def not_kml(why: str) -> AoiError:
    return AoiError(f"This KML cannot be read. {why}", f"Export the area again as {TAKEN}.", code="not_kml")
