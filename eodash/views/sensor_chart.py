"""Bands of one sensor, or of two, on a wavelength axis, under what the ground reflects and the air lets through."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from eodash.instruments import Channel, Instrument
from eodash.spectra import ABSORBED, Curve, materials
from eodash.views.theme import PALETTES, Mode, Palette, figure, plain_axes

RANGE = (380.0, 2500.0)
TICKS = (400, 500, 600, 700, 850, 1000, 1250, 1600, 2000, 2400)
LANE = 40
"""Height in px of the row of one pixel size."""
_TOP, _ABOVE, _BELOW = 236, 30, 46
_CURVES: dict[Mode, dict[str, str]] = {
    "light": {"green crop": "#257B54", "bare soil": "#8C6A45", "clear water": "#2883EA"},
    "dark": {"green crop": "#80C77B", "bare soil": "#C9A57E", "clear water": "#5B9CF0"},
}
_SECOND = {"light": "#B98500", "dark": "#E0A93A"}
"""Colour of the sensor that is compared with."""


def sensor_chart(instruments: Sequence[Instrument], mode: Mode) -> go.Figure:
    """Curves of three grounds, hatched where the air absorbs; below them a row per sensor and pixel size."""
    palette = PALETTES[mode]
    rows = [(number, one, size) for number, one in enumerate(instruments) for size in sizes(one)]
    heads = 26 * len(instruments)
    plotted = _TOP + heads + LANE * len(rows)
    drawn = figure(mode, plotted + _ABOVE + _BELOW, hovermode="closest")
    drawn.update_layout(
        margin={"l": 54, "r": 16, "t": _ABOVE, "b": _BELOW},
        xaxis={
            "type": "log", "range": [math.log10(RANGE[0]), math.log10(RANGE[1])], "tickvals": TICKS,
            "ticktext": [f"{tick}" for tick in TICKS], "tickangle": 0, "anchor": "y2",
        },
        yaxis={"domain": [1 - (_TOP - 30) / plotted, 1], "range": [0, 0.55], "tickvals": [0, 0.25, 0.5]},
        yaxis2={"domain": [0, 1 - _TOP / plotted], "range": [0, heads + LANE * len(rows)], "visible": False},
    )  # fmt: skip
    _absorption(drawn, heads + LANE * len(rows), palette)
    for curve in materials():
        _curve(drawn, curve, _CURVES[mode][curve.name])
    place = float(heads + LANE * len(rows))
    for number, one in enumerate(instruments):
        colour = palette.accent if number == 0 else _SECOND[mode]
        place -= 26
        _label(drawn, place + 8, f"<b>{one.title}</b>", palette.ink, "y2", x=0, shift=-54)
        for size in sizes(one):
            place -= LANE
            lane(drawn, [band for band in one.bands if band.resolution == size], place, colour, palette)
            _label(drawn, place + 12, metres(size), palette.soft, "y2", x=0, shift=-54)
    said = "<b>Reflectance of the ground</b>  <span style='color:{}'>hatched: the air absorbs</span>"
    drawn.add_annotation(
        x=0, xref="paper", xshift=-54, xanchor="left", y=1, yref="paper", yanchor="bottom", yshift=6, showarrow=False,
        text=said.format(palette.soft),
    )  # fmt: skip
    drawn.add_annotation(
        x=1, xref="paper", xanchor="right", y=0, yref="paper", yanchor="top", yshift=-18, showarrow=False,
        text="wavelength in nm", font={"size": 13, "color": palette.soft},
    )  # fmt: skip
    return plain_axes(drawn, palette)


def sizes(one: Instrument) -> tuple[float, ...]:
    """The pixel sizes of a sensor, finest first."""
    return tuple(sorted({band.resolution for band in one.bands}))


def metres(size: float) -> str:
    return f"{size / 1000:g} km" if size >= 1000 else f"{size:g} m"


def lane(drawn: go.Figure, bands: Sequence[Channel], base: float, colour: str, palette: Palette) -> None:
    """Bands of one pixel size as boxes at their true place; named where there is room, and on touch."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for band in bands:
        low, high = band.centre - band.width / 2, band.centre + band.width / 2
        xs += [low, low, high, high, low, None]
        ys += [base + 4, base + 22, base + 22, base + 4, base + 4, None]
    drawn.add_scatter(
        x=xs, y=ys, yaxis="y2", mode="lines", fill="toself", fillcolor=colour, opacity=0.75,
        line={"color": palette.page, "width": 1}, hoverinfo="skip", name="bands",
    )  # fmt: skip
    drawn.add_scatter(
        x=[band.centre for band in bands],
        y=[base + 13] * len(bands),
        yaxis="y2",
        mode="markers",
        marker={"size": 18, "opacity": 0},
        customdata=[[band.name, band.title, band.centre, band.width, metres(band.resolution)] for band in bands],
        hovertemplate="<b>%{customdata[0]}</b> %{customdata[1]}<br>%{customdata[2]:g} nm, %{customdata[3]:g} nm wide"
        "<br>%{customdata[4]}<extra></extra>",
        name="names",
    )
    for band in named(bands):
        drawn.add_annotation(
            x=math.log10(band.centre), xref="x", y=base + 22, yref="y2", yanchor="bottom", yshift=-3, showarrow=False,
            text=band.name, font={"size": 13, "color": palette.ink},
        )  # fmt: skip


def named(bands: Sequence[Channel]) -> list[Channel]:
    """Those whose names fit beside each other; the others are named on touch."""
    kept: list[Channel] = []
    edge = -math.inf
    for band in sorted(bands, key=lambda band: band.centre):
        half = 0.0033 * len(band.name) + 0.003  # of the logarithm, at the width of a page
        place = math.log10(band.centre)
        if place - half >= edge:
            kept.append(band)
            edge = place + half
    return kept


def _absorption(drawn: go.Figure, lanes: float, palette: Palette) -> None:
    """Where little or no light of the ground comes through, over both panels."""
    for axis, top in (("y", 0.55), ("y2", lanes)):
        for low, high, what in ABSORBED:
            drawn.add_scatter(
                x=[low, low, high, high, low], y=[0, top, top, 0, 0], yaxis=axis, mode="lines", line={"width": 0},
                fill="toself", fillpattern={"shape": "/", "size": 5, "solidity": 0.22, "fgcolor": palette.hatch,
                                            "bgcolor": "rgba(0,0,0,0)"},
                hoveron="fills", text=f"{what}, {low:.0f}–{high:.0f} nm", hoverinfo="text", name="absorbed",
            )  # fmt: skip


def _curve(drawn: go.Figure, curve: Curve, colour: str) -> None:
    drawn.add_scatter(
        x=curve.wavelength,
        y=np.round(curve.reflectance, 4),
        mode="lines" if len(curve.wavelength) > 20 else "lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 5, "color": colour},
        name=curve.name,
        hovertemplate=f"{curve.name}: %{{y:.2f}} at %{{x:.0f}} nm<extra></extra>",
    )
    known = curve.wavelength[(curve.wavelength > 1550) & (curve.wavelength < 1690)]
    at = float(known[len(known) // 2]) if len(known) else float(curve.wavelength[-1])
    height = float(curve.reflectance[curve.wavelength == at][0])
    drawn.add_annotation(
        x=math.log10(at), xref="x", y=height, yref="y", yanchor="bottom", yshift=3, showarrow=False,
        text=f"<span style='color:{colour}'>●</span> {curve.name}", font={"size": 13.5},
    )  # fmt: skip


def _label(drawn: go.Figure, y: float, text: str, colour: str, axis: str, *, x: float, shift: int) -> None:
    drawn.add_annotation(
        x=x, xref="paper", xshift=shift, xanchor="left", y=y, yref=axis, yanchor="middle", showarrow=False, text=text,
        font={"size": 13.5, "color": colour},
    )  # fmt: skip
