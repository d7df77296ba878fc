"""Engines in turns in one process: medians of processor and wall time, and what the processor can do at most."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

ROUNDS = 5
VOID = 0.15
"""Spread of the peer beyond which a ratio says nothing."""
TRIES = 3
SQUARE = 1024


@dataclass(frozen=True)
class Took:
    """Seconds of each round."""

    processor: list[float]
    wall: list[float]

    @property
    def spread(self) -> float:
        """Slowest less fastest round, as a share of the median of processor time."""
        return (max(self.processor) - min(self.processor)) / statistics.median(self.processor)


def in_turns(
    engines: Mapping[str, Callable[[], object]], peer: str = "peer", rounds: int = ROUNDS, tries: int = TRIES
) -> dict[str, Took]:
    """All engines in every round, after one that warms up; again where the peer was not steady: the steadiest wins."""
    for run in engines.values():
        run()
    best: dict[str, Took] | None = None
    for _ in range(tries):
        took = {name: Took([], []) for name in engines}
        for _ in range(rounds):
            for name, run in engines.items():
                wall, processor = time.perf_counter(), time.process_time()
                run()
                took[name].processor.append(time.process_time() - processor)
                took[name].wall.append(time.perf_counter() - wall)
        if best is None or took[peer].spread < best[peer].spread:
            best = took
        if best[peer].spread <= VOID:
            break
    assert best is not None
    return best


def rate(dtype: torch.dtype, times: int = 7) -> list[float]:
    """Thousand million operations a second in the product of two square matrices, once a round."""
    left, right = (torch.randn(SQUARE, SQUARE).to(dtype) for _ in range(2))
    left @ right
    found = []
    for _ in range(times):
        began = time.process_time()
        left @ right
        found.append(2 * SQUARE**3 / (time.process_time() - began) / 1e9)
    return found
