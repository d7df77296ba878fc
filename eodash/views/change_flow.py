"""From what to what: hectares that flow from the classes of one date to those of the other."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from eodash.views.theme import PALETTES, Mode, figure

LINKS = 0.34
"""Opacity of a flow: its names stay readable."""
FAINT = 0.01
"""Flows of a smaller share of what changed are left to the table."""
LEAST = 0.05
"""Hectares of which a cell of the table speaks."""
Numbers = NDArray[np.float64]


def flows(hectares: Numbers, least: float = FAINT) -> list[tuple[int, int, float]]:
    """From, to, hectares off the diagonal, the largest first."""
    apart = hectares * ~np.eye(len(hectares), dtype=bool)
    most = max(least * float(apart.sum()), 1e-9)
    found = [(int(a), int(b), float(apart[a, b])) for a, b in np.argwhere(apart >= most)]
    return sorted(found, key=lambda each: -each[2])


def sankey(hectares: Numbers, names: Sequence[str], tones: Sequence[str], mode: Mode, height: int = 330) -> go.Figure:
    """Left the classes before, right those after, changed ground only."""
    palette, found = PALETTES[mode], flows(hectares)
    left = sorted({a for a, _, _ in found})
    right = sorted({b for _, b, _ in found})
    sums = [sum(size for a, _, size in found if a == one) for one in left]
    sums += [sum(size for _, b, size in found if b == one) for one in right]
    nodes = [*left, *right]
    drawn = figure(mode, height)
    drawn.add_sankey(
        arrangement="fixed", textfont={"size": 14, "color": palette.ink, "shadow": "none"},
        node={
            "label": [f"{names[one]} {_plain(size)}" for one, size in zip(nodes, sums, strict=True)],
            "color": [tones[one] for one in nodes], "thickness": 16, "pad": 12,
            "line": {"color": palette.edge, "width": 1}, "hovertemplate": "%{label} ha<extra></extra>",
        },
        link={
            "source": [left.index(a) for a, _, _ in found],
            "target": [len(left) + right.index(b) for _, b, _ in found],
            "value": [size for _, _, size in found], "color": [_pale(tones[b]) for _, b, _ in found],
            "customdata": [f"{names[a]} → {names[b]}: {size:,.1f} ha" for a, b, size in found],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )  # fmt: skip
    drawn.update_layout(margin={"l": 4, "r": 4, "t": 8, "b": 12})
    return drawn


def transition_frame(hectares: Numbers, names: Sequence[str]) -> pd.DataFrame:
    """The whole table: a row for each class before, a column for each after."""
    return pd.DataFrame(np.round(hectares, 2), index=pd.Index(names, name="before ↓ after →"), columns=list(names))


def transition_table(hectares: Numbers, names: Sequence[str], tones: Sequence[str]) -> str:
    """Only classes that take part, what stayed in soft ink."""
    kept = [one for one in range(len(names)) if _parts(hectares, one) > 0]
    head = "".join(f"<th>{_swatch(tones[one])}{html.escape(names[one])}</th>" for one in kept)
    rows = "".join(
        f"<tr><td class='eo-left'>{_swatch(tones[a])}{html.escape(names[a])}</td>"
        + "".join(_cell(float(hectares[a, b]), a == b) for b in kept)
        + "</tr>"
        for a in kept
    )
    return (
        "<div class='eo-scroll'><table class='eo-table'><thead><tr><th>before ↓ after →</th>"
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _parts(hectares: Numbers, one: int) -> float:
    """Ground that leaves or joins a class."""
    return float(hectares[one].sum() + hectares[:, one].sum() - 2 * hectares[one, one])


def _cell(size: float, stayed: bool) -> str:
    said = _plain(size) if size >= LEAST else "·"
    return f"<td class='eo-soft'>{said}</td>" if stayed or size < LEAST else f"<td><b>{said}</b></td>"


def _plain(size: float) -> str:
    return f"{size:,.0f}" if size >= 9.95 else f"{size:.1f}"


def _swatch(tone: str) -> str:
    return (
        "<i style='display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px;"
        f"background:{tone};outline:1px solid var(--eo-axis)'></i>"
    )


def _pale(tone: str) -> str:
    number = int(tone[1:7], 16)
    return f"rgba({number >> 16},{number >> 8 & 255},{number & 255},{LINKS})"
