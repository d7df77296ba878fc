"""Attention in the context of the series: lines from the date that asks to the date looked at, and stems."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.views.attention import Floats, Head, Looks, named, share
from eodash.views.calendar_chart import day
from eodash.views.panel import Panel, Sketch
from eodash.views.theme import PALETTES, Mode, Palette

OPACITIES = (0.10, 0.22, 0.34, 0.60)
"""Of lines, from the weakest that is drawn to the strongest."""
WHERE, STEMS = 130, 74
"""Heights in px of the lines, and of stems."""
LINES = 3000
"""Most lines: of a longer series the strongest."""
FAINTEST = 0.25
"""Opacity of a stem next to nothing."""


def attention_panel(looks: Looks, head: Head, mode: Mode) -> Panel:
    """A stem per date: the share of the head's attention that it receives; paler, the less that is."""
    shares = looks.columns[head]
    return _stems(looks, shares, "Attention received", "share of the whole", PALETTES[mode].accent, "of the attention")


def change_panel(looks: Looks, change: Floats, mode: Mode) -> Panel:
    """A stem per date: how much of the prediction moves when that date is taken away. `change` is over all dates."""
    return _stems(
        looks, np.nan_to_num(change)[looks.index], "Without this date", "share of the probability that moves",
        PALETTES[mode].ink, "of the probability moves without it",
    )  # fmt: skip


def lines_panel(looks: Looks, head: Head, asking: int | None, mode: Mode) -> Panel:
    """Every date twice: below as the one that asks, above as the one looked at; `asking`: the row that is traced."""
    palette, scores = PALETTES[mode], looks.scores[head]
    row = 0 if looks.single else looks.row(asking)

    def draw(drawn: go.Figure, axis: str) -> None:
        below, sketch = asking_times(looks), Sketch()
        plain = {"mode": "lines", "yaxis": axis, "hoverinfo": "skip"}
        for opacity, pairs in zip(OPACITIES, bundles(scores), strict=True):
            sketch.add_scatter(
                x=_ends(below, looks.times, pairs), y=_heights(len(pairs)), name="looks", **plain,
                opacity=opacity if row is None else opacity / 4, line={"color": palette.accent, "width": 1.2},
            )  # fmt: skip
        for each, width in traced(scores[row]) if row is not None else ():
            sketch.add_scatter(
                x=np.array([below[row], looks.times[each]]), y=[0, 1], name="traced", **plain,
                line={"color": palette.accent, "width": width},
            )  # fmt: skip
        _dots(sketch, looks, below, axis, palette)
        sketch.onto(drawn)

    unit = "every date asks every date" if not looks.single else "each head asks once, of all dates"
    unit = unit if row is None or looks.single else f"{day(looks.times[row])} is traced"
    return Panel("Who looks where", unit, WHERE, draw, {"range": [-0.12, 1.12], "visible": False}, hatched=False)


def _dots(sketch: Sketch, looks: Looks, below: NDArray[np.datetime64], axis: str, palette: Palette) -> None:
    """A dot per date above and below, open where it is cloudy, and what the two rows are."""
    asks = np.zeros(1, bool) if looks.single else looks.cloudy
    question = "asks once" if looks.single else "asks"
    for height, times, cloudy, name in ((1, looks.times, looks.cloudy, "looked at"), (0, below, asks, question)):
        sketch.add_scatter(
            x=times, y=np.full(len(times), height), mode="markers", yaxis=axis, hoverinfo="skip", name=name,
            cliponaxis=False, marker={
                "size": 8, "color": np.where(cloudy, palette.page, palette.ink),
                "line": {"color": np.where(cloudy, palette.soft, palette.ink), "width": 1.2},
            },
        )  # fmt: skip
        sketch.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=6, y=height, yref=axis, yanchor="middle", showarrow=False,
            text=name, font={"size": 13.5, "color": palette.soft},
        )  # fmt: skip


def bundles(scores: Floats) -> list[NDArray[np.int64]]:
    """Pairs (asking, looked) of each opacity: from an even share up in four equal steps of a logarithm to all of it."""
    even = 1 / max(1, scores.shape[1])
    flat = scores.ravel()
    order = np.argsort(-flat, kind="stable")[:LINES]
    order = order[flat[order] >= even]
    level = np.zeros(len(order)) + 3.0 if even == 1 else 4 * (1 - np.log(flat[order]) / np.log(even))
    steps = np.clip(np.floor(level), 0, 3).astype(int)
    pairs = np.stack(np.unravel_index(order, scores.shape), 1)
    return [pairs[steps == step] for step in range(4)]


def traced(row: Floats) -> list[tuple[int, float]]:
    """The dates that one date looks at, and the widths of the lines to them: most of its attention."""
    order = np.argsort(-row, kind="stable")
    enough = int(np.searchsorted(np.cumsum(row[order]), 0.9)) + 1
    top = max(float(row.max()), 1e-9)
    return [(int(each), 1 + 3 * float(row[each]) / top) for each in order[:enough] if row[each] > 0]


def asking_times(looks: Looks) -> NDArray[np.datetime64]:
    """Where the questions stand on the calendar; a single one in the middle."""
    if not looks.single:
        return looks.times
    return np.array([looks.times[0] + (looks.times[-1] - looks.times[0]) // 2])


def in_words(looks: Looks, head: Head, change: Floats | None = None) -> str:
    """What the stems say: where the head looks most, and what that date is worth."""
    shares = looks.columns[head]
    most = int(shares.argmax())
    cloudy = ", a cloudy date," if looks.cloudy[most] else ""
    said = f"{named(head, looks.layers)} looks most at {day(looks.times[most])}{cloudy}: {share(float(shares[most]))}."
    if change is None or not np.isfinite(change[looks.index[most]]):
        return said
    moved = float(change[looks.index[most]])
    return f"{said} Without that date {share(moved)} of the probability moves to other classes."


def table(series: xr.DataArray, looks: Looks, head: Head, change: Floats | None) -> dict[str, list[object]]:
    """What the column draws, a row per date that the network read."""
    made: dict[str, list[object]] = {
        "date": [str(each)[:10] for each in looks.times],
        "cloudy": [bool(each) for each in looks.cloudy],
        "attention received": [round(float(each), 6) for each in looks.columns[head]],
    }
    if change is not None:
        made["moves without it"] = [round(float(each), 6) for each in np.nan_to_num(change)[looks.index]]
    for place, name in enumerate(series["band"].values.tolist()):
        made[str(name)] = [int(each) for each in series.values[looks.index, place]]
    return made


def _stems(looks: Looks, shares: Floats, title: str, unit: str, colour: str, words: str) -> Panel:
    top = float(shares.max(initial=0.0)) or 1.0

    def draw(drawn: go.Figure, axis: str) -> None:
        faint = FAINTEST + (1 - FAINTEST) * shares / top
        sketch = Sketch()
        sketch.add_bar(
            x=looks.times, y=np.round(shares, 5), width=_widths(looks.times), yaxis=axis, name=title,
            marker={"color": colour, "opacity": np.round(faint, 3), "line": {"width": 0}},
            customdata=[share(float(each)) for each in shares], hovertemplate=f"%{{customdata}} {words}<extra></extra>",
        )  # fmt: skip
        sketch.onto(drawn)

    ticks = {"tickvals": [0, top], "ticktext": ["0", share(top)]}
    return Panel(title, unit, STEMS, draw, {"range": [0, 1.05 * top], **ticks})


def _widths(times: NDArray[np.datetime64]) -> Floats:
    """Of a stem in ms: a hundredth of the season, at most two days."""
    season = float((times[-1] - times[0]) / np.timedelta64(1, "ms")) if len(times) else 0.0
    return np.full(len(times), min(2 * 864e5, max(season / 130, 4 * 36e5)))


def _ends(
    below: NDArray[np.datetime64], above: NDArray[np.datetime64], pairs: NDArray[np.int64]
) -> NDArray[np.datetime64]:
    """Both ends of each line, and a gap after it."""
    ends: NDArray[np.datetime64] = np.full((len(pairs), 3), "NaT", "datetime64[s]")
    ends[:, 0], ends[:, 1] = below[pairs[:, 0]], above[pairs[:, 1]]
    return ends.ravel()


def _heights(count: int) -> Floats:
    return np.tile([0.0, 1.0, np.nan], count)
