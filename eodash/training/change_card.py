"""The card at the end of a training of a change network: weights, what was measured, and what is known to be weak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from eodash import cards
from eodash.backend import weights
from eodash.cards import Card, Class, Input, Score
from eodash.change.chain import Method
from eodash.change.pair import Floats, Pair
from eodash.change.scored import Scores, scores
from eodash.change.standard import BANDS, standardised
from eodash.datasets.change_pairs import KnownPair
from eodash.datasets.change_table import Line, change_table, suggestion
from eodash.training.change_loop import TrainedChange
from eodash.training.change_recipes import ChangeRecipe
from eodash.world.legend import LEGENDS
from models.fc_change import MULTIPLE

CHANGE = (Class("no change", "#D9D9D9", (0,)), Class("change", "#B3127E", (1,)))
INPUT = Input("", BANDS, (0.0,) * len(BANDS), (1.0,) * len(BANDS), dated=False, dates=(2, 2))
"""A pair is scaled by itself."""
SCENES = 8
"""Held-out scenes that a card is scored on."""
PAPER = "Daudt, Le Saux & Boulch (2018), doi:10.1109/ICIP.2018.8451652"
TITLES = {
    "fc-ef": ("FC-EF", "Both images stacked, then one U-shaped network; the simplest of the three."),
    "fc-siam-conc": ("FC-Siam-conc", "One encoder for both images, both handed on: it may tell before from after."),
    "fc-siam-diff": ("FC-Siam-diff", "One encoder for both images, then how far apart: the order does not matter."),
}  # fmt: skip
LIMITS = (
    "It has learned from simulated farmland alone, seen by a simulated Sentinel-2; on real images it is only known "
    "where a score says so.",
    "It knows six kinds of change: new buildings, felled wood, flood, burnt ground, a new lake, another crop. "
    "Others it may miss.",
    "It scales a pair by the pair itself: an image that is mostly cloud, snow or water, or mostly changed, is read "
    "wrong.",
    "What changes over fewer than about five pixels across it mostly misses.",
)
FAILS = (
    "On the one real pair that it was tried on, Landsat over a growing town, it misses most of what changed, as its "
    "score says; the suggested chain of rules does far better there."
)
POOR = 0.6
"""Kappa on that pair below which the card says so."""


def legends(covers: bool = False) -> dict[str, tuple[Class, ...]]:
    """Change, and where a network names it, land cover."""
    if not covers:
        return {"change": CHANGE}
    named = LEGENDS["landcover"].labels
    return {
        "change": CHANGE,
        "landcover": tuple(Class(each.name, each.colour, (place,)) for place, each in enumerate(named)),
    }


def measured_by(network: nn.Module) -> Any:
    """Chances of change (y, x) by a network as it stands: what `detect` takes as `measure`, without an engine."""

    def measure(pair: Pair, method: str) -> Floats:
        return np.where(pair.usable, chance(network, *standardised(pair)), np.nan).astype(np.float32)

    return measure


def chance(network: nn.Module, before: Floats, after: Floats) -> NDArray[np.float32]:
    """Of change, (y, x), for a whole standardised pair at once."""
    rows, columns = before.shape[1:]
    margin = [(0, 0), (0, -rows % MULTIPLE), (0, -columns % MULTIPLE)]
    first, second = (torch.from_numpy(np.pad(each, margin))[None] for each in (before, after))
    with torch.inference_mode():
        logits = network.eval()(first, second).logits.float()
    found: NDArray[np.float32] = logits.softmax(1)[0, 1, :rows, :columns].numpy()
    return found


def centred(network: nn.Module, last: nn.Conv2d, pairs: Sequence[KnownPair]) -> float:
    """Move the bias of the last layer so that kappa on these pairs is best at a chance of one half; by how much.

    Pixels of all pairs are pooled, of those without change, too: what is rare in training patches is rarer in life.
    """
    odds, truths = [], []
    for each in pairs:
        known = each.known & each.pair.usable
        found = np.clip(chance(network, *standardised(each.pair))[known].astype(np.float64), 1e-9, 1 - 1e-9)
        odds.append(np.log(found / (1 - found)))
        truths.append(each.changed[known])
    said, truth = np.concatenate(odds), np.concatenate(truths)
    levels = np.linspace(-4, 4, 81)
    best = max(levels, key=lambda level: (scores(said > level, truth, np.ones_like(truth)).kappa, -abs(level)))
    assert last.bias is not None
    with torch.no_grad():
        last.bias[1] -= float(best)
    return float(best)


def finish_change(
    recipe: ChangeRecipe, trained: TrainedChange, name: str, out: Path, pairs: Mapping[str, Sequence[KnownPair]],
    facts: Mapping[str, Any], *, limits: Sequence[str] = LIMITS, licence: str = "CC-BY-4.0",
    checks: Mapping[str, str] | None = None,
) -> Card:  # fmt: skip
    """Write weights, card and record; what is scored, on each set of pairs, is what was written, in half precision.

    Weights go beside the card, or, for a folder cards/change, into the folder weights beside cards.
    """
    folder = out.parents[1] / "weights" if (out.parent.name, out.name) == ("cards", "change") else out
    title, summary = TITLES.get(recipe.architecture, (recipe.architecture, ""))
    card = Card(
        name=name, title=title, architecture=recipe.architecture, config=dict(recipe.config), input=INPUT,
        legends=legends(), weights=weights.save(trained.network, name, folder), licence=licence, citation=PAPER,
        causal=False, summary=summary, trained=_facts(recipe, trained, facts), limits=tuple(limits),
        climate="temperate and winter rain, both hemispheres", folder=str(folder),
    )  # fmt: skip
    network: Any = weights.load(card)
    lines = {data: line_of(network, recipe.architecture, some, data) for data, some in pairs.items()}
    found = tuple(score_of(line, (checks or {}).get(data, "")) for data, line in lines.items())
    record = {"history": trained.history, "change": [line.row for line in lines.values()]}
    poor = [FAILS] if any(score.data == "taizhou" and score.kappa < POOR for score in found) else []
    return cards.write(replace(card, scores=found, limits=(*limits, *poor), folder=""), out, record)


def line_of(network: nn.Module, method: str, pairs: Sequence[KnownPair], data: str) -> Line:
    """One network on one set of pairs, thresholded at one half and cleaned like every other method."""
    settings = suggestion(cast(Method, method))
    return change_table(pairs, data, {method: settings}, measure=measured_by(network))[0]


def score_of(line: Line, command: str = "") -> Score:
    """A line of the method table as the score of a card."""
    held = line.scores or Scores(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    changed, still = held.hits + held.misses, held.rejected + held.false_alarms
    recalls = (held.hits / max(1, changed), held.rejected / max(1, still))
    quiet = 2 * held.rejected / max(1, 2 * held.rejected + held.misses + held.false_alarms)
    return Score(
        line.data, "as it is", "change", line.pairs, round(held.accuracy, 6), round(sum(recalls) / 2, 6),
        round(held.kappa, 6), round((held.dice + quiet) / 2, 6), command=command, dice=round(held.dice, 6),
        rare=round(held.rare, 6), alarms={name: round(share, 6) for name, share in line.alarms.items()},
        note="pixels pooled over all pairs; change where the chance is above one half, then cleaned as is suggested",
    )  # fmt: skip


def _facts(recipe: ChangeRecipe, trained: TrainedChange, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **facts,
        "epochs": len(trained.history),
        "best_epoch": trained.best_epoch,
        "seed": recipe.seed,
        "seconds": round(trained.seconds, 1),
        "device": "cpu, one thread",
        "parameters": sum(each.numel() for each in trained.network.parameters()),
        "made": datetime.now(UTC).date().isoformat(),
        "recipe": asdict(recipe) | {"config": dict(recipe.config)},
    }
