"""What a finding rests on: histograms beside the expected range, or each date on the calendar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from eodash.doctor import Finding
from eodash.views.theme import BANDS, PALETTES, Mode, Palette, calendar, figure, plain_axes

ROW, GAP = 92, 34
"""Height in px of one histogram, and of the name above it."""


def evidence(finding: Finding, mode: Mode) -> go.Figure:
    """Dates on the calendar where the fault is one of dates, otherwise one histogram per band."""
    dates, histograms = finding.evidence.get("dates"), finding.evidence.get("histograms", [])
    if dates:
        return _calendar(dates, mode)
    return _histograms(histograms, finding.evidence.get("pile"), mode)


def caption(finding: Finding) -> str:
    """What one sees in the figure."""
    dates = finding.evidence.get("dates")
    if dates:
        return f"Each dot is a date: {dates['what']} in {dates['title']}. Crosses are the dates that are meant."
    if any(one["expected"] for one in finding.evidence.get("histograms", [])):
        return (
            "Bars: measured reflectance. Shaded: where 98 of 100 pixels of ground and water lie, clouds and snow apart."
        )
    return "Bars: measured values." if finding.evidence.get("histograms") else finding.explanation


def table(finding: Finding) -> pd.DataFrame:
    """The numbers that the figure draws."""
    dates = finding.evidence.get("dates")
    if dates:
        times = [str(time)[:10] for time in dates["times"]]
        return pd.DataFrame({"date": times, dates["what"]: dates["values"], "meant": dates["flagged"]})
    rows = [
        {"band": one["band"], "from": one["edges"][at], "to": one["edges"][at + 1], "values": count}
        for one in finding.evidence.get("histograms", [])
        for at, count in enumerate(one["counts"])
    ]
    return pd.DataFrame(rows, columns=["band", "from", "to", "values"])


def _histograms(histograms: list[dict[str, Any]], pile: float | None, mode: Mode) -> go.Figure:
    palette, count = PALETTES[mode], max(len(histograms), 1)
    height = count * (ROW + GAP) + 28
    drawn = figure(mode, height, hovermode="closest")
    inner = height - 36
    for number, one in enumerate(histograms, 1):
        top = 1 - ((number - 1) * (ROW + GAP) + GAP) / inner
        x, y = (f"x{number}", f"y{number}") if number > 1 else ("x", "y")
        axis = str(number) if number > 1 else ""
        drawn.update_layout({
            f"xaxis{axis}": {"anchor": y, "range": [one["edges"][0], one["edges"][-1]], "nticks": 6},
            f"yaxis{axis}": {"anchor": x, "domain": [max(top - (ROW - 22) / inner, 0), top], "showticklabels": False,
                             "showgrid": False},
        })  # fmt: skip
        edges = np.array(one["edges"])
        drawn.add_bar(
            x=(edges[1:] + edges[:-1]) / 2, y=np.sqrt(one["counts"]), width=np.diff(edges),
            marker={"color": BANDS[mode].get(one["title"], palette.accent), "line": {"width": 0}},
            customdata=one["counts"], hovertemplate="%{x:.3f}: %{customdata} values<extra></extra>", xaxis=x, yaxis=y,
        )  # fmt: skip
        said = f"measured {one['measured'][0]:.3f} to {one['measured'][1]:.3f}"
        if one["expected"]:
            low, high = one["expected"]
            said += f", expected {low:.3f} to {high:.3f}"
            drawn.add_shape(type="rect", x0=low, x1=high, y0=0, y1=1, xref=x, yref=f"{y} domain", line={"width": 0},
                            fillcolor=palette.ok, opacity=0.18, layer="below")  # fmt: skip
        if pile is not None:
            drawn.add_shape(type="line", x0=pile, x1=pile, y0=0, y1=1, xref=x, yref=f"{y} domain",
                            line={"color": palette.bad, "width": 1.5, "dash": "dot"})  # fmt: skip
        _heading(drawn, f"{one['band']} {one['title']}" if one["title"] != one["band"] else one["band"], said, top,
                 palette)  # fmt: skip
    return plain_axes(drawn, palette)


def _calendar(dates: dict[str, Any], mode: Mode) -> go.Figure:
    palette = PALETTES[mode]
    times = np.array(dates["times"], "datetime64[s]")
    flagged, week = np.array(dates["flagged"], bool), np.timedelta64(7, "D")
    drawn = figure(mode, 230, hovermode="closest")
    span = (times.min() - week, times.max() + week)
    long = span[1] - span[0] > np.timedelta64(500, "D")
    axis = calendar(span, **({"dtick": "M12", "tickformat": "%Y"} if long else {}))
    drawn.update_layout(xaxis=axis, yaxis={"domain": [0, 0.85], "tickformat": ".2f", "nticks": 5})
    values = np.array([np.nan if value is None else value for value in dates["values"]], float)
    for chosen, marker, name in (
        (~flagged, {"color": palette.accent, "size": 8}, ""),
        (flagged, {"color": palette.bad, "size": 10, "symbol": "x"}, ", meant"),
    ):
        drawn.add_scatter(
            x=times[chosen], y=values[chosen], mode="markers", marker=marker,
            hovertemplate=f"%{{x|%-d %b %Y}}: %{{y:.3f}}{name}<extra></extra>",
        )  # fmt: skip
    _heading(drawn, f"{dates['band']} {dates['title']}", dates["what"] + "; crosses are meant", 0.9, palette)
    return plain_axes(drawn, palette)


def _heading(drawn: go.Figure, bold: str, soft: str, y: float, palette: Palette) -> None:
    drawn.add_annotation(
        x=0, xref="paper", xshift=-54, xanchor="left", y=y, yref="paper", yanchor="bottom", yshift=4, showarrow=False,
        text=f"<b>{_safe(bold)}</b>  <span style='color:{palette.soft}'>{_safe(soft)}</span>",
    )  # fmt: skip


def _safe(text: str) -> str:
    """Names come from files: plotly reads a little HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
