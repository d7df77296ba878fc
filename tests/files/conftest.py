"""A data root of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eodash.settings import settings
from eodash.sources import sources


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder below which files may be opened."""
    folder = tmp_path / "data"
    folder.mkdir()
    yield from rooted(folder, monkeypatch)


def rooted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("EODASH_DATA_ROOT", str(folder))
    settings.cache_clear()
    sources.cache_clear()
    yield folder
    settings.cache_clear()
    sources.cache_clear()
