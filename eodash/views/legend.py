"""What the colours of a layer mean: named dots for a composite, a bar with ticks for an index or a band."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
import xarray as xr

from eodash import indices
from eodash.errors import RasterError
from eodash.sensors import Sensor, sensor_of
from eodash.views.picture import BAND, SPYNDEX, Look, layer_ramp, limits_of
from eodash.views.ramps import css
from eodash.views.theme import PALETTES, Mode

_CHANNELS: dict[Mode, tuple[str, str, str]] = {
    "light": ("#B3261E", "#009E73", "#1F6FC9"),
    "dark": ("#E0554A", "#8AD6A0", "#5B9CF0"),
}
"""Red, green and blue as the bands of charts are drawn."""
_REFERENCES = {
    "ndvi": "https://ntrs.nasa.gov/citations/19740022614",
    "ndwi": "https://doi.org/10.1080/01431169608948714",
    "moisture": "https://doi.org/10.1016/S0034-4257(01)00318-2",
}


@dataclass(frozen=True)
class Entry:
    """One dot of a composite: its channel, colour, and the band that it shows."""

    channel: str
    colour: str
    band: str


@dataclass(frozen=True)
class Legend:
    """Everything that the colours of a picture say."""

    title: str
    mode: Mode
    entries: tuple[Entry, ...] = ()
    stops: tuple[tuple[float, str], ...] = ()  # value and colour, in order
    unit: str = ""
    formula: str = ""
    citation: str = ""
    note: str = ""


def legend(cube: xr.DataArray, look: Look, mode: Mode, limits: tuple[float, float] | None = None) -> Legend:
    """The legend of any layer that can be drawn; `limits` as the picture was drawn with."""
    sensor, layer = sensor_of(cube.attrs), look.layer
    hatch = ["hatched: cloud or shadow"] if look.mask else []
    digital = cube.attrs.get("units") == indices.DIGITAL
    unit = "digital numbers" if digital else "reflectance"
    low, high = limits or limits_of(cube, layer)
    if layer in sensor.composites:
        composite = sensor.composites[layer]
        said = (
            f"white from digital number {high / look.stretch:,.0f}"
            if digital
            else f"white from reflectance {high / look.stretch:.2f}"
        )
        channels = zip(("R", "G", "B"), _CHANNELS[mode], composite.bands, strict=True)
        entries = tuple(Entry(channel, colour, _band(sensor, band)) for channel, colour, band in channels)
        return Legend(composite.title, mode, entries, unit=unit, note="; ".join([said, *hatch]))
    if layer.startswith(BAND):
        limits = low, low + (high - low) / look.stretch
        title, formula, citation, notes = _band(sensor, layer.removeprefix(BAND)), "", "", []
    elif layer.startswith(SPYNDEX):
        one = indices.info(indices.bands_of(cube), layer.removeprefix(SPYNDEX))
        values = ", ".join(f"{name} = {value:g}" for name, value in one.constants.items())
        title = f"{one.name}: {one.title}"
        unit, formula, citation = "", f"{one.formula}{f'; {values}' if values else ''}", one.reference
        notes = [indices.notice(cube.attrs)]
    elif layer in sensor.indices:
        index = sensor.indices[layer]
        title, unit, formula, citation = index.title, "", index.formula, _REFERENCES.get(layer, "")
        notes = [indices.notice(cube.attrs)]
    else:
        raise RasterError(f"There is no layer {layer[:40]!r}.", "Choose one from the list of layers.", code="layer")
    ramp = layer_ramp(cube, layer, limits or (low, high))
    stops = tuple((float(stop[0]), css(stop)) for stop in ramp)
    return Legend(title, mode, (), stops, unit, formula, citation, "; ".join(note for note in [*notes, *hatch] if note))


def _band(sensor: Sensor, name: str) -> str:
    """`B04 red (665 nm)`; a band without a known wavelength goes without."""
    band = sensor.band(name)
    title = f" {band.title}" if band.title and band.title != name else ""
    return f"{name}{title} ({band.centre:.0f} nm)" if band.centre > 0 else f"{name}{title}"


def legend_html(made: Legend) -> str:
    """The legend in one row, everything escaped; for `st.html`."""
    palette = PALETTES[made.mode]
    shown = _dots(made) if made.entries else _bar(made, palette.edge, palette.soft)
    soft = [part for part in (made.formula, made.note) if part]
    said = f"<span style='color:{palette.soft};font-size:13px'>{html.escape(' · '.join(soft))}</span>" if soft else ""
    row = "display:flex;flex-wrap:wrap;align-items:center;gap:4px 16px;font-size:14px;line-height:1.3"
    title = f"<b style='font-weight:600'>{html.escape(made.title)}</b>"
    source = _cited(made, palette.accent)
    return f"<div class='eo-legend' style='{row};color:{palette.ink}'>{title}{shown}{said}{source}</div>"


def _dots(made: Legend) -> str:
    dot = "display:inline-block;width:10px;height:10px;border-radius:5px;margin-right:5px;background:"
    return "".join(
        f"<span><span style='{dot}{entry.colour}'></span>{entry.channel} = {html.escape(entry.band)}</span>"
        for entry in made.entries
    )


def _bar(made: Legend, edge: str, soft: str) -> str:
    """A colour bar with its ticks under it: both ends, zero if it lies well between, else the middle."""
    low, high = made.stops[0][0], made.stops[-1][0]
    span = high - low or 1.0
    gradient = ", ".join(f"{colour} {100 * (value - low) / span:.1f}%" for value, colour in made.stops)
    middle = 0.0 if low + 0.2 * span < 0 < high - 0.2 * span else (low + high) / 2  # names must not touch
    ticks = "".join(
        f"<span style='position:absolute;left:{100 * (value - low) / span:.1f}%;transform:translateX({shift}%)'>"
        f"{html.escape(number(value, span))}</span>"
        for value, shift in ((low, 0), (middle, -50), (high, -100))
    )
    unit = f"<span style='color:{soft};font-size:13px'>{html.escape(made.unit)}</span>" if made.unit else ""
    return (
        "<span style='flex:0 1 220px;min-width:160px' role='img' "
        f"aria-label='from {html.escape(number(low, span))} to {html.escape(number(high, span))}'>"
        f"<span style='display:block;height:12px;border:1px solid {edge};border-radius:3px;"
        f"background:linear-gradient(to right, {gradient})'></span>"
        f"<span style='display:block;position:relative;height:16px;font-size:13px;color:{soft}'>{ticks}</span>"
        f"</span>{unit}"
    )


def _cited(made: Legend, accent: str) -> str:
    """Where it is published; only web addresses become links."""
    if not made.citation:
        return ""
    said = html.escape(made.citation, quote=True)
    if made.citation.startswith(("https://", "http://")):
        return f"<a href='{said}' target='_blank' rel='noopener' style='color:{accent};font-size:13px'>source</a>"
    return f"<span style='font-size:13px'>{said}</span>"


def number(value: float, span: float) -> str:
    """A tick with as many decimals as the span of its bar needs."""
    decimals = int(np.clip(np.ceil(1.3 - np.log10(max(abs(span), 1e-12))), 0, 6))
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text.replace("-", "−")
