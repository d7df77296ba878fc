"""The child's side: encloses itself, then answers one call after the other until nobody asks any more."""

from __future__ import annotations

import importlib
import os
import traceback
from typing import Any

from eodash.errors import EodashError
from eodash.sandbox import cage
from eodash.sandbox.wire import TooMuch, packed, unpacked

TRACE = 4000
"""Characters of a traceback that reach the server's log."""
REQUEST_BYTES = 2**30
"""The parent is trusted; the limit of memory holds anyway."""


def main() -> None:
    asked, answers = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDWR)
    os.dup2(empty, 0)
    os.dup2(empty, 1)  # what a library prints is no answer
    os.close(empty)
    os.set_blocking(2, False)
    terms, _, _ = unpacked(lambda size: _read(asked, size), REQUEST_BYTES)
    for module in terms["ready"]:
        importlib.import_module(module)
    cage.enclose(terms["memory"], terms["readable"])
    while True:
        try:
            said, _, data = unpacked(lambda size: _read(asked, size), REQUEST_BYTES)
        except EOFError:
            return
        cage.allow_time(said["seconds"])
        for piece in _answer(said["target"], said["arguments"], data):
            _write(answers, piece)


def _answer(target: str, arguments: dict[str, Any], data: bytes | None) -> list[bytes | memoryview]:
    """The packed answer of a task, or its error; only this process dies of anything worse."""
    try:
        module, _, function = target.partition(":")
        said, arrays = getattr(importlib.import_module(module), function)(arguments, data)
        return packed({"answer": said}, arrays)
    except EodashError as error:
        return packed({"error": _told(error)}, {})
    except (MemoryError, TooMuch):
        return packed({"failed": "memory"}, {})
    except Exception as error:  # a parser may raise anything over a hostile file
        if _starved(error):
            return packed({"failed": "memory"}, {})
        return packed({"failed": type(error).__name__, "trace": traceback.format_exc()[-TRACE:]}, {})


def _starved(error: BaseException | None) -> bool:
    """Whether the lack of memory lies behind an error, however a library words it."""
    while error is not None:
        text = str(error).lower()
        if isinstance(error, MemoryError) or "cannot allocate" in text or "out of memory" in text:
            return True
        error = error.__cause__ or error.__context__
    return False


def _told(error: EodashError) -> dict[str, Any]:
    return {
        "type": type(error).__name__,
        "message": error.message,
        "advice": error.advice,
        "code": error.code,
        "retryable": error.retryable,
        "details": error.details,
    }


def _read(source: int, size: int) -> memoryview:
    whole = memoryview(bytearray(size))
    got = 0
    while got < size:
        count = os.readv(source, [whole[got:]])
        if not count:
            raise EOFError
        got += count
    return whole


def _write(target: int, piece: bytes | memoryview) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(target, rest) :]


if __name__ == "__main__":
    main()
