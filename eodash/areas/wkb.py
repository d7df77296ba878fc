"""Well-known binary → rings (OGC 06-103r4, 8.2), counted before anything is made of them.

byte order | type, +1000 with Z, +2000 with M, +3000 with both | count | what it counts
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from eodash.areas.apart import damaged
from eodash.areas.found import Found, too_deep
from eodash.areas.outline import Ring, not_finite
from eodash.errors import AoiError
from eodash.settings import settings

_POINT, _LINE, _POLYGON, _COLLECTION = 1, 2, 3, 7
_NAMES = {1: "Point", 2: "LineString", 4: "MultiPoint", 5: "MultiLineString"}
_CURVES = range(8, 18)
_EXTRA = (0, 1, 1, 2)
"""Numbers of a corner beside x and y, by thousands of the type."""


class Wkb:
    """One geometry, read from its beginning to its end."""

    def __init__(self, data: bytes, found: Found) -> None:
        self.others: list[str] = []
        self._data, self._found, self._at = data, found, 0

    def polygons(self, depth: int = 1, within: int = 0) -> Iterator[list[Ring]]:
        """Every polygon, in whatever it is wrapped; `within` is the kind that a multi-geometry asks for."""
        if depth > settings().aoi_depth:
            raise too_deep()
        (order,) = self._take("B")
        if order > 1:
            raise _damaged()
        end = "<" if order else ">"
        (code,) = self._take(f"{end}I")
        thousands, kind = divmod(code, 1000)
        if thousands >= len(_EXTRA) or not 1 <= kind <= _CURVES[-1] or (within and kind != within):
            raise _damaged()
        if kind in _CURVES:
            raise AoiError(
                "The outline is made of curves.", "Convert curves to straight segments, then export it again.",
                code="not_polygon",
            )  # fmt: skip
        width = 2 + _EXTRA[thousands]
        if kind in _NAMES:
            self.others.append(_NAMES[kind])
        if kind == _POINT:
            self._skip(8 * width)
            return
        (count,) = self._take(f"{end}I")
        if kind == _LINE:
            self._skip(8 * width * count)
        elif kind == _POLYGON:
            rings = [self._corners(self._take(f"{end}I")[0], width, end) for _ in range(count)]
            yield [ring for ring in rings if ring]
        else:
            for _ in range(count):
                yield from self.polygons(depth + (kind == _COLLECTION), 0 if kind == _COLLECTION else kind - 3)

    def _corners(self, count: int, width: int, end: str) -> Ring:
        start = self._skip(8 * width * count)
        self._found.count_corners(count)
        corners = np.frombuffer(self._data, f"{end}f8", width * count, start).reshape(-1, width)[:, :2]
        if not np.isfinite(corners).all():
            raise not_finite()
        return [(x, y) for x, y in corners.tolist()]

    def _take(self, layout: str) -> tuple[int, ...]:
        start = self._skip(struct.calcsize(layout))
        return struct.unpack_from(layout, self._data, start)

    def _skip(self, size: int) -> int:
        """Go on by so many bytes; where they begin."""
        start = self._at
        self._at += size
        if self._at > len(self._data):
            raise _damaged()
        return start


def _damaged() -> AoiError:
    return damaged("A geometry of the file is damaged.")
