"""An image in tiles: what each answers for, and how much more it sees so that tiling changes nothing. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MULTIPLE = 16
"""Tiles begin and end at multiples of it: four poolings."""
HALO: Mapping[str, int] = MappingProxyType({"pretext": MULTIPLE})
"""How far an architecture looks around a pixel, where that is less than `FAR`."""
FAR = 128
CORE, EXACT_CORE = 1024, 512
"""Rows and columns of the largest tile; in single precision it takes four times the memory."""


@dataclass(frozen=True)
class Tile:
    """Rows and columns that it answers for, and those that it sees."""

    inner: tuple[slice, slice]
    outer: tuple[slice, slice]

    @property
    def within(self) -> tuple[slice, slice]:
        """Where what it answers for lies in what it sees."""
        rows, columns = (
            slice(inner.start - outer.start, inner.stop - outer.start)
            for inner, outer in zip(self.inner, self.outer, strict=True)
        )
        return rows, columns

    @property
    def pixels(self) -> int:
        """How many it answers for."""
        rows, columns = ((each.stop - each.start) for each in self.inner)
        return int(rows * columns)


def tiles(shape: tuple[int, int], architecture: str = "", core: int = CORE) -> list[Tile]:
    """Row by row; one tile where the image is small."""
    halo = HALO.get(architecture, FAR)
    rows, columns = (_spans(extent, core, halo) for extent in shape)
    return [
        Tile((row[0], column[0]), (row[1], column[1])) for row in rows for column in columns
    ]  # fmt: skip


def _spans(extent: int, core: int, halo: int) -> list[tuple[slice, slice]]:
    """Inner and outer spans, about equally long."""
    count = max(1, -(-extent // core))
    step = MULTIPLE * -(-extent // (count * MULTIPLE))
    found = []
    for start in range(0, extent, step):
        stop = min(extent, start + step)
        found.append((slice(start, stop), slice(max(0, start - halo), min(extent, stop + halo))))
    return found
