"""Scenes → days: searched, grouped, and decided one by one; and what is said of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from eodash.request import Request, grouped
from eodash.settings import settings
from eodash.sources.catalogues import ProductEntry
from eodash.sources.contract import DateStatus, Planned, State
from eodash.sources.limits import too_many
from eodash.sources.scenes import Scene, scene
from eodash.sources.search import pages


def search_days(url: str, entry: ProductEntry, request: Request) -> list[list[Scene]]:
    """The scenes of each day, in order of time; too many of them are not waited for."""
    days: defaultdict[np.datetime64, dict[str, Scene]] = defaultdict(dict)
    kept: set[np.datetime64] = set()
    seen = 0
    for page in pages(url, entry.collection, request.area, request.period):
        features = page.get("features")
        for item in features if isinstance(features, list) else []:
            seen += 1
            found = scene(item, entry, request.bands, request.area)
            if found is None or found.time not in request.period:
                continue
            days[found.day].setdefault(found.id, found)
            if found.cloud is None or found.cloud <= request.max_cloud:
                kept.add(found.day)
        if len(set(grouped(sorted(kept), request.thin))) > settings().dates or seen > 50 * settings().dates:
            raise too_many(page, len(kept), seen)
    return [_latest(days[day]) for day in sorted(days)]


def _latest(scenes: dict[str, Scene]) -> list[Scene]:
    """The scenes of a day without older processings of the same tile, the newest processing first."""
    order = sorted(scenes.values(), key=lambda found: (-found.baseline, found.id))
    kept: dict[tuple[str, Any], Scene] = {}
    for found in order:
        kept.setdefault((found.tile or found.id, found.time), found)
    return list(kept.values())


def decide(days: list[list[Scene]], request: Request) -> tuple[tuple[Planned, ...], tuple[DateStatus, ...]]:
    """The days to read, and why the others are left out."""
    dates: list[Planned] = []
    left_out: list[DateStatus] = []
    for scenes in days:
        first = min(found.time for found in scenes)
        planned = Planned(first, _cloud(scenes), tuple(found.id for found in scenes), tuple(scenes))
        fault = next((found.fault for found in scenes if found.fault), "")
        if planned.cloud is not None and planned.cloud > request.max_cloud:
            left_out.append(status_of(planned, "skipped", f"{planned.cloud:.0f} % cloud"))
        elif fault:
            left_out.append(status_of(planned, "failed", fault))
        else:
            dates.append(planned)
    return tuple(dates), tuple(left_out)


def _cloud(scenes: list[Scene]) -> float | None:
    """Cloud cover of a day in per cent: the mean of its scenes, weighted by how much of the area each covers."""
    known = [(found.cloud, found.share + 1e-6) for found in scenes if found.cloud is not None]
    return round(sum(cloud * share for cloud, share in known) / sum(share for _, share in known), 2) if known else None


def status_of(date: Planned, state: State, reason: str, clear: float | None = None) -> DateStatus:
    """What became of a day; a used one has its clear share, and says what was done to its numbers."""
    applied = _applied(date.handle) if clear is not None else {}
    return DateStatus(date.time, state, reason, date.cloud, clear, date.items, applied)


def _applied(scenes: Sequence[Scene]) -> dict[str, Any]:
    """What was done to the numbers, in a form that can be shown; per scene where scenes differ."""
    each = [_said(found) for found in scenes]
    same = all(said == each[0] for said in each)
    summary: dict[str, Any] = each[0] if same else {"scenes": [{"scene": found.id, **_said(found)} for found in scenes]}
    if len(scenes) > 1:
        summary["mosaic"] = f"{len(scenes)} scenes of one day, the first that saw a pixel gives it"
    return summary


def _said(found: Scene) -> dict[str, Any]:
    kinds = sorted({(one.scale, one.offset, one.baseline, one.how) for one in found.calibrations.values()})
    scale, offset, baseline, how = kinds[0]
    said: dict[str, Any] = {"scale": scale, "offset": round(offset / scale) if baseline else offset}
    if baseline:
        said["baseline"] = baseline
    said["decided"] = how if len(kinds) == 1 else f"{how} (and {len(kinds) - 1} other for some bands)"
    return said
