"""Which way of asking a network for images is fastest here, of those that agree with the plain one."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from eodash.backend.device import Policy, devices, plain
from eodash.backend.forward import Floats
from eodash.backend.image import Imager, Seen, imager
from eodash.backend.probe import DTYPES, SAME, WORTH, _now
from eodash.cards import Card
from eodash.change.standard import BANDS, standardised
from eodash.datasets.change_pairs import world_pairs
from models import ImageNetwork

SIDE = 128
TIMES = 2
APART = 0.03
"""How far a chance may be off: a whole map is cut at ½."""
CLOSE = 0.02
"""How far a distance of features may be off, as a share of its spread."""
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_known: dict[tuple[str, str, int], Policy] = {}


def policy_of(network: ImageNetwork, card: Card, *, exact: bool = False, device: str = "") -> Policy:
    """How this network is best asked here: found out once per process, weights and number of threads."""
    where = device or devices()[0]
    if exact or card.weights is None:
        return plain(where)
    key = where, card.weights.sha256, torch.get_num_threads()
    with _lock:
        if key not in _known:
            _known[key] = probed(network, where)
        return _known[key]


def probed(network: ImageNetwork, device: str) -> Policy:
    """Try every way there is; the fastest that agrees, and the plain one if none does."""
    best = plain(device)
    before, after = ground() if network.config.bands == len(BANDS) else like_images(int(network.config.bands))
    truth, slowest = _timed(imager(network, best), before, after)
    quickest = slowest
    for dtype in DTYPES:
        way = replace(best, dtype=dtype, plain=False)
        try:
            found, seconds = _timed(Imager(network, way), before, after)
        except (ImportError, NotImplementedError, RuntimeError) as error:
            _log.info("Images cannot be asked about in %s on %s: %s", dtype, device, error)
            continue
        same, apart = agreement(found, truth)
        way = replace(way, agreement=same, difference=apart, speedup=round(slowest / max(seconds, 1e-9), 2))
        if same >= SAME and apart <= APART and quickest > seconds * (WORTH if dtype != "float32" else 1):
            quickest, best = seconds, way
    return best


def agreement(found: Seen, truth: Seen) -> tuple[float, float]:
    """Least share of the same decision; the largest difference of a probability, or of a distance over its spread."""
    shares, apart = [1.0], [0.0]
    if truth.chance is not None and found.chance is not None:
        shares.append(float(((found.chance > 0.5) == (truth.chance > 0.5)).mean()))
        apart.append(float(np.abs(found.chance - truth.chance).max()))
    if truth.covers is not None and found.covers is not None:
        for ours, theirs in zip(found.covers, truth.covers, strict=True):
            shares.append(float((ours.argmax(0) == theirs.argmax(0)).mean()))
            apart.append(float(np.abs(ours - theirs).max()))
    if truth.magnitude is not None and found.magnitude is not None:
        spread = max(float(truth.magnitude.std()), 1e-9)
        off = np.abs(found.magnitude - truth.magnitude) / spread
        apart.append(float(np.quantile(off, 0.99)) * APART / CLOSE)
    apart = [each if np.isfinite(each) else 1.0 for each in apart]
    return min(shares), max(apart)


@lru_cache(maxsize=1)
def ground() -> tuple[Floats, Floats]:
    """Two dates of a simulated scene, standardised; on noise a network is unsure everywhere, and rounding shows."""
    return standardised(next(world_pairs(1, "valid", size=SIDE)).pair)


@lru_cache(maxsize=2)
def like_images(bands: int, side: int = SIDE, seed: int = 0) -> tuple[Floats, Floats]:
    """Ground of fields and noise at two dates, standardised; a quarter of it changed."""
    rng = np.random.default_rng(seed)
    smooth = np.stack([gaussian_filter(rng.standard_normal((side, side)), 2 + band) for band in range(bands)])
    ground = smooth / smooth.std((1, 2), keepdims=True) + np.repeat(
        np.repeat(rng.standard_normal((bands, side // 16, side // 16)), 16, 1), 16, 2
    )
    before, after = (ground + 0.1 * rng.standard_normal(ground.shape) for _ in range(2))
    after[:, : side // 2, : side // 2] = np.roll(after, side // 2, 2)[:, : side // 2, : side // 2]
    both = np.stack([before, after])
    both = (both - both.mean((0, 2, 3), keepdims=True)) / both.std((0, 2, 3), keepdims=True)
    return both[0].astype(np.float32), both[1].astype(np.float32)


def _timed(ask: Imager, before: Floats, after: Floats) -> tuple[Seen, float]:
    said = ask.said(before, after)  # the first time, a library sets itself up
    took = []
    for _ in range(TIMES):
        began = _now(ask.policy)
        ask.said(before, after)
        took.append(_now(ask.policy) - began)
    return said, min(took)
