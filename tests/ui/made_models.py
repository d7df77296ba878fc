"""Cards as a training writes them, with invented figures, and no network behind them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from eodash.cards import Card, Class, Input, Score, Weights, write
from eodash.world.legend import BREIZHCROPS, FINE, LANDCOVER

RAW = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
READY = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
TITLES = {
    "lstm": "LSTM", "transformer": "Transformer", "ms-resnet": "MS-ResNet", "temp-cnn": "TempCNN",
    "early-lstm": "Early LSTM", "causal-transformer": "Causal Transformer", "l-tae": "L-TAE",
    "random-forest": "Random forest",
}  # fmt: skip
COUNTS = (1, 2, 5, 10, 20)


def legends() -> dict[str, tuple[Class, ...]]:
    """Both, as sums over the fine list."""
    found = {}
    for legend, called in (
        (LANDCOVER, [kind.landcover for kind in FINE]),
        (BREIZHCROPS, [k.breizhcrops for k in FINE]),
    ):
        found[legend.name] = tuple(
            Class(one.name, one.colour, tuple(place for place, name in enumerate(called) if name == one.name))
            for one in legend.labels
        )
    return found


def score(data: str, what: str, accuracy: float, **more: Any) -> Score:
    return Score(
        data, what, "landcover", 400, accuracy, accuracy - 0.03, accuracy - 0.06, accuracy - 0.04,
        command=f"python -m eodash evaluate --model MODEL --data {data}", **more,
    )  # fmt: skip


def scores(best: float, level: str) -> tuple[Score, ...]:
    """Held-out worlds in both legends, a real set as it is, and after fitting to a few labels."""
    real = "victoria" if level == "l2a" else "phiweek19"
    world = score("world", "as it is", best, calibration=0.031)
    found = [world, replace(world, legend="breizhcrops", accuracy=best - 0.05)]
    found.append(score(real, "as it is", best - 0.04, deviation=0.021, draws=200, calibration=0.06))
    for how, start in (("fine-tuned", best - 0.03), ("from scratch", best - 0.4), ("random forest", best - 0.3)):
        for step, count in enumerate(COUNTS):
            reached = start + (best + 0.02 - start) * step / 5
            found.append(score(real, f"{how}, {count} per class", reached, deviation=0.08 / (step + 1), draws=5))
        found.append(score(real, f"{how}, one field per class", start + 0.02, deviation=0.05, draws=5))
    return (*found, score(real, "from scratch, all labels", best + 0.02, deviation=0.012, draws=3))


def record(seed: int = 0) -> dict[str, Any]:
    """Long tables that hang together loosely."""
    rng = np.random.default_rng(seed)
    said: dict[str, Any] = {"confusion": {}, "per_class": {}, "reliability": {}}
    for name, classes in legends().items():
        names = [each.name for each in classes]
        counts = rng.integers(0, 30, (len(names), len(names))) * (rng.random((len(names), len(names))) < 0.4)
        counts += np.diag(rng.integers(150, 400, len(names)))
        recall, precision = np.diag(counts) / counts.sum(1), np.diag(counts) / counts.sum(0)
        said["confusion"][name] = {"classes": names, "counts": counts.tolist()}
        said["per_class"][name] = [
            {"name": each, "precision": float(p), "recall": float(r), "series": int(n)}
            for each, p, r, n in zip(names, precision, recall, counts.sum(1), strict=True)
        ]
        bins = np.linspace(0.25, 0.99, 11)
        said["reliability"][name] = [
            {"confidence": float(c), "accuracy": float(min(1, c**1.15)), "share": float(s)}
            for c, s in zip(bins, (bins**6 / (bins**6).sum()).tolist(), strict=True)
        ]
    epochs = np.arange(1, 31)
    said["history"] = [
        {"epoch": int(e), "loss": float(2.2 * np.exp(-e / 7) + 0.35 + 0.02 * rng.random()),
         "validation_loss": float(2.0 * np.exp(-e / 6) + 0.42 + 0.03 * rng.random()),
         "accuracy": float(0.9 - 0.6 * np.exp(-e / 6)), "balanced": float(0.87 - 0.62 * np.exp(-e / 6))}
        for e in epochs
    ]  # fmt: skip
    return said


def card(architecture: str, level: str, best: float = 0.9, **changes: Any) -> Card:
    bands = RAW if level == "l1c" else READY
    name = changes.pop("name", f"{architecture}-{level}")
    causal = architecture in ("early-lstm", "causal-transformer")
    forest = architecture == "random-forest"
    trained = {
        "data": f"world level={level}", "series": 48_000, "epochs": 30, "best_epoch": 27, "seed": 1, "seconds": 1840.0,
        "device": "cpu", "parameters": 94_267 if "lstm" in architecture else 606_000, "made": "2026-11-21",
        "command": f"python -m eodash train {architecture} --data world --level {level} --out models/cards",
    }  # fmt: skip
    made = Card(
        name, f"{TITLES.get(architecture, architecture)}, {'raw' if level == 'l1c' else 'preprocessed'} images",
        architecture, {}, Input(level, bands, (0.2,) * len(bands), (0.1,) * len(bands), dates=(8, 73)), legends(),
        None if forest else Weights(f"{name}.safetensors", "ab" * 32, 1_240_000), "CC-BY-4.0",
        "Pelletier, Webb & Petitjean (2019), arXiv:1811.10166", causal,
        "Answers after every date, and learns when it has seen enough." if causal else
        "Reads a whole series at once; at an earlier date it is asked about the series so far.",
        {"series": 6000, "data": "world"} if forest else trained, "temperate and winter rain, both hemispheres",
        scores(best, level),
        ("It has learned from simulated fields alone; what it does on real ones is only known where a score says so.",
         "It needs the dates of the images: a season that is told wrong is read wrong."),
    )  # fmt: skip
    return replace(made, **changes)


def shelf(folder: Path) -> None:
    """Cards of every network on both inputs, with their records, in `folder`/cards; tables in `folder`/tables."""
    for place, architecture in enumerate(TITLES):
        for level, loss in (("l2a", 0.0), ("l1c", 0.03)):
            made = card(
                architecture, level, 0.92 - 0.012 * place - loss * (4 if architecture == "random-forest" else 1)
            )
            write(made, folder / "cards", record(place))
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in tables().items():
        (folder / "tables" / f"{name}.json").write_text(json.dumps(table))


def tables() -> dict[str, Any]:
    """Two that are drawn, and one that is not."""
    inputs = [
        {"model": title, "raw": 0.88 - 0.01 * place - (0.25 if "forest" in title else 0), "raw_deviation": 0.012,
         "preprocessed": 0.91 - 0.01 * place, "preprocessed_deviation": 0.008, "seeds": 3}
        for place, title in enumerate(TITLES.values())
    ]  # fmt: skip
    source = "Rußwurm & Körner (2020)"
    return {
        "raw-against-preprocessed": {
            "title": "Does it need preprocessing?", "command": "python -m eodash tables raw", "made": "2026-11-21",
            "rows": inputs, "note": "Simulated fields, three seeds per cell.",
            "published": [{"model": "TempCNN", "raw": 0.799, "preprocessed": 0.836, "source": source},
                          {"model": "Transformer", "raw": 0.842, "preprocessed": 0.804, "source": source}],
        },
        "stacked-dates": {
            "title": "Stacked dates or a sequence?", "command": "python -m eodash tables stacked", "made": "2026-11-21",
            "rows": [{"model": "Random forest", "accuracy": 0.84, "deviation": 0.01, "kappa": 0.8}], "published": [],
            "note": "",
        },
        "accuracy-against-earliest": {
            "title": "How early?", "command": "python -m eodash tables early", "made": "2026-11-21", "note": "",
            "rows": [{"model": "Early LSTM", "alpha": alpha, "accuracy": 0.72 + 0.2 * alpha, "deviation": 0.01,
                      "earliness": 0.8 - 0.5 * alpha} for alpha in (0.2, 0.4, 0.6, 0.8, 0.9)],
            "published": [
                {"model": "BreizhCrops", "alpha": 0.4, "accuracy": 0.80, "earliness": 0.69, "source": source}
            ],
        },
    }  # fmt: skip
