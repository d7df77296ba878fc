"""Runs and demo regions in words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from eodash.request import Area, Box
from eodash.sources import sources
from eodash.sources.contract import DateStatus
from eodash.store import Run
from eodash.ui import cached

HOME = "temperate-north"
"""The demo region that is opened where none is named."""


def describe_run(run: Run) -> tuple[str, str]:
    """A title, and what it is: `Demo season`, `synthetic · 6.6 km² · 51 dates`."""
    request = run.request
    used = sum(status.state == "used" for status in cached.store().dates(run.key))
    return title_of(run), f"{origin_of(run)} · {ground(request.area)} · {used} dates"


def title_of(run: Run) -> str:
    """What a run is called: its name, its area's, or where it lies."""
    return run.name or run.request.area.name or place(run)


def origin_of(run: Run) -> str:
    """Where a run's images come from."""
    source = sources().get(run.request.source)
    return "synthetic" if run.request.source == "demo" else (source.title if source else run.request.source)


def place(run: Run) -> str:
    """Where a run lies, when nobody has named it."""
    return middle(run.request.area)


def middle(area: Area, digits: int = 2) -> str:
    """The middle of an area, in degrees."""
    box = area.bounds
    return degrees((box.south + box.north) / 2, (box.west + box.east) / 2, digits)


def ground(area: Area) -> str:
    """How much ground an area covers: `6.6 km²`, `45 ha`."""
    hectares = area.hectares
    return f"{hectares / 100:,.1f} km²" if hectares >= 50 else f"{hectares:,.3g} ha"


def megabytes(size: float) -> str:
    """`12.3 MB`, `1.20 GB`."""
    return f"{size / 1e9:,.2f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"


def degrees(latitude: float, longitude: float, digits: int = 2) -> str:
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.{digits}f}° {north}, {abs(longitude):.{digits}f}° {east}"


def extent(box: Box) -> str:
    """`48.0886–48.1117° N, 2.9173–2.8828° W`."""

    def side(low: float, high: float, letters: str) -> str:
        if low < 0 < high:
            return f"{low:.4f}–{high:.4f}° {letters[0]}"
        return f"{abs(low):.4f}–{abs(high):.4f}° {letters[0] if high > 0 else letters[1]}"

    return f"{side(box.south, box.north, 'NS')}, {side(box.west, box.east, 'EW')}"


def counted(statuses: Sequence[DateStatus]) -> dict[str, int]:
    return {state: sum(status.state == state for status in statuses) for state in ("used", "skipped", "failed")}


def link(run_id: str) -> str:
    """The address of a run on this server, whatever page asks."""
    here = (st.context.url or "").split("?")[0].rstrip("/")
    return f"{here.rsplit('/', 1)[0] if here.endswith('/runs') else here}/look?run={run_id}"
