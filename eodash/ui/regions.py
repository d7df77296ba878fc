"""Runs and demo regions in words."""

from __future__ import annotations

from collections.abc import Sequence

from eodash.request import Box
from eodash.sources import sources
from eodash.sources.contract import DateStatus
from eodash.store import Run
from eodash.ui import cached

HOME = "temperate-north"
"""The demo region that is opened where none is named."""


def describe_run(run: Run) -> tuple[str, str]:
    """A title, and what it is: `Demo season`, `synthetic · 6.6 km² · 51 dates`."""
    request = run.request
    source = sources().get(request.source)
    origin = "synthetic" if request.source == "demo" else (source.title if source else request.source)
    used = sum(status.state == "used" for status in cached.store().dates(run.key))
    size = request.area.hectares / 100
    title = run.name or request.area.name or place(run)
    return title, f"{origin} · {size:,.1f} km² · {used} dates"


def place(run: Run) -> str:
    """Where a run lies, when nobody has named it."""
    box = run.request.area.bounds
    latitude, longitude = (box.south + box.north) / 2, (box.west + box.east) / 2
    return degrees(latitude, longitude)


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
