"""From when on classes can be told: on toys whose date is known, and on the world itself."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.truth import separable as told
from eodash.truth.separable import parts_of, sustained, told_apart, turns

RANDOM = np.random.default_rng(5)


def fields(day: int, dates: int = 6, each: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Two classes that are the same until a day, and ten standard deviations apart from then on."""
    label = np.repeat([2, 7], each)
    values = RANDOM.normal(0, 1, (2 * each, dates, 3))
    values[label == 7, day:] += 10
    return values, label


@pytest.mark.parametrize("day", [0, 2, 5])
def test_classes_are_told_from_the_date_on_that_parts_them(day: int) -> None:
    values, label = fields(day)
    scores = told_apart(values, label, np.array([2, 7]))
    assert [sustained(scores[:, place], 0.9) for place in (0, 1)] == [day, day]


def test_noise_is_never_told() -> None:
    values, label = fields(6)
    scores = told_apart(values, label, np.array([2, 7]))
    assert sustained(scores[:, 0], 0.9) is None
    assert abs(scores.mean() - 0.5) < 0.15


def test_a_score_must_hold_to_the_end() -> None:
    assert sustained(np.array([0.95, 0.5, 0.9, 0.99]), 0.9) == 2
    assert sustained(np.array([0.95, 0.95, 0.89]), 0.9) is None
    assert sustained(np.array([np.nan, np.nan]), 0.9) is None


def test_every_turn_asks_some_of_each_class() -> None:
    label = np.array([1] * 10 + [4] * 5)
    assert all(set(label[turns(label) == each]) == {1, 4} for each in range(5))


def test_rare_classes_are_asked_about_by_fields_that_were_not_learned() -> None:
    values, label = fields(0)
    label = np.append(label, 9)  # one field of a class that cannot be learned is still among the others
    scores = told_apart(np.concatenate([values, values[:1] + 50]), label, np.array([2, 7]))
    assert scores.shape == (6, 2)


def test_ground_of_no_field_counts_in_squares_and_specks_do_not() -> None:
    parcels = np.zeros((32, 32), np.uint16)
    parcels[:4, :4] = 1
    classes = np.full((32, 32), 3, np.uint8)
    classes[:4, :4] = 0
    classes[20, 20] = 5  # a speck
    classes[16:, :16] = 255  # nobody knows
    part, label = parts_of(parcels, classes)
    assert sorted(label.tolist()) == [0, 3, 3, 3]
    assert part[20, 20] == -1
    assert (part[16:, :16] == -1).all()
    assert (label[part[:4, :4]] == 0).all()


def test_at_most_so_many_parts_of_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "MOST", 2)
    _, label = parts_of(np.zeros((64, 64), np.uint16), np.zeros((64, 64), np.uint8))
    assert len(label) == 2


def test_water_is_told_at_once_on_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "SIZE", 96)
    times = tuple(np.array(["2024-02-04T10:40", "2024-06-23T10:40"], "datetime64[s]"))
    told.separable.cache_clear()
    found = {one.name: one for one in told.separable("temperate-north", "landcover", times)}
    told.separable.cache_clear()
    assert found["forest"].fields >= 5
    assert all(0 <= one.score <= 1 or np.isnan(one.score) for one in found.values())
    assert all(np.isnan(one.score) == (one.fields < 5) for one in found.values())
