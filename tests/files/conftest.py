"""A data root of its own for each test; one sandbox for all: a new child each time would take most of the time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest

from eodash.sandbox import Box
from eodash.settings import settings
from eodash.sources import sources


@pytest.fixture
def root(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Path]:
    """An empty folder below which files may be opened."""
    folder = tmp_path / "data"
    folder.mkdir()
    if request.node.get_closest_marker("alone") is None:
        share(tmp_path_factory.getbasetemp(), monkeypatch, request.config)
    yield from rooted(folder, monkeypatch)


def share(base: Path, monkeypatch: pytest.MonkeyPatch, config: pytest.Config) -> None:
    """Let files be read by the one child that may read whatever tests write."""

    @contextmanager
    def opened(readable: Sequence[Path] = ()) -> Iterator[Box]:
        yield _shared(base, config)

    for module in ("eodash.files.importing", "eodash.sources.files"):
        monkeypatch.setattr(f"{module}.opened", opened)


@lru_cache(maxsize=1)
def _shared(base: Path, config: pytest.Config) -> Box:
    box = Box([base])
    config.add_cleanup(box.close)
    return box


def rooted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("EODASH_DATA_ROOT", str(folder))
    settings.cache_clear()
    sources.cache_clear()
    yield folder
    settings.cache_clear()
    sources.cache_clear()
