"""The same maps on a CUDA device: 512² pixels × 45 dates through every network, transfers and all, by CUDA events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from eodash.backend.device import devices, plain
from eodash.bench import Row, row
from eodash.bench.pixel_work import APART, DATES, SAME, WORKS, Work, agreement, card_of, cube, mapped, network_of

PIXELS, TILE, SOME = 512 * 512, 65_536, 4096
ROUNDS = 5
SQUARE = 8192


def rows() -> list[Row]:
    """A row per network: seconds for the cube, of which no more than one should be needed."""
    device = devices()[0]
    limit = _rate(device)
    note = f"two {SQUARE} × {SQUARE} matrices on {torch.cuda.get_device_name(device)}"
    rows = [row("models", "CUDA limit: bfloat16", limit, "TFLOP/s", note=note)]
    return [*rows, *(_cube(name, work, device, limit) for name, work in WORKS.items())]


def _cube(name: str, work: Work, device: str, limit: float) -> Row:
    card, network = card_of(work), network_of(work)
    quick = replace(plain(device), dtype="bfloat16", plain=False)
    dates = range(DATES) if network.causal else (DATES - 1,)
    tile = np.resize(cube(SOME), (*cube(SOME).shape[:2], 1, TILE))
    same, apart = agreement(*(mapped(network, card, cube(SOME), policy, dates) for policy in (quick, plain(device))))

    def whole() -> None:
        for _ in range(PIXELS // TILE):
            mapped(network, card, tile, quick, dates)

    whole()
    seconds = [_seconds(whole) for _ in range(ROUNDS)]
    speed = PIXELS / min(seconds)
    share = speed * work.operations / 1e6 / limit
    note = f"{speed / 1e6:.2f} million pixels/s, {share:.0%} of the limit, transfers and reduction included"
    found = row(
        "models", f"CUDA {name}: 512² × 45", seconds, "s", 1.0, note, f"same class {same:.2%}, Δp ≤ {apart:.4f}"
    )
    return found | ({} if same >= SAME and apart <= APART else {"met": False})


def _rate(device: str) -> float:
    """Million million operations a second."""
    left, right = (torch.randn(SQUARE, SQUARE, device=device, dtype=torch.bfloat16) for _ in range(2))
    left @ right
    return 10 * 2 * SQUARE**3 / _seconds(lambda: [left @ right for _ in range(10)]) / 1e12


def _seconds(work: Callable[[], object]) -> float:
    began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
    began.record()
    work()
    ended.record()
    torch.cuda.synchronize()
    return float(began.elapsed_time(ended)) / 1e3
