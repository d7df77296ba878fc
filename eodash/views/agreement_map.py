"""Two answers on one region: where they agree, since when they do not, and what is swapped for what; drawn."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from eodash.agreement import ALWAYS, DIFFER, UNKNOWN, Swap
from eodash.request import Period
from eodash.views.calendar_chart import bar_widths, date_line
from eodash.views.hectares import in_words
from eodash.views.picture import Warp, hatched, warped
from eodash.views.ramps import colours, css
from eodash.views.theme import LEFT, PALETTES, RIGHT, Mode, Palette, calendar, figure, plain_axes

CALENDAR = (
    "#1B0C6B", "#4B03A1", "#7E03A8", "#A92395", "#CB4679", "#E56B5D", "#F89441", "#FDC328", "#F3F075",
)  # fmt: skip
"""Dates from the first to the last of a season: one date, one colour."""
APART = "#D633A1"
"""Where two answers differ: no class has it."""
STRIP = 0.09
"""Share of a histogram's height that is the colour bar."""

Bytes = NDArray[np.uint8]
Times = NDArray[np.datetime64]
Span = tuple[np.datetime64, np.datetime64]


def coloured_span(period: Period) -> Span:
    """What the colours of dates run over on every page: the season that was asked for, whatever was found in it."""
    return np.datetime64(period.start, "s"), np.datetime64(period.end, "s")


def calendar_colours(times: Times, span: Span) -> list[str]:
    """The colour of each date, over the fixed span of the season."""
    start, end = (edge.astype("datetime64[s]").astype(float) for edge in span)
    share = (times.astype("datetime64[s]").astype(float) - start) / max(end - start, 1.0)
    stops = np.array([(place / (len(CALENDAR) - 1), *_rgb(tone)) for place, tone in enumerate(CALENDAR)])
    return [css(np.array([0, *one])) for one in colours(np.clip(share, 0, 1), stops)]


def agreement_picture(verdict: Bytes, grey: Bytes, seen: NDArray[np.bool_], warp: Warp) -> bytes:
    """PNG on the web map's grid: the scene in grey where they agree, one colour where they differ."""
    image = _scene(grey, seen, 0.6)
    image[verdict == DIFFER, :3] = _rgb(APART)
    return _png(hatched(image, (verdict == UNKNOWN) & seen), warp)


def divergence_picture(
    first: NDArray[np.int32], tones: Sequence[str], grey: Bytes, seen: NDArray[np.bool_], warp: Warp
) -> bytes:
    """PNG on the web map's grid: the first date of divergence in its colour, the scene in faint grey where never."""
    image = _scene(grey, seen, 0.35)
    differs = first >= 0
    image[differs, :3] = np.array([_rgb(tone) for tone in tones], np.uint8)[first[differs]]
    return _png(hatched(image, ~differs & (first != ALWAYS) & seen), warp)


def divergence_histogram(
    times: Times, hectares: NDArray[np.float64], chosen: np.datetime64, span: Span, season: Span, mode: Mode
) -> go.Figure:
    """Hectares that differ for the first time at each date: colour bar, distribution and axis in one."""
    palette, tones = PALETTES[mode], calendar_colours(times, season)
    drawn = figure(mode, 230, hovermode="x unified")
    top = max(float(hectares.max(initial=0.0)), 1e-6) * 1.08
    strip = top * STRIP
    drawn.add_bar(
        x=times, y=np.full(len(times), -strip * 0.8), base=-strip * 0.2, width=_touching(times),
        marker={"color": tones}, hoverinfo="skip",
    )  # fmt: skip
    drawn.add_bar(
        x=times, y=np.round(hectares, 3), width=bar_widths(times), name="differ from here on",
        marker={"color": tones, "line": {"color": palette.edge, "width": 1}}, hovertemplate="%{y:,.1f} ha",
    )  # fmt: skip
    drawn.update_layout(
        barmode="overlay",
        xaxis=calendar(span, showgrid=False),
        yaxis={"range": [-strip, top], "nticks": 4, "tickformat": "~r", "tickvals": _ticks(top)},
        margin={"l": LEFT, "r": RIGHT, "t": 48, "b": 28},
    )
    _heading(drawn, "First date of divergence", "hectares", palette)
    date_line(drawn, chosen, palette)
    return plain_axes(drawn, palette)


def agreement_over_season(
    times: Times, share: NDArray[np.float64], chosen: np.datetime64, span: Span, mode: Mode
) -> go.Figure:
    """Share of the pixels with two answers that have the same one, after each date."""
    palette = PALETTES[mode]
    drawn = figure(mode, 180, hovermode="x unified")
    drawn.add_scatter(
        x=times, y=np.round(share, 4), mode="lines", line={"color": palette.accent, "width": 2, "shape": "hv"},
        name="agree", hovertemplate="%{y:.1%}",
    )  # fmt: skip
    drawn.update_layout(
        xaxis=calendar(span, showticklabels=False),  # the months stand under the panel below
        yaxis={"range": [0, 1.02], "tickformat": ".0%", "tickvals": [0, 0.5, 1]},
        margin={"l": LEFT, "r": RIGHT, "t": 48, "b": 12},
    )
    _heading(drawn, "Share that agrees", "of the pixels, after each date", palette)
    date_line(drawn, chosen, palette)
    return plain_axes(drawn, palette)


def agreement_key(agree: float, differ: float, unknown: float, mode: Mode) -> str:
    """Hectares that agree, differ, and have no two answers."""
    palette = PALETTES[mode]
    hatch = f"repeating-linear-gradient(135deg,{palette.hatch} 0 1px,transparent 1px 4px)"
    parts = [("#8F979A", "agree", agree), (APART, "differ", differ)] + [(hatch, "no two answers", unknown)] * (
        unknown > 0
    )
    return (
        "<div class='eo-swatches'>"
        + "".join(
            f"<span><i style='background:{tone};outline:1px solid {palette.edge}'></i>{name} {in_words(size)}</span>"
            for tone, name, size in parts
        )
        + "</div>"
    )


def swap_table(swaps: Sequence[Swap], names: Sequence[str], tones: Sequence[str], titles: tuple[str, str]) -> str:
    """What the first calls one thing and the second another, in hectares, the largest first."""
    head = "".join(f"<th class='eo-left'>{html.escape(title)}</th>" for title in titles) + "<th>hectares</th>"
    rows = "".join(
        f"<tr>{_class(names[one.first], tones[one.first])}{_class(names[one.second], tones[one.second])}"
        f"<td>{one.hectares:,.1f}</td></tr>"
        for one in swaps
    )
    inner = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f"<div class='eo-scroll'><table class='eo-table'>{inner}</table></div>"


def _class(name: str, tone: str) -> str:
    swatch = (
        f"<i style='display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:7px;background:{tone};"
        "outline:1px solid var(--eo-axis)'></i>"
    )
    return f"<td class='eo-left'>{swatch}{html.escape(name)}</td>"


def _heading(drawn: go.Figure, bold: str, soft: str, palette: Palette) -> None:
    drawn.add_annotation(
        x=0, xref="paper", xshift=-LEFT, xanchor="left", y=1, yref="paper", yanchor="bottom", yshift=24,
        showarrow=False, text=f"<b>{bold}</b>  <span style='color:{palette.soft}'>{soft}</span>",
    )  # fmt: skip


def _touching(times: Times) -> NDArray[np.float64]:
    """Widths in ms of cells that meet half-way, as near as bars can: twice the smaller half."""
    if len(times) < 2:
        return np.array([5 * 864e5])
    gaps = np.diff(times) / np.timedelta64(1, "ms")
    widths: NDArray[np.float64] = np.maximum(np.append(gaps, gaps[-1]), np.insert(gaps, 0, gaps[0]))
    return np.minimum(widths, 10 * 864e5)


def _ticks(top: float) -> list[float]:
    """Nothing, and one or two round numbers below the top."""
    step = 10 ** np.floor(np.log10(top))
    step = next(each for each in (5 * step, 2 * step, step, step / 2) if top / each >= 1.6)
    return [float(round(place * step, 6)) for place in range(int(top / step) + 1)]


def _scene(grey: Bytes, seen: NDArray[np.bool_], strength: float) -> Bytes:
    """A grey scene, fainter by its strength, transparent where nothing was fetched."""
    light = (255 - strength * (255 - np.clip(grey.astype(np.float32), 60, 235))).astype(np.uint8)
    return np.dstack([light, light, light, np.where(seen, 255, 0).astype(np.uint8)])


def _png(image: Bytes, warp: Warp) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(warped(image, warp))).save(out, "PNG", compress_level=3)
    return out.getvalue()


def _rgb(colour: str) -> tuple[int, int, int]:
    number = int(colour[1:7], 16)
    return number >> 16, number >> 8 & 255, number & 255
