"""Which way of asking is fastest on this device, of those that agree with the plain one: timed, and held against it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eodash import world
from eodash.backend.device import Asker, Policy, asker, devices, plain
from eodash.backend.forward import Floats, fold
from eodash.backend.pixels import Pixels, given, tensor_of
from eodash.cards import Card
from eodash.world.region import CLIMATES
from models.contract import SeriesNetwork

SAME, APART = 0.9965, 0.015
"""Least share of the same class, and most that a probability may differ. A map has to reach 99.5 % and .03: its
pixels are others than these, and more."""
WORTH = 1.1
"""Half precision has to be so much faster than single to be taken."""
SHARED = 0.8
"""… and so much slower may a prepared network be that looks ahead, for it shares what beginnings share."""
DTYPES = ("float32", "bfloat16")
SERIES, STEP, PIECE = 512, 8.0, 128
"""Series that are asked about, half of each climate; days between their dates: 46 a year; series in one go on a CPU."""
PARTS = 1 / 8, 1 / 4, 1 / 2
"""Beginnings that a network that looks ahead is asked about, too."""
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_known: dict[tuple[str, str, int], Policy] = {}


def policy_of(network: SeriesNetwork, card: Card, *, exact: bool = False, device: str = "") -> Policy:
    """How this network is best asked here: found out once per process, weights and number of threads."""
    where = device or devices()[0]
    if exact or card.weights is None or not _in_the_world(card):
        return plain(where)
    key = where, card.weights.sha256, torch.get_num_threads()
    with _lock:
        if key not in _known:
            _known[key] = probed(network, card, where)
        return _known[key]


def probed(network: SeriesNetwork, card: Card, device: str) -> Policy:
    """Try every way there is; the fastest that agrees, and the plain one if none does."""
    best = plain(device)
    askers = [asker(network, best)]
    for dtype in DTYPES:
        try:
            askers.append(asker(network, replace(best, dtype=dtype, plain=False)))
        except (ImportError, NotImplementedError, RuntimeError) as error:
            _log.info("%s cannot be asked in %s on %s: %s", card.name, dtype, device, error)
    truth, *others = _run(askers, card, real_like(card.input.level, card.input.bands))
    quickest = truth.seconds
    for found in others:
        same, apart = agreement(card, found.chances, truth.chances)
        way = replace(found.policy, agreement=same, difference=apart, speedup=round(truth.seconds / found.seconds, 2))
        _log.info("%s: %s", card.name, way)
        if way.dtype != "float32" and apart == 0:
            continue  # this network computes in single precision, whatever it is told
        if same >= SAME and apart <= APART and quickest > found.seconds * _worth(way, network):
            quickest, best = found.seconds, way
    return best


def _worth(way: Policy, network: SeriesNetwork) -> float:
    if way.dtype != "float32":
        return WORTH
    return 1.0 if network.causal else SHARED


def agreement(card: Card, chances: Floats, truth: Floats) -> tuple[float, float]:
    """Least share of the same class over the card's legends, and the largest difference of a probability."""
    shares, apart = [1.0], [0.0]
    for classes in card.legends.values():
        ours, theirs = fold(chances, classes), fold(truth, classes)
        if not np.isfinite(ours).all():
            return 0.0, 1.0
        shares.append(float((ours.argmax(-1) == theirs.argmax(-1)).mean()))
        apart.append(float(np.abs(ours - theirs).max()))
    return min(shares), max(apart)


@lru_cache(maxsize=2)
def real_like(level: str, bands: tuple[str, ...], seed: int = 0) -> Pixels:
    """Series of the demo world in both climates, as a cube would hold them."""
    parts = [
        world.series(SERIES // 2, climate, level, seed, step=STEP, start=(0, 0), filled=False) for climate in CLIMATES
    ]
    places = [parts[0].bands.index(band) for band in bands]
    values = np.concatenate([part.values[..., places] for part in parts])
    clear = np.concatenate([part.clear for part in parts])
    values, clear = (_in_turn(each) for each in (values, clear))
    mask = np.isfinite(values).all(-1) & (clear | (level == "l1c"))
    raw = np.rint(np.nan_to_num(values) * 1e4).clip(-32767, 32767).astype(np.int16)
    return Pixels(np.ascontiguousarray(raw.transpose(1, 2, 0)), parts[0].day[0], mask, 1e-4)


def _in_turn(both: NDArray[Any]) -> NDArray[Any]:
    """One of each half after the other, so that every piece holds both climates."""
    return both.reshape(2, -1, *both.shape[1:]).swapaxes(0, 1).reshape(both.shape)


@dataclass(frozen=True, eq=False)
class _Found:
    policy: Policy
    chances: Floats  # (answer, output): one per series, or one per observed date of it
    seconds: float  # for one piece


def _run(askers: Sequence[Asker], card: Card, pixels: Pixels) -> list[_Found]:
    """Ask in every way about all series, piece by piece in turn; the quickest piece counts, for others work beside."""
    policy = askers[0].policy
    if policy.device == "cpu":
        pieces = [pixels.take(slice(start, start + PIECE)) for start in range(0, len(pixels), PIECE)]
    else:  # a piece as large as those of a map
        pieces = [pixels.take(np.resize(np.arange(len(pixels)), policy.series_of(len(pixels.days))))] * 4
    if not askers[0].causal:  # beginnings are harder to tell apart; they are not timed
        pieces += [piece.until(int(len(pixels.days) * part)) for piece in pieces[:4] for part in PARTS]
    found: list[list[Floats]] = [[] for _ in askers]
    seconds: list[list[float]] = [[] for _ in askers]
    for number, piece in enumerate(pieces):
        inputs = _placed(piece, card, policy)
        for way, ask in enumerate(askers):
            if number == 0:
                ask(*inputs)  # the first time, a library sets itself up
            began = _now(policy)
            logits = ask(*inputs).logits
            took = _now(policy) - began
            found[way].append(_picked(logits, piece))
            if len(piece.days) == len(pixels.days):
                seconds[way].append(took)
    return [_Found(ask.policy, np.concatenate(found[way]), min(seconds[way])) for way, ask in enumerate(askers)]


def _picked(logits: Tensor, piece: Pixels) -> Floats:
    chances: Floats = logits.softmax(-1).cpu().numpy()
    return chances[piece.mask] if chances.shape[1] > 1 else chances[piece.mask.any(1), 0]


def _placed(piece: Pixels, card: Card, policy: Policy) -> tuple[Tensor, Tensor, Tensor]:
    raw, mask = tensor_of(piece.raw), tensor_of(piece.mask)
    return given(raw.to(policy.device), mask.to(policy.device), piece, card.input)


def _now(policy: Policy) -> float:
    """Seconds: of this thread on a CPU, where others work beside; else of the clock, once the device is done."""
    if policy.device == "cpu":
        return time.thread_time()
    if policy.device.startswith("cuda"):
        torch.cuda.synchronize(policy.device)
    else:
        torch.mps.synchronize()
    return time.perf_counter()


def _in_the_world(card: Card) -> bool:
    """Whether the demo world has series that this model reads."""
    from eodash.world.series import BANDS

    return card.input.level in BANDS and set(card.input.bands) <= set(BANDS[card.input.level])
