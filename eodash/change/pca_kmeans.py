"""Principal components of small neighbourhoods of the difference image, in two clusters (Celik 2009,
doi:10.1109/LGRS.2009.2025059)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.cluster import KMeans

from eodash.change.pair import Floats, Mask

SIDE = 5
"""Pixels along a neighbourhood."""
KEPT = 3
"""Components."""
SAMPLE = 20_000
"""Neighbourhoods that components and centres are learnt from; all are then assigned."""


def pca_kmeans(difference: Floats, usable: Mask, *, side: int = SIDE, kept: int = KEPT) -> tuple[Floats, Mask]:
    """Magnitude (y, x) → of each usable pixel the lead of the moved centre over the still one, and whether it leads."""
    filled = np.where(usable, np.nan_to_num(difference), 0.0)
    edge = side // 2
    windows = sliding_window_view(np.pad(filled, edge, mode="reflect"), (side, side)).reshape(*usable.shape, -1)
    vectors = windows[usable].astype(np.float64)
    step = max(1, len(vectors) // SAMPLE)
    learnt = vectors[::step]
    mean = learnt.mean(0)
    values, axes = np.linalg.eigh(np.cov(learnt - mean, rowvar=False))
    axes = axes[:, np.argsort(values)[::-1][:kept]]
    scores = (vectors - mean) @ axes
    if len(np.unique(scores[::step], axis=0)) < 2:
        return np.zeros(len(vectors)), np.zeros(len(vectors), bool)
    found = KMeans(2, n_init=4, random_state=0).fit(scores[::step])
    distance = np.stack([np.square(scores - centre).sum(1) for centre in found.cluster_centers_])
    still = vectors.mean(1)
    label = distance.argmin(0)
    moved = int(still[label == 1].mean() > still[label == 0].mean()) if len(set(label.tolist())) == 2 else 1
    lead = np.sqrt(distance[1 - moved]) - np.sqrt(distance[moved])
    return lead, lead > 0
