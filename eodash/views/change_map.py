"""Change as a picture on the map: tones over the scene in dark grey, so that nothing else has colour."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from eodash.change.pair import Mask
from eodash.change.scored import FALSE_ALARM, HIT, MISS, NOT_KNOWN, REJECTED
from eodash.views.agreement_map import Span, Times, calendar_colours
from eodash.views.hectares import in_words
from eodash.views.picture import Warp, hatched, warped

Bytes = NDArray[np.uint8]
Tones = NDArray[np.int16]
CHANGED, ALARM, MISSED, STILL = "#FFFFFF", "#00A65A", "#D633A1", "#2A2D30"
"""Hit, or change where nobody knows better; false alarm; miss; the key of what did not change."""
STRENGTH = 0.28
"""How much of the scene's light is left where nothing changed."""
NOTHING, UNSEEN = -1, -2
"""Of tones: not changed; not seen on both dates."""
VERDICTS = {HIT: ("hit", CHANGED), FALSE_ALARM: ("false alarm", ALARM), REJECTED: ("unchanged", STILL),
            MISS: ("miss", MISSED)}  # fmt: skip
"""In the order of the key."""


def painted(tones: Tones, colours: Sequence[str], grey: Bytes, seen: Mask, warp: Warp) -> bytes:
    """PNG on the web map's grid: tones (y, x) in their colours, NOTHING as the dark scene, UNSEEN hatched."""
    light = np.rint(STRENGTH * np.clip(grey.astype(np.float32), 20, 240) + 14).astype(np.uint8)
    image = np.dstack([light, light, light, np.where(seen, 255, 0).astype(np.uint8)])
    there = tones >= 0
    if len(colours):
        image[there, :3] = np.array([_rgb(colour) for colour in colours], np.uint8)[tones[there]]
    image = hatched(image, (tones == UNSEEN) & seen)
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(warped(image, warp))).save(out, "PNG", compress_level=3)
    return out.getvalue()


def of_mask(mask: Mask, usable: Mask) -> tuple[Tones, list[str]]:
    """Changed or not, where nobody knows the truth."""
    return np.where(usable, np.where(mask, 0, NOTHING), UNSEEN).astype(np.int16), [CHANGED]


def of_verdicts(found: Bytes) -> tuple[Tones, list[str]]:
    """Hit, false alarm, miss."""
    table = np.full(256, UNSEEN, np.int16)
    table[[REJECTED, HIT, FALSE_ALARM, MISS, NOT_KNOWN]] = [NOTHING, 0, 1, 2, UNSEEN]
    return table[found], [CHANGED, ALARM, MISSED]


def of_dates(date: NDArray[np.uint16], times: Times, season: Span, usable: Mask) -> tuple[Tones, list[str]]:
    """The date of change (an index, larger where nothing changed) in the colours of the calendar."""
    there = date < len(times)
    return (
        np.where(usable, np.where(there, date.astype(np.int32), NOTHING), UNSEEN).astype(np.int16),
        calendar_colours(times, season),
    )


def of_classes(said: Bytes, changed: Mask, known: Mask, colours: Sequence[str]) -> tuple[Tones, list[str]]:
    """What a changed pixel has become."""
    return np.where(known, np.where(changed, said.astype(np.int16), NOTHING), UNSEEN).astype(np.int16), list(colours)


def verdict_key(found: Bytes, cell: float) -> str:
    """Hectares of hit, false alarm and miss; of the rest, too."""
    return key([(tone, name, float((found == verdict).sum()) * cell) for verdict, (name, tone) in VERDICTS.items()])


def mask_key(changed: float, still: float, unseen: float) -> str:
    parts = [(CHANGED, "change", changed), (STILL, "no change", still)]
    return key(parts + [("var(--eo-hatch)", "not seen on both", unseen)] * (unseen > 0))


def key(parts: Sequence[tuple[str, str, float]]) -> str:
    """Swatches with hectares."""
    drawn = "".join(
        f"<span><i style='background:{tone}'></i>{html.escape(name)} {in_words(size)}</span>"
        for tone, name, size in parts
    )
    return f"<div class='eo-swatches' data-eo='change-key'>{drawn}</div>"


def _rgb(colour: str) -> tuple[int, int, int]:
    number = int(colour[1:7], 16)
    return number >> 16, number >> 8 & 255, number & 255
