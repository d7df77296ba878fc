"""Learned methods of the change chain: measured by the engine, once for each pair and network, whoever asks."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

import numpy as np
import xarray as xr

from eodash.backend.engine import engine
from eodash.cards import Card, change_card
from eodash.change.pair import Floats, Pair
from eodash.jobs import Progress

KEPT = 6
"""Maps that are kept: a threshold that moves asks for nothing anew."""
_maps: OrderedDict[tuple[str, str], xr.Dataset] = OrderedDict()
_locks: dict[tuple[str, str], Lock] = {}
_lock = Lock()


def measure(pair: Pair, method: str) -> Floats:
    """(y, x): how likely change is, or how far features moved, by the network of that name; what `detect` wants."""
    said = change_map(pair, change_card(method))
    found: Floats = said["chance" if "chance" in said else "magnitude"].values
    return found


def change_map(pair: Pair, card: Card, progress: Progress | None = None) -> xr.Dataset:
    """What `Engine.change_map` says; whoever asks the same meanwhile waits for it, and finds it afterwards."""
    key = _key(pair, card)
    with _lock:
        mine = _locks.setdefault(key, Lock())
    try:
        with mine:
            with _lock:
                if key in _maps:
                    _maps.move_to_end(key)
                    return _maps[key]
            made = engine().change_map(pair, card, progress)
            with _lock:
                _maps[key] = made
                while len(_maps) > KEPT:
                    _maps.popitem(last=False)
            return made
    finally:
        with _lock:
            _locks.pop(key, None)


def _key(pair: Pair, card: Card) -> tuple[str, str]:
    said = hashlib.blake2b(repr((pair.bands, pair.usable.shape)).encode(), digest_size=20)
    for each in (pair.usable, pair.before, pair.after):
        said.update(np.ascontiguousarray(each).data)
    return said.hexdigest(), f"{card.name} {card.weights.sha256 if card.weights else ''}"
