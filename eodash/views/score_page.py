"""Scores of a model on a set as one page of figures that opens without a server or a network."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from eodash.views.score_charts import confusion_chart, per_class_chart, reliability_chart
from eodash.views.theme import CHART, PALETTES

SCRIPT = "plotly.min.js"
WIDTH = 760


def write_page(folder: Path, name: str, row: Mapping[str, Any], colours: Mapping[str, str]) -> Path:
    """NAME.html beside the drawing code that all pages of a folder share; `row` is a line of the evaluation."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / SCRIPT).is_file():
        (folder / SCRIPT).write_text(get_plotlyjs(), "utf-8")
    path = folder / f"{name}.html"
    path.write_text(page(row, colours), "utf-8")
    return path


def page(row: Mapping[str, Any], colours: Mapping[str, str]) -> str:
    """The whole page; names come from files, so they are escaped."""
    palette = PALETTES["light"]
    title = html.escape(f"{row['title']} on {row['data']}")
    drawn = "".join(
        figure.to_html(full_html=False, include_plotlyjs=False, config=CHART, default_width=f"{WIDTH}px")
        for figure in figures(row, colours)
    )
    said = (
        f"accuracy {row['accuracy']:.3f} ± {row['deviation']:.3f}, balanced {row['balanced']:.3f}, kappa "
        f"{row['kappa']:.3f}, macro F1 {row['macro_f1']:.3f} · {row['series']:,} series of {row['groups']:,} fields"
    )
    lines = [said, row["origin"], *row["notes"]]
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><script src={SCRIPT}></script>"
        f"<body style='font:16px Source Sans,sans-serif;color:{palette.ink};background:{palette.page};margin:2rem'>"
        f"<h1 style='font-size:30px'>{title}</h1>"
        + "".join(f"<p style='max-width:{WIDTH}px'>{html.escape(str(line))}</p>" for line in lines)
        + f"{drawn}</body></html>\n"
    )


def figures(row: Mapping[str, Any], colours: Mapping[str, str]) -> Sequence[go.Figure]:
    """Confusion, precision and recall, calibration."""
    named = [{**each, "name": each["class"]} for each in row["per_class"]]
    return (
        confusion_chart(row["classes"], row["confusion"], "light"),
        per_class_chart(named, colours, "light"),
        reliability_chart(bins(row["reliability"]), "light"),
    )


def bins(reliability: Mapping[str, Sequence[Any]]) -> list[dict[str, float]]:
    """The bins that hold an answer, a row each."""
    total = sum(reliability["series"])
    columns = (reliability["confidence"], reliability["accuracy"], reliability["series"])
    return [
        {"confidence": confidence, "accuracy": accuracy, "share": series / total}
        for confidence, accuracy, series in zip(*columns, strict=True)
        if series
    ]
