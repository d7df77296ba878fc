"""pytest fixtures: `from tests.servers.fixtures import *` in a conftest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from eodash import sources
from eodash.settings import settings
from eodash.sources.catalogues import entries
from eodash.sources.stac import StacSource
from tests.servers import cases, catalogue, season
from tests.servers.catalogue import Catalogue
from tests.servers.season import Season

__all__ = ["case_server", "loopback", "make_source", "season_server"]


@pytest.fixture(scope="session")
def case_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """The small scenes with known numbers, served."""
    with catalogue.serve(cases.write(tmp_path_factory.mktemp("cases"))) as here:
        yield here


@pytest.fixture(scope="session")
def season_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catalogue, Season]]:
    """The good-looking season, served."""
    written = season.write(tmp_path_factory.mktemp("season"))
    with catalogue.serve(written.folder) as here:
        yield here, written


@pytest.fixture
def loopback(
    case_server: Catalogue, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Catalogue]:
    """The case server, healed, known to eodash as `loopback`; limits are read afresh."""
    toml = catalogue.write_toml(tmp_path_factory.mktemp("toml") / "catalogues.toml", case_server)
    monkeypatch.setenv("EODASH_CATALOGUES", str(toml))
    monkeypatch.setenv("EODASH_ALLOW_LOOPBACK", "1")
    _forget()
    case_server.heal()
    yield case_server
    case_server.heal()
    _forget()


@pytest.fixture
def make_source(loopback: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., StacSource]:
    """A source over the case server with another policy."""

    def make(offset: str = "kept", signing: str = "none") -> StacSource:
        path = tmp_path_factory.mktemp("toml") / "catalogues.toml"
        return StacSource("loopback", entries(catalogue.write_toml(path, loopback, offset, signing))["loopback"])

    return make


def _forget() -> None:
    settings.cache_clear()
    sources.sources.cache_clear()
