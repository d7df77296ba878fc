"""Saliency on the calendar: a line per band, bands by dates as heat, bars of what each date or band is worth."""

from __future__ import annotations

import html

import numpy as np
import plotly.graph_objects as go

from eodash.views.calendar_chart import bar_widths, day
from eodash.views.panel import Floats, Panel, Sketch, axis_of
from eodash.views.saliency import Saliency, colour_of
from eodash.views.saliency_words import UNITS
from eodash.views.theme import BANDS, PALETTES, Mode, figure, plain_axes
from eodash.views.value_map import DIVERGING

LINES, BARS, ROW = 170, 170, 24
"""Heights in px; of a row of the heat."""
BAR_LEFT = 108
"""Margin for the names of bands."""
TITLES = {"gradient": "Gradient of p({}), by band", "integrated": "Share in p({}), by band"}


def saliency_panel(found: Saliency, mode: Mode, *, height: int = LINES) -> Panel:
    """A line per band over the dates that the network saw; those without a colour of their own are faint."""
    if found.method == "occlusion":
        return occlusion_panel(found, mode, height=height)
    top = float(np.abs(found.values[found.seen]).max(initial=0.0)) or 1.0
    palette, rows = PALETTES[mode], np.flatnonzero(found.seen)

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch = Sketch()
        named = [title in BANDS[mode] for title in found.titles]
        for place in sorted(range(len(found.bands)), key=lambda place: named[place]):  # coloured ones on top
            title, colour = html.escape(found.titles[place]), colour_of(found.titles[place], mode)
            sketch.add_scatter(
                x=found.times[rows], y=_rounded(found.values[rows, place]), yaxis=axis, name=title, cliponaxis=False,
                mode="lines+markers" if named[place] else "lines", opacity=1.0 if named[place] else 0.45,
                line={"color": colour, "width": 1.8 if named[place] else 1}, marker={"size": 4.5, "color": colour},
                hovertemplate="%{y:+.3~g}" if named[place] else None, hoverinfo=None if named[place] else "skip",
            )  # fmt: skip
        sketch.add_scatter(
            x=[found.times[0], found.times[-1]], y=[0, 0], mode="lines", yaxis=axis, hoverinfo="skip",
            line={"color": palette.axis, "width": 1}, name="nothing",
        )  # fmt: skip
        for place, band in _peaks(found):
            value = float(found.values[place, band])
            sketch.add_annotation(
                x=str(found.times[place]), y=value, yref=axis, yshift=11 if value > 0 else -11, showarrow=False,
                text=f"<span style='color:{colour_of(found.titles[band], mode)}'>●</span> "
                f"{html.escape(found.titles[band])}", font={"size": 13.5}, bgcolor=palette.page, borderpad=1,
            )  # fmt: skip
        sketch.onto(drawn)

    ticks = {"tickvals": [-_tick(top), 0, _tick(top)], "tickformat": "~g"}
    title = TITLES[found.method].format(html.escape(found.winner))
    return Panel(title, UNITS[found.method], height, draw, {"range": [-1.25 * top, 1.25 * top], **ticks})


def heat_panel(found: Saliency, mode: Mode) -> Panel:
    """Bands by dates; a cell at each true date that the network saw, no wider than its date."""
    half = (bar_widths(found.times) / 2).astype("timedelta64[ms]")
    times, bands = found.times.astype("datetime64[ms]"), len(found.bands)
    edges = np.column_stack([times - half, times + half]).ravel()
    cells = np.full((bands, max(1, 2 * len(times) - 1)), np.nan)
    cells[:, ::2] = np.where(found.seen, found.values.T, np.nan)
    low, high = found.limits
    palette = PALETTES[mode]

    def draw(drawn: go.Figure, axis: str) -> None:
        domain = axis_of(drawn, axis).domain
        wide = np.repeat(found.values.T, 2, 1)[:, : cells.shape[1]]
        said = [[f"{title} {value:+.3g}" for value in row] for title, row in zip(found.titles, wide, strict=True)]
        drawn.add_heatmap(
            x=edges, y=np.arange(bands), z=[[None if np.isnan(v) else float(f"{v:.4g}") for v in row] for row in cells],
            yaxis=axis, zmin=low, zmax=high, ygap=2, text=said, hovertemplate="%{text}<extra></extra>",
            colorscale=[[place / 4, tone] for place, tone in enumerate(DIVERGING[mode])], hoverongaps=False,
            colorbar={
                "x": 1, "xpad": 8, "thickness": 11, "len": domain[1] - domain[0], "y": sum(domain) / 2, "ypad": 0,
                "outlinewidth": 0, "tickvals": [low, 0, high], "ticktext": ["lowers", "0", "raises"],
                "tickfont": {"size": 13, "color": palette.soft},
            },
        )  # fmt: skip

    names = {"tickvals": list(range(bands)), "ticktext": [row_name(found, place) for place in range(bands)]}
    layout = {"range": [-0.5, bands - 0.5], "showgrid": False, **names}
    return Panel("The same as heat", "bands × dates", max(110, ROW * bands), draw, layout, hatched=False)


def occlusion_panel(found: Saliency, mode: Mode, *, height: int = BARS) -> Panel:
    """A bar per date: how far the score falls without it; below nothing it rises."""
    rows = np.flatnonzero(found.seen & np.isfinite(found.over_time))
    points = 100 * found.over_time[rows]
    top = float(np.abs(points).max(initial=0.0)) or 1.0

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch = Sketch()
        sketch.add_bar(
            x=found.times[rows], y=_rounded(points), width=bar_widths(found.times)[rows] * 0.8, yaxis=axis,
            name="without it", marker={"color": _sides(points, mode), "line": {"width": 0}},
            customdata=[said_points(found, each) for each in points], hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
        sketch.onto(drawn)

    low, high = _ends(points)
    ticks = {"tickvals": [each for each in (-_tick(top), 0, _tick(top)) if low <= each <= high], "tickformat": "~g"}
    title = f"Without this date p({html.escape(found.winner)}) falls by"
    return Panel(title, "points", height, draw, {"range": [low, high], **ticks})


def band_bars(found: Saliency, mode: Mode) -> go.Figure:
    """A bar per band, in the order of the heat: the fall of the score, or the sum of sizes over the dates."""
    falls = found.method == "occlusion"
    values = 100 * found.over_band if falls else found.over_band
    drawn = figure(mode, max(200, ROW * len(values) + 60), hovermode="closest")
    places = list(range(len(values)))
    drawn.add_bar(
        x=_rounded(values), y=places, orientation="h", width=0.66,
        marker={"color": _sides(values, mode) if falls else PALETTES[mode].accent, "line": {"width": 0}},
        customdata=[said_points(found, each) if falls else f"{each:.3g}" for each in values],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    drawn.update_layout(
        margin={"l": BAR_LEFT, "r": 16, "t": 8, "b": 30},
        xaxis={"range": list(_ends(values)), "nticks": 6},
        yaxis={"tickvals": places, "ticktext": [html.escape(each) for each in found.titles],
               "range": [-0.5, len(values) - 0.5], "showgrid": False},
    )  # fmt: skip
    return plain_axes(drawn, PALETTES[mode])


def said_points(found: Saliency, points: float) -> str:
    """What a bar says when one points at it."""
    return f"p({html.escape(found.winner)}) {'falls' if points >= 0 else 'rises'} by {abs(points):.2g} points"


def row_name(found: Saliency, place: int) -> str:
    """A name that fits beside the axis: that of a band with a colour, else its number."""
    title = found.titles[place].removesuffix(" 1")
    return html.escape(title if len(title) <= 7 and found.titles[place] in BANDS["light"] else found.bands[place])


def alt_text(found: Saliency, words: str) -> str:
    """What there is to see, for those who do not see it."""
    if not found.any:
        return words
    seen = int(found.seen.sum())
    rows = f"{len(found.bands)} bands over {seen} date{'s' if seen > 1 else ''}"
    return (
        f"Saliency of p({found.winner}) for {rows}, up to {day(found.times[np.flatnonzero(found.seen)[-1]])}. {words}"
    )


def _peaks(found: Saliency) -> list[tuple[int, int]]:
    """Date and band of the highest and of the lowest value, where there is any to speak of."""
    if not found.values.any():
        return []
    ends = [np.unravel_index(int(pick(found.values)), found.values.shape) for pick in (np.argmax, np.argmin)]
    size = float(np.abs(found.values).max())
    return [(int(place), int(band)) for place, band in ends if abs(found.values[place, band]) > 0.25 * size]


def _sides(values: Floats, mode: Mode) -> list[str]:
    """Orange where it carries the class, blue where it speaks against it."""
    low, high = DIVERGING[mode][1], DIVERGING[mode][3]
    return [high if each >= 0 else low for each in values]


def _ends(values: Floats) -> tuple[float, float]:
    """From the lowest to the highest of bars, nothing among them, with a rim."""
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    return (1.15 * low, 1.15 * high) if high > low else (0.0, 1.0)


def _tick(top: float) -> float:
    """The round number next below."""
    size = 10 ** np.floor(np.log10(top))
    return float(max(each * size for each in (1, 2, 5) if each * size <= top))


def _rounded(values: Floats) -> list[float]:
    return [float(f"{each:.4g}") for each in values]
