"""The card of `cover-and-change`: strategy 4.1 or 4.2, whichever finds change better on the validation patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from eodash import cards, metrics
from eodash.backend import weights
from eodash.cards import Card, Score
from eodash.datasets.change_pairs import KnownPair
from eodash.training.change_card import INPUT, LIMITS, legends, line_of, score_of
from eodash.training.from_to import COVERS
from eodash.training.strategies import STRATEGIES, Strategy, says
from eodash.training.strategy_scenes import scenes_of
from eodash.training.strategy_table import Learnt
from eodash.world.legend import LANDCOVER

NAME = "cover-and-change"
PAPER = "Daudt, Le Saux, Boulch & Gousseau (2019), doi:10.1016/j.cviu.2019.07.003"
WEAK = 0.5
SEMANTIC_LIMITS = (
    "Land cover is read from one image of six bands: many crops look alike on a single day, and a season that it has "
    "seldom seen is read worse.",
    "Change and land cover are told by two branches: a pixel may be said to have changed although both of its covers "
    "are the same, and the other way round.",
    "It takes the first image for the earlier one: swapping the dates changes what it says.",
)


def chosen(learnt: Learnt) -> Strategy:
    """The better of 4.1 and 4.2, which tell both change and land cover with one network."""

    def kappa(strategy: Strategy) -> float:
        return max(float(row["score"]) for row in learnt.histories[strategy.lessons[0]])

    return max(STRATEGIES[3:], key=kappa)


def _phases(strategy: Strategy) -> tuple[str, ...]:
    return ("cover", *strategy.lessons) if strategy.name == "4.2" else strategy.lessons


def put(
    shelf: Path, learnt: Learnt, pairs: Sequence[KnownPair], settings: Mapping[str, Any], command: str
) -> Card:  # fmt: skip
    """Write weights, card and record; what is scored is what was written, in half precision."""
    strategy = chosen(learnt)
    out, network = shelf / "change", learnt.networks[strategy.lessons[0]]
    folder = shelf.parent / "weights" if shelf.name == "cards" else out
    config = {key: list(value) if isinstance(value, tuple) else value for key, value in settings["config"].items()}
    card = Card(
        name=NAME, title="Land cover and change", architecture="fc-semantic", config=config, input=INPUT,
        legends=legends(covers=True), weights=weights.save(network, NAME, folder), licence="CC-BY-4.0",
        citation=PAPER, causal=False, climate="temperate and winter rain, both hemispheres", folder=str(folder),
        summary="Names the land cover of both images, and finds change with what it saw there.",
        trained=_facts(network, strategy, settings, command),
    )  # fmt: skip
    kept: Any = weights.load(card)
    line = line_of(kept, NAME, pairs, "world")
    cover, record = _cover(kept, strategy, learnt, pairs, command)
    weak = [row["class"] for row in record["per_class"]["landcover"] if row["series"] and (row["recall"] or 0) < WEAK]
    limits: tuple[str, ...] = (*LIMITS, *SEMANTIC_LIMITS)
    if weak:
        limits += (f"Land cover with a recall below {WEAK:g} on held-out scenes: {', '.join(weak)}.",)
    histories = [{"phase": name} | row for name in _phases(strategy) for row in learnt.histories[name]]
    finished = replace(card, scores=(score_of(line, command), cover), limits=limits, folder="")
    return cards.write(finished, out, record | {"history": histories, "change": [line.row]})


def _cover(
    network: Any, strategy: Strategy, learnt: Learnt, pairs: Sequence[KnownPair], command: str
) -> tuple[Score, dict[str, Any]]:  # fmt: skip
    """Land cover of both dates, over the pairs in which something happened."""
    happened = scenes_of([each for each in pairs if each.covers is not None])
    said, true = says(strategy, {strategy.lessons[0]: network}, learnt.classes, happened.pairs), happened.truth
    assert said.before is not None
    assert said.after is not None
    truth, told = [], []
    for is_so, answer in ((true.before, said.before), (true.after, said.after)):
        known = true.usable & (is_so < COVERS)
        truth.append(is_so[known].astype(np.int64))
        told.append(answer[known].astype(np.int64))
    right, given = np.concatenate(truth), np.concatenate(told)
    score = Score(
        "world", "as it is", "landcover", 2 * len(happened.still), round(metrics.accuracy(right, given), 6),
        round(metrics.balanced(right, given), 6), round(metrics.kappa(right, given), 6),
        round(metrics.macro_f1(right, given), 6), command=command, note="both dates, pixels pooled over all pairs",
    )  # fmt: skip
    counts = metrics.confusion(right, given, COVERS).tolist()
    record = {
        "confusion": {"landcover": {"classes": list(LANDCOVER.names), "counts": counts}},
        "per_class": {"landcover": metrics.per_class(right, given, LANDCOVER.names)},
    }
    return score, record


def _facts(network: nn.Module, strategy: Strategy, settings: Mapping[str, Any], command: str) -> dict[str, Any]:
    return {
        "data": "world",
        "origin": "pairs of patches of simulated farmland, temperate and winter rain",
        "strategy": strategy.name,
        "pairs": settings["training_pairs"],
        "scenes": settings["scenes"],
        "epochs": settings["epochs"],
        "seed": settings["seed"],
        "device": "cpu, one thread",
        "parameters": sum(each.numel() for each in network.parameters()),
        "command": command,
        "made": datetime.now(UTC).date().isoformat(),
    }
