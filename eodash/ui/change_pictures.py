"""The pictures of the change page: of dates as every page draws them, of composites and of change drawn here."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from streamlit.runtime import get_instance

from eodash.cube import geobox_of
from eodash.ui import cached
from eodash.ui.change_found import Dates, Found, composites
from eodash.views import class_map
from eodash.views.change_map import painted
from eodash.views.picture import Look, plain_look, rgba, warp_of, warped, webp


def pictures(found: Found) -> list[str]:
    """The addresses of both images."""
    look = Look(plain_look(found.cube).layer)
    if found.dates.spans is None:
        moments = (found.dates.before, found.dates.after)
        return [cached.picture_of(found.dates.run, moment, look) for moment in moments]
    return [address(body, f"change-{place}", "image/webp") for place, body in enumerate(_composed(found.dates, look))]


@lru_cache(maxsize=4)
def _composed(dates: Dates, look: Look) -> list[bytes]:
    """Both composites as they lie on the map."""
    limits, made = cached.limits(dates.run, look.layer), composites(dates)
    return [webp(warped(rgba(each, 0, look, limits), warp_of(geobox_of(each)))) for each in made]


def behind(found: Found) -> NDArray[np.uint16]:
    """How many clear dates each pixel had, in the range that had fewer."""
    first, second = (each["seen"].values for each in found.images)
    fewer: NDArray[np.uint16] = np.minimum(first, second)
    return fewer


def address(body: bytes, name: str, kind: str = "image/png") -> str:
    return str(get_instance().media_file_mgr.add(body, kind, name))


@lru_cache(maxsize=32)
def drawn_tones(
    tones: bytes, shape: tuple[int, ...], colours: tuple[str, ...], key: str, scene: str, geobox: GeoBox
) -> bytes:
    """Tones over the dark scene of one date."""
    grey, seen = cached.grey_scene(key, scene)
    return painted(np.frombuffer(tones, np.int16).reshape(shape), colours, grey, seen, warp_of(geobox))


@lru_cache(maxsize=16)
def drawn_ramp(
    tones: bytes, shape: tuple[int, ...], colours: tuple[str, ...], key: str, scene: str, geobox: GeoBox
) -> bytes:
    grey, seen = cached.grey_scene(key, scene)
    told = class_map.of_classes(np.frombuffer(tones, np.uint8).reshape(shape), colours)
    return class_map.over(told, grey, seen, class_map.OPACITY, warp_of(geobox))
