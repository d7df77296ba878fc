"""What a card draws: confusion, precision and recall, confidence, training, and what a few real labels change."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from eodash.cards import Card, Class, Score
from eodash.ui.models_shelf import AS_IT_IS, is_world
from eodash.ui.models_tables import scrolling
from eodash.ui.page import caption, mode, section
from eodash.views.model_compared import Point, few_labels_chart
from eodash.views.score_charts import confusion_chart, history_chart, per_class_chart, reliability_chart
from eodash.views.theme import CHART

TITLES = {"landcover": "Land cover", "breizhcrops": "BreizhCrops"}
LABELS = re.compile(r"(?P<how>.+?), (?:(?P<count>\d+) per class|one field.*)")
FIELD = -1.0
"""Where the labels of one field per class stand, left of all counts."""
HOW = ("fine-tuned", "from scratch", "random forest")


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
    told = [name for name in here.legends if name in _part(record, "confusion")]
    if not told:
        return
    section("Which classes it tells apart", f"{_tested(here)}.")
    legend = told[0]
    if len(told) > 1:
        legend = st.segmented_control(
            "Legend", told, default=told[0], required=True, format_func=lambda name: TITLES.get(name, name),
            key=f"legend-{here.name}", label_visibility="collapsed",
        ) or told[0]  # fmt: skip
    names, counts = matrix_of(record["confusion"][legend], here.legends[legend])
    rows = [row | {"name": row.get("name", row.get("class"))} for row in _part(record, "per_class").get(legend, [])]
    colours = {each.name: each.colour for each in here.legends[legend]}
    left, right = st.columns([1.28, 1], gap="large")
    with left, st.container(key="wide-confusion"):
        drawn, said = confusion_chart(names, counts, mode()), _confused(names, counts)
        st.plotly_chart(drawn, theme=None, config=CHART, key=f"confusion-{here.name}-{legend}", alt=said)
    with right:
        if rows:
            drawn = per_class_chart(rows, colours, mode())
            said = "Recall and precision per class: " + "; ".join(_row(row) for row in rows)
            st.plotly_chart(drawn, theme=None, config=CHART, key=f"classes-{here.name}-{legend}", alt=said)
        pure = " Simulated fields are as pure as the simulation: real borders and weeds are not in these counts."
        said = "A row of the matrix is a true class; off the diagonal stands what it was taken for."
        caption(f"{said}{pure if here.input.level else ''}")


def matrix_of(said: Any, classes: Sequence[Class]) -> tuple[list[str], list[list[int]]]:
    """Names and counts; a record may leave out the names where they are those of the legend."""
    if isinstance(said, dict):
        return said["classes"], said["counts"]
    return [each.name for each in classes], said


def bins_of(said: Any) -> list[dict[str, float]]:
    """The bins that hold anything, a row each; a record may hold them as columns, empty ones included."""
    if isinstance(said, list):
        return said
    total = sum(said["series"])
    return [
        {"confidence": confidence, "accuracy": accuracy, "share": series / total}
        for confidence, accuracy, series in zip(said["confidence"], said["accuracy"], said["series"], strict=True)
        if series
    ]


def _tested(here: Card) -> str:
    """What the long tables of a record are about."""
    if not here.scores or is_world(here.scores[0]):
        return "Simulated fields of held-out scenes"
    return f"Held-out series of {here.scores[0].data}"


def _confused(names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """The strongest confusions in words."""
    shares = [
        (count / max(1, sum(row)), names[at], names[column])
        for at, row in enumerate(counts)
        for column, count in enumerate(row)
        if at != column
    ]
    most = sorted(shares)[:-4:-1]
    worst = "; ".join(f"{truth} taken for {said}: {100 * share:.0f} %" for share, truth, said in most)
    return f"Confusion matrix of {len(names)} classes. Most often confused: {worst}"


def _row(row: Mapping[str, Any]) -> str:
    said = ["–" if row.get(key) is None else f"{row[key]:.2f}" for key in ("recall", "precision")]
    return f"{row['name']} {said[0]} and {said[1]}"


def _reliability(here: Card, record: Mapping[str, Any]) -> None:
    known = _part(record, "reliability")
    if not known:
        return
    legend = next((name for name in here.legends if name in known), next(iter(known)))
    section("Can its confidence be believed?", f"{_tested(here)}, {TITLES.get(legend, legend)}.")
    error = next(
        (each.calibration for each in here.scores if each.legend == legend and each.calibration is not None),
        None,
    )
    off = f" Mean gap {100 * error:.1f} points." if error is not None else ""
    drawn = reliability_chart(bins_of(known[legend]), mode())
    st.plotly_chart(drawn, theme=None, config=CHART, key=f"reliability-{here.name}", alt=f"Reliability diagram.{off}")
    caption(
        f"Above the line it is right more often than it says, below it less often.{off} On real fields it is likely to "
        "be worse: confidence does not know that it has left the world."
    )


def _history(here: Card, record: Mapping[str, Any]) -> None:
    history = record.get("history")
    if not isinstance(history, list) or not history:
        return
    section("How it learned", f"{len(history)} epochs on {here.trained.get('data', 'its training series')}.")
    best = here.trained.get("best_epoch")
    drawn = history_chart(history, mode(), best if isinstance(best, int) else None)
    st.plotly_chart(drawn, theme=None, config=CHART, key=f"history-{here.name}", alt="Loss and accuracy per epoch")
    caption(
        "Training series are made harder on the way (dates lost, seasons cut off), so that validation may lie below "
        "training loss. The epoch was chosen on validation series, the scores come from test scenes."
    )


def _few_labels(here: Card) -> None:
    for data, some in few_labels(here.scores).items():
        origin = next((score.note for score in some if score.note), "")
        section("What do a few real labels change?", f"Real fields of {data}; tested on other polygons.")
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
        drawn = few_labels_chart(lines, levels, ticks, mode())
        left, right = st.columns([1.28, 1], gap="large", vertical_alignment="center")
        left.plotly_chart(drawn, theme=None, config=CHART, key=f"labels-{here.name}-{data}", alt=said)
        right.html(_labels_table(lines, ticks))
        draws = max(score.draws for score in some)
        caption(
            f"{draws} draws of labels; counts go as far as the polygons allow. Squares: the labels of one field of "
            "each class. The set is small, and its polygons lie close together: another region may need more. "
            f"{origin}".strip()
        )


def _labels_table(lines: Mapping[str, Sequence[Point]], ticks: Mapping[float, str]) -> str:
    """The same figures: a row per count, a column per way of fitting."""
    head = "<th>real labels per class</th>" + "".join(f"<th>{html.escape(name)}</th>" for name in lines)
    body = ""
    for x, tick in ticks.items():
        cells = "".join(f"<td>{_reached(points, x)}</td>" for points in lines.values())
        body += f"<tr><td>{html.escape(tick)}</td>{cells}</tr>"
    return scrolling(head, body)


def _reached(points: Sequence[Point], x: float) -> str:
    found = next((point for point in points if point.x == x), None)
    return "–" if found is None else f"{100 * found.y:.1f} ± {100 * found.deviation:.1f} %"


def few_labels(scores: Sequence[Score]) -> dict[str, list[Score]]:
    """Scores after fitting to a few labels, by set."""
    found: dict[str, list[Score]] = {}
    for score in scores:
        if LABELS.fullmatch(score.what):
            found.setdefault(score.data, []).append(score)
    return found


def curves(scores: Sequence[Score]) -> tuple[dict[str, list[Point]], dict[str, float], dict[float, str]]:
    """A line per way of fitting, no levels yet, and the ticks: places in the order of the counts."""
    said = [(match, score) for score in scores if (match := LABELS.fullmatch(score.what))]
    counts = sorted({int(match["count"]) for match, _ in said if match["count"]})
    ticks = {float(place): str(count) for place, count in enumerate(counts)}
    lines: dict[str, list[Point]] = {}
    for match, score in said:
        x = float(counts.index(int(match["count"]))) if match["count"] else FIELD
        words = f"{match['count']} per class" if match["count"] else "one field per class"
        lines.setdefault(match["how"], []).append(Point(x, score.accuracy, score.deviation, words))
        if not match["count"]:
            ticks[FIELD] = "one field"
    order = sorted(lines, key=lambda name: HOW.index(name) if name in HOW else len(HOW))
    return {name: sorted(lines[name], key=lambda point: point.x) for name in order}, {}, dict(sorted(ticks.items()))


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    said = record.get(name)
    return said if isinstance(said, dict) else {}
