"""Evaluations as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eodash.training.evaluate import Evaluation

COLUMNS = (
    ("accuracy", "accuracy"), ("deviation", "±"), ("balanced", "balanced"), ("kappa", "kappa"), ("macro_f1", "F1"),
    ("calibration", "calibr."), ("strict_accuracy", "strict"), ("outside", "outside"), ("earliness", "earliness"),
    ("stopped_accuracy", "stopped"),
)  # fmt: skip


def report(found: Sequence[Evaluation]) -> Iterator[str]:
    """Everything as lines: a table of models, then the classes of each, then what the cards say."""
    for line in _lines(found):  # names come from files: nothing of them may steer a terminal
        yield "".join(letter if letter.isprintable() else "�" for letter in line)


def _lines(found: Sequence[Evaluation]) -> Iterator[str]:
    first = found[0].row
    yield f"{first['data']}: {first['origin']}"
    width = max(len(each.row["model"]) for each in found)
    yield ""
    yield f"{'':{width}} {'series':>7} " + " ".join(f"{title:>9}" for _, title in COLUMNS)
    for each in found:
        figures = " ".join(f"{_figure(each.row.get(key)):>9}" for key, _ in COLUMNS)
        yield f"{each.row['model']:{width}} {each.row['series']:>7,} {figures}"
    for each in found:
        yield ""
        yield from _classes(each.row)
    yield ""
    for each in found:
        yield from _remarks(each.row)


def _classes(row: Mapping[str, Any]) -> Iterator[str]:
    """Precision, recall and confusion of one model; rows are the truth."""
    shared, whole = row["shared_classes"]
    among = f"legend {row['legend']}" + (f", the {shared} of {whole} classes that both share" if shared < whole else "")
    yield f"{row['model']}, {among}; confusion: truth down, answer across"
    width = max(len(name) for name in row["classes"])
    cell = max(5, *(len(f"{count:,}") + 1 for line in row["confusion"] for count in line))
    numbers = "".join(f"{number:>{cell}}" for number in range(1, len(row["classes"]) + 1))
    yield f"{'':{width + 4}} {'precision':>9} {'recall':>7} {'F1':>7} {'series':>7}  {numbers}"
    for number, (each, counts) in enumerate(zip(row["per_class"], row["confusion"], strict=True), 1):
        figures = f"{_figure(each['precision']):>9} {_figure(each['recall']):>7} {_figure(each['f1']):>7}"
        cells = "".join(f"{count or '·':>{cell}}" for count in counts)
        yield f"{number:>3} {each['class']:{width}} {figures} {each['series']:>7,}  {cells}"


def _remarks(row: Mapping[str, Any]) -> Iterator[str]:
    for note in row["notes"]:
        yield f"{row['model']}: {note}"
    if row["unanswered"]:
        yield f"{row['model']}: {row['unanswered']:,} series have no observation, and are left out"
    for said in row["card"]:
        stray = f" ± {said['deviation']:.3f}" if said["deviation"] else ""
        agrees = "reproduced" if said["reproduced"] else f"differs by {said['apart']:+.3f}"
        yield (
            f"{row['model']}: the card says {said['accuracy']:.3f}{stray} ({said['what']}, {said['series']:,} series): "
            f"{agrees}"
        )
    if not row["card"]:
        yield f"{row['model']}: the card says nothing about {row['data']}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
