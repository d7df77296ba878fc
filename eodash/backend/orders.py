"""What the engine sends to a worker: plain data, no torch. Pixels go as a place on the disk, or by value."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Mapped:
    """Part of an array in a file, as its strides say; size and time of writing tell whether a worker sees this file."""

    path: str
    bytes: int
    modified: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str

    def read(self) -> Array | None:
        """The part, on a read-only memory map; None where there is no such file."""
        try:
            found = os.stat(self.path)
            if (found.st_size, found.st_mtime_ns) != (self.bytes, self.modified):
                return None
            memory = np.memmap(self.path, np.uint8, "r")
        except OSError:
            return None
        return np.ndarray(self.shape, self.dtype, memory, self.offset, self.strides)


@dataclass(frozen=True, eq=False)
class Order:
    """One tile, or one series, and what is asked of it."""

    card: str  # as TOML
    folder: str  # where the card was read from
    legend: str
    bands: tuple[int, ...]  # where the card's bands lie among those of a cube
    day: NDArray[np.float32]  # (time,)
    scale: float
    dates: tuple[int, ...] = ()
    reducers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # explanations; of one series after the last of the dates, or of every pixel
    options: dict[str, Any] = field(default_factory=dict)  # of an explanation of many pixels
    exact: bool = False
    values: Mapped | Array | None = None  # (time, band, y, x) whole rows of a file; or (time, card's band, pixel)
    clear: Mapped | Array | None = None  # (time, y, x), or (time, pixel)
    pixels: tuple[int, int] = (0, 0)  # which of the rows' pixels: from, to
    weights: bytes | None = None  # where the worker cannot read the file
    question: str = ""  # names what it is part of, so that it can be stopped


def cut(order: Order, values: Array, clear: Array, start: int, stop: int, *, by_value: bool) -> Order:
    """The order for the pixels from `start` to `stop`, counted row by row."""
    columns = values.shape[-1]
    top, bottom = start // columns, -(-stop // columns)
    inside = slice(start - top * columns, stop - top * columns)
    rows, clouds = values[:, :, top:bottom], clear[:, top:bottom]
    here, there = (None, None) if by_value else (place_of(rows), place_of(clouds))
    return replace(
        order,
        pixels=(inside.start, inside.stop),
        values=here or np.ascontiguousarray(rows.reshape(*rows.shape[:2], -1)[:, order.bands, inside]),
        clear=there or np.ascontiguousarray(clouds.reshape(len(clouds), -1)[:, inside]),
    )


def place_of(part: Array) -> Mapped | None:
    """Where a part of an array lies on the disk; None if it lies in memory only."""
    base: Any = part
    while base is not None and not (isinstance(base, np.memmap) and not isinstance(base.base, np.ndarray)):
        base = getattr(base, "base", None)
    if base is None or base.filename is None:
        return None
    try:
        found = os.stat(base.filename)
    except OSError:
        return None
    offset = base.offset + part.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    return Mapped(
        str(base.filename), found.st_size, found.st_mtime_ns, offset, part.shape, part.strides, part.dtype.str
    )


WORK = "eodash.backend.work"


def on_worker(name: str, *asked: Any) -> Any:
    """Call a function of the worker's side, there: named, so that asking for it imports no torch."""
    return getattr(importlib.import_module(WORK), name)(*asked)
