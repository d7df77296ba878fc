"""A pixel's series as it was and as it would have been, and what the model believes of either, on one calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr
from numpy.typing import NDArray

from eodash.cube import SCALE
from eodash.indices import DIGITAL
from eodash.sensors import sensor_of
from eodash.views.calendar_chart import day
from eodash.views.panel import Dates, Floats, Panel, Sketch, Span, Times, dates_of
from eodash.views.panels import beliefs_panel, column, images_panel, measured_panel
from eodash.views.theme import BANDS, PALETTES, Mode

MEASURED, BELIEVED = 160, 150
"""Heights in px."""
PALE = 0.45
"""Opacity of the series as it was."""


@dataclass(frozen=True, eq=False)
class Side:
    """A series (time, band) and what the model believed after each of its dates."""

    series: xr.DataArray
    inspected: xr.Dataset

    @property
    def dates(self) -> Dates:
        return dates_of(self.series)

    @property
    def chances(self) -> Floats:
        """(time, class), not a number before the first usable date."""
        return np.asarray(self.inspected["probabilities"].transpose("time", "class").values, np.float64)

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.inspected["class"].values.tolist()]

    @property
    def stop(self) -> int | None:
        """The date of decision; None where there is none."""
        stop = int(self.inspected.attrs.get("stop", -1))
        return stop if stop >= 0 and self.answered else None

    @property
    def stops(self) -> bool:
        """Whether the model decides when to stop."""
        return "chance" in self.inspected

    @property
    def answered(self) -> bool:
        return bool(np.isfinite(self.chances).any())

    def best(self, date: int) -> tuple[int, float] | None:
        """The class after a date and its probability; None before anything usable was seen."""
        row = self.chances[date]
        return (int(row.argmax()), float(row.max())) if np.isfinite(row).all() else None


def whatif_chart(before: Side, after: Side, limits: Span, chosen: np.datetime64, mode: Mode) -> go.Figure:
    """Images, what the model is shown, and its belief: as it was and after the changes, on the true dates."""
    panels = [
        images_panel(before.dates, mode),
        replace(images_panel(after.dates, mode), title="Images after your changes", unit="gone: no image there"),
        _shown(before, after, mode),
        _believed(before, "What the model believed", mode),
        _believed(after, "What it believes after your changes", mode),
    ]
    return column(panels, after.dates, limits, chosen, mode)


def _shown(before: Side, after: Side, mode: Mode) -> Panel:
    """Bands after the changes; pale and thin what they were."""
    was = measured_panel(before.series, before.dates, mode, height=MEASURED)
    panel = measured_panel(after.series, after.dates, mode, height=MEASURED)
    top = max(float(each.axis["range"][1]) for each in (was, panel))

    def draw(drawn: go.Figure, axis: str) -> None:
        sketch = Sketch()
        unit = 1 if before.series.attrs.get("units") == DIGITAL else SCALE
        for band in before.series["band"].values.tolist():
            colour = BANDS[mode].get(sensor_of(before.series.attrs).band(band).title)
            if colour is not None:
                clear = before.dates.clear
                sketch.add_scatter(
                    x=before.dates.times[clear], y=np.round(before.series.sel(band=band).values[clear] / unit, 4),
                    mode="lines", line={"color": colour, "width": 1, "dash": "dot"}, opacity=PALE, yaxis=axis,
                    hoverinfo="skip", name="as it was",
                )  # fmt: skip
        sketch.onto(drawn)
        panel.draw(drawn, axis)

    soft = panel.unit.replace("open dots: cloudy", "dotted: as it was")
    return replace(panel, title="What the model is shown", unit=soft, draw=draw, axis=panel.axis | {"range": [0, top]})


def _believed(side: Side, title: str, mode: Mode) -> Panel:
    """Probabilities as steps, with a line where the model would stop."""
    panel, palette = beliefs_panel(side.inspected, side.dates, mode, height=BELIEVED), PALETTES[mode]

    def draw(drawn: go.Figure, axis: str) -> None:
        panel.draw(drawn, axis)
        sketch = Sketch()
        if not side.answered:
            middle = side.dates.times[0] + (side.dates.times[-1] - side.dates.times[0]) // 2
            sketch.add_annotation(
                x=str(middle), y=0.5, yref=axis, showarrow=False, font={"color": palette.soft},
                text="Nothing usable is left: the model says nothing",
            )  # fmt: skip
        if side.stop is not None:
            moment = side.dates.times[side.stop]
            for colour, width in ((palette.page, 4), (palette.ink, 1.5)):
                sketch.add_scatter(
                    x=[moment, moment], y=[0, 1], mode="lines", yaxis=axis, hoverinfo="skip", name="stops",
                    line={"color": colour, "width": width, "dash": "dash" if colour == palette.ink else "solid"},
                )  # fmt: skip
            sketch.add_annotation(
                x=str(moment), y=0.04, yref=axis, yanchor="bottom", xanchor="left", xshift=5, showarrow=False,
                text=f"stops {day(moment)}", font={"size": 13, "color": palette.ink}, bgcolor=palette.page, borderpad=2,
            )  # fmt: skip
        sketch.onto(drawn)

    return replace(panel, title=title, draw=draw)


def nearest(times: Times, said: object) -> int | None:
    """The date that a click on the chart means; None where it means none."""
    try:
        wanted = np.datetime64(str(said).replace(" ", "T")[:19], "s")
    except ValueError:
        return None
    return None if np.isnat(wanted) or not len(times) else int(np.abs(times - wanted).argmin())


def differing(before: Side, after: Side) -> NDArray[np.intp]:
    """The dates after which the classes differ, where both are known."""
    one, other = before.chances, after.chances
    known = np.isfinite(one).all(1) & np.isfinite(other).all(1)
    different = known & (np.nan_to_num(one).argmax(1) != np.nan_to_num(other).argmax(1))
    return np.flatnonzero(different)


def whatif_table(before: Side, after: Side) -> pd.DataFrame:
    """A row per date: the class and every probability, before and after."""
    times = before.dates.times
    rows: dict[str, object] = {"date": pd.to_datetime(times)}
    for name, side in (("before", before), ("after", after)):
        best = [side.best(date) for date in range(len(times))]
        rows[f"class {name}"] = [None if each is None else side.names[each[0]] for each in best]
    for place, each in enumerate(before.names):
        for name, side in (("before", before), ("after", after)):
            rows[f"{each}, {name}"] = np.round(side.chances[:, place], 4)
    return pd.DataFrame(rows)
