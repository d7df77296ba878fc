"""Measure, then claim: rows with a value, a bar, and whether it is met."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]
FASTER = "× as fast"
"""Unit of a ratio to a peer; its bar is a lower limit, every other bar an upper one."""


def row(
    group: str,
    name: str,
    values: float | Sequence[float],
    unit: str,
    bar: float | None = None,
    note: str = "",
    agreement: str | None = None,
) -> Row:
    """One line of the table: the median of the values, their spread, and whether the bar is met."""
    several = [values] if isinstance(values, int | float) else list(values)
    value = statistics.median(several)
    return {
        "group": group,
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "bar": bar,
        "met": None if bar is None else value >= bar if unit == FASTER else value <= bar,
        "spread": [round(min(several), 4), round(max(several), 4)],
        "agreement": agreement,
        "note": note,
    }


def machine() -> Row:
    """What this was measured on."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "group": "machine",
        "name": platform.platform(),
        "value": os.cpu_count(),
        "unit": "cores",
        "bar": None,
        "met": None,
        "spread": None,
        "agreement": None,
        "note": f"load {load}; Python {platform.python_version()}",
    }


def table(rows: Sequence[Row]) -> str:
    """The rows as text, widths to fit."""
    lines = [("group", "what", "value", "spread", "bar", "met", "note")]
    for one in rows:
        spread = "" if one["spread"] is None else f"{one['spread'][0]:g}–{one['spread'][1]:g}"
        met = {None: "", True: "✓", False: "✕"}[one["met"]]
        bar = "" if one["bar"] is None else f"{'≥' if one['unit'] == FASTER else '≤'} {one['bar']:g}"
        note = "; ".join(text for text in (one["note"], one["agreement"]) if text)
        lines.append((one["group"], one["name"], f"{one['value']:g} {one['unit']}", spread, bar, met, note))
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[6]]) for line in lines
    )


def _app(full: bool) -> list[Row]:
    from eodash.bench import app

    return app.measure()


def _models(full: bool) -> list[Row]:
    from eodash.bench import models

    return models.measure(full=full)


def _explanations(full: bool) -> list[Row]:
    from eodash.bench import explanations

    return explanations.measure()


def _change(full: bool) -> list[Row]:
    from eodash.bench import change

    return change.measure()


GROUPS: dict[str, Callable[[bool], list[Row]]] = {
    "app": _app,
    "models": _models,
    "explanations": _explanations,
    "change": _change,
}
"""What can be measured; each is told whether it may take long."""
