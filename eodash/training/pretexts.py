"""Pretext 1 and pretext 2 on simulated scenes, without a label: what the same ground looks like on two dates."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import numpy as np

from eodash import cards
from eodash.backend import weights
from eodash.backend.learning import BATCH, KEPT_TO, Learner, Task, apart, unit
from eodash.cards import Card
from eodash.change.chain import Measure
from eodash.change.pair import Floats, Pair
from eodash.change.standard import places, standardised
from eodash.change.triples import Triples, joined, triples
from eodash.datasets.change_pairs import KnownPair, world_pairs
from eodash.datasets.change_table import change_table, suggestion
from eodash.errors import RasterError
from eodash.training.change_card import INPUT, legends, score_of
from models.pretext import Pretext

Name = Literal["pretext-overlap", "pretext-triplet"]
TASKS: Mapping[Name, Task] = {"pretext-overlap": "overlap", "pretext-triplet": "triplet"}
TITLES: Mapping[Name, tuple[str, str]] = {
    "pretext-overlap": (
        "Pretext 1: overlap or not",
        "Features learnt without labels, by telling two dates of one place from two places.",
    ),
    "pretext-triplet": (
        "Pretext 2: triplets",
        "Features learnt without labels: two dates of one place near each other, two places far apart.",
    ),
}
PAPER = "Leenstra, Marcos, Bovolo & Tuia (2021), doi:10.1007/978-3-030-68787-8_42"
LIMITS = (
    "It was told nothing about change: a distance says that ground looks otherwise, not that it is another.",
    "It has seen simulated farmland alone; on real images it is only known where a score says so.",
    "A difference that two dates of its training world never had, of light or of the sensor, looks like change.",
)
SIZE = 256
"""Side of a scene, in pixels: room for two patches of 96."""
DATES = 6
"""Images of a scene: before, after, and four in which only season, light, air or the grid differ."""
PATCHES = 5 * DATES
"""Triples of a scene; five for each image, as published."""
SCENES, SEED = 24, 1
STEPS: Mapping[Name, int] = {"pretext-overlap": 160, "pretext-triplet": 500}
EVERY = 20
"""Steps whose mean loss is one row of the record."""
Say = Callable[[str], None]


def pool(task: Task, scenes: int, seed: int = 0, size: int = SIZE) -> Triples:
    """Triples of simulated scenes; one that is under cloud or snow is passed over."""
    found = []
    for number, (_, some) in enumerate(groupby(world_pairs(scenes, "train", seed, size), lambda each: _scene(each))):
        pairs = [each.pair for each in some]
        chosen = places(pairs[0].bands)
        images = np.stack([pairs[0].before[chosen], *(each.after[chosen] for each in pairs)])
        clear = np.stack([pairs[0].usable, *(each.usable for each in pairs)])
        try:
            found.append(triples(images, clear, PATCHES, [seed, number], same_date=task == "triplet"))
        except RasterError:
            continue
    if not found:
        raise RasterError("No simulated scene was clear.", "Take more scenes.", code="no_dates")
    return joined(found)


def pretrain(
    name: Name, out: Path, pairs: Mapping[str, Sequence[KnownPair]], *, scenes: int = SCENES, steps: int | None = None,
    seed: int = SEED, size: int = SIZE, say: Say = lambda line: None, checks: Mapping[str, str] | None = None,
) -> Card:  # fmt: skip
    """Learn, scale, score on each set of pairs, and write card, record and weights."""
    began = time.process_time()
    found = pool(TASKS[name], scenes, size=size)
    steps = steps or STEPS[name]
    learner = Learner(TASKS[name], found, steps, seed)
    history: list[dict[str, Any]] = []
    losses: list[float] = []
    for step in range(steps):
        losses.append(learner.step())
        if not (step + 1) % EVERY:
            history.append({"epoch": len(history) + 1, "loss": round(float(np.mean(losses[-EVERY:])), 6)})
            say(f"step {step + 1}/{steps} · loss {history[-1]['loss']:.4f}")
    distance = unit(learner.network, found)
    facts = {
        "data": f"{len(found)} triples of {scenes} simulated scenes, no label", "triples": len(found),
        "scenes": scenes, "steps": steps, "batch": BATCH, "seed": seed, "device": "cpu, one thread",
        "seconds": round(time.process_time() - began, 1), "distance_of_one": round(distance, 6),
        "quantile_of_one": KEPT_TO, "parameters": sum(each.numel() for each in learner.network.parameters()),
        "made": datetime.now(UTC).date().isoformat(), "command": f"python -m eodash train-change {name} --out {out}",
    }  # fmt: skip
    return finish(name, learner.network, out, pairs, facts, history, checks or {})


def finish(
    name: Name, network: Pretext, out: Path, pairs: Mapping[str, Sequence[KnownPair]], facts: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]], checks: Mapping[str, str],
) -> Card:  # fmt: skip
    """Write weights, card and record; what is scored is what was written, in half precision."""
    folder = out.parents[1] / "weights" if (out.parent.name, out.name) == ("cards", "change") else out
    title, summary = TITLES[name]
    card = Card(
        name=name, title=title, architecture="pretext", config={}, input=INPUT, legends=legends(),
        weights=weights.save(network, name, folder), licence="CC-BY-4.0", citation=PAPER, causal=False,
        summary=summary, trained=facts, limits=LIMITS, climate="temperate and winter rain, both hemispheres",
        folder=str(folder),
    )  # fmt: skip
    written: Any = weights.load(card)
    settings = suggestion(name)
    lines = {
        data: change_table(some, data, {name: settings}, measure=measured_by(written))[0]
        for data, some in pairs.items()
    }
    note = f"pixels pooled over all pairs; distance of features, threshold by {settings.threshold}, then cleaned"
    scores = tuple(replace(score_of(line, checks.get(data, "")), note=note) for data, line in lines.items())
    record = {"history": list(history), "change": [line.row for line in lines.values()]}
    return cards.write(replace(card, scores=scores, folder=""), out, record)


def measured_by(network: Pretext) -> Measure:
    """Distances of features (y, x) by a network as it stands: what `detect` takes as `measure`."""

    def measure(pair: Pair, method: str) -> Floats:
        return np.where(pair.usable, apart(network, *standardised(pair)), np.nan).astype(np.float32)

    return measure


def _scene(pair: KnownPair) -> str:
    return pair.name.partition(",")[0]
