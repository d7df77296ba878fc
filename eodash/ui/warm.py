"""What a server does while the first browser is still loading its scripts."""

from __future__ import annotations

import gc
import logging

log = logging.getLogger("eodash")


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


def spare_the_libraries() -> None:
    """Take what is loaded by now out of garbage collection: Streamlit collects after every run, and everybody waits."""
    gc.collect()
    gc.freeze()
