"""What a model says of every pixel as the picture on the map: its tones over a grey scene, as a palette PNG.

A palette keeps every class exactly its own colour, and a large map is written in a tenth of a second.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rasterio.warp import Resampling, reproject

from eodash.views.picture import Warp
from eodash.views.ramps import colours, css
from eodash.views.score_charts import SEQUENTIAL
from eodash.views.theme import Mode

Layer = Literal["said", "fields", "confidence", "margin", "entropy"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
CLASSES: tuple[Layer, ...] = ("said", "fields")
"""Layers in the colours of the legend; the others are shares, drawn along a ramp."""
OPACITY = 0.9
OPACITIES = (0.3, 0.5, 0.7, 0.9, 1.0)
SHADES = 24
"""Steps of a ramp: more than an eye tells apart beside each other, few enough to leave room for greys."""
OUTSIDE = 255
"""Index of what is transparent: nothing was fetched there."""

Bytes = NDArray[np.uint8]
_HATCH = ((0xEB, 0xEE, 0xF1), (0x8A, 0x95, 0x99))
"""Ground and lines of what nothing is known of."""


@dataclass(frozen=True, eq=False)
class Toned:
    """A tone per pixel and the colour of each tone; the tones after the last colour are the hatch."""

    tones: Bytes  # (y, x)
    colours: tuple[tuple[int, int, int], ...]


def of_classes(said: Bytes, legend: Sequence[str]) -> Toned:
    """Classes in the colours of their legend, hatched where there is none."""
    return _hatched(np.minimum(said, len(legend)).astype(np.uint8), tuple(_rgb(colour) for colour in legend))


def of_shares(shares: Bytes, most: int, known: NDArray[np.bool_], mode: Mode) -> Toned:
    """Bytes from 0 to `most` along a ramp from nothing to all of it, hatched where nothing is known."""
    tones = np.minimum(shares.astype(np.uint16) * SHADES // max(1, most), SHADES - 1)
    return _hatched(np.where(known, tones, SHADES).astype(np.uint8), _shades(mode))


def ramp_stops(mode: Mode) -> tuple[tuple[float, str], ...]:
    """Per cent and colour of the ramp of shares, for its legend."""
    stops = np.linspace(0, 100, len(SEQUENTIAL[mode]))
    return tuple((float(stop), colour) for stop, colour in zip(stops, SEQUENTIAL[mode], strict=True))


def over(toned: Toned, grey: Bytes, seen: NDArray[np.bool_], opacity: float, warp: Warp) -> bytes:
    """The PNG on the grid of the web map: tones over a grey scene, transparent where nothing was fetched."""
    count = len(toned.colours)
    greys = OUTSIDE // count
    index = (toned.tones.astype(np.uint16) * greys + grey.astype(np.uint16) * greys // 256).astype(np.uint8)
    index[~seen] = OUTSIDE
    under = np.linspace(40, 225, greys)
    mixed = opacity * np.array(toned.colours, np.float64)[:, None] + (1 - opacity) * under[None, :, None]
    palette = np.zeros((256, 3), np.uint8)
    palette[: count * greys] = np.rint(mixed.reshape(-1, 3)).astype(np.uint8)
    image = Image.fromarray(_on_the_web(index, warp))
    image.putpalette(palette.tobytes())
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1, transparency=OUTSIDE)
    return out.getvalue()


def grey_of(image: Bytes) -> Bytes:
    """An RGBA picture in grey."""
    light = image[..., :3].astype(np.float32) @ np.array([0.30, 0.59, 0.11], np.float32)
    found: Bytes = np.rint(light).astype(np.uint8)
    return found


def _hatched(tones: Bytes, known: tuple[tuple[int, int, int], ...]) -> Toned:
    """Diagonal lines where the tone is none of those known."""
    rows, columns = np.indices(tones.shape, np.uint32)
    line = (tones == len(known)) & ((rows + columns) % 6 < 2)
    return Toned(tones + line.astype(np.uint8), (*known, *_HATCH))


def _shades(mode: Mode) -> tuple[tuple[int, int, int], ...]:
    stops = np.array([(stop, *_rgb(colour)) for stop, colour in ramp_stops(mode)])
    return tuple(_rgb(css(np.array([0, *shade]))) for shade in colours(np.linspace(0, 100, SHADES), stops))


def _on_the_web(index: Bytes, warp: Warp) -> Bytes:
    """Palette numbers on the web map's own grid: nearest neighbour, no number is invented."""
    out = np.full(warp.target.shape, OUTSIDE, np.uint8)
    reproject(
        np.ascontiguousarray(index),
        out,
        src_transform=warp.source.affine,
        src_crs=str(warp.source.crs),
        src_nodata=OUTSIDE,
        dst_transform=warp.target.affine,
        dst_crs="EPSG:3857",
        dst_nodata=OUTSIDE,
        resampling=Resampling.nearest,
    )
    return out


def _rgb(colour: str) -> tuple[int, int, int]:
    number = int(colour[1:7], 16)
    return number >> 16, number >> 8 & 255, number & 255
