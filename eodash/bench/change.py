"""Change between two dates: the whole chain beside one histogram match, IR-MAD beside its bare covariance products.

Processor time, each beside its peer in the same round, so that a busy machine slows both.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.exposure import match_histograms

from eodash.bench import Row, change_networks, row
from eodash.change.chain import Settings, detect
from eodash.change.mad import ir_mad
from eodash.change.pair import Floats, Pair

SIDE, BANDS = 1024, 6
ROUNDS = 3
CHAIN, PRODUCTS = 4.0, 2.0
"""At most so many times the peer."""
LINEAR = 1.3
"""At most so many times the seconds of a pixel when there are four times as many."""


def measure(rounds: int = ROUNDS, side: int = SIDE) -> list[Row]:
    """Ratios to the peers, and whether the cost of a pixel grows with their number."""
    pair = lit(side)
    both = np.concatenate(pair.series)
    seconds: dict[str, list[float]] = {name: [] for name in ("chain", "peer", "mad", "products")}
    done = ir_mad(pair).rounds
    for _ in range(rounds):
        seconds["chain"].append(_took(lambda: detect(pair, Settings())))
        seconds["peer"].append(_took(lambda: matched(pair)))
        seconds["mad"].append(_took(lambda: ir_mad(pair)))
        seconds["products"].append(_took(lambda: products(both, done)))
    size = f"{side}² × {BANDS} bands"
    small = lit(side // 2)
    grown = min(seconds["chain"]) / 4 / min(_took(lambda: detect(small, Settings())) for _ in range(rounds))
    return [
        row("change", f"suggested chain, {size}", seconds["chain"], "s"),
        row("change", "… beside match_histograms", _ratios(seconds["chain"], seconds["peer"]), "×", CHAIN),
        row("change", "… of a pixel, four times as many", grown, "×", LINEAR),
        row("change", f"IR-MAD, {size}", seconds["mad"], "s", note=f"{done} rounds"),
        row("change", "… beside its covariance products", _ratios(seconds["mad"], seconds["products"]), "×", PRODUCTS),
        *change_networks.rows(side),
    ]


def lit(side: int) -> Pair:
    """Ground under two lights, with noise, and one rectangle that changed."""
    rng = np.random.default_rng(0)
    smooth = np.stack([gaussian_filter(rng.standard_normal((side, side)), 3 + band) for band in range(BANDS)])
    smooth /= smooth.std((1, 2), keepdims=True)
    ground = (0.2 + 0.03 * np.einsum("ij,jyx->iyx", rng.random((BANDS, BANDS)), smooth)).astype(np.float32)
    before, after = (
        (light * ground + rng.normal(0, 0.01, ground.shape)).astype(np.float32) for light in (1.0, 1.2)
    )  # fmt: skip
    after[:, side // 4 : side // 3, side // 4 : side // 2] += np.float32(0.1)
    days = (np.datetime64("2023-05-01", "ns"), np.datetime64("2023-07-01", "ns"))
    names = tuple(f"b{band}" for band in range(BANDS))
    return Pair(before, after, np.ones((side, side), bool), names, reflectance=True, times=days)


def matched(pair: Pair) -> None:
    """The peer of the chain."""
    match_histograms(np.moveaxis(pair.after, 0, -1), np.moveaxis(pair.before, 0, -1), channel_axis=-1)


def products(both: Floats, rounds: int) -> None:
    """The peer of IR-MAD: what each of its rounds cannot do without."""
    weights = np.ones(both.shape[1])
    for _ in range(rounds):
        (both * weights) @ both.T


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]
