"""The places that series come from, by name: the demo world, the configured catalogues, and files."""

from __future__ import annotations

from functools import lru_cache

from eodash.errors import CatalogError
from eodash.settings import settings
from eodash.sources.contract import Source


@lru_cache(maxsize=1)
def sources() -> dict[str, Source]:
    """Every source of this server; the demo world comes first and needs no network."""
    from eodash.sources.catalogues import stac_sources  # pystac and odc-stac take a second to import
    from eodash.sources.demo import DemoSource
    from eodash.sources.files import FilesSource

    return {"demo": DemoSource(), **stac_sources(settings()), "files": FilesSource()}


def source(name: str) -> Source:
    try:
        return sources()[name]
    except KeyError as error:
        raise CatalogError(
            f"There is no source called '{name[:40]}'.", f"Choose one of {', '.join(sources())}.", code="unknown"
        ) from error
