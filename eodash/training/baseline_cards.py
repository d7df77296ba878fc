"""Cards of the baselines: no weights, but what they need, how they are fitted, and how well they do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from eodash.cards import Card, write
from eodash.datasets import WorldDataset
from eodash.training.asking import asker
from eodash.training.baselines import DEFAULTS, fitted
from eodash.training.carding import KIND, WORLD_LIMITS, _score, _tables, legends_of
from eodash.training.evaluate import evaluate
from eodash.training.feeding import input_of

TITLES = {
    "random-forest": ("Random forest", "Breiman (2001), Random forests, Machine Learning 45"),
    "support-vector-machine": (
        "Support vector machine",
        "Cortes & Vapnik (1995), Support-vector networks, Machine Learning 20",
    ),
}
LIMITS = (
    "It reads dates side by side and knows nothing of their order; what falls on a cloudy date is read as it is.",
    "It keeps no weights: it is fitted to simulated series where it is first asked, which takes some seconds.",
)


def make(kind: str, level: str, folder: Path, *, series: int, test: int, command: str, seed: int = 1) -> Card:
    """Fit a baseline, score it on held-out worlds, and write its card and record."""
    data, held_out = WorldDataset(series, level, "train", seed), WorldDataset(test, level, "test")
    title, citation = TITLES[kind]
    card = Card(
        name=f"{kind}-{level}",
        title=f"{title}, {KIND[level]}",
        architecture=kind,
        config={**DEFAULTS[kind], "series": series, "seed": seed},
        input=input_of(data, seed),
        legends=legends_of(data),
        weights=None,
        licence="CC0-1.0",
        citation=citation,
        causal=False,
        summary="Reads stacked dates; what sequence models are held against.",
        climate="temperate and winter rain, both hemispheres",
        limits=(*LIMITS, *WORLD_LIMITS),
    )
    ask, check = asker(card), f"python -m eodash evaluate --model {card.name} --data world --option level={level}"
    found = {legend: evaluate(card, held_out, spec="world", legend=legend, ask=ask) for legend in card.legends}
    facts = {
        "data": "world", "origin": data.origin, "series": series, "seed": seed, "device": "cpu",
        "seconds": round(fitted(card).seconds, 1), "command": command, "made": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    scores = tuple(_score(each, check) for each in found.values())
    return write(replace(card, scores=scores, trained=facts), folder, _tables(found))
