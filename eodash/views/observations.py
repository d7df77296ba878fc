"""Which images there are: clear share at true dates, and a strip of what was used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from eodash.sources.contract import DateStatus
from eodash.views.calendar_chart import bar_widths, hatch_marker
from eodash.views.theme import PALETTES, Mode, Palette, calendar, figure

FRAMES = 32
"""Most frames in the strip; more would be slivers."""


def observations(
    statuses: Sequence[DateStatus], max_cloud: int, mode: Mode, pictures: Mapping[np.datetime64, str] | None = None
) -> go.Figure:
    """Bars of the clear share; hatched = left out, ✕ = failed, dotted = the cloud limit; frames of images above."""
    palette = PALETTES[mode]
    frames = thinned([status for status in statuses if status.time in (pictures or {})])
    drawn = figure(mode, 300 if frames else 210, hovermode="closest", barmode="overlay")
    times = np.array([status.time for status in statuses], "datetime64[s]")
    bars = (0.0, 0.56) if frames else (0.0, 1.0)
    week = np.timedelta64(7, "D")
    drawn.update_layout(
        xaxis=calendar((times.min() - week, times.max() + week)),
        yaxis={"domain": bars, "range": [0, 104], "tickvals": [0, 50, 100], "ticktext": ["0", "50 %", "100 %"]},
    )
    widths = dict(zip(times.tolist(), bar_widths(times), strict=True))
    styles: dict[str, dict[str, object]] = {"used": {"color": palette.accent}, "skipped": hatch_marker(palette, 0.35)}
    for state, marker in styles.items():
        chosen = [status for status in statuses if status.state == state]
        drawn.add_bar(
            x=[status.time for status in chosen],
            y=[max(_clear(status), 1.5) for status in chosen],
            width=[widths[status.time.item()] for status in chosen],
            marker={**marker, "line": {"width": 0 if state == "used" else 1, "color": palette.hatch}},
            customdata=[[_said(status)] for status in chosen],
            hovertemplate="%{x|%-d %b %Y}: %{customdata[0]}<extra></extra>",
        )
    failed = [status for status in statuses if status.state == "failed"]
    drawn.add_scatter(
        x=[status.time for status in failed],
        y=[10] * len(failed),
        mode="markers",
        marker={"symbol": "x", "size": 10, "color": palette.bad},
        customdata=[[_said(status)] for status in failed],
        hovertemplate="%{x|%-d %b %Y}: %{customdata[0]}<extra></extra>",
    )
    if max_cloud < 100:
        drawn.add_scatter(
            x=[times.min() - week, times.max() + week],
            y=[100 - max_cloud] * 2,
            mode="lines",
            line={"color": palette.ink, "width": 1, "dash": "dot"},
            hoverinfo="skip",
        )
        drawn.add_annotation(
            x=1,
            xref="paper",
            y=100 - max_cloud,
            xanchor="left",
            xshift=6,
            showarrow=False,
            text="cloud limit",
            font={"size": 13},
        )
    if frames and pictures:
        _strip(drawn, frames, pictures, times, palette)
    return drawn


def _strip(
    drawn: go.Figure,
    frames: Sequence[DateStatus],
    pictures: Mapping[np.datetime64, str],
    times: np.ndarray,
    palette: Palette,
) -> None:
    """Equal frames, and a hairline from each to its date."""
    week = np.timedelta64(7, "D")
    start, end = times.min() - week, times.max() + week
    count = max(len(frames), 12)
    for place, status in enumerate(frames):
        left = place / count
        drawn.add_layout_image(
            source=pictures[status.time],
            xref="paper",
            yref="paper",
            x=left + 0.03 / count,
            y=1.0,
            sizex=0.94 / count,
            sizey=0.26,
            sizing="fill",
            xanchor="left",
            yanchor="top",
        )
        middle = left + 0.5 / count
        share = float((status.time - start) / (end - start))
        drawn.add_shape(
            type="line",
            xref="paper",
            yref="paper",
            x0=middle,
            y0=0.72,
            x1=share,
            y1=0.57,
            line={"color": palette.axis, "width": 1},
        )


def thinned(frames: Sequence[DateStatus]) -> list[DateStatus]:
    """At most FRAMES of them, evenly."""
    if len(frames) <= FRAMES:
        return list(frames)
    return [frames[i] for i in np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)]


def _clear(status: DateStatus) -> float:
    """Per cent of the area that is clear: measured where it is known, else from the scene's cloud cover."""
    if status.clear is not None:
        return 100 * status.clear
    return 100 - (status.cloud if status.cloud is not None else 0)


def _said(status: DateStatus) -> str:
    if status.state == "used":
        return f"{_clear(status):.0f} % clear"
    return f"{'left out' if status.state == 'skipped' else 'failed'}: {status.reason}"
