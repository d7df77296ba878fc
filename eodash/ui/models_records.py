"""What the record of a card says: counts, bins of confidence, and scores after a few real labels, ready to draw."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from eodash.cards import Card, Class, Score
from eodash.ui.models_shelf import is_world
from eodash.ui.models_tables import scrolling
from eodash.views.model_compared import Point

LABELS = re.compile(r"(?P<how>.+?), (?:(?P<count>\d+) per class|one field.*)")
FIELD = -1.0
"""Where the labels of one field per class stand, left of all counts."""
HOW = ("fine-tuned", "from scratch", "random forest")


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


def tested(here: Card) -> str:
    """What the long tables of a record are about."""
    if not here.scores or is_world(here.scores[0]):
        return "Simulated fields of held-out scenes"
    return f"Held-out series of {here.scores[0].data}"


def confused(names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
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


def in_words(row: Mapping[str, Any]) -> str:
    said = ["–" if row.get(key) is None else f"{row[key]:.2f}" for key in ("recall", "precision")]
    return f"{row['name']} {said[0]} and {said[1]}"


def labels_table(lines: Mapping[str, Sequence[Point]], ticks: Mapping[float, str]) -> str:
    """The same figures: a row per count, a column per way of fitting."""
    head = "<th>real labels per class</th>" + "".join(f"<th>{html.escape(name)}</th>" for name in lines)
    body = ""
    for x, tick in ticks.items():
        cells = "".join(f"<td>{_reached(points, x)}</td>" for points in lines.values())
        body += f"<tr><td>{html.escape(tick)}</td>{cells}</tr>"
    return scrolling(head, body)


def points_table(lines: Mapping[str, Sequence[Point]]) -> pd.DataFrame:
    """Every point of every line."""
    return pd.DataFrame([
        {"fitted": name, "real labels": point.said, "accuracy": point.y, "deviation": point.deviation}
        for name, points in lines.items()
        for point in points
    ])  # fmt: skip


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


def part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    said = record.get(name)
    return said if isinstance(said, dict) else {}
