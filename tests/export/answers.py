"""A map with an answer known by hand: two fields, a lake, a corner that nobody saw, and a lonely pixel."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from eodash.backend.questions import NOTHING, SURE
from eodash.cards import Card, Class, Input, Weights

NAMES = ("grain", "=meadow", "lake & shore")
COLOURS = ("#A07501", "#80C77B", "#2883EA")


def answer(dates: int = 3, rows: int = 12, columns: int = 16) -> xr.Dataset:
    """Left half grain, right half meadow, the lowest two rows lake; the first date says grain everywhere."""
    said = np.zeros((dates, rows, columns), np.uint8)
    said[1:, :, columns // 2 :] = 1
    said[1:, -2:] = 2
    said[1:, 3, 3] = 1  # alone in the grain
    said[:, :2, :2] = NOTHING
    seen = said != NOTHING
    confidence = np.where(seen, SURE // 2, 0).astype(np.uint8)
    confidence[seen & (said == 2)] = SURE
    final = np.where(np.arange(3)[:, None, None] == said[-1], 0.5, 0.25).astype(np.float16)
    final[:, ~seen[-1]] = np.nan
    times = np.datetime64("2024-04-02T10:30", "s") + np.arange(dates) * np.timedelta64(10, "D")
    axes = ("date", "y", "x")
    return xr.Dataset(
        {
            "said": (axes, said),
            "confidence": (axes, confidence),
            "margin": (axes, confidence),
            "entropy": (axes, confidence),
            "final": (("class", "y", "x"), final),
        },
        {"date": times.astype("datetime64[ns]"), "index": ("date", np.arange(dates)), "class": list(NAMES)},
        {"card": "toy", "legend": "landcover", "colours": json.dumps(COLOURS), "facts": "{}"},
    )


def card() -> Card:
    return Card(
        name="toy", title="Toy", architecture="lstm", config={}, input=Input("l2a", ("B04",), (0.0,), (1.0,)),
        legends={"landcover": tuple(Class(n, c, (i,)) for i, (n, c) in enumerate(zip(NAMES, COLOURS, strict=True)))},
        weights=Weights("toy.safetensors", "ab" * 32, 1), licence="CC-BY-4.0", citation="Nobody (2024)", causal=True,
    )  # fmt: skip
