"""The legend drawn under a picture that leaves the app: which bands, or a colour bar with formula and source; hatch."""

from __future__ import annotations

import numpy as np
import xarray as xr
from PIL import Image, ImageDraw

from eodash.sensors import sensor_of
from eodash.views.legend import Legend, legend
from eodash.views.lettering import PAPER, clipped, font
from eodash.views.picture import Look, hatched, layer_ramp
from eodash.views.ramps import colours

Limits = tuple[float, float]
BAR = (320, 16)
SMALL = 13
COMPOSITE, RAMP, HATCH = 46, 92, 24
"""Heights in dots."""


def legend_height(cube: xr.DataArray, look: Look) -> int:
    composite = look.layer in sensor_of(cube.attrs).composites
    return (COMPOSITE if composite else RAMP) + (HATCH if look.mask else 0)


def draw_legend(
    page: Image.Image, at: tuple[int, int], width: int, cube: xr.DataArray, look: Look, limits: Limits
) -> None:
    """At a place, as wide as given and as tall as `legend_height`."""
    x, y = at
    made = legend(cube, Look(look.layer, look.stretch), "light", limits)
    if made.entries:
        _bands(page, at, width, made)
        y += COMPOSITE
    else:
        _ramp(page, at, width, made, cube, look.layer)
        y += RAMP
    if look.mask:
        patch = np.full((16, 36, 4), 255, np.uint8)
        page.paste(Image.fromarray(hatched(patch, np.ones((16, 36), bool))).convert("RGB"), (x, y))
        ImageDraw.Draw(page).text((x + 46, y - 1), "cloud, shadow or snow", PAPER.soft, font(SMALL))


def _bands(page: Image.Image, at: tuple[int, int], width: int, made: Legend) -> None:
    draw, (x, y), face = ImageDraw.Draw(page), at, font(SMALL)
    left: float = x
    for entry in made.entries:
        said = f"{entry.channel} = {entry.band}"
        if left + 16 + draw.textlength(said, face) > x + width:
            said = clipped(draw, said, face, max(20, round(x + width - left - 16)))
        draw.ellipse((left, y + 3, left + 10, y + 13), fill=entry.colour)
        draw.text((left + 16, y), said, PAPER.ink, face)
        left += 16 + draw.textlength(said, face) + 18
        if left > x + width - 40:
            break
    draw.text((x, y + 22), clipped(draw, made.note, face, width), PAPER.soft, face)


def _ramp(page: Image.Image, at: tuple[int, int], width: int, made: Legend, cube: xr.DataArray, layer: str) -> None:
    draw, (x, y), face = ImageDraw.Draw(page), at, font(SMALL)
    low, high = made.stops[0][0], made.stops[-1][0]
    wide = min(BAR[0], width)
    draw_bar(page, at, (wide, BAR[1]), cube, layer, (low, high))
    zero = -low / ((high - low) or 1)
    for value in (low, 0.0 if 0.2 < zero < 0.8 else (low + high) / 2, high):
        share = (value - low) / ((high - low) or 1)
        label = number(value)
        shift = {low: 0.0, high: 1.0}.get(value, 0.5)
        draw.text((x + share * wide - shift * draw.textlength(label, face), y + BAR[1] + 4), label, PAPER.ink, face)
    said = " · ".join(part for part in (made.title, made.formula, made.unit, made.note) if part)
    draw.text((x, y + 44), clipped(draw, said, face, width), PAPER.ink, face)
    draw.text((x, y + 64), clipped(draw, made.citation, face, width), PAPER.soft, face)


def draw_bar(
    page: Image.Image, at: tuple[int, int], size: tuple[int, int], cube: xr.DataArray, layer: str, limits: Limits
) -> None:
    """The colours between two limits, from left to right."""
    (x, y), (wide, tall) = at, size
    strip = colours(np.linspace(*limits, wide), layer_ramp(cube, layer, limits)).astype(np.uint8)
    page.paste(Image.fromarray(np.repeat(strip[None], tall, 0)), at)
    ImageDraw.Draw(page).rectangle((x - 1, y - 1, x + wide, y + tall), outline=PAPER.axis)


def number(value: float) -> str:
    """Two decimals of a ratio or a reflectance, none of a digital number."""
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}").replace("-", "−")
