"""The card at the end of a training: weights, legends, what was measured, and what is known to be weak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eodash import cards, metrics
from eodash.backend import weights
from eodash.backend.distance import fit_reference
from eodash.backend.forward import fold
from eodash.cards import Card, Class, Score
from eodash.datasets.contract import Dataset
from eodash.errors import ModelError
from eodash.training.asking import asker
from eodash.training.evaluate import AS_IT_IS, STOPPED, Evaluation, evaluate
from eodash.training.loop import Trained
from eodash.training.recipe import Recipe
from eodash.world.legend import FINE, LEGENDS, NAMES

LITERATURE = {
    "lstm": ("LSTM", "Rußwurm & Körner (2020), Self-attention for raw optical satellite time series classification"),
    "transformer": (
        "Transformer",
        "Rußwurm & Körner (2020), Self-attention for raw optical satellite time series classification",
    ),
    "ms-resnet": ("MS-ResNet", "Wang et al. (2018), Multi-scale 1-D ResNet; Rußwurm & Körner (2020)"),
    "temp-cnn": ("TempCNN", "Pelletier, Webb & Petitjean (2019), arXiv:1811.10166"),
    "early-lstm": ("Early LSTM", "Rußwurm et al. (2019), arXiv:1901.10681; Rußwurm et al. (2023), ELECTS"),
    "causal-transformer": ("Causal Transformer", "Vaswani et al. (2017); stopping: Rußwurm et al. (2023), ELECTS"),
    "l-tae": ("L-TAE", "Garnot & Landrieu (2020), arXiv:2007.00586"),
}
KIND = {"l1c": "raw images, clouds left in", "l2a": "preprocessed images"}
COLOURS = (
    "#4E79A7", "#F28E2B", "#59A14F", "#E15759", "#B07AA1", "#EDC948", "#76B7B2", "#9C755F", "#FF9DA7", "#BAB0AC",
    "#1F5A8A", "#A85B0E", "#2F6B28", "#8F2B2D", "#6B4061", "#9A7F12", "#31706B", "#5C4334", "#C0506A", "#6E6663",
)  # fmt: skip
WEAK = 0.5  # a recall below is named on the card
SPREAD = "the deviation is over draws of as many fields"
WORLD_LIMITS = (
    "It has learned from simulated fields alone; what it does on real ones is only known where a score says so.",
    "It knows temperate farmland and farmland with winter rain, of either hemisphere, and no other climate.",
)
FEWEST = 16  # series that tell what lies outside


def legends_of(data: Dataset) -> dict[str, tuple[Class, ...]]:
    """The legends that outputs for these classes can be read in; those of the fine list are sums."""
    if data.classes == NAMES:
        return {name: _sums(name) for name in ("landcover", "breizhcrops")}
    known = LEGENDS.get(data.legend)
    colours = {label.name: label.colour for label in known.labels} if known else {}
    return {
        _slug(data.legend or data.name): tuple(
            Class(name, colours.get(name, COLOURS[number % len(COLOURS)]), (number,))
            for number, name in enumerate(data.classes)
        )
    }


def finish(
    recipe: Recipe,
    trained: Trained,
    data: Dataset,
    validation: Dataset,
    test: Dataset,
    out: Path,
    *,
    name: str,
    spec: str,
    command: str,
    check: str,
    licence: str,
) -> Card:
    """Write weights, card and record. What is measured is what is written: half precision, read back from the file.

    `check` is the command that makes the scores again, but for the legend. Weights go beside the card, or beside its
    folder if that is called cards.
    """
    folder = out.parent / "weights" if out.name == "cards" else out
    legends = legends_of(data)
    title, citation = LITERATURE.get(recipe.architecture, (recipe.architecture, recipe.architecture))
    card = Card(
        name=name,
        title=f"{title}, {KIND.get(data.level, data.name)}",
        architecture=recipe.architecture,
        config=dict(recipe.config),
        input=trained.input,
        legends=legends,
        weights=weights.save(trained.network, name, folder),
        licence=licence,
        citation=citation,
        causal=trained.network.causal,
        summary=_summary(trained),
        trained=_facts(recipe, trained, data, validation, spec, command),
        climate="temperate and winter rain, both hemispheres" if data.name == "world" else "",
        folder=str(folder),
    )
    if len(validation) >= FEWEST:
        network = weights.load(card).to(trained.device)
        reference = fit_reference(network, card.input, validation)
        card = replace(card, weights=weights.save(network, name, folder, reference))
    scores, tables = measured(card, test, spec=spec, command=check, device=trained.device)
    card = replace(card, scores=scores, limits=_limits(card, data, tables), folder="")
    return cards.write(card, out, {"history": trained.history, **tables})


def measured(
    card: Card, test: Dataset, *, spec: str, command: str, device: str = "auto"
) -> tuple[tuple[Score, ...], dict[str, dict[str, Any]]]:
    """Scores of a card on a set, and the long tables of its record: in every legend of the card."""
    ask = asker(card, device)
    found = {legend: evaluate(card, test, spec=spec, legend=legend, ask=ask) for legend in card.legends}
    return tuple(score for each in found.values() for score in _scores(each, command)), _tables(found)


def _tables(found: Mapping[str, Evaluation]) -> dict[str, dict[str, Any]]:
    """The long tables of a record, each by legend."""
    tables: dict[str, dict[str, Any]] = {"confusion": {}, "per_class": {}, "reliability": {}}
    for legend, each in found.items():
        names = [one.name for one in each.classes]
        answered = np.isfinite(each.probabilities).all(1)
        truth, probabilities = each.truth[answered], each.probabilities[answered]
        counts = metrics.confusion(truth, probabilities.argmax(1), len(names))
        tables["confusion"][legend] = {"classes": names, "counts": counts.tolist()}
        precision, recall = metrics.precision_recall(truth, probabilities.argmax(1), len(names))
        tables["per_class"][legend] = [
            {"name": name, "precision": _figure(said), "recall": _figure(right), "series": int(series)}
            for name, said, right, series in zip(names, precision, recall, counts.sum(1), strict=True)
        ]
        bins = metrics.calibration(truth, probabilities)
        tables["reliability"][legend] = [
            {
                "confidence": _figure(bins.confidence[place]),
                "accuracy": _figure(bins.accuracy[place]),
                "share": _figure(bins.series[place] / bins.series.sum()),
            }
            for place in np.flatnonzero(bins.series)
        ]
    return tables


def _figure(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _scores(found: Evaluation, command: str) -> list[Score]:
    """Of whole series; where a network stops of itself, of that too."""
    whole = _score(found, command)
    if found.said.stopped is None:
        return [whole]
    probabilities = fold(found.said.stopped, found.classes)
    answered = np.isfinite(probabilities).all(1)
    told = metrics.summary(found.truth[answered], probabilities[answered], [each.name for each in found.classes])
    figures = {name: told[name] for name in ("accuracy", "balanced", "kappa", "macro_f1", "calibration")}
    return [whole, replace(whole, what=STOPPED, earliness=found.row["earliness"], **figures)]


def _score(found: Evaluation, command: str) -> Score:
    row = found.row
    return Score(
        row["data"], AS_IT_IS, row["legend"], row["series"], row["accuracy"], row["balanced"], row["kappa"],
        row["macro_f1"], row["deviation"], calibration=row["calibration"],
        command=f"{command} --legend {row['legend']}", note=SPREAD,
    )  # fmt: skip


def _sums(legend: str) -> tuple[Class, ...]:
    called = [kind.breizhcrops if legend == "breizhcrops" else kind.landcover for kind in FINE]
    return tuple(
        Class(label.name, label.colour, tuple(number for number, name in enumerate(called) if name == label.name))
        for label in LEGENDS[legend].labels
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "classes"


def _summary(trained: Trained) -> str:
    if trained.network.causal:
        return "Answers after every date, and learns when it has seen enough."
    return "Reads a whole series at once; at an earlier date it is asked about the series so far."


def _facts(
    recipe: Recipe, trained: Trained, data: Dataset, validation: Dataset, spec: str, command: str
) -> dict[str, Any]:
    facts = {
        "data": spec,
        "origin": data.origin,
        "series": int((data.label >= 0).sum()),
        "validation_series": int((validation.label >= 0).sum()),
        "epochs": len(trained.history),
        "best_epoch": trained.best_epoch,
        "seed": recipe.seed,
        "loss": recipe.loss,
        "seconds": round(trained.seconds, 1),
        "device": trained.device,
        "parameters": sum(each.numel() for each in trained.network.parameters()),
        "command": command,
        "made": datetime.now(UTC).date().isoformat(),
        "recipe": recipe.row(),
    }
    return facts | ({"alpha": recipe.alpha} if recipe.early else {})


def _limits(card: Card, data: Dataset, record: Mapping[str, Any]) -> tuple[str, ...]:
    limits = list(WORLD_LIMITS) if data.name == "world" else [f"It knows what its training series show: {data.origin}."]
    if card.input.dated:
        limits.append("It needs the dates of the images: a season that is told wrong is read wrong.")
    for legend, rows in record["per_class"].items():
        weak = [f"{row['name']} ({row['recall']:.2f})" for row in rows if row["series"] and row["recall"] < WEAK]
        absent = [row["name"] for row in rows if not row["series"]]
        if weak:
            limits.append(f"Recall below {WEAK:g} on held-out series, {legend}: {', '.join(weak)}.")
        if absent:
            limits.append(f"Not tested, for want of series, {legend}: {', '.join(absent)}.")
    return tuple(limits)


def refuse_existing(out: Path, name: str) -> None:
    """Raise where a card of that name lies already."""
    if (out / f"{name}.toml").exists():
        raise ModelError(
            f"{out / name}.toml is there already.", "Train it anew with --fresh, or give another --name.", code="exists"
        )
