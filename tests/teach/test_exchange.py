"""Samples leave as GeoJSON and come back; heads leave as numbers that anybody can use."""

from __future__ import annotations

import json
import tomllib
import zipfile
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load

from eodash.errors import EodashError
from eodash.teach import Kind, Samples, teach
from eodash.teach.exchange import from_geojson, to_geojson
from eodash.teach.features import Ready
from eodash.teach.head_card import head_card, zipped
from tests.teach.made import SHAPE, features, samples
from tests.toys import geobox

GRID = geobox(*SHAPE)


def test_samples_come_back_from_geojson_as_they_left() -> None:
    made = samples(3).drawn([(r, c) for r in range(12, 15) for c in range(2, 9)], 2)
    text = to_geojson(made, GRID, "ground")
    back = from_geojson(text.encode(), Samples(SHAPE), GRID)
    assert back.notices == ()
    assert {(s.row, s.column, s.name) for s in back.samples} == {(s.row, s.column, s.name) for s in made}
    assert set(zip(back.samples.classes.names, back.samples.classes.colours, strict=True)) == set(
        zip(made.classes.names, made.classes.colours, strict=True)
    )
    first = json.loads(text)["features"][0]
    assert first["properties"]["class"] == "barley"
    assert -3.5 < first["geometry"]["coordinates"][0][0][0] < -2.5


def test_classes_of_a_file_join_those_of_the_same_name() -> None:
    text = to_geojson(samples(1, 2), GRID)
    back = from_geojson(text.encode(), samples(2, 1), GRID).samples
    assert back.classes.names == ("barley", "corn")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", "not_geojson"),
        (b"\xff\xfe", None),
        (b'{"type": "FeatureCollection", "features": []}', "empty"),
        (b'{"type": "FeatureCollection", "features": [1]}', "not_geojson"),
        (b" " * (2**22 + 1), "file_too_large"),
    ],
)
def test_a_file_that_holds_no_samples_says_so(data: bytes, code: str | None) -> None:
    with pytest.raises(EodashError) as error:
        from_geojson(data, Samples(SHAPE), GRID)
    assert code is None or error.value.code == code
    assert error.value.advice


def test_samples_elsewhere_are_refused_and_half_of_them_are_told() -> None:
    text = to_geojson(samples(1), GRID)
    elsewhere = geobox(*SHAPE).pad(0)
    away = type(elsewhere)(SHAPE, elsewhere.affine.translation(5000, 0) * elsewhere.affine, elsewhere.crs)
    with pytest.raises(EodashError) as error:
        from_geojson(text.encode(), Samples(SHAPE), away)
    assert error.value.code == "labels_outside"
    said: dict[str, Any] = json.loads(text)
    said["features"] += json.loads(to_geojson(samples(1), away))["features"]
    taken = from_geojson(json.dumps(said).encode(), Samples(SHAPE), GRID)
    assert any("outside" in notice for notice in taken.notices)


@pytest.mark.parametrize("kind", ["linear", "nearest", "forest"])
def test_a_head_can_be_asked_again_from_its_numbers_alone(kind: Kind) -> None:
    raw = {"network": features(0.4)}
    ready = Ready.of(raw)
    rows = ready(raw)
    lesson = teach(rows, samples(3), (kind,))
    files = head_card(lesson, ready, None, {"run": "a <b>run</b>\n"})
    card = tomllib.loads(files["taught-head.toml"].decode())
    tensors = load(files["taught-head.safetensors"])
    assert [one["name"] for one in card["classes"]] == ["barley", "corn", "meadow", "wood"]
    again = (raw["network"] - tensors["network.mean"]) / tensors["network.scale"] * card["length"]
    assert again == pytest.approx(rows, abs=1e-4)
    said = ASKED[kind](tensors, again)
    assert said == pytest.approx(lesson.head().probabilities(rows), abs=2e-3)
    archive = zipfile.ZipFile(BytesIO(zipped(files)))
    assert archive.namelist() == ["taught-head.toml", "taught-head.safetensors"]
    assert zipped(files) == zipped(files)


def _linear(tensors: dict[str, Any], rows: Any) -> Any:
    scores = rows @ tensors["weight"].T + tensors["bias"]
    share = np.exp(scores - scores.max(1, keepdims=True))
    return share / share.sum(1, keepdims=True)


def _nearest(tensors: dict[str, Any], rows: Any) -> Any:
    near = [
        ((rows[:, None] - tensors["samples"][tensors["label"] == label][None]) ** 2).sum(-1).min(1)
        for label in range(4)
    ]
    share = 1 / (np.stack(near, axis=1) + 1e-3)
    return share / share.sum(1, keepdims=True)


def _forest(tensors: dict[str, Any], rows: Any) -> Any:
    said = np.zeros((len(rows), 4))
    for first in tensors["first"]:
        for at, row in enumerate(rows):
            node = 0
            while tensors["left"][first + node] >= 0:
                goes_left = row[tensors["feature"][first + node]] <= tensors["threshold"][first + node]
                node = tensors["left" if goes_left else "right"][first + node]
            said[at] += tensors["share"][first + node]
    return said / len(tensors["first"])


ASKED = {"linear": _linear, "nearest": _nearest, "forest": _forest}


def test_two_classes_have_two_rows_of_weights() -> None:
    raw = {"network": features(0.4)}
    ready = Ready.of(raw)
    lesson = teach(ready(raw), samples(3, 2), ("linear",))
    tensors = load(head_card(lesson, ready, None, {})["taught-head.safetensors"])
    assert _linear(tensors, ready(raw)) == pytest.approx(lesson.head().probabilities(ready(raw)), abs=1e-3)
