"""The visible layer as a PNG to print or send: title, date, legend, scale bar; provenance inside the file."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from eodash.export.raster import facts, wkt_of
from eodash.sensors import sensor_of
from eodash.views.ground_scale import bar, ground
from eodash.views.layer_names import layer_title
from eodash.views.legend_strip import draw_legend, legend_height
from eodash.views.lettering import PAPER, clipped, font
from eodash.views.picture import Look, limits_of, rgba

SMALLEST, LARGEST = 720, 2400
"""Width of the picture in dots: few pixels are drawn as squares, many are thinned out."""
MARGIN = 24


@dataclass(frozen=True)
class Drawn:
    """A date as it is drawn on the sheet: dots, and metres per dot."""

    image: Image.Image
    metres: float | None


def sheet(cube: xr.DataArray, index: int, look: Look, title: str = "") -> bytes:
    """One date of a cube as PNG."""
    limits = limits_of(cube, look.layer)
    drawn = enlarged(cube, rgba(cube, index, look, limits), SMALLEST, LARGEST)
    width = drawn.image.width + 2 * MARGIN
    top, below = 76, legend_height(cube, look) + 56
    page = Image.new("RGB", (width, top + drawn.image.height + below), PAPER.page)
    draw = ImageDraw.Draw(page)
    time = cube["time"].values[index]
    layer = layer_title(cube, look.layer)
    said = f"{layer} · {day_of(time)}"
    draw.text((MARGIN, 16), clipped(draw, title or said, font(22, True), width - 2 * MARGIN), PAPER.ink, font(22, True))
    clear = f"{100 * float(cube['clear'].values[index].mean()):.0f} % clear"
    under = f"{said} · {clear}" if title else f"{sensor_of(cube.attrs).title} · {clear}"
    draw.text((MARGIN, 46), clipped(draw, under, font(15), width - 2 * MARGIN), PAPER.soft, font(15))
    page.paste(_on_ground(drawn.image), (MARGIN, top))
    draw.rectangle((MARGIN - 1, top - 1, MARGIN + drawn.image.width, top + drawn.image.height), outline=PAPER.axis)
    foot = top + drawn.image.height + 14
    draw_scale_bar(draw, (MARGIN, foot), drawn, width - 2 * MARGIN)
    draw_legend(page, (MARGIN, foot + 34), width - 2 * MARGIN, cube, look, limits)
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True, pnginfo=_inside(cube, time, look, said))
    return out.getvalue()


def enlarged(cube: xr.DataArray, image: NDArray[np.uint8], smallest: int, largest: int) -> Drawn:
    """A date between two widths, with pixels as tall and wide as on the ground; no colour is invented when it grows."""
    here = ground(cube.odc.geobox)
    rows, columns = image.shape[:2]
    tall = rows * here.stretch
    factor = float(np.ceil(smallest / max(columns, 1))) if columns < smallest else 1.0
    factor = min(factor, largest / columns, 1.5 * largest / tall)
    size = max(1, round(columns * factor)), max(1, round(tall * factor))
    picture = Image.fromarray(np.ascontiguousarray(image))
    grown = picture.resize(size, Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.BOX)
    return Drawn(grown, here.across * columns / size[0] if here.across else None)


def day_of(time: np.datetime64) -> str:
    """A date in words: 3 June 2024."""
    moment = time.astype("datetime64[s]").item()
    return f"{moment.day} {moment:%B %Y}"


def draw_scale_bar(draw: ImageDraw.ImageDraw, at: tuple[int, int], drawn: Drawn, width: int) -> None:
    dots, label = bar(drawn.metres, min(width // 3, 320))
    x, y = at
    draw.line((x, y, x, y + 8, x + dots, y + 8, x + dots, y), fill=PAPER.ink, width=2)
    draw.text((x + dots + 10, y - 3), label, PAPER.ink, font(14))


def _on_ground(image: Image.Image) -> Image.Image:
    """A picture with what nobody observed in the colour of an empty map."""
    under = Image.new("RGBA", image.size, PAPER.ground)
    return Image.alpha_composite(under, image).convert("RGB")


def _inside(cube: xr.DataArray, time: np.datetime64, look: Look, said: str) -> PngInfo:
    known = PngInfo()
    known.add_itxt("Title", said)
    known.add_itxt("Creation Time", str(time.astype("datetime64[s]")))
    known.add_itxt("Software", facts(cube)["software"])
    shown = {"layer": look.layer, "stretch": look.stretch, "mask": look.mask}
    crs = {"crs": wkt_of(cube.odc.geobox), "transform": list(cube.odc.geobox.affine)[:6]}
    known.add_itxt("Provenance", json.dumps(facts(cube) | {"shown": shown} | crs, ensure_ascii=False), zip=True)
    return known
