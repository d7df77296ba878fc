"""What a server does while the first browser is still loading its scripts."""

from __future__ import annotations

import logging
import sys
from threading import Event

from eodash.ui.sparing import spare_the_libraries

log = logging.getLogger("eodash")

LATER = 2.0
"""Seconds that the first page has the processors to itself before the engine's worker starts."""
_over = Event()


def warm() -> None:
    """Import what the pages need and open the store, while the first browser is still loading its scripts."""
    from importlib import import_module

    for name in ("eodash.ui.start", "eodash.ui.look", "folium.plugins", "spyndex"):
        import_module(name)
    from eodash.errors import EodashError
    from eodash.sources import sources
    from eodash.sources.demo import demo_request
    from eodash.ui import cached, map

    try:
        cached.cube(demo_request().key)
        sources()
        map.tiles()
    except EodashError as error:  # the pages meet it again and say it
        log.warning("%s", error)
    spare_the_libraries()
    if not _over.wait(LATER):
        from eodash.backend.engine import engine

        engine()


def cool() -> None:
    """The server stops: so does the engine, if it was started."""
    _over.set()
    if (module := sys.modules.get("eodash.backend.engine")) is not None and module.engine.cache_info().currsize:
        module.engine().close()
