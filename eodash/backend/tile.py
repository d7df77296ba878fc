"""One tile of a map, on a worker: whole numbers in, small whole numbers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eodash.backend.device import PLAIN, Policy
from eodash.backend.memory import Notice, logged
from eodash.backend.pixels import Pixels, pixels_of
from eodash.backend.reduce import summarise_tile
from eodash.backend.stream import Array
from eodash.cards import Card
from models.contract import SeriesNetwork

__all__ = ["Pixels", "pixels_of", "predict_tile"]

MAP = ("said", "confidence", "margin", "entropy", "final")


def predict_tile(
    network: SeriesNetwork,
    card: Card,
    legend: str,
    pixels: Pixels,
    dates: Sequence[int],
    shape: tuple[int, int],
    *,
    policy: Policy = PLAIN,
    on_piece: Callable[[int, int], None] = lambda done, of: None,
    on_notice: Notice = logged,
) -> dict[str, Array]:
    """The variables of a map, over one tile; `stop` where the network decides when to stop."""
    also = ("stop",) if network.causal else ()
    return summarise_tile(
        network,
        card,
        legend,
        pixels,
        MAP,
        dates,
        shape,
        also=also,
        policy=policy,
        on_piece=on_piece,
        on_notice=on_notice,
    )
