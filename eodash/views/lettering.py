"""Letters for pictures that leave the app: a font that has minus signs, accents and Greek."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageDraw, ImageFont

from eodash.views.theme import PALETTES

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
PAPER = PALETTES["light"]


@lru_cache(maxsize=32)
def font(size: int, bold: bool = False) -> Font:
    """DejaVu Sans as matplotlib brings it, found without importing matplotlib; else what Pillow has."""
    found = find_spec("matplotlib")
    if found is not None and found.origin:
        name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
        path = Path(found.origin).parent / "mpl-data/fonts/ttf" / name
        if path.is_file():
            return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)


def clipped(draw: ImageDraw.ImageDraw, text: str, face: Font, width: int) -> str:
    """One line that fits, cut with an ellipsis where it must be."""
    line = " ".join(text.split())
    if draw.textlength(line, face) <= width:
        return line
    while line and draw.textlength(f"{line}…", face) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"
