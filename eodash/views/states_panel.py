"""A panel of gates or states: a thin line per unit with one strong, or all as a heat in the order of their peaks."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.views.panel import Dates, Floats, Panel, Sketch, Times
from eodash.views.states import QUANTITIES, Quantity, Unit, layer_values, values_of
from eodash.views.states_heat import heat_of, rows_axis
from eodash.views.states_lines import drawn_lines
from eodash.views.theme import PALETTES, Mode, Palette

HEIGHT = 76
FAINT: dict[Mode, float] = {"light": 0.2, "dark": 0.26}


def states_panel(
    explained: xr.Dataset,
    unit: Unit,
    mode: Mode,
    *,
    heat: bool = False,
    order: NDArray[np.integer] | None = None,
    dates: Dates | None = None,
    named: bool = False,
    height: int = HEIGHT,
) -> Panel:
    """The unit's quantity in all units of its layer.

    `order` of the rows of a heat, the peaks' own if none is given; with `dates` cloudy ones have open dots; `named`
    writes the unit's name at its right end.
    """
    of, values = QUANTITIES[unit.quantity], layer_values(explained, unit.quantity, unit.layer)
    times = explained["time"].values.astype("datetime64[s]")
    limits = limits_of(of, values)
    seen = explained["seen"].values.astype(bool)
    title = f"{of.letter} · {of.name}"
    if heat:
        rows = peaks(values) if order is None else order
        drawn = heat_of(values, times, rows, unit.unit, limits, mode)
        return Panel(title, of.says, height, drawn, rows_axis(len(rows)), hatched=False)

    def draw(drawn: go.Figure, axis: str) -> None:
        palette, low, high = PALETTES[mode], *limits
        others = np.delete(values, unit.unit, axis=0)
        if source := drawn_lines(times, others, limits, palette.soft, FAINT[mode]):
            drawn.add_layout_image(
                source=source, xref="x", yref=axis, x=str(times[0]), y=high, sizing="stretch", layer="below",
                sizex=float((times[-1] - times[0]) / np.timedelta64(1, "ms")), sizey=high - low,
            )  # fmt: skip
        sketch = Sketch()
        _strong(sketch, times, values_of(explained, unit), seen, of, unit, axis, palette, dates)
        if named and np.isfinite(values[unit.unit]).any():
            sketch.ends(drawn, axis, [(float(values[unit.unit][-1]), f"unit {unit.unit}", palette.accent)])
        sketch.onto(drawn)

    return Panel(title, of.says, height, draw, {"range": _rimmed(limits), **_ticks(of, limits)})


def limits_of(of: Quantity, values: Floats) -> tuple[float, float]:
    """Its own, or for a cell state the smallest round ones around all units, zero in the middle."""
    if of.bounded:
        return of.low, of.high
    most = float(np.nanmax(np.abs(values), initial=0.0)) if np.isfinite(values).any() else 0.0
    top = next((each for each in (0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100) if most <= each), most)
    return -top, top


def _rimmed(limits: tuple[float, float]) -> list[float]:
    """With room for the dots at either end."""
    rim = 0.06 * (limits[1] - limits[0])
    return [limits[0] - rim, limits[1] + rim]


def peaks(values: Floats) -> NDArray[np.int64]:
    """The units (unit, time) in the order of the dates of their highest value."""
    return np.argsort(np.nan_to_num(values, nan=-np.inf).argmax(1), kind="stable")


def _ticks(of: Quantity, limits: tuple[float, float]) -> dict[str, object]:
    if of.gate:
        return {"tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"]}
    return {"tickvals": [limits[0], 0, limits[1]], "tickformat": "~g"}


def _strong(
    sketch: Sketch, times: Times, values: Floats, seen: NDArray[np.bool_], of: Quantity, unit: Unit, axis: str,
    palette: Palette, dates: Dates | None,
) -> None:  # fmt: skip
    """The chosen unit over the dates that were read; open dots where it was cloudy."""
    there = seen & np.isfinite(values)
    cloudy = np.zeros(len(times), bool) if dates is None else dates.cloudy
    colour = palette.accent
    sketch.add_scatter(
        x=times[there], y=np.round(values[there], 3), mode="lines+markers", yaxis=axis, name=f"{of.name}",
        line={"color": colour, "width": 2}, hovertemplate="%{y:.0%}" if of.gate else "%{y:.2f}",
        marker={
            "size": 6, "color": [palette.page if each else colour for each in cloudy[there]],
            "line": {"color": colour, "width": 1.2},
        },
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
        customdata=[str(each) for each in times[there]],
    )  # fmt: skip
