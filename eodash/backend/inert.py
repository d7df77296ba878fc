"""What a weights file is, by its bytes alone: nothing is unpickled, unpacked or followed, and no torch is needed."""

from __future__ import annotations

import io
import json
import math
import pickletools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eodash.errors import ModelError

HEADER_BYTES = 2**20
TENSORS = 4096
SIZES = {"F16": 2, "BF16": 2, "F32": 4, "I64": 8}
"""Bytes of a value of each type that is taken."""
CONVERT = (
    "Load it where it was made, with the code that made it, and save what counts: "
    "`safetensors.torch.save_file(network.state_dict(), 'NAME.safetensors')`."
)
AGAIN = "Fetch it again from where it came from, and compare its size."

_SCANNED = 2**20
"""Bytes of a pickle that are read to say what it would do."""
_HARMFUL = frozenset(
    (
        *("os", "posix", "nt", "subprocess", "sys", "builtins", "__builtin__", "shutil", "socket", "runpy", "pty"),
        *("importlib", "code", "codeop", "ctypes", "webbrowser", "urllib", "http", "ftplib", "smtplib", "asyncio"),
    )
)
"""Modules that no weights need."""
_PLAIN = (
    "set",
    "frozenset",
    "dict",
    "list",
    "tuple",
    "int",
    "float",
    "complex",
    "bytearray",
    "slice",
    "range",
    "object",
)
_HARMLESS = frozenset(f"{module} {name}" for module in ("builtins", "__builtin__") for name in _PLAIN)
_TOGETHER = 8
"""Pickles in a row that are scanned: PyTorch once wrote five."""


@dataclass(frozen=True)
class Entry:
    """A tensor, as the header of a safetensors file promises it."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def entries(data: bytes) -> tuple[Entry, ...]:
    """The tensors of a safetensors file, in the order of their bytes, or a ModelError that says what it is instead."""
    _sniff(data)
    length = int.from_bytes(data[:8], "little")
    if 8 + length > len(data):
        raise corrupt("ends in the middle of its header")
    try:
        header = json.loads(data[8 : 8 + length], object_pairs_hook=_once)
        header.pop("__metadata__", None)
        found = [_entry(name, said) for name, said in header.items()]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise corrupt("has a header that makes no sense") from error
    if len(found) > TENSORS:
        raise corrupt(f"has {len(found)} tensors; {TENSORS} are allowed")
    _gapless(sorted(found, key=lambda each: (each.begin, each.end)), len(data) - 8 - length)
    return tuple(sorted(found, key=lambda each: (each.begin, each.end)))


def _entry(name: str, said: dict[str, Any]) -> Entry:
    if set(said) != {"dtype", "shape", "data_offsets"} or len(name) > 256:
        raise ValueError(name)
    dtype, shape, (begin, end) = str(said["dtype"]), said["shape"], said["data_offsets"]
    if len(shape) > 8 or not all(type(size) is int and 0 <= size < 2**40 for size in (*shape, begin, end)):
        raise ValueError(name)
    if dtype not in SIZES:
        raise ModelError(
            f"The weights hold numbers of type {dtype[:12]}.",
            "Save them as float16 or float32.",
            code="format",
            details={"tensor": name},
        )
    if end - begin != SIZES[dtype] * math.prod(shape):
        raise ValueError(name)
    return Entry(name, dtype, tuple(shape), begin, end)


def _gapless(ordered: list[Entry], room: int) -> None:
    """Tensors lie one after the other, and fill the file."""
    place = 0
    for each in ordered:
        if each.begin != place:
            raise corrupt("has tensors that overlap, or gaps between them")
        place = each.end
    if place > room:
        raise corrupt(f"ends {place - room:,} bytes too early")
    if place < room or not ordered:
        raise corrupt("holds bytes that belong to no tensor" if ordered else "holds no tensor")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name stands twice")
    return table


def _sniff(data: bytes) -> None:
    """Raise unless the first bytes are those of a safetensors file."""
    start = data[:512]
    if not data:
        raise corrupt("is empty")
    if start.startswith(b"version https://git-lfs"):
        raise incomplete("is only a pointer of Git LFS", "Run `git lfs pull`, and try again.")
    if 2 <= int.from_bytes(start[:8], "little") <= HEADER_BYTES and start[8:9] == b"{":
        return
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise corrupt("is a web page: whoever fetched it was sent elsewhere")
    if start.startswith(b"PK"):
        _zip(data)
    if start[:1] == b"\x80" or _calls(data):
        _pickle(data, "a pickle")
    for magic, what in (
        (b"\x89HDF", "an HDF5 file, as Keras writes it"),
        (b"\x1f\x8b", "packed with gzip"),
        (b"\x78", "packed with zlib, as joblib does"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"GGUF", "a GGUF file"),
        (b"\x08", "an ONNX file"),
    ):
        if start.startswith(magic):
            raise refused(what)
    raise corrupt("is no safetensors file")


def _zip(data: bytes) -> None:
    if b"/code/" in data[-(2**16) :] or b"/code/" in data[: 2**12]:
        raise refused("a TorchScript archive: it holds a programme")
    names, extra = int.from_bytes(data[26:28], "little"), int.from_bytes(data[28:30], "little")
    if data[30 : 30 + names].endswith(b".pkl"):
        _pickle(data[30 + names + extra :], "a PyTorch file: it holds a pickle")
    raise refused("a zip archive")


def _pickle(data: bytes, what: str) -> None:
    harmful = [each for each in _calls(data) if each not in _HARMLESS and re.split("[ .]", each)[0] in _HARMFUL]
    if harmful:
        call = harmful[0].replace(" ", ".")[:60]
        raise ModelError(
            f"The file is {what}, and would call {call} when opened. It was not opened.",
            "Do not open it anywhere; ask whoever gave it to you for safetensors.",
            code="unsafe",
            details={"calls": call},
        )
    raise refused(what)


def _calls(data: bytes) -> list[str]:
    """What pickles would import, "module name"; read as lists of instructions, none of which is carried out."""
    return list(_imports(io.BytesIO(data[:_SCANNED])))


def _imports(stream: io.BytesIO) -> Iterator[str]:
    texts: list[str] = []
    try:
        for _ in range(_TOGETHER):
            for code, argument, _ in pickletools.genops(stream):
                if code.name in ("GLOBAL", "INST"):
                    yield str(argument)
                elif code.name == "STACK_GLOBAL" and len(texts) >= 2:
                    yield f"{texts[-2]} {texts[-1]}"
                elif isinstance(argument, str):
                    texts.append(argument)
    except (ValueError, IndexError, KeyError):
        return  # truncated, or none at all


def refused(what: str) -> ModelError:
    return ModelError(f"The file is {what}. Weights are taken as safetensors only.", CONVERT, code="format")


def corrupt(what: str) -> ModelError:
    return ModelError(f"The weights cannot be read: the file {what}.", AGAIN, code="corrupt")


def incomplete(what: str, advice: str = AGAIN) -> ModelError:
    return ModelError(f"The weights are not complete: the file {what}.", advice, code="incomplete", retryable=True)
