"""A lesson on features whose answers are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.backend.questions import NOTHING, SURE
from eodash.errors import ModelError
from eodash.teach import KINDS, Field, Kind, Samples, next_label, paint, teach
from eodash.teach.features import LENGTH, Ready, block_of
from eodash.teach.heads import nearness, weights_of
from eodash.teach.lesson import contradictions
from eodash.teach.scoring import groups
from tests.teach.made import SHAPE, features, quarter, samples

FAST: tuple[Kind, ...] = ("linear",)
TRUTH = np.array([[quarter(row, column) for column in range(SHAPE[1])] for row in range(SHAPE[0])])


@pytest.mark.parametrize("kind", KINDS)
def test_every_head_learns_quarters_from_three_pixels_each(kind: Kind) -> None:
    made = teach(features(), samples(3), (kind,))
    painted = paint(features(), made.head(), SHAPE)
    assert (painted.said == TRUTH).mean() > 0.85
    assert painted.confidence.max() <= SURE
    assert (made.scored[kind].kept.accuracy or 0) > 0.8


def test_the_same_samples_give_the_same_map() -> None:
    first, second = (
        paint(features(0.6), teach(features(0.6), samples(3), ("forest",)).head(), SHAPE) for _ in range(2)
    )
    assert (first.said == second.said).all()
    assert (first.margin == second.margin).all()


def test_fields_that_are_left_out_taught_nothing() -> None:
    """Features are noise but for a fingerprint of each field: who peeks is right, who does not cannot be."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(400, 8)).astype(np.float32)
    fields = []
    for at in range(12):
        places = tuple((at, column) for column in range(6))
        noise[at * 20 : at * 20 + 6] = rng.normal(size=8) * 3
        fields.append(Field(at % 2, places))
    made = teach(noise, Samples(SHAPE, samples(classes=2).classes, tuple(fields)), ("nearest",))
    assert made.scored["nearest"].kept.accuracy is not None
    assert made.scored["nearest"].kept.accuracy < 0.8
    assert (np.arange(12) % 2 == paint(noise, made.head(), SHAPE).said[:12, :6].T).all()


def test_one_field_per_class_has_no_figure_and_says_why() -> None:
    made = teach(features(), samples(1))
    assert all(scored.kept.accuracy is None for scored in made.scored.values())
    assert "one field only" in made.scored["linear"].kept.reason
    assert made.best == "linear"


def test_a_class_with_one_field_is_left_out_of_the_figure() -> None:
    others = [one for one in samples(3).fields if one.label != 3][:7]
    wood = next(one for one in samples(3).fields if one.label == 3)
    alone = Samples(SHAPE, samples().classes, (*others, wood))
    kept = teach(features(), alone, ("nearest",)).scored["nearest"].kept
    assert "wood" in kept.reason
    assert kept.fields == 7


def test_one_class_is_no_lesson() -> None:
    with pytest.raises(ModelError) as error:
        teach(features(), samples(2, 1))
    assert error.value.code == "one_class"
    with pytest.raises(ModelError):
        teach(features(), Samples(SHAPE))


def test_pixels_without_an_image_teach_nothing_and_stay_blank() -> None:
    holed = features()
    holed[0] = np.nan
    made = teach(holed, samples(), FAST)
    assert any("no usable image" in each for each in made.notices)
    painted = paint(holed, made.head(), SHAPE)
    assert painted.said[0, 0] == NOTHING
    assert painted.confidence[0, 0] == 0
    holed[:] = np.nan
    with pytest.raises(ModelError) as error:
        teach(holed, samples(), FAST)
    assert error.value.code == "one_class"


def test_samples_that_look_alike_and_differ_are_told() -> None:
    same = features(0.0)
    clash = Samples(SHAPE, samples().classes, (*samples().fields, Field(1, ((1, 1),))))
    assert any("look alike" in each for each in teach(same, clash, FAST).notices)
    rows = np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]], np.float32)
    assert contradictions(rows, np.array([0, 1, 1])) == 1
    assert contradictions(rows, np.array([0, 0, 1])) == 0


def test_the_next_label_lies_where_nothing_was_taught() -> None:
    """Three quarters are taught: the fourth is in doubt and new."""
    made = teach(features(), samples(3, 3), FAST)
    painted = paint(features(), made.head("linear"), SHAPE)
    found = next_label(features(), made.head("linear"), painted, made.flat)
    assert found is not None
    assert quarter(found.row, found.column) == 3
    assert found.first != found.second
    everything = np.arange(SHAPE[0] * SHAPE[1])
    assert next_label(features(), made.head("linear"), painted, everything) is None


def test_classes_and_fields_weigh_alike() -> None:
    weight = weights_of(np.array([0, 0, 0, 1]), np.array([7, 7, 8, 9]))
    assert weight.tolist() == [0.125, 0.125, 0.25, 0.5]


def test_the_nearest_sample_wins() -> None:
    said = nearness(np.array([[0.0], [9.0]], np.float32), np.array([[1.0], [10.0]], np.float32), np.array([0, 1]), 2)
    assert said.argmax(1).tolist() == [0, 1]
    assert np.allclose(said.sum(1), 1)


def test_no_group_takes_the_whole_of_a_class() -> None:
    label = np.array([0] * 30 + [1] * 2)
    field = np.arange(32)
    out = list(groups(field, label, field))
    assert sorted(np.concatenate(out).tolist()) == list(range(32))
    assert all(set(label[np.isin(field, one, invert=True)]) == {0, 1} for one in out)


def test_ready_features_have_one_length_whatever_their_number() -> None:
    rng = np.random.default_rng(0)
    raw = {"network": rng.normal(5, 3, (500, 40)).astype(np.float32), "series": rng.normal(size=(500, 300))}
    raw["network"][:, 0] = 7.0  # the same everywhere
    raw = {name: rows.astype(np.float32) for name, rows in raw.items()}
    made = Ready.of(raw)(raw)
    assert made.shape == (500, 40 + 64)
    assert np.isfinite(made).all()
    assert (made[:, 0] == 0).all()
    assert 0.6 * LENGTH < np.sqrt((made**2).sum(1).mean()) <= 1.01 * LENGTH
    assert block_of(np.full((5, 3), np.nan, np.float32)).width == 3
