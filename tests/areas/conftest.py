"""One sandbox for all area files: a new child for each of them would take most of the time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eodash.sandbox import Box, opened


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    with opened() as box:
        yield box


@pytest.fixture(autouse=True)
def _one_child(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eodash.areas.apart.call", box.call)
