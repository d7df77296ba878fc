"""Features of every pixel of a series, ready for heads: computed once, then kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.teach.courses import course_at
from eodash.teach.features import LOOKED_AT, Block, Floats, Ready, spread

PIECE = 8192
MOST = 400_000
"""Pixels up to which the course of the series stands beside the features of a network."""


@dataclass(frozen=True, eq=False)
class Region:
    """Ready features (row · columns + column, feature) of a grid, and how they were made."""

    features: NDArray[np.float16]
    ready: Ready
    shape: tuple[int, int]


def region(
    cube: xr.DataArray, network: NDArray[Any] | None, on_progress: Callable[[int, int], None] = lambda done, of: None
) -> Region:
    """From the course of each series and, where there is one, what a network made of it (feature, y, x)."""
    shape = (cube.sizes["y"], cube.sizes["x"])
    count = shape[0] * shape[1]
    flat = None if network is None else np.asarray(network).reshape(len(network), count)
    both = flat is None or count <= MOST

    def raw(at: NDArray[np.int64]) -> dict[str, Floats]:
        found = {} if flat is None else {"network": np.asarray(flat[:, at].T, np.float32)}
        return found | ({"series": course_at(cube, at)} if both else {})

    on_progress(0, count)
    looked = spread(count, LOOKED_AT)
    parts = [raw(looked[start : start + PIECE]) for start in range(0, len(looked), PIECE)]
    ready = Ready.of({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    del parts
    features = np.empty((count, sum(block.width for block in ready.blocks.values())), np.float16)
    for start in range(0, count, PIECE):
        at = np.arange(start, min(start + PIECE, count))
        features[at] = ready(raw(at))
        on_progress(int(at[-1]) + 1, count)
    return Region(features, ready, shape)


def to_arrays(made: Region) -> dict[str, NDArray[Any]]:
    """As the store keeps it."""
    arrays: dict[str, NDArray[Any]] = {"features": made.features}
    for name, block in made.ready.blocks.items():
        arrays |= {f"{name}.mean": block.mean, f"{name}.scale": block.scale}
        if block.turn is not None:
            arrays[f"{name}.turn"] = block.turn
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[Any]], shape: tuple[int, int]) -> Region:
    """As it was kept."""
    names = [name.removesuffix(".mean") for name in arrays if name.endswith(".mean")]
    blocks = {
        name: Block(arrays[f"{name}.mean"], arrays[f"{name}.scale"], arrays.get(f"{name}.turn")) for name in names
    }
    return Region(np.asarray(arrays["features"]), Ready(blocks), shape)
