"""Figures that others published, for display beside ours: other fields, other years, other classes."""

from __future__ import annotations

from typing import Any

Rows = list[dict[str, Any]]
BAVARIA = "49,000 parcels, 34 classes, mean of 10 seeds: Rußwurm & Körner (2020), doi:10.1016/j.isprsjprs.2020.06.006"
FOREST = "random forest, 23 classes: code of the same authors"
BREIZHCROPS = "BreizhCrops, raw (L1C), nine classes, mean of four folds: dl4sits/BreizhCrops"
EARLY = "Rußwurm et al., end-to-end learned early classification of crop series, as presented by the authors"

RAW_AGAINST_PREPROCESSED: Rows = [
    {"network": network, "preprocessed": pre[0], "preprocessed_kappa": pre[1], "raw": raw[0], "raw_kappa": raw[1],
     "cost_of_raw": round(pre[0] - raw[0], 3), "source": BAVARIA}
    for network, pre, raw in (
        ("LSTM", (0.804, 0.759), (0.801, 0.756)),
        ("Transformer", (0.804, 0.759), (0.842, 0.808)),
        ("MS-ResNet", (0.849, 0.816), (0.836, 0.800)),
        ("TempCNN", (0.836, 0.799), (0.799, 0.750)),
    )
]  # fmt: skip
RAW_AGAINST_PREPROCESSED.append(
    {"network": "Random forest", "preprocessed": 0.64, "raw": 0.33, "cost_of_raw": 0.31, "source": FOREST}
)

STACKED_DATES: Rows = [
    {"model": model, "accuracy": accuracy, "kappa": kappa, "source": BREIZHCROPS}
    for model, accuracy, kappa in (
        ("LSTM", 0.79, 0.72),
        ("StarRNN", 0.79, 0.72),
        ("TempCNN", 0.78, 0.72),
        ("MS-ResNet", 0.70, 0.63),
        ("OmniScale", 0.78, 0.71),
        ("Transformer", 0.80, 0.74),
    )
]

ACCURACY_AGAINST_EARLINESS: Rows = [
    {"network": "BreizhCrops", "alpha": 0.4, "accuracy": 0.80, "earliness": 0.69, "source": EARLY},
    {"network": "BreizhCrops", "alpha": 0.8, "accuracy": 0.80, "earliness": 0.60, "source": EARLY},
    {"network": "Bavaria", "accuracy": 0.86, "earliness": 0.57, "source": EARLY},
]
