"""Models beside each other: raw against preprocessed, stacked dates. `early_table` has accuracy against earliness.

Each function makes one table as the model page draws it. Cells are kept in a file as they are finished, so that a run
that was broken off goes on; with other sizes than before it begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eodash import metrics
from eodash.backend.forward import answer, fold
from eodash.card_checks import BASELINES
from eodash.cards import Card
from eodash.datasets import WorldDataset
from eodash.datasets.contract import Batch, Dataset
from eodash.training import baselines, recipe
from eodash.training.asking import asker
from eodash.training.carding import LITERATURE, legends_of
from eodash.training.evaluate import evaluate
from eodash.training.feeding import PIECE, input_of
from eodash.training.loop import train
from eodash.training.starting import network_for
from eodash.training.stored import Cells
from eodash.world.legend import NAMES

LEVELS = {"l1c": "raw", "l2a": "preprocessed"}
NETWORKS = ("lstm", "transformer", "ms-resnet", "temp-cnn")
TITLES = {name: title for name, (title, _) in LITERATURE.items()} | {
    "random-forest": "Random forest",
    "support-vector-machine": "Support vector machine",
}
SEED_OF_TEST = 0


@dataclass(frozen=True)
class Sizes:
    """How large a comparison is. Everything but `device` decides what comes out."""

    series: int = 6000  # of a training
    validation: int = 1000
    test: int = 4000
    epochs: int = 12  # of a network; of the second phase, where there are two
    first_epochs: int = 12
    device: str = field(default="auto", compare=False)

    def said(self) -> str:
        return f"{self.series} {self.validation} {self.test} {self.epochs} {self.first_epochs}"


World = Callable[[str, str, int, int], Dataset]
Say = Callable[[str], None]


def world(level: str, split: str, series: int, seed: int) -> Dataset:
    """Simulated series: those of another split or seed are other fields under another sky."""
    return WorldDataset(series, level, split, seed)


def raw_against_preprocessed(
    cells: Cells,
    sizes: Sizes = Sizes(),
    *,
    architectures: Sequence[str] = (*NETWORKS, "random-forest"),
    seeds: Sequence[int] = (1, 2, 3),
    open_world: World = world,
    work: Path | None = None,
    say: Say = lambda line: None,
) -> list[dict[str, Any]]:
    """A row per architecture: accuracy and kappa on held-out worlds of the same fields, seen raw and preprocessed.

    A seed is that of first weights and of the training world; the test world is always the same.
    """
    rows = []
    for architecture in architectures:
        row: dict[str, Any] = {"network": TITLES[architecture]}
        for level, name in LEVELS.items():
            made = []
            for seed in seeds:
                key = f"{architecture} {level} seed {seed}, {sizes.said()}"
                made.append(cells.get(key, _cell(architecture, level, seed, sizes, open_world, work)))
                say(f"{key}: accuracy {made[-1]['accuracy']:.3f}, kappa {made[-1]['kappa']:.3f}")
            row |= _summed(made, {"accuracy": name, "kappa": f"{name}_kappa", "landcover": f"{name}_land_cover"})
        row["cost_of_raw"] = round(row["preprocessed"] - row["raw"], 4)
        rows.append(row | {"seeds": len(seeds)})
    return rows


def stacked_dates(
    cells: Cells, cards: Iterable[Card], *, sets: Mapping[str, Callable[[Card], Dataset]], say: Say = lambda line: None
) -> list[dict[str, Any]]:
    """A row per card and a column per set: land-cover accuracy as it is, baselines and networks alike."""
    rows = []
    for card in sorted(cards, key=lambda card: (card.input.level, card.architecture not in BASELINES, card.name)):
        row: dict[str, Any] = {"model": card.title, "input": LEVELS.get(card.input.level, "")}
        ask = None
        for name, opened in sets.items():
            data = opened(card)
            if data.level != card.input.level:
                continue
            key = f"{card.name} {card.weights.sha256[:12] if card.weights else sorted(card.config.items())} {name}"
            if key not in cells:
                ask = ask or asker(card)
            made = cells.get(key, lambda: _evaluated(card, data, ask))  # noqa: B023
            row |= {name: made["accuracy"], f"{name}_deviation": made["deviation"], f"{name}_kappa": made["kappa"]}
            say(f"{card.name} on {name}: accuracy {made['accuracy']:.3f}")
        rows.append(row)
    return rows


def table(
    title: str, command: str, rows: list[dict[str, Any]], published: list[dict[str, Any]], about: str, note: str
) -> dict[str, Any]:
    """A table as it is kept."""
    made = datetime.now(UTC).date().isoformat()
    return {
        "title": title, "about": about, "command": command, "made": made, "rows": rows, "published": published,
        "note": note,
    }  # fmt: skip


def _cell(
    architecture: str, level: str, seed: int, sizes: Sizes, open_world: World, work: Path | None
) -> Callable[[], dict[str, Any]]:
    def make() -> dict[str, Any]:
        data, validation, test = worlds(level, seed, sizes, open_world)
        input = input_of(data, seed)
        if architecture in BASELINES:
            batch = data.read(np.arange(len(data)))
            made = baselines.fit(architecture, input, batch, len(data.classes), {"seed": seed})
            return _plain(test, made.probabilities) | {"seconds": round(made.seconds, 1)}
        chosen = recipe.read(architecture).with_(level=level, seed=seed, epochs=sizes.epochs, patience=sizes.epochs)
        folder = work / f"{architecture} {level} {seed}" if work else None
        trained = train(
            chosen, network_for(chosen, data), data, validation, folder, input=input, device=sizes.device
        )  # fmt: skip
        said = _plain(test, lambda batch: answer(trained.network, input, batch).final)
        return said | {"seconds": round(trained.seconds, 1), "device": trained.device}

    return make


def worlds(level: str, seed: int, sizes: Sizes, open_world: World) -> tuple[Dataset, Dataset, Dataset]:
    """Series to train with, to validate with, and held out."""
    return (
        open_world(level, "train", sizes.series, seed),
        open_world(level, "valid", sizes.validation, seed),
        open_world(level, "test", sizes.test, SEED_OF_TEST),
    )


def _plain(test: Dataset, ask: Callable[[Batch], Any]) -> dict[str, Any]:
    """Accuracy and kappa over all that the training set tells apart, and accuracy of land cover."""
    label, said = [], []
    for start in range(0, len(test), PIECE):
        batch = test.read(np.arange(start, min(start + PIECE, len(test))))
        label.append(batch.label)
        said.append(np.nan_to_num(ask(batch)))
    truth, probabilities = np.concatenate(label), np.concatenate(said)
    fine = probabilities.argmax(1)
    figures = {"accuracy": metrics.accuracy(truth, fine), "kappa": metrics.kappa(truth, fine)}
    if test.classes == NAMES:
        classes = legends_of(test)["landcover"]
        coarse = np.array([next(k for k, one in enumerate(classes) if n in one.outputs) for n in range(len(NAMES))])
        figures["landcover"] = metrics.accuracy(coarse[truth], fold(probabilities, classes).argmax(1))
    return {name: round(float(value), 6) for name, value in figures.items()}


def _evaluated(card: Card, data: Dataset, ask: Any) -> dict[str, Any]:
    row = evaluate(card, data, legend="landcover", ask=ask).row
    return {name: row[name] for name in ("accuracy", "deviation", "kappa", "balanced")}


def _summed(made: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, float]:
    """Mean and standard deviation over seeds, under the names that the table has for them."""
    row = {}
    for source, name in names.items():
        values = [one[source] for one in made if source in one]
        if values:
            row[name] = round(float(np.mean(values)), 4)
            row[f"{name}_deviation"] = round(float(np.std(values, ddof=1)), 4) if len(values) > 1 else 0.0
    return row
