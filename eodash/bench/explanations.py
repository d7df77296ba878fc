"""From a click to its panels: what a worker needs to explain one series, its network loaded and asked before."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from eodash.backend.explain import explain_series
from eodash.backend.inspect import inspect_series
from eodash.backend.questions import KEEPERS
from eodash.bench import Row, row
from eodash.bench.pixel_work import shipped

NETWORKS = ("early-lstm", "causal-transformer", "lstm", "transformer", "l-tae")
"""Stopping, attention and states are among them."""
PANELS = ("attention", "gradient")
LATER = ("integrated", "occlusion")
MEDIAN, WORST = 0.25, 0.6
"""Seconds: bars of the panels that come with a click; the later ones follow on their own, and have none."""
CLICKS = 12
SHARE = 95


def measure(clicks: int = CLICKS) -> list[Row]:
    """Series and panels of so many clicks on every network: medians, and the 95th of a hundred."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as a worker answers clicks
    try:
        return [one for architecture in NETWORKS for one in _network(architecture, clicks)]
    finally:
        torch.set_num_threads(threads)


def _network(architecture: str, clicks: int) -> list[Row]:
    card, network, pixels = shipped(architecture)
    legend, date = next(iter(card.legends)), len(pixels.days) - 1
    there = np.flatnonzero(pixels.mask.any(1))[: clicks + 1]

    def took(work: Callable[[int], object]) -> list[float]:
        seconds = []
        for place in there:
            began = time.perf_counter()
            work(int(place))
            seconds.append(time.perf_counter() - began)
        return seconds[1:]  # the first one also loads

    def explained(kinds: tuple[str, ...]) -> Callable[[int], object]:
        return lambda place: explain_series(network, card, legend, pixels.take(slice(place, place + 1)), kinds, date)

    def panels(place: int) -> None:
        inspect_series(network, card, legend, pixels.take(slice(place, place + 1)))
        explained(kinds)(place)

    kinds = tuple(kind for kind in PANELS if architecture in KEEPERS.get(kind, (architecture,)))
    found = _rows(f"{card.title}: click → series, beliefs, {', '.join(kinds)}", took(panels), MEDIAN, WORST)
    if architecture in KEEPERS["states"]:
        found += _rows(f"{card.title}: gates and states", took(explained(("states",))))
    return found + _rows(f"{card.title}: {' + '.join(LATER)}", took(explained(LATER)))


def _rows(name: str, seconds: list[float], median: float | None = None, worst: float | None = None) -> list[Row]:
    many = f"of {len(seconds)} series"
    return [
        row("explanations", f"{name}, p50", seconds, "s", median, many),
        row("explanations", f"{name}, p95", float(np.percentile(seconds, SHARE)), "s", worst, many),
    ]
