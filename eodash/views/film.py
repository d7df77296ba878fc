"""The season as GIF or WebP: the date on every frame, one palette for all, bounded in size."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr
from PIL import Image, ImageDraw

from eodash.errors import CapacityError, RasterError
from eodash.export.raster import facts
from eodash.sensors import sensor_of
from eodash.views.layer_names import layer_title
from eodash.views.legend_strip import draw_bar, number
from eodash.views.lettering import PAPER, clipped, font
from eodash.views.picture import Look, layer_ramp, limits_of, rgba
from eodash.views.sheet import Drawn, day_of, draw_scale_bar, enlarged

Kind = Literal["gif", "webp"]
MOST_BYTES = 10_000_000
FASTEST, SLOWEST = 0.05, 5.0
SMALLEST, LARGEST = 360, 900
MOST_DOTS = 60_000_000
"""Of all frames together: three bytes each while the film is made."""
HEAD, FOOT = 34, 30


def film(
    cube: xr.DataArray,
    look: Look,
    kind: Kind = "gif",
    dates: Sequence[int] | None = None,
    seconds: float = 0.6,
    most_bytes: int = MOST_BYTES,
) -> bytes:
    """The chosen dates of a cube, all by default, each shown for some seconds; drawn smaller until it fits."""
    chosen = list(range(cube.sizes["time"])) if dates is None else list(dates)
    if not chosen:
        raise RasterError("No date is chosen for the film.", "Choose at least one.", code="no_dates")
    pause = round(1000 * min(max(seconds, FASTEST), SLOWEST))
    largest = min(LARGEST, int((MOST_DOTS / len(chosen)) ** 0.5))
    limits = limits_of(cube, look.layer)  # the same for all dates, so that colours do not flicker
    for _ in range(6):
        frames = [frame(cube, index, look, limits, largest) for index in chosen]
        made = _encoded(frames, kind, pause, _note(cube))
        if len(made) <= most_bytes:
            return made
        largest = int(frames[0].width * min(0.9, 0.95 * (most_bytes / len(made)) ** 0.5))
        if largest < 48:
            break
    raise CapacityError(
        f"{len(chosen)} dates do not fit into {most_bytes / 1e6:.1f} MB.",
        "Choose fewer dates, or allow a larger file.",
        code="too_large",
        details={"dates": len(chosen), "limit": most_bytes},
    )


def frame(
    cube: xr.DataArray, index: int, look: Look, limits: tuple[float, float], largest: int = LARGEST
) -> Image.Image:
    """One date with its day above and the scale bar below."""
    drawn: Drawn = enlarged(cube, rgba(cube, index, look, limits), min(SMALLEST, largest), largest)
    width, height = drawn.image.size
    under = Image.new("RGBA", drawn.image.size, PAPER.ground)
    page = Image.new("RGB", (width, HEAD + height + FOOT), PAPER.page)
    page.paste(Image.alpha_composite(under, drawn.image).convert("RGB"), (0, HEAD))
    draw = ImageDraw.Draw(page)
    day, layer = day_of(cube["time"].values[index]), layer_title(cube, look.layer)
    face = font(17, True)
    draw.text((8, 7), clipped(draw, day, face, width - 16), PAPER.ink, face)
    left = 8 + draw.textlength(day, face) + 14
    room = width - 8 - round(left)
    if room > 60:
        draw.text((left, 9), clipped(draw, layer, font(14), room), PAPER.soft, font(14))
    if width > 140:
        draw_scale_bar(draw, (8, HEAD + height + 10), drawn, width)
    if width > 340 and look.layer not in sensor_of(cube.attrs).composites:
        _colour_bar(page, HEAD + height + 8, cube, look.layer, limits)
    return page


def _colour_bar(page: Image.Image, top: int, cube: xr.DataArray, layer: str, limits: tuple[float, float]) -> None:
    """Low and high end of an index at the right of the foot."""
    stops = layer_ramp(cube, layer, limits)
    low, high = float(stops[0, 0]), float(stops[-1, 0])
    draw, face = ImageDraw.Draw(page), font(13)
    right = page.width - 8 - draw.textlength(number(high), face)
    draw.text((right, top), number(high), PAPER.ink, face)
    left = round(right) - 106
    draw_bar(page, (left, top + 2), (100, 12), cube, layer, (low, high))
    draw.text((left - 6 - draw.textlength(number(low), face), top), number(low), PAPER.ink, face)


def _note(cube: xr.DataArray) -> str:
    """All that is known, in ASCII: the only letters that a GIF comment may hold."""
    return json.dumps(facts(cube))


def _encoded(frames: Sequence[Image.Image], kind: Kind, pause: int, note: str) -> bytes:
    out = io.BytesIO()
    first, *rest = frames
    if kind == "webp":
        first.save(
            out, "WEBP", save_all=True, append_images=rest, duration=pause, loop=0, quality=80, method=2,
            exif=_exif(note),
        )  # fmt: skip
        return out.getvalue()
    palette = shared_palette(frames)
    drawn = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in frames]
    drawn[0].save(
        out, "GIF", save_all=True, append_images=drawn[1:], duration=pause, loop=0, optimize=False, disposal=1,
        comment=note.encode(),
    )  # fmt: skip
    return out.getvalue()


def shared_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """256 colours for the whole season: a colour means the same on every date, and nothing flickers."""
    samples = [np.asarray(one)[:: max(1, one.height // 96), :: max(1, one.width // 96)] for one in frames[:120]]
    stack = np.concatenate([sample.reshape(-1, 3) for sample in samples])
    letters = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in (PAPER.page, PAPER.ink, PAPER.soft)])
    stack = np.concatenate([stack, np.repeat(letters.astype(np.uint8), max(1, len(stack) // 100), 0)])
    width = 256
    rows = -(-len(stack) // width)
    padded = np.resize(stack, (rows * width, 3)).reshape(rows, width, 3)
    return Image.fromarray(padded).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def _exif(note: str) -> Image.Exif:
    known = Image.Exif()
    known[0x010E] = note  # ImageDescription
    return known
