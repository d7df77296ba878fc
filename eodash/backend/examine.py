"""A foreign card and its weights, put to the test by a process that can do no harm.

    python -m eodash.backend.examine CARD WEIGHTS

Format, checksum, names and shapes, finite weights, then passes over series of one date and of many.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from eodash.backend.apart import examined
from eodash.backend.weights import load
from eodash.cards import CARD_BYTES, Card, parse, to_table
from eodash.errors import EodashError, ModelError
from eodash.sandbox import cage
from models.contract import SeriesNetwork, Trace

PASSES = ((1, 1), (1, 45), (64, 45))
"""Pixels and dates of each pass."""


def examine(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The card in `data`, the weights at `arguments["weights"]`: the card as tables and what was measured."""
    torch.set_num_threads(1)
    card = parse(data or b"")
    path = Path(arguments["weights"])
    if card.weights is None:
        raise ModelError(f"{card.title} has no weights to bring.", "Bring a network.", code="no_weights")
    network = load(replace(card, folder=str(path.parent), weights=replace(card.weights, file=path.name)))
    if network.causal != card.causal:
        raise ModelError(
            f"The card says causal = {str(card.causal).lower()}; {card.architecture} is not so.",
            "Correct the field causal of the card.",
            code="card",
            details={"field": "causal"},
        )
    passes = [{"pixels": n, "dates": t, "seconds": _pass(network, card, n, t)} for n, t in PASSES]
    return {
        "card": to_table(card),
        "parameters": sum(each.numel() for each in network.parameters()),
        "passes": passes,
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "walls": cage.isolation({}, None)[0]["walls"],
    }, {}


@torch.no_grad()
def _pass(network: SeriesNetwork, card: Card, pixels: int, dates: int) -> float:
    """Seconds for a batch of made-up series with gaps; raises unless the answer is one."""
    drawn = torch.Generator().manual_seed(dates)
    values = 3 * torch.randn(pixels, dates, len(card.input.bands), generator=drawn)
    mask = torch.rand(pixels, dates, generator=drawn) < 0.7
    mask[:, 0] = True
    day = (torch.arange(dates, dtype=torch.float32) * 8 + 3).expand(pixels, dates)
    began = time.perf_counter()
    trace = network(values, day, mask)
    seconds = time.perf_counter() - began
    _believe(trace, card, (pixels, dates if card.causal else 1, card.outputs))
    return round(seconds, 4)


def _believe(trace: Trace, card: Card, shape: tuple[int, ...]) -> None:
    said = trace.logits.softmax(-1)
    finite = torch.isfinite(said).all() and torch.isfinite(trace.features).all()
    if trace.hazard is not None:
        finite = finite and ((trace.hazard >= 0) & (trace.hazard <= 1)).all()
    if tuple(said.shape) != shape or not finite or not torch.allclose(said.sum(-1), torch.ones(shape[:-1]), atol=1e-4):
        raise ModelError(
            f"{card.title} gives no probabilities for a series of {shape[1]} dates.",
            "Train it again; its weights are finite, but what it makes of them is not.",
            code="not_finite",
        )


def main() -> int:
    """Examine two files from the command line, in a process apart; prints JSON."""
    if len(sys.argv) != 3:
        print("python -m eodash.backend.examine CARD WEIGHTS", file=sys.stderr)
        return 2
    card, weights = map(Path, sys.argv[1:])
    try:
        with card.open("rb") as file:
            said = examined(file.read(CARD_BYTES + 1), weights.resolve())
    except OSError as error:
        said = {"error": "ModelError card", "message": f"{card.name}: {error.strerror}.", "advice": "Check the path."}
    except EodashError as error:
        said = {"error": error.name, "message": error.message, "advice": error.advice}
    print(json.dumps(said, indent=1))
    return int("error" in said)


if __name__ == "__main__":
    sys.exit(main())
