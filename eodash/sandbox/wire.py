"""Messages between a server and its sandbox: JSON and raw array bytes, of bounded size; never pickle.

    8 bytes: length of the header | header: JSON | the bytes of each part, one after the other

Numpy is imported where an array is met, because most of a child's life is starting.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

LENGTH = struct.Struct("<Q")
HEADER_BYTES = 16 * 2**20
"""Largest JSON part of a message."""
DTYPES = frozenset(
    ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16", "<M8[ns]")
)
"""What an array may hold: numbers and times, never objects."""
AXES = 8


class Garbled(Exception):  # noqa: N818 - translated at once by whoever reads
    """A message that breaks the rules."""


class TooMuch(Garbled):
    """A message that is larger than agreed."""


def packed(said: dict[str, Any], arrays: dict[str, np.ndarray], data: bytes | None = None) -> list[bytes | memoryview]:
    """A message as pieces to be written in order; arrays are not copied where they lie in one piece."""
    parts: list[bytes | memoryview] = []
    table = []
    for name, array in arrays.items():
        whole, dtype = _plain(array)
        table.append({"name": name, "dtype": dtype, "shape": whole.shape})
        if whole.size:
            parts.append(whole.reshape(-1).view("u1").data)
    header = {"said": said, "arrays": table, "data": None if data is None else len(data)}
    text = json.dumps(header, separators=(",", ":")).encode()
    if len(text) > HEADER_BYTES:
        raise TooMuch
    return [LENGTH.pack(len(text)), text, *parts, *([data] if data else [])]


def unpacked(
    read: Callable[[int], memoryview], limit: int
) -> tuple[dict[str, Any], dict[str, np.ndarray], bytes | None]:
    """A message from a function that reads exactly as many bytes as asked for."""
    length = LENGTH.unpack(read(LENGTH.size))[0]
    if length > HEADER_BYTES:
        raise TooMuch
    try:
        header = json.loads(bytes(read(length)))
        said, table, size = header["said"], header["arrays"], header["data"]
        shapes = [(str(row["name"]), str(row["dtype"]), _shape(row["shape"])) for row in table]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Garbled from error
    if not isinstance(said, dict) or not (size is None or (isinstance(size, int) and size >= 0)):
        raise Garbled
    if not all(dtype in DTYPES for _, dtype, _ in shapes):
        raise Garbled
    if (size or 0) + sum(_bytes(dtype, shape) for _, dtype, shape in shapes) > limit:
        raise TooMuch
    arrays = {name: _array(read(_bytes(dtype, shape)), dtype, shape) for name, dtype, shape in shapes}
    return said, arrays, None if size is None else bytes(read(size))


def _plain(array: np.ndarray) -> tuple[np.ndarray, str]:
    """An array in one piece and little-endian, and its type."""
    import numpy as np

    dtype = array.dtype.newbyteorder("<")
    if dtype.str not in DTYPES:
        raise Garbled(f"an array of {array.dtype} cannot travel")
    return np.ascontiguousarray(array, dtype).reshape(array.shape), dtype.str


def _array(buffer: memoryview, dtype: str, shape: Sequence[int]) -> np.ndarray:
    import numpy as np

    return np.frombuffer(buffer, dtype).reshape(shape)


def _shape(said: Any) -> tuple[int, ...]:
    if not isinstance(said, list) or len(said) > AXES:
        raise Garbled
    if not all(isinstance(size, int) and not isinstance(size, bool) and size >= 0 for size in said):
        raise Garbled
    return tuple(said)


def _bytes(dtype: str, shape: Sequence[int]) -> int:
    size = 8 if dtype == "<M8[ns]" else int(dtype[2:])
    return size * math.prod(shape)
