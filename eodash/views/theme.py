"""One ink, one accent, one plotly template; light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go

Mode = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """The colours of one mode; data colours are apart."""

    page: str
    panel: str
    ink: str
    soft: str
    accent: str
    border: str
    grid: str
    axis: str
    warn: str
    ok: str
    bad: str
    hatch: str
    edge: str
    ground: str  # of maps


PALETTES: dict[Mode, Palette] = {
    "light": Palette(
        page="#FFFFFF",
        panel="#F3F5F4",
        ink="#1A2126",
        soft="#5A666C",
        accent="#0E5E6F",
        border="#D9DFDE",
        grid="#E6EAE9",
        axis="#AEB8B8",
        warn="#B4540A",
        ok="#1F7A4D",
        bad="#B3261E",
        hatch="#8A9599",
        edge="rgba(70,80,85,.6)",
        ground="#DDE2E0",
    ),
    "dark": Palette(
        page="#12171A",
        panel="#1C2327",
        ink="#E9EEEE",
        soft="#A3B0B5",
        accent="#62C6D3",
        border="#333D42",
        grid="#283136",
        axis="#556268",
        warn="#F0A35B",
        ok="#6CCB97",
        bad="#F28B82",
        hatch="#7C898F",
        edge="rgba(205,215,218,.65)",
        ground="#1F272B",
    ),
}

BANDS: dict[Mode, dict[str, str]] = {
    "light": {
        "blue": "#1F6FC9",
        "green": "#009E73",
        "red": "#B3261E",
        "near-IR": "#3A1F5D",
        "SWIR 1": "#B98500",
    },
    "dark": {
        "blue": "#5B9CF0",
        "green": "#8AD6A0",
        "red": "#E0554A",
        "near-IR": "#E4DAFA",
        "SWIR 1": "#E0A93A",
    },
}
"""Colours of the five bands that are drawn as lines, by the band's title."""

PIXELS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Colours of pinned pixels, the same on map and chart: Okabe and Ito's set, apart in every kind of colour vision."""

LEFT, RIGHT = 54, 86
"""Margins in px that all panels of time share."""

CHART = {"displayModeBar": False, "displaylogo": False}


def figure(mode: Mode, height: int, **layout: object) -> go.Figure:
    """An empty figure in the house's look: no toolbar, no zoom, no legend."""
    palette = PALETTES[mode]
    drawn = go.Figure()
    drawn.update_layout(
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Source Sans, Source Sans Pro, sans-serif", "size": 14, "color": palette.ink},
        margin={"l": LEFT, "r": RIGHT, "t": 8, "b": 28},
        showlegend=False,
        dragmode=False,
        bargap=0,
        hoverlabel={
            "bgcolor": palette.panel,
            "bordercolor": palette.axis,
            "font": {"size": 14, "color": palette.ink},
        },
        **layout,
    )
    return plain_axes(drawn, palette)


def plain_axes(drawn: go.Figure, palette: Palette) -> go.Figure:
    """No axis line, ticks, zero line or zoom on any axis that the figure has by now."""
    plain = {"showline": False, "ticks": "", "zeroline": False, "gridcolor": palette.grid, "fixedrange": True}
    drawn.update_xaxes(**plain)
    drawn.update_yaxes(**plain, tickfont={"size": 13, "color": palette.soft})
    return drawn


def calendar(span: tuple[object, object], **more: object) -> dict[str, object]:
    """An x axis on true dates: months under a season, years under a longer series, the same range in every figure."""
    first, last = (np.datetime64(str(end), "D") for end in span)
    days = int((last - first).astype(int))
    step, form = next((step, form) for most, step, form in _TICKS if days <= most)
    return {
        "type": "date",
        "range": [str(span[0]), str(span[1])],
        "dtick": step,
        "tickformat": form,
        "ticklabelmode": "period",
        "tickangle": 0,
        "hoverformat": "%-d %b %Y",
        **more,
    }


_TICKS = (
    (430, "M1", "%b"),
    (1300, "M3", "%b %y"),
    (12 * 366, "M12", "%Y"),
    (45 * 366, "M60", "%Y"),
    (10**7, "M240", "%Y"),
)
"""Longest span in days, step, label."""
