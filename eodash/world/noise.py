"""Smooth random fields that can be asked anywhere: cubic B-splines over periodic lattices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eodash.world.leaf import Array

LATTICE = 64
SPREAD = 0.479  # standard deviation that the spline leaves of white noise, along both axes


@dataclass(frozen=True)
class Field:
    """A sum of smooth fields, one per scale (pixels), with spread 1 over the plane."""

    lattices: Array  # (scale, 64, 64)
    scales: tuple[float, ...]
    weights: tuple[float, ...]

    def at(self, rows: Array, columns: Array) -> Array:
        """Values on the grid of these row and column positions (pixels; may lie anywhere)."""
        total = np.zeros((len(rows), len(columns)), np.float32)
        for lattice, scale, weight in zip(self.lattices, self.scales, self.weights, strict=True):
            total += weight * (spline(rows / scale) @ lattice @ spline(columns / scale).T)
        return total / np.float32(SPREAD * np.sqrt(sum(weight**2 for weight in self.weights)))


def field(rng: np.random.Generator, scales: tuple[float, ...], weights: tuple[float, ...] = ()) -> Field:
    """A new field; coarser scales weigh more unless told otherwise."""
    lattices = rng.standard_normal((len(scales), LATTICE, LATTICE), dtype=np.float32)
    return Field(lattices, scales, weights or tuple(scale**0.8 for scale in scales))


def spline(position: Array) -> Array:
    """Weights of the lattice points for each position: (position, 64)."""
    whole = np.floor(position).astype(np.int64)
    part = (position - whole).astype(np.float32)
    weights = np.stack(
        [(1 - part) ** 3, 3 * part**3 - 6 * part**2 + 4, -3 * part**3 + 3 * part**2 + 3 * part + 1, part**3], axis=1
    ) / np.float32(6)
    matrix = np.zeros((len(position), LATTICE), np.float32)
    rows = np.arange(len(position))
    for step in range(4):
        matrix[rows, (whole + step - 1) % LATTICE] += weights[:, step]
    return matrix
