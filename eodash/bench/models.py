"""Pixel models: maps against the peer's loop, what beginnings share, memory, and how cost grows; one thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from eodash.backend.device import Policy
from eodash.backend.forward import prefixes
from eodash.bench import FASTER, Row, machine, memory, row, slopes
from eodash.bench.peers import peer_of
from eodash.bench.pixel_work import (
    APART,
    DATES,
    PLAIN,
    QUICK,
    SAME,
    WORKS,
    Work,
    agreement,
    card_of,
    cube,
    mapped,
    network_of,
    shipped,
)
from eodash.bench.rounds import VOID, Took, in_turns, rate
from eodash.early import last_observed

GROUP = "models"
LOOKING_AHEAD = {"l-tae": 256, "temp-cnn": 128, "ms-resnet": 32, "transformer": 16, "lstm": 48}
"""Series whose beginnings are asked for."""


def measure(*, full: bool = False) -> list[Row]:
    """Every bar for models of pixels; the outputs are held against each other before anything is timed."""
    with _one_thread():
        rows = [machine(), *_limits()]
        single, half = (each["value"] for each in rows[1:3])
        for name, work in WORKS.items():
            rows += _map(name, work, single, half)
        rows += [_beginnings(architecture, count) for architecture, count in LOOKING_AHEAD.items()]
        rows += [_slope(architecture) for architecture in slopes.NETWORKS]
        rows += [*_growing(full), *memory.rows()]
    if torch.cuda.is_available():
        from eodash.bench import cuda_maps

        rows += cuda_maps.rows()
    return [*rows, machine() | {"name": "the same afterwards"}]


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _limits() -> list[Row]:
    note = "product of two 1024 × 1024 matrices, one thread"
    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    return [row(GROUP, f"limit: {name}", rate(dtype), "GFLOP/s", note=note) for name, dtype in kinds.items()]


def _map(name: str, work: Work, single: float, half: float) -> list[Row]:
    card, network, values = card_of(work), network_of(work), cube(work.pixels)
    dates = range(DATES) if network.causal else (DATES - 1,)
    peer = peer_of(name)

    def ours(policy: Policy = QUICK) -> Any:
        return mapped(network, card, values, policy, dates)

    same, apart = agreement(ours(), ours(PLAIN))
    real_same, real_apart = _on_the_shelf(work.architecture)
    held = _said(same, apart) + "; shelf: " + _said(real_same, real_apart)
    took = in_turns({"peer": lambda: peer(values), "ours": ours})
    reached = _speed(took["ours"], work.pixels)
    rates = [work.operations / 1e3 * speed for speed in (reached, _speed(took["peer"], work.pixels))]
    note = (
        f"{reached:,.0f} pixels/s, {rates[0] / half:.0%} of the bfloat16 limit; peer {rates[1] / single:.0%} of the "
        f"float32 limit: no more than {half / rates[1]:.1f} × is left below the limit; wall {_wall(took):.2f} ×"
    )
    # what a network says before it has learned anything are near ties: its classes count only on the shelf
    fair = real_same >= SAME and max(apart, real_apart) <= APART
    return [_ratio(f"{name}: map", took, work.bar, note, held, fair)]


def _ratio(name: str, took: dict[str, Took], bar: float | None, note: str, held: str, fair: bool = True) -> Row:
    """How many times as fast as the peer, by processor time; void where the peer was not steady."""
    pairs = zip(took["peer"].processor, took["ours"].processor, strict=True)
    found = row(GROUP, name, [theirs / ours for theirs, ours in pairs], FASTER, bar, note, held)
    if bar is not None and found["value"] < bar:
        found["note"] = f"{bar - found['value']:.1f} short; {note}"
    if took["peer"].spread > VOID:
        return found | {"met": None, "note": f"void: spread of the peer {took['peer'].spread:.0%}; {found['note']}"}
    if not fair:
        return found | {"met": None if bar is None else False, "note": f"does not agree; {found['note']}"}
    return found


def _speed(took: Took, pixels: int) -> float:
    return pixels / statistics.median(took.processor)


def _wall(took: dict[str, Took]) -> float:
    return statistics.median(took["peer"].wall) / statistics.median(took["ours"].wall)


def _said(same: float, apart: float) -> str:
    return f"same class {same:.2%}, Δp ≤ {apart:.4f}"


def _on_the_shelf(architecture: str) -> tuple[float, float]:
    """The shipped network on series like real ones, after the last date, over the classes of its legends."""
    from eodash.backend.device import asker
    from eodash.backend.pixels import given, tensor_of
    from eodash.backend.probe import agreement as over_legends

    card, network, pixels = shipped(architecture)
    inputs = given(tensor_of(pixels.raw), tensor_of(pixels.mask), pixels, card.input)
    seen = pixels.mask.any(1)
    last = last_observed(pixels.mask)
    found = []
    for policy in (QUICK, PLAIN):
        chances = asker(network, policy)(*inputs).logits.softmax(-1).numpy()
        found.append(chances[np.arange(len(last)), last * (chances.shape[1] > 1)][seen])
    return over_legends(card, found[0], found[1])


def _beginnings(architecture: str, count: int) -> Row:
    """All dates of a network that looks ahead, against asking it about every beginning by itself."""
    card, network, pixels = shipped(architecture)
    some = pixels.take(slice(0, count))
    dates = range(len(some.days))
    shape = (1, count)

    def ours(policy: Policy = QUICK) -> Any:
        from eodash.backend.tile import predict_tile

        return predict_tile(network, card, next(iter(card.legends)), some, dates, shape, policy=policy)

    quick, exact, plain = ours(), ours(replace(QUICK, dtype="float32")), ours(PLAIN)
    same, apart = agreement(quick, plain)
    took = in_turns({"peer": lambda: prefixes(network, card.input, some, dates), "ours": ours}, rounds=3)
    note = f"{count} series of the demo world, {len(dates)} dates; float32 shared: {_said(*agreement(exact, plain))}"
    return _ratio(f"{architecture}: after every date", took, 5.0, note, _said(same, apart), fair=same >= SAME)


def _slope(architecture: str) -> Row:
    """Gradients of all classes of one pixel, against captum class by class."""
    took, apart = slopes.slopes(architecture)
    milliseconds = statistics.median(took["ours"].processor) / slopes.REPEATS * 1e3
    note = f"one pixel, every class of the legend, {milliseconds:.0f} ms"
    held = f"apart by {apart:.1e} of the steepest"
    return _ratio(f"{architecture}: gradient of all classes", took, slopes.BAR, note, held, fair=apart <= slopes.CLOSE)


def _growing(full: bool) -> list[Row]:
    """Processor time per pixel, relative to that of ten thousand."""
    work = WORKS["early LSTM"]
    card, network, values = card_of(work), network_of(work), cube(10_000)
    dates = range(DATES)

    def seconds(times: int) -> float:
        began = time.process_time()
        for _ in range(times):
            mapped(network, card, values, QUICK, dates)
        return (time.process_time() - began) / times

    seconds(1)
    base = statistics.median(seconds(1) for _ in range(3))
    steps = (10, 100) if full else (10,)
    note = f"against 10,000 pixels, which take {base:.2f} s of one processor; streamed tile by tile"
    return [
        row(GROUP, f"early LSTM: {times * 10_000:,} pixels", seconds(times) / base, "× per pixel", 1.1, note)
        for times in steps
    ]
