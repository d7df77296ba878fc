"""Evaluation of models that answer what they are told."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from eodash.cards import Score
from eodash.errors import DateError, EodashError, ModelError
from eodash.training.asking import Said, fitting
from eodash.training.evaluate import Evaluation, evaluate
from eodash.training.report import report
from tests.training.answering import Labelled, card, obedient

ALL = ("cereals", "maize", "grassland")
DATA = Labelled(ALL, [0, 0, 0, 1, 1, 2, -1], [0, 1, 2, 2, 2, 3, 3])


def run(data: Labelled = DATA, **more: object) -> Evaluation:
    ask = more.pop("ask", obedient())
    return evaluate(more.pop("card", card()), data, ask=ask, **more)  # type: ignore[arg-type]


def test_outputs_of_a_class_add_up_and_are_scored() -> None:
    row = run().row
    assert row["confusion"] == [[2, 1, 0], [0, 2, 0], [0, 0, 1]]  # outputs 0 and 1 are cereals
    assert (row["series"], row["groups"]) == (6, 3)
    assert row["accuracy"] == pytest.approx(5 / 6, abs=1e-6)
    assert row["strict_accuracy"] == row["accuracy"]
    assert row["shared_classes"] == [3, 3]
    assert (row["outside"], row["earliness"], row["unanswered"]) == (None, None, 0)
    assert row["origin"] == DATA.origin
    json.dumps(row, allow_nan=False)


def test_bands_are_picked_by_name() -> None:
    assert DATA.bands != card().input.bands  # the model's first band is the second of the set
    assert run().row["accuracy"] > 0.8


def test_probabilities_are_those_of_the_classes_both_share_and_strict_ones_of_all() -> None:
    # the model calls the second series grassland, which the set does not have; of the rest, cereals are likelier
    data = Labelled(("cereals", "maize"), [0, 0, 1], [0, 3, 2])
    found = run(data)
    assert found.row["shared_classes"] == [2, 3]
    assert found.row["accuracy"] == 1
    assert found.row["strict_accuracy"] == pytest.approx(2 / 3)
    assert found.probabilities[1] == pytest.approx([2 / 3, 1 / 3])  # .1 + .1 against .1


def test_only_some_classes_count() -> None:
    row = run(only=("maize", "grassland")).row
    assert row["confusion"] == [[2, 0], [0, 1]]
    assert row["what"] == "as it is, maize, grassland"


def test_a_series_without_observation_is_not_an_answer() -> None:
    data = Labelled(ALL, [0, 1, 2], [0, 2, 3])
    data.mask[1] = False
    row = run(data).row
    assert (row["series"], row["unanswered"], row["accuracy"]) == (2, 1, 1)
    data.mask[:] = False
    with pytest.raises(ModelError) as caught:
        run(data)
    assert caught.value.code == "empty"


def test_stopping_is_scored_where_it_stops() -> None:
    """Four series of three dates: two stop at the first, one of them wrongly; two wait for the last."""

    def ask(batch: object) -> Said:
        whole, stopped = (np.eye(4, dtype=np.float32)[places] for places in ([0, 2, 3, 3], [0, 3, 3, 3]))
        step, dates = np.array([0, 0, 2, 2]), np.full(4, 3)
        return Said(whole, stopped, step, dates, np.array([True, True, False, False]), np.array([0.1, 0.5, 0.995, 0.2]))

    row = run(Labelled(ALL, [0, 1, 2, 2], [0] * 4), ask=ask).row
    assert (row["accuracy"], row["stopped_accuracy"], row["earliness"]) == (1, 0.75, 0.5)
    assert row["harmonic_mean"] == pytest.approx(0.6)
    assert (row["undecided"], row["outside"]) == (0.5, 0.25)


def test_some_series_are_drawn_the_same_each_time() -> None:
    data = Labelled(ALL, [0, 1, 2] * 40, [0, 2, 3] * 40)
    first, again, other = run(data, series=10), run(data, series=10), run(data, series=10, seed=1)
    assert len(first.rows) == 10
    assert first.rows.tolist() == again.rows.tolist() != other.rows.tolist()
    assert len(run(data, series=1000).rows) == 120


def test_long_sets_are_asked_a_piece_at_a_time() -> None:
    data, sizes, done = Labelled(ALL, [0, 1, 2] * 1000, [0, 2, 3] * 1000), [], []

    def ask(batch: object) -> Said:
        sizes.append(len(batch.label))  # type: ignore[attr-defined]
        return obedient()(batch)  # type: ignore[arg-type]

    found = run(data, ask=ask, on_progress=lambda *at: done.append(at))
    assert max(sizes) <= 1024
    assert done[-1] == (3000, 3000)
    assert found.row["accuracy"] == 1


def test_the_card_s_own_figure_is_reproduced_or_not() -> None:
    def score(accuracy: float, deviation: float = 0.0, series: int = 6, what: str = "as it is") -> Score:
        return Score("labelled", what, "landcover", series, accuracy, 0.8, 0.7, 0.7, deviation=deviation)

    def agrees(*scores: Score) -> list[bool]:
        return [said["reproduced"] for said in run(card=card(scores=scores)).row["card"]]

    assert agrees() == []
    assert agrees(score(0.8333)) == [True]
    assert agrees(score(0.80)) == [False]
    assert agrees(score(0.80, 0.04)) == [True]
    assert agrees(score(0.80, series=60)) == [True]  # six series say little
    assert agrees(score(0.1, series=60)) == [False]
    assert agrees(score(0.8, what="fine-tuned, 5 per class")) == []
    assert run(card=card(scores=[score(0.8)]), legend="breizhcrops", data=BREIZH).row["card"] == []


BREIZH = Labelled(("barley", "wheat", "corn"), [0, 1, 2], [0, 1, 2], legend="breizhcrops")


@pytest.mark.parametrize(
    ("model", "data", "kind", "code"),
    [
        (card("l1c", ("B04", "B10")), DATA, ModelError, "level"),
        (card("l2a", ("B04", "B11")), DATA, ModelError, "bands"),
        (card(), Labelled(ALL, [0], [0], dated=False), DateError, "undated"),
        (card(), Labelled(ALL, [-1, -1], [0, 0]), ModelError, "empty"),
    ],
)
def test_what_a_model_cannot_be_asked_is_refused_with_advice(
    model: object, data: Labelled, kind: type[EodashError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        run(data, card=model)
    assert caught.value.code == code
    assert caught.value.advice


def test_another_level_with_the_bands_that_are_needed_is_a_remark() -> None:
    raw = Labelled(ALL, [0, 1, 2], [0, 2, 3], level="l1c")
    assert "raw" in run(raw).row["notes"][0]
    undated = card()
    undated = replace(undated, input=replace(undated.input, dated=False))
    assert fitting(undated, Labelled(ALL, [0], [0], dated=False))[1] == ()  # type: ignore[arg-type]


def test_the_report_names_everything_and_cannot_steer_a_terminal() -> None:
    found = run(card=card(scores=[Score("labelled", "as it is", "landcover", 6, 0.8, 0.8, 0.7, 0.7)]))
    found.row["origin"] = "somewhere \x1b[31m"
    lines = list(report([found]))
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "the card says 0.800 (as it is, 6 series): differs by +0.033" in text
    assert all(name in text for name in (*ALL, "fewer than five series of"))
    assert next(line for line in lines if line.startswith("  1 cereals")).split()[2:6] == [
        "1.000",
        "0.667",
        "0.800",
        "3",
    ]


def test_a_line_per_series() -> None:
    lines = list(run().lines())
    assert len(lines) == 6
    assert lines[2] == ("toy-l2a", 2, 1, "cereals", "maize", "0.7000", "", "", "")
