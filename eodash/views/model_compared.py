"""Models beside each other: few labels, raw against preprocessed, accuracy against earliness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from eodash.views.lines import end_labels
from eodash.views.score_charts import below, heading, line, percent
from eodash.views.theme import PALETTES, Mode, Palette, figure, plain_axes

COLOURS: dict[Mode, tuple[str, ...]] = {
    "light": ("#0E5E6F", "#B98500", "#B3261E", "#3A1F5D", "#009E73", "#1F6FC9"),
    "dark": ("#62C6D3", "#E0A93A", "#E0554A", "#E4DAFA", "#8AD6A0", "#5B9CF0"),
}
"""Of lines that are compared."""


@dataclass(frozen=True)
class Point:
    """One figure: where it stands, how far it strays, whose it is."""

    x: float
    y: float
    deviation: float = 0.0
    said: str = ""  # on touch


@dataclass(frozen=True)
class Pair:
    """A model on both inputs; `published` ones are drawn open."""

    name: str
    raw: float | None
    preprocessed: float | None
    raw_deviation: float = 0.0
    preprocessed_deviation: float = 0.0
    published: bool = False


def few_labels_chart(
    lines: Mapping[str, Sequence[Point]], levels: Mapping[str, float], ticks: Mapping[float, str], mode: Mode
) -> go.Figure:
    """Accuracy over labels per class with bands of one deviation; `levels` are drawn across, dotted.

    Points left of 0 stand for something else than a count, and are not joined.
    """
    palette, height = PALETTES[mode], 340
    drawn = figure(mode, height, hovermode="closest")
    every = [point.y - point.deviation for points in lines.values() for point in points] + list(levels.values())
    low = max(0.0, min(every, default=0.0) // 0.1 * 0.1)
    ends = []
    for colour, (name, points) in zip(_cycle(mode, len(lines)), lines.items(), strict=True):
        for some, how in (([each for each in points if each.x < 0], "markers"), (_counted(points), "lines+markers")):
            marker = {"size": 9 if how == "markers" else 7, "symbol": "square" if how == "markers" else "circle"}
            drawn.add_scatter(
                x=[point.x for point in some], y=[point.y for point in some], mode=how, name=name,
                line={"color": colour, "width": 2}, marker={"color": colour, **marker},
                error_y={"type": "data", "array": [point.deviation for point in some], "color": colour, "width": 0,
                         "thickness": 1.5, "visible": how == "markers"},
                customdata=[[_words(name), point.said, 100 * point.deviation] for point in some],
                hovertemplate="<b>%{customdata[0]}</b>, %{customdata[1]}<br>"
                "%{y:.1%} ± %{customdata[2]:.1f}<extra></extra>",
            )  # fmt: skip
        _band(drawn, _counted(points), colour)
        ends.append((points[-1].y, _words(name), colour))
    last = max(ticks, default=1.0)
    for name, value in levels.items():
        line(drawn, min(ticks, default=0), value, last, value, palette.soft, 1.5, "dot")
        ends.append((value, _words(name), palette.soft))
    drawn.update_layout(
        margin={"l": 54, "r": 128, "t": 26, "b": 44},
        xaxis={
            "tickmode": "array",
            "tickvals": list(ticks),
            "ticktext": list(ticks.values()),
            "tickangle": 0,
            "range": [min(ticks, default=0) - 0.4, last + 0.15],
        },
        yaxis=percent(low),
    )
    end_labels(drawn, ends, (low, 1.0), (0.0, 1.0), height - 16)
    heading(drawn, "Accuracy on other fields", "band: one deviation over draws", palette)
    below(drawn, "real labels per class", palette)
    return plain_axes(drawn, palette)


def pairs_chart(pairs: Sequence[Pair], mode: Mode) -> go.Figure:
    """Every model on raw and on preprocessed series: a dot each, a line between them; published figures are open."""
    palette = PALETTES[mode]
    names = list(dict.fromkeys(pair.name for pair in pairs))
    drawn = figure(mode, 38 * len(names) + 76, hovermode="closest")
    left = 8 + 7.2 * max((len(name) for name in names), default=0)
    colours = {"raw": COLOURS[mode][1], "preprocessed": COLOURS[mode][0]}
    for pair in pairs:
        place = _lane(names, pair)
        if pair.raw is not None and pair.preprocessed is not None:
            dash = "dot" if pair.published else "solid"
            line(drawn, pair.raw, place, pair.preprocessed, place, palette.axis, 2, dash, "below")
    for name, colour in colours.items():
        for published in (False, True):
            some = [pair for pair in pairs if pair.published is published and getattr(pair, name) is not None]
            error = [getattr(pair, f"{name}_deviation") for pair in some]
            whose = "published, " if published else ""
            drawn.add_scatter(
                x=[getattr(pair, name) for pair in some],
                y=[_lane(names, pair) for pair in some],
                mode="markers",
                name=name,
                marker={"size": 10 if published else 11, "color": palette.page if published else colour, "opacity": 1,
                        "symbol": "diamond" if published else "circle", "line": {"color": colour, "width": 2}},
                error_x={"type": "data", "array": error, "color": colour, "thickness": 1.5, "width": 0},
                customdata=[[_words(pair.name), 100 * each] for pair, each in zip(some, error, strict=True)],
                hovertemplate=f"%{{customdata[0]}}, {whose}{name}: %{{x:.1%}} ± %{{customdata[1]:.1f}}<extra></extra>",
            )  # fmt: skip
    known = [value for pair in pairs for value in (pair.raw, pair.preprocessed) if value is not None]
    low = max(0.0, min(known, default=0.0) // 0.1 * 0.1)
    drawn.update_layout(
        margin={"l": left, "r": 16, "t": 26, "b": 28},
        xaxis=percent(low),
        yaxis={
            "tickmode": "array", "tickvals": list(range(len(names))), "range": [len(names) - 0.4, -0.6],
            "ticktext": [_words(name) for name in names], "showgrid": False,
        },
    )  # fmt: skip
    key = "  ".join(f"<span style='color:{colour}'>●</span> {name}" for name, colour in colours.items())
    heading(drawn, "Accuracy", f"{key}  ◇ published", palette, left)
    return plain_axes(drawn, palette)


def _lane(names: Sequence[str], pair: Pair) -> float:
    """Where a pair stands: what was published just under ours."""
    return names.index(pair.name) + (0.3 if pair.published else -0.08)


def earliness_chart(
    ours: Mapping[str, Sequence[Point]], published: Mapping[str, Sequence[Point]], mode: Mode
) -> go.Figure:
    """Accuracy over the share of the season that was not needed; ours are filled, published ones open diamonds."""
    palette, height = PALETTES[mode], 360
    drawn = figure(mode, height, hovermode="closest")
    ends = []
    for colour, (name, points) in zip(_cycle(mode, len(ours)), ours.items(), strict=True):
        ordered = sorted(points, key=lambda point: point.x)
        _points(drawn, name, ordered, palette, {"color": colour, "size": 9}, "lines+markers", colour)
        ends.append((ordered[-1].y, _words(name), colour))
    for name, points in published.items():
        marker = {"symbol": "diamond-open", "size": 11, "color": palette.ink, "line": {"width": 2}}
        _points(drawn, f"published: {name}", points, palette, marker, "markers", palette.ink)
    every = [point.y for points in (*ours.values(), *published.values()) for point in points]
    low = max(0.0, min(every, default=0.0) // 0.1 * 0.1)
    drawn.update_layout(
        margin={"l": 54, "r": 128, "t": 26, "b": 44},
        xaxis=percent(0, 0.25) | {"range": [-0.02, 1.02]},
        yaxis=percent(low),
    )
    end_labels(drawn, ends, (low, 1.0), (0.0, 1.0), height - 16)
    heading(drawn, "Accuracy", "● ours, ◇ published", palette)
    below(drawn, "earliness: share of the dates not waited for", palette)
    return plain_axes(drawn, palette)


def _counted(points: Sequence[Point]) -> list[Point]:
    """Those with a count of labels; the others stand apart, left of them."""
    return [point for point in points if point.x >= 0]


def _points(
    drawn: go.Figure, name: str, points: Sequence[Point], palette: Palette, marker: dict[str, object], how: str,
    colour: str,
) -> None:  # fmt: skip
    drawn.add_scatter(
        x=[point.x for point in points], y=[point.y for point in points], mode=how, name=name, marker=marker,
        line={"color": colour, "width": 1.5},
        error_y={"type": "data", "array": [point.deviation for point in points], "color": colour, "thickness": 1.5,
                 "width": 0},
        customdata=[f"{_words(name)}{', ' if point.said else ''}{_words(point.said)}" for point in points],
        hovertemplate="<b>%{customdata}</b><br>right in %{y:.1%} at earliness %{x:.2f}<extra></extra>",
    )  # fmt: skip


def _band(drawn: go.Figure, points: Sequence[Point], colour: str) -> None:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    drawn.add_scatter(
        x=[point.x for point in points] + [point.x for point in reversed(points)],
        y=[min(1, point.y + point.deviation) for point in points] + [p.y - p.deviation for p in reversed(points)],
        fill="toself", mode="lines", line={"width": 0}, fillcolor=f"rgba({red},{green},{blue},.16)", hoverinfo="skip",
        name="deviation",
    )  # fmt: skip


def _cycle(mode: Mode, count: int) -> list[str]:
    return [COLOURS[mode][place % len(COLOURS[mode])] for place in range(count)]


def _words(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;")
