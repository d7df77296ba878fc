"""Explanations of a sample of pixels, on a worker: one table of kinds. Adding one is a function and a line in it.

A kind is a function of `ManySeries` that answers with arrays by name; their axes stand in AXES. Those over pixels are
joined, those called sum_… are added up over the parts of a sample, and one named like an axis holds its labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eodash.backend.faithfulness import faithfulness
from eodash.backend.many_series import ManySeries
from eodash.backend.orders import Array
from eodash.backend.pixels import Pixels, check
from eodash.backend.stress import stress
from eodash.backend.units import units
from eodash.cards import Card
from eodash.errors import ModelError
from models.contract import SeriesNetwork

UNIT = ("target", "quantity", "layer", "unit")
AXES: dict[str, dict[str, tuple[str, ...]]] = {
    "faithfulness": {
        "top": ("k", "pixel"),
        "random": ("k", "pixel"),
        "cloud_attention": ("layer", "head", "pixel"),
        "cloud_share": ("pixel",),
    },
    "stress": {"said": ("share", "pixel")},
    "units": {
        "said": ("pixel",),
        **dict.fromkeys(("sum_n", "sum_y", "sum_yy"), ("target",)),
        **dict.fromkeys(("sum_x", "sum_xx", "sum_xy"), UNIT),
    },
}
SAMPLED: dict[str, Callable[[ManySeries], dict[str, Array]]] = {
    "faithfulness": faithfulness,
    "stress": stress,
    "units": units,
}


def explain_some(
    network: SeriesNetwork,
    card: Card,
    legend: str,
    pixels: Pixels,
    kind: str,
    date: int,
    *,
    first: int = 0,
    options: Mapping[str, Any] | None = None,
    on_piece: Callable[[], None] = lambda: None,
) -> tuple[dict[str, Array], dict[str, tuple[str, ...]]]:
    """Of these pixels of a sample, once that date (an index) has been seen: arrays by name, and their axes.

    Not a number, or NOTHING, for pixels of which nothing had been observed by then.
    """
    if kind not in SAMPLED:
        raise ModelError(
            f"Nobody can explain a sample by '{kind[:40]}'.",
            f"Ask for {', '.join(SAMPLED)}.",
            code="kind",
            details={"needed": list(SAMPLED), "found": kind[:40]},
        )
    check(network, card, legend, pixels, (date,))
    found = SAMPLED[kind](ManySeries(network, card, legend, pixels.until(date), first, options or {}, on_piece))
    return found, {name: AXES[kind].get(name, (name,)) for name in found}
