"""Foreign files are parsed in a child process that can read nothing else, write nothing, and not exhaust the machine.

    call("area.zip", arguments, data=upload)  →  Answer(said, arrays)  |  EodashError

A task is a row of `tasks.TASKS`. JSON and raw numbers cross the pipe, never a pickle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from eodash.sandbox.box import Answer, Box
from eodash.sandbox.process import Needs

__all__ = ["Answer", "Box", "Needs", "call", "isolation", "opened"]


def call(
    task: str,
    arguments: dict[str, Any],
    readable: Sequence[Path] = (),
    data: bytes | None = None,
    seconds: float | None = None,
    needs: Needs | None = None,
) -> Answer:
    """One task in a child of its own."""
    with opened(readable, needs) as box:
        return box.call(task, arguments, data, seconds)


@contextmanager
def opened(readable: Sequence[Path] = (), needs: Needs | None = None) -> Iterator[Box]:
    """A child for many calls."""
    box = Box(readable, needs)
    try:
        yield box
    finally:
        box.close()


@lru_cache(maxsize=1)
def isolation() -> str:
    """What keeps foreign files apart on this machine, as a child reports it."""
    return ", ".join(call("isolation", {}).said["walls"])
