"""Where a map is right and where it is wrong, over the scene in grey."""

from __future__ import annotations

import base64
import html
import io

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from PIL import Image

from eodash.views.picture import plain_look, rgba
from eodash.views.theme import PALETTES, Mode

WRONG, HIT, OTHER = "#D633A1", "#FFFFFF", "#2A2D30"
GREYS, WRONG_TONE, HIT_TONE, HATCH_TONE, HATCH_GROUND = 251, 252, 253, 254, 255
DIM = 0.4
"""How bright the scene stays where other pixels are looked at."""
SIDE = 700
"""Most pixels of a picture's side; of a larger region every second or third is drawn."""


def luminance(cube: xr.DataArray, index: int) -> NDArray[np.uint8]:
    """One date as a grey picture."""
    colour = rgba(cube, index, plain_look(cube)).astype(np.float32)
    grey, seen = colour[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32), colour[..., 3] > 0
    low, high = np.percentile(grey[seen], (1, 99)) if seen.any() else (0.0, 1.0)
    wide = (grey - low) / max(high - low, 1.0) * GREYS  # fields have to be told apart below the colours
    shown: NDArray[np.uint8] = np.where(seen, wide, 0).clip(0, GREYS).astype(np.uint8)
    return shown


def tones(
    grey: NDArray[np.uint8],
    right: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    picked: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """The picture as numbers of its palette: right is the scene, wrong has a colour, hatched where nothing is known.

    With `picked` only those pixels stand out, right ones white, and the rest is the scene in the dark.
    """
    if picked is not None:
        image = (grey * DIM).astype(np.uint8)
        image[picked & right] = HIT_TONE
        image[picked & wrong] = WRONG_TONE
        return image
    image = grey.copy()
    image[wrong] = WRONG_TONE
    row, column = np.indices(image.shape)
    unknown = ~right & ~wrong
    image[unknown] = np.where((row + column) % 6 < 2, HATCH_TONE, HATCH_GROUND)[unknown]
    return image


def truth_map(image: NDArray[np.uint8], said: str, mode: Mode) -> str:
    """Such a picture as HTML, as wide as its column, each pixel a sharp square; `said` describes it."""
    step = -(-max(image.shape) // SIDE)
    picture = base64.b64encode(png(image[::step, ::step], mode)).decode()
    style = (
        f"display:block;width:100%;image-rendering:pixelated;border:1px solid {PALETTES[mode].axis};border-radius:8px"
    )
    return f"<img src='data:image/png;base64,{picture}' alt='{html.escape(said, quote=True)}' style='{style}'>"


def png(image: NDArray[np.uint8], mode: Mode) -> bytes:
    """The bytes of a picture with a palette: forty kilobytes of a demo region."""
    palette = PALETTES[mode]
    colours = [channel for tone in range(GREYS + 1) for channel in (tone, tone, tone)]
    for colour in (WRONG, HIT, palette.hatch, palette.ground):
        colours += [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.putpalette(colours)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
