"""A home of the tests' own: what is made once is shared by them, and nobody's folder is written to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eodash.settings import settings


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def home(shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("EODASH_HOME", str(shared_home))
    settings.cache_clear()
    yield shared_home
    settings.cache_clear()
