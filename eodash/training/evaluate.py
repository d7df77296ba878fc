"""How good a model is on a set of labelled series: every figure that a card prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash import metrics
from eodash.cards import Card, Class, Score
from eodash.datasets.contract import Dataset
from eodash.errors import ModelError
from eodash.training.asking import Ask, Said, asker, fitting
from eodash.training.matching import Match, match

PIECE = 1024  # series that are read and asked at once
SERIES = 20_000  # of the world, unless another number is asked for
DEFAULT = ("early-lstm-l1c", "early-lstm-l2a")  # a model that is not chosen: it answers after every date
AS_IT_IS, STOPPED = "as it is", "as it is, when it stops"
OUTSIDE = 0.99
SAME = 0.005  # accuracy: closer than this is the same, however small a card's deviation


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What came out, and of which series."""

    row: dict[str, Any]  # a line of the JSON file
    classes: tuple[Class, ...]  # those that were told apart
    rows: NDArray[np.int64]  # (series,) numbers of the series in the set
    group: NDArray[np.int64]
    truth: NDArray[np.int64]  # (series,) place in `classes`
    probabilities: NDArray[np.float32]  # (series, class)
    said: Said  # over the model's own outputs

    def lines(self) -> Iterator[tuple[object, ...]]:
        """A line per series: model, row, field, truth, said, confidence, outside, stopped at, dates."""
        names = [one.name for one in self.classes]
        for place, row in enumerate(self.rows.tolist()):
            sure = self.probabilities[place]
            answered = bool(np.isfinite(sure).all())
            yield (
                self.row["model"],
                row,
                int(self.group[place]),
                names[self.truth[place]],
                names[int(sure.argmax())] if answered else "",
                f"{sure.max():.4f}" if answered else "",
                "" if self.said.outside is None else f"{self.said.outside[place]:.4f}",
                "" if self.said.step is None else int(self.said.step[place]),
                "" if self.said.dates is None else int(self.said.dates[place]),
            )


def evaluate(
    card: Card,
    data: Dataset,
    *,
    spec: str = "",
    legend: str = "",
    only: Sequence[str] = (),
    series: int | None = None,
    seed: int = 0,
    ask: Ask | None = None,
    device: str = "auto",
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> Evaluation:
    """Ask a model about a set, or about `series` of it drawn at random; `spec` is how the set was asked for."""
    pick, notes = fitting(card, data)
    matched = match(card, data, legend, only)
    rows = _rows(data, matched, series, seed)
    ask = ask or asker(card, device)
    parts, groups, labels = [], [], []
    for start in range(0, len(rows), PIECE):
        batch = data.read(rows[start : start + PIECE])
        parts.append(ask(pick(batch)))
        groups.append(batch.group)
        labels.append(batch.label)
        on_progress(min(start + PIECE, len(rows)), len(rows))
    said, group = _joined(parts), np.concatenate(groups)
    truth = matched.truth(np.concatenate(labels))
    row, probabilities = _scores(said, matched, truth, group)
    row = {
        "model": card.name,
        "title": card.title,
        "data": spec or data.name,
        "default": card.name in DEFAULT,
        "what": ", ".join([AS_IT_IS, *only]),
        "legend": matched.legend,
        "shared_classes": [len(matched.shared), len(matched.classes)],
        **row,
        "origin": data.origin,
        "notes": [*notes, *_thin(matched, truth)],
    }
    row["card"] = compared(card, row)
    classes = tuple(matched.classes[place] for place in matched.shared)
    return Evaluation(row, classes, rows, group, truth, probabilities, said)


def compared(card: Card, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What the card says of the same set, and whether this run agrees; nothing where it says nothing."""
    measured = {row["what"]: row["accuracy"]}
    if row["what"] == AS_IT_IS:
        measured[STOPPED] = row.get("stopped_accuracy")
    found = []
    for score in card.scores:
        here = measured.get(score.what)
        if here is not None and (score.data, score.legend) == (row["data"], row["legend"]):
            apart = here - score.accuracy
            found.append(
                {
                    "what": score.what,
                    "accuracy": score.accuracy,
                    "deviation": score.deviation,
                    "series": score.series,
                    "apart": round(apart, 6),
                    "reproduced": abs(apart) <= _spread(score, row),
                }
            )
    return found


def _spread(score: Score, row: dict[str, Any]) -> float:
    """By how much two runs may differ: the card's deviation; on other series, twice what chance makes of both."""
    if score.series == row["series"]:
        return max(score.deviation, SAME)
    return max(2 * float(np.hypot(score.deviation, row["deviation"])), SAME)


def _rows(data: Dataset, matched: Match, series: int | None, seed: int) -> NDArray[np.int64]:
    known: NDArray[np.int64] = np.flatnonzero(matched.truth(data.label) >= 0)
    if not len(known):
        raise ModelError(
            f"No series of {data.name} has a label that the model knows.",
            f"The model tells apart {', '.join(matched.names)[:200]}.",
            code="empty",
        )
    if series is not None and series < len(known):
        known = np.sort(np.random.default_rng(seed).permutation(known)[: max(1, series)])
    return known


def _scores(
    said: Said, matched: Match, truth: NDArray[np.int64], group: NDArray[np.int64]
) -> tuple[dict[str, Any], NDArray[np.float32]]:
    from eodash.backend.forward import fold, rescale

    whole = fold(said.probabilities, matched.classes)
    probabilities = whole if matched.whole else rescale(whole[:, matched.shared])
    answered = np.isfinite(probabilities).all(1)
    scored = np.where(answered, truth, -1)
    plain = np.nan_to_num(probabilities)
    row = metrics.summary(scored, plain, matched.names)
    if not row["series"]:
        raise ModelError(
            "No series has a single observation, so there is no answer to score.",
            "Take a longer period, or another cloud mask.",
            code="empty",
        )
    right = plain.argmax(1) == scored
    row |= {
        "groups": len(np.unique(group[scored >= 0])),
        "deviation": round(metrics.spread_over_groups(right[scored >= 0], group[scored >= 0]), 6),
        "unanswered": int((~answered).sum()),
        "strict_accuracy": round(metrics.accuracy(scored, _strict(whole, matched)), 6),
        "outside": None,
        "earliness": None,
    }
    if said.outside is not None:
        row["outside"] = round(float(np.mean(said.outside[answered] > OUTSIDE)), 6)
    if said.stopped is not None and said.step is not None and said.dates is not None and said.decided is not None:
        folded = np.nan_to_num(fold(said.stopped, matched.classes)[:, matched.shared])
        accurate = metrics.accuracy(scored, folded.argmax(1))
        early = metrics.earliness(said.step[answered], said.dates[answered])
        row |= {
            "earliness": round(early, 6),
            "stopped_accuracy": round(accurate, 6),
            "harmonic_mean": round(metrics.harmonic_mean(accurate, early), 6),
            "undecided": round(float(np.mean(~said.decided[answered])), 6),
        }
    return row, probabilities


def _strict(whole: NDArray[np.float32], matched: Match) -> NDArray[np.int64]:
    """What is said when every class of the legend may be, as places in `shared`; behind them what is not shared."""
    place = np.full(len(matched.classes), len(matched.shared))
    place[matched.shared] = np.arange(len(matched.shared))
    return np.asarray(place[np.nan_to_num(whole).argmax(1)], np.int64)


def _thin(matched: Match, truth: NDArray[np.int64]) -> list[str]:
    counts = np.bincount(truth[truth >= 0], minlength=len(matched.names))
    thin = [f"{name} ({count})" for name, count in zip(matched.names, counts, strict=True) if count < 5]
    return [f"fewer than five series of {', '.join(thin)}"] if thin else []


def _joined(parts: Sequence[Said]) -> Said:
    """The answers of all pieces, one behind the other."""
    held = {field.name: [getattr(part, field.name) for part in parts] for field in fields(Said)}
    joined: dict[str, Any] = {name: None if each[0] is None else np.concatenate(each) for name, each in held.items()}
    return Said(**joined)
