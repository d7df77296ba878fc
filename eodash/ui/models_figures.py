"""What a card draws: confusion, precision and recall, confidence, training, and what a few real labels change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from eodash.cards import Card
from eodash.ui.figure import figure
from eodash.ui.models_records import (
    bins_of,
    confused,
    curves,
    few_labels,
    in_words,
    labels_table,
    matrix_of,
    part,
    points_table,
    tested,
)
from eodash.ui.models_shelf import AS_IT_IS
from eodash.ui.page import caption, mode, section
from eodash.views.model_compared import few_labels_chart
from eodash.views.score_charts import confusion_chart, history_chart, per_class_chart, reliability_chart

TITLES = {"landcover": "Land cover", "breizhcrops": "BreizhCrops"}


def figures(here: Card) -> None:
    """Each figure with what one sees on it, and what it does not prove."""
    record = here.record
    _classes(here, record)
    left, right = st.columns(2, gap="large")
    with left:
        _reliability(here, record)
    with right:
        _history(here, record)
    _few_labels(here)


def _classes(here: Card, record: Mapping[str, Any]) -> None:
    told = [name for name in here.legends if name in part(record, "confusion")]
    if not told:
        return
    section("Which classes it tells apart", f"{tested(here)}.")
    legend = told[0]
    if len(told) > 1:
        legend = st.segmented_control(
            "Legend", told, default=told[0], required=True, format_func=lambda name: TITLES.get(name, name),
            key=f"legend-{here.name}", label_visibility="collapsed",
        ) or told[0]  # fmt: skip
    names, counts = matrix_of(record["confusion"][legend], here.legends[legend])
    rows = [row | {"name": row.get("name", row.get("class"))} for row in part(record, "per_class").get(legend, [])]
    colours = {each.name: each.colour for each in here.legends[legend]}
    left, right = st.columns([1.28, 1], gap="large")
    with left, st.container(key="wide-confusion"):
        figure(
            confusion_chart(names, counts, mode()),
            f"confusion-{here.name}-{legend}",
            question="Which class is taken for which?",
            caption="A row is a true class; off the diagonal stands what it was taken for.",
            alt=confused(names, counts),
            table=partial(_matrix, names, counts),
        )
    with right:
        if rows:
            figure(
                per_class_chart(rows, colours, mode()),
                f"classes-{here.name}-{legend}",
                question="How often is each class right?",
                caption="How much of a class is found, and how much of what is called so is.",
                alt="Recall and precision per class: " + "; ".join(in_words(row) for row in rows),
                table=partial(pd.DataFrame, rows),
            )
        if here.input.level:
            caption("Simulated fields are as pure as the simulation: real borders and weeds are not in these counts.")


def _matrix(names: Sequence[str], counts: Sequence[Sequence[int]]) -> pd.DataFrame:
    """A row per true class, a column per class that was said."""
    return pd.DataFrame(counts, index=pd.Index(names, name="in truth"), columns=list(names))


def _reliability(here: Card, record: Mapping[str, Any]) -> None:
    known = part(record, "reliability")
    if not known:
        return
    legend = next((name for name in here.legends if name in known), next(iter(known)))
    error = next(
        (each.calibration for each in here.scores if each.legend == legend and each.calibration is not None),
        None,
    )
    off = f" Mean gap {100 * error:.1f} points." if error is not None else ""
    bins = bins_of(known[legend])
    figure(
        reliability_chart(bins, mode()),
        f"reliability-{here.name}",
        question="Can its confidence be believed?",
        caption=f"{tested(here)}, {TITLES.get(legend, legend)}.",
        alt=f"Share that is right over the confidence that was said, in {len(bins)} bins.{off}",
        table=partial(pd.DataFrame, bins),
    )
    caption(
        f"Above the line it is right more often than it says, below it less often.{off} On real fields it is likely to "
        "be worse: confidence does not know that it has left the world."
    )


def _history(here: Card, record: Mapping[str, Any]) -> None:
    history = record.get("history")
    if not isinstance(history, list) or not history:
        return
    best = here.trained.get("best_epoch")
    kept = f"; epoch {best} was kept" if isinstance(best, int) else ""
    figure(
        history_chart(history, mode(), best if isinstance(best, int) else None),
        f"history-{here.name}",
        question="How did it learn?",
        caption=f"{len(history)} epochs on {here.trained.get('data', 'its training series')}.",
        alt=f"Loss and accuracy over {len(history)} epochs{kept}",
        table=partial(pd.DataFrame, history),
    )
    caption(
        "Training series are made harder on the way (dates lost, seasons cut off), so that validation may lie below "
        "training loss. The epoch was chosen on validation series, the scores come from test scenes."
    )


def _few_labels(here: Card) -> None:
    for data, some in few_labels(here.scores).items():
        origin = next((score.note for score in some if score.note), "")
        lines, levels, ticks = curves(some)
        levels |= {
            name: score.accuracy
            for name, what in (("no real label", AS_IT_IS), ("all labels", "from scratch, all labels"))
            for score in here.scores
            if score.data == data and score.what == what
        }
        said = "; ".join(
            f"{name}: " + ", ".join(f"{point.said} {100 * point.y:.0f} %" for point in points)
            for name, points in lines.items()
        )
        left, right = st.columns([1.28, 1], gap="large", vertical_alignment="center")
        with left:
            figure(
                few_labels_chart(lines, levels, ticks, mode()),
                f"labels-{here.name}-{data}",
                question="What do a few real labels change?",
                caption=f"Real fields of {data}; tested on other polygons.",
                alt=said,
                table=partial(points_table, lines),
            )
        right.html(labels_table(lines, ticks))
        draws = max(score.draws for score in some)
        caption(
            f"{draws} draws of labels; counts go as far as the polygons allow. Squares: the labels of one field of "
            "each class. The set is small, and its polygons lie close together: another region may need more. "
            f"{origin}".strip()
        )
