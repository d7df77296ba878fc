"""Which images there are: clear share and coverage at true dates, what is left out and why, what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from eodash.choice import Decision
from eodash.sources.contract import DateStatus
from eodash.views.calendar_chart import bar_widths, hatch_marker
from eodash.views.frames import strip
from eodash.views.theme import PALETTES, Mode, Palette, calendar, figure


@dataclass(frozen=True)
class Observation:
    """One date as the chart shows it; shares in per cent."""

    time: np.datetime64
    state: str  # used, left out, failed
    clear: float
    coverage: float  # 0 where nobody has measured it
    said: str

    @classmethod
    def of(cls, status: DateStatus, decision: Decision | None = None) -> Observation:
        """A date of a plan or of a fetch, with what was decided about it since."""
        if decision is None:
            clear = _clear(status)
            if status.state == "used":
                return cls(status.time, "used", clear, 0, f"{clear:.0f} % clear")
            state = "failed" if status.state == "failed" else "left out"
            return cls(status.time, state, clear, 0, f"{state}: {status.reason}")
        clear, coverage = 100 * decision.seen.clear, 100 * decision.seen.coverage
        said = f"{clear:.0f} % clear, {coverage:.0f} % observed"
        if decision.used:
            return cls(status.time, "used", clear, coverage, said + (", taken by hand" if decision.by_hand else ""))
        return cls(status.time, "left out", clear, coverage, f"{said}, left out: {decision.reason}")


def _clear(status: DateStatus) -> float:
    """Per cent of the area that is clear: measured where it is known, else from the scene's cloud cover."""
    if status.clear is not None:
        return 100 * status.clear
    return 100 - (status.cloud if status.cloud is not None else 0)


def observations(
    dates: Sequence[Observation],
    limit: float,
    mode: Mode,
    pictures: Mapping[np.datetime64, str] | None = None,
    limit_said: str = "cloud limit",
) -> go.Figure:
    """Bars of the clear share before what was observed; hatched = left out, ✕ = failed; frames above."""
    palette = PALETTES[mode]
    frames = {date.time: (pictures or {})[date.time] for date in dates if _framed(date, pictures)}
    drawn = figure(mode, 300 if frames else 210, hovermode="closest", barmode="overlay")
    times = np.array([date.time for date in dates], "datetime64[s]")
    week = np.timedelta64(7, "D")
    span = times.min() - week, times.max() + week
    drawn.update_layout(
        clickmode="event+select",
        xaxis=calendar(span),
        yaxis={
            "domain": (0.0, 0.56) if frames else (0.0, 1.0), "range": [0, 104], "tickvals": [0, 50, 100],
            "ticktext": ["0", "50 %", "100 %"],
        },
    )  # fmt: skip
    _bars(drawn, dates, dict(zip(times.tolist(), bar_widths(times), strict=True)), palette)
    _failed(drawn, [date for date in dates if date.state == "failed"], palette)
    if limit > 0:
        _limit(drawn, span, limit, limit_said, palette)
    if frames:
        strip(drawn, frames, span, palette)
    return drawn


def _framed(date: Observation, pictures: Mapping[np.datetime64, str] | None) -> bool:
    return date.state == "used" and date.time in (pictures or {})


def _bars(drawn: go.Figure, dates: Sequence[Observation], widths: dict[object, float], palette: Palette) -> None:
    """Two bars a date: pale as high as the coverage, before it one as high as the clear share."""
    seen = [date for date in dates if date.state != "failed"]
    pale: dict[str, object] = {"color": palette.grid, "line": {"width": 0}}
    fills: dict[str, dict[str, object]] = {
        "used": {"color": palette.accent, "line": {"width": 0}},
        "left out": hatch_marker(palette, 0.35) | {"line": {"width": 1, "color": palette.hatch}},
    }
    layers = [(seen, pale, [date.coverage for date in seen])]
    for state, marker in fills.items():
        chosen = [date for date in seen if date.state == state]
        layers.append((chosen, marker, [max(date.clear, 1.5) for date in chosen]))
    for chosen, marker, heights in layers:
        drawn.add_bar(
            x=[date.time for date in chosen],
            y=heights,
            width=[widths[date.time.item()] for date in chosen],
            marker=marker,
            customdata=[[date.said, str(date.time), date.state] for date in chosen],
            hovertemplate="%{x|%-d %b %Y}: %{customdata[0]}<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )


def _failed(drawn: go.Figure, failed: Sequence[Observation], palette: Palette) -> None:
    drawn.add_scatter(
        x=[date.time for date in failed],
        y=[10] * len(failed),
        mode="markers",
        marker={"symbol": "x", "size": 10, "color": palette.bad},
        customdata=[[date.said, str(date.time), date.state] for date in failed],
        hovertemplate="%{x|%-d %b %Y}: %{customdata[0]}<extra></extra>",
    )


def _limit(
    drawn: go.Figure, span: tuple[np.datetime64, np.datetime64], limit: float, said: str, palette: Palette
) -> None:
    drawn.add_scatter(
        x=list(span), y=[limit] * 2, mode="lines", line={"color": palette.ink, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )  # fmt: skip
    drawn.add_annotation(
        x=1, xref="paper", y=limit, xanchor="left", xshift=6, showarrow=False, text=said, font={"size": 13}
    )
