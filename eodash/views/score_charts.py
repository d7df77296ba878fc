"""How good answers are, drawn: confusion, precision and recall per class, calibration, the course of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.lines import end_labels
from eodash.views.theme import PALETTES, Mode, Palette, figure, plain_axes

SEQUENTIAL: dict[Mode, tuple[str, ...]] = {
    "light": ("#F4F7F7", "#B9D8DC", "#6FAFB9", "#2B7C8B", "#073B47"),
    "dark": ("#182024", "#1F4B55", "#2F8391", "#63BFCB", "#E3F9FB"),
}
"""From nothing to all of it."""
CELL, ROW = 40, 26
"""Height in px of a row of the matrix, and of a class's bar."""
DARK = 0.5
"""Share from which a number in a cell is written in the page's colour."""
_SECOND = {"light": "#B98500", "dark": "#E0A93A"}


def confusion_chart(classes: Sequence[str], counts: Sequence[Sequence[int]], mode: Mode) -> go.Figure:
    """What each class (row) was called (column), in per cent of the row; the diagonal is right."""
    palette, table = PALETTES[mode], np.asarray(counts, float).reshape(len(classes), len(classes))
    total = table.sum(1, keepdims=True)
    share = np.divide(table, total, out=np.full_like(table, np.nan), where=total > 0)
    drawn = figure(mode, CELL * len(classes) + 150, hovermode="closest")
    names, left = [_short(name) for name in classes], 8 + max(map(_width, classes), default=0)
    drawn.add_heatmap(
        z=np.power(share, 0.7),  # small confusions are seen, too
        x=list(range(len(classes))),
        y=list(range(len(classes))),
        zmin=0,
        zmax=1,
        xgap=2,
        ygap=2,
        showscale=False,
        colorscale=[[place / 4, colour] for place, colour in enumerate(SEQUENTIAL[mode])],
        customdata=_said(classes, table, share),
        hovertemplate="%{customdata}<extra></extra>",
    )
    for row, column in np.argwhere(share > 0.005):
        value = share[row, column]
        drawn.add_annotation(
            x=int(column), y=int(row), text=f"{100 * value:.0f}", showarrow=False,
            font={"size": 13, "color": palette.page if value >= DARK else palette.ink},
        )  # fmt: skip
    places = {"tickmode": "array", "tickvals": list(range(len(classes))), "ticktext": names, "showgrid": False}
    drawn.update_layout(
        margin={"l": left, "r": 8, "t": 26, "b": 116},
        xaxis={
            **places,
            "tickangle": -45,
            "tickfont": {"size": 13, "color": palette.soft},
            "range": [-0.5, len(classes) - 0.5],
        },
        yaxis={**places, "range": [len(classes) - 0.5, -0.5]},
    )
    heading(drawn, "Truth down, answer across", "per cent of the row", palette, left)
    return plain_axes(drawn, palette)


def per_class_chart(rows: Sequence[Mapping[str, Any]], colours: Mapping[str, str], mode: Mode) -> go.Figure:
    """Recall as a bar in the class's colour, precision as a tick over it."""
    palette, left = PALETTES[mode], 8 + max((_width(row["name"]) for row in rows), default=0)
    drawn = figure(mode, ROW * len(rows) + 64, hovermode="closest", barmode="overlay")
    y = list(range(len(rows)))
    series = [int(row.get("series") or 0) for row in rows]
    drawn.add_bar(
        x=[row["recall"] or 0 for row in rows], y=y, orientation="h", width=0.62,
        marker={"color": [colours.get(row["name"], palette.accent) for row in rows],
                "line": {"color": palette.edge, "width": 1}},
        customdata=[[_short(row["name"], 80), _share(row["precision"]), _share(row["recall"]), count]
                    for row, count in zip(rows, series, strict=True)],
        hovertemplate="<b>%{customdata[0]}</b>, %{customdata[3]:,} series<br>recall %{customdata[2]}"
        "<br>precision %{customdata[1]}<extra></extra>",
    )  # fmt: skip
    for place, row in enumerate(rows):
        if row["precision"] is not None:
            line(drawn, row["precision"], place - 0.42, row["precision"], place + 0.42, palette.ink, 2.5)
        end = f"{_share(row['recall'])} · {_share(row['precision'])}" if series[place] else "not tested"
        drawn.add_annotation(
            x=1, xref="paper", xanchor="right", xshift=86, y=place, text=end, showarrow=False,
            font={"size": 13.5, "color": palette.ink if series[place] else palette.soft},
        )  # fmt: skip
    drawn.update_layout(
        margin={"l": left, "r": 90, "t": 26, "b": 28},
        xaxis=percent(0, 0.5),
        yaxis={
            "tickmode": "array",
            "tickvals": y,
            "ticktext": [_short(row["name"]) for row in rows],
            "range": [len(rows) - 0.5, -0.5],
            "showgrid": False,
        },
    )
    heading(drawn, "Recall", "bar; tick: precision", palette, left)
    return plain_axes(drawn, palette)


def reliability_chart(bins: Sequence[Mapping[str, float]], mode: Mode) -> go.Figure:
    """How often it is right when it is so sure; on the diagonal its confidence can be believed."""
    palette = PALETTES[mode]
    drawn = figure(mode, 300, hovermode="closest")
    line(drawn, 0, 0, 1, 1, palette.axis, 1.5, "dot")
    shares = np.array([each["share"] for each in bins])
    drawn.add_scatter(
        x=[each["confidence"] for each in bins],
        y=[each["accuracy"] for each in bins],
        mode="lines+markers",
        line={"color": palette.accent, "width": 2},
        marker={
            "color": palette.accent,
            "size": 5 + 17 * np.sqrt(shares / max(shares.max(initial=0), 1e-9)),
            "opacity": 1,
            "line": {"color": palette.page, "width": 1},
        },
        customdata=100 * shares,
        hovertemplate="said with %{x:.0%}: right in %{y:.0%}<br>%{customdata:.1f} % of the answers<extra></extra>",
    )
    whole = percent(0, 0.5) | {"range": [-0.02, 1.04]}
    drawn.update_layout(margin={"l": 54, "r": 16, "t": 26, "b": 44}, xaxis=whole, yaxis=whole)
    heading(drawn, "Right", "how often", palette)
    below(drawn, "how sure it was; size of a dot: how many answers", palette)
    return plain_axes(drawn, palette)


def history_chart(history: Sequence[Mapping[str, float]], mode: Mode, best: int | None = None) -> go.Figure:
    """Loss of training and validation above, accuracy on validation series below, epoch by epoch."""
    palette, height = PALETTES[mode], 360
    drawn = figure(mode, height, hovermode="x unified")
    lines = (
        ("loss", "training", palette.accent, "y", 0), ("validation_loss", "validation", _SECOND[mode], "y", 0),
        ("accuracy", "accuracy", palette.accent, "y2", 1), ("balanced", "balanced", _SECOND[mode], "y2", 1),
    )  # fmt: skip
    panels: list[list[tuple[float, str, str]]] = [[], []]
    for key, name, colour, axis, panel in lines:
        found = [(row.get("epoch", place + 1), row[key]) for place, row in enumerate(history) if known(row.get(key))]
        if found:
            xs, ys = zip(*found, strict=True)
            drawn.add_scatter(x=xs, y=ys, yaxis=axis, mode="lines", line={"color": colour, "width": 2}, name=name,
                              hovertemplate="%{y:.3f}")  # fmt: skip
            panels[panel].append((ys[-1], name, colour))
    loss = [row[key] for row in history for key in ("loss", "validation_loss") if known(row.get(key))]
    top = 1.08 * max(loss, default=1.0)
    drawn.update_layout(
        margin={"l": 54, "r": 90, "t": 26, "b": 44},
        xaxis={"anchor": "y2", "nticks": 6},
        yaxis={"domain": [0.6, 1], "range": [0, top], "nticks": 4},
        yaxis2=percent(0, 0.5) | {"domain": [0, 0.44], "range": [0, 1.02]},
    )
    for panel, limits, domain in ((0, (0.0, top), (0.6, 1.0)), (1, (0.0, 1.02), (0.0, 0.44))):
        end_labels(drawn, panels[panel], limits, domain, height - 16)
    if best is not None:
        drawn.add_vline(x=best, line={"color": palette.ink, "width": 1.5, "dash": "dot"})
    heading(drawn, "Loss", "lower is better", palette)
    heading(drawn, "On validation series", "dotted: the epoch that was kept" if best else "", palette, y=0.44)
    below(drawn, "epoch", palette)
    return plain_axes(drawn, palette)


def heading(drawn: go.Figure, bold: str, soft: str, palette: Palette, left: float = 54, y: float = 1) -> None:
    """The title of a panel, flush with the left edge of the figure."""
    drawn.add_annotation(
        x=0, xref="paper", xshift=-left, xanchor="left", y=y, yref="paper", yanchor="bottom", yshift=5,
        showarrow=False, text=f"<b>{bold}</b>  <span style='color:{palette.soft}'>{soft}</span>",
    )  # fmt: skip


def below(drawn: go.Figure, text: str, palette: Palette) -> None:
    """What the x axis counts."""
    drawn.add_annotation(
        x=1, xref="paper", xanchor="right", y=0, yref="paper", yanchor="top", yshift=-22, showarrow=False, text=text,
        font={"size": 13, "color": palette.soft},
    )  # fmt: skip


def line(
    drawn: go.Figure, x0: float, y0: float, x1: float, y1: float, colour: str, width: float, dash: str = "solid",
    layer: str = "above",
) -> None:  # fmt: skip
    drawn.add_shape(
        type="line", x0=x0, y0=y0, x1=x1, y1=y1, layer=layer, line={"color": colour, "width": width, "dash": dash}
    )


def percent(low: float, step: float = 0.1) -> dict[str, Any]:
    """An axis of shares up to one, in per cent."""
    ticks = [float(tick) for tick in np.arange(round(low / step) * step, 1 + step / 2, step)]
    return {"range": [low, 1.0], "tickvals": ticks, "ticktext": [f"{100 * tick:.0f} %" for tick in ticks]}


def known(value: Any) -> bool:
    return isinstance(value, int | float) and bool(np.isfinite(value))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".removeprefix("0")


def _said(classes: Sequence[str], table: NDArray[np.float64], share: NDArray[np.float64]) -> list[list[str]]:
    return [
        [
            f"{_short(truth, 80)} called {_short(said, 80)}: {table[row, column]:,.0f} series"
            + ("" if np.isnan(share[row, column]) else f", {100 * share[row, column]:.1f} % of the class")
            for column, said in enumerate(classes)
        ]
        for row, truth in enumerate(classes)
    ]


def _short(name: str, most: int = 20) -> str:
    """A name as plotly shows it: no markup, not too long."""
    plain = name.replace("&", "&amp;").replace("<", "&lt;")
    return plain if len(name) <= most else f"{name[: most - 1].replace('&', '&amp;').replace('<', '&lt;')}…"


def _width(name: str) -> float:
    """Of a short name, in px."""
    return 7.2 * min(len(name), 20)
