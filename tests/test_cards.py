"""Cards: what is written reads back equal, and nothing that cannot be is a card."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eodash import cards
from eodash.cards import Card, Class, Input, Score, Weights, card, from_table, parse, read, shelf, to_table, write
from eodash.errors import ModelError
from eodash.settings import settings
from eodash.toml_tables import TEXT, toml

EXAMPLE = Card(
    name="lstm-l1c",
    title="LSTM on raw images",
    architecture="lstm",
    config={"hidden": 32, "dropout": 0.5},
    input=Input("l1c", ("B04", "B08"), (0.1, 0.3), (0.1, 0.2), clear_share=(0.2, 0.9), dates=(10, 70)),
    legends={
        "fine": (Class("wheat", "#AA0000", (0,)), Class("maize", "#00aa00", (1,)), Class("water", "#0000AA", (2,))),
        "coarse": (Class("crops", "#FFFFFF", (0, 1)), Class("water", "#000000", (2,))),
    },
    weights=Weights("lstm-l1c.safetensors", "a" * 64, 1234),
    licence="CC-BY-4.0",
    citation="Rußwurm & Körner (2020)",
    causal=False,
    summary="A first look.",
    trained={"data": "world", "epochs": 3, "seeds": [1, 2], "note": "“quoted”\nand 'so'"},
    scores=(Score("world", "as it is", "fine", 100, 0.9, 0.8, 0.85, 0.8, calibration=0.02),),
    limits=("Never seen rice.",),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cards, "SHELF", tmp_path / "shelf")
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The example's tables with one value changed, or without it where the value is `...`."""
    table = json.loads(json.dumps(to_table(EXAMPLE)))
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place = table
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return table


def refused(said: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        from_table(said) if isinstance(said, dict) else parse(said)
    assert caught.value.code == "card"
    assert caught.value.advice
    return caught.value


def test_a_card_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write(EXAMPLE, tmp_path, {"history": [{"epoch": 1, "loss": 0.5}]})
    found = read(tmp_path / "lstm-l1c.toml")
    assert found == EXAMPLE
    assert found.record["history"][0]["loss"] == 0.5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lstm-l1c.json", "lstm-l1c.toml"]


words = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", include_characters="\n"), max_size=30)  # fmt: skip  # noqa: E501
filled = words.filter(lambda text: bool(text.strip()))
shares = st.floats(0, 1)
numbers = st.floats(-1e6, 1e6)
plain = st.recursive(words | st.booleans() | st.integers(-(2**60), 2**60) | numbers, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=5)  # fmt: skip  # noqa: E501
scores = st.builds(Score, words, words, words, st.integers(0, 10**6), shares, shares, st.floats(-1, 1), shares, shares, st.integers(1, 50), st.none() | shares, st.none() | shares, words, words)  # fmt: skip  # noqa: E501


@given(st.dictionaries(words, plain, max_size=4), filled, words, st.lists(scores, max_size=3), st.lists(words, max_size=3), numbers)  # fmt: skip  # noqa: E501
def test_whatever_a_card_says_survives_its_file(
    trained: dict[str, Any], title: str, summary: str, scored: list[Score], limits: list[str], mean: float
) -> None:
    said = replace(
        EXAMPLE, trained=trained, title=title, summary=summary, scores=tuple(scored), limits=tuple(limits),
        input=replace(EXAMPLE.input, mean=(mean, -mean)), legends={**EXAMPLE.legends, "third": EXAMPLE.legends["fine"]},
    )  # fmt: skip
    assert parse(toml(to_table(said))) == said
    assert parse(toml(to_table(said)).encode()) == said


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("colour", "red", "colour"),
        ("title", ..., "title"),
        ("title", 5, "title"),
        ("title", " ", "title"),
        ("title", "x" * 121, "title"),
        ("title", "turned \u202e round", "title"),
        ("title", "bell \a", "title"),
        ("limits", ["x" * (TEXT + 1)], "limits[0]"),
        ("limits", "one", "limits"),
        ("limits", ["x"] * 3000, "limits"),
        ("name", "../../x", "name"),
        ("name", "Upper", "name"),
        ("name", "x" * 65, "name"),
        ("causal", 1, "causal"),
        ("licence", "", "licence"),
        ("config", [], "config"),
        ("config/hidden", math.nan, "config.hidden"),
        ("config/hidden", None, "config.hidden"),
        ("config/hidden", 2**63, "config.hidden"),
        ("input/level", "l3", "input.level"),
        ("input/bands", [], "input.bands"),
        ("input/bands", ["B04", "B04"], "input.bands"),
        ("input/bands", [str(number) for number in range(65)], "input.bands"),
        ("input/mean", [0.1], "input.mean"),
        ("input/mean", [0.1, math.nan], "input.mean[1]"),
        ("input/mean", [0.1, True], "input.mean[1]"),
        ("input/scale", [0.1, 0.2, 0.3], "input.scale"),
        ("input/scale", [0.1, 0], "input.scale"),
        ("input/scale", [0.1, math.inf], "input.scale[1]"),
        ("input/clear_share", [0.9, 0.2], "input.clear_share"),
        ("input/clear_share", [0.9], "input.clear_share"),
        ("input/dates", [0, 4], "input.dates"),
        ("input/gain", 3, "input.gain"),
        ("legends", {}, "legends"),
        ("legends", ["fine"], "legends"),
        ("legends/coarse", [{"name": "all", "colour": "#000000", "outputs": [0]}], "legends.coarse"),
        ("legends/fine/0/outputs", [], "legends.fine[0].outputs"),
        ("legends/fine/0/outputs", [2], "legends.fine[2].outputs"),
        ("legends/fine/0/outputs", [0, 0], "legends.fine[0].outputs"),
        ("legends/fine/0/outputs", [-1], "legends.fine[0].outputs"),
        ("legends/fine/0/outputs", [10**9], "legends.fine[0].outputs"),
        ("legends/fine/0/outputs", [0.5], "legends.fine[0].outputs[0]"),
        ("legends/fine/2/outputs", [7], "legends"),
        ("legends/fine/0/colour", "#12345", "legends.fine[0].colour"),
        ("legends/fine/0/colour", "#12345G", "legends.fine[0].colour"),
        ("legends/fine/0/colour", "red;}</style>", "legends.fine[0].colour"),
        ("legends/fine/0/name", "", "legends.fine"),
        ("legends/fine/0/name", "maize", "legends.fine"),
        ("weights", ..., "weights"),
        ("weights/file", "../../etc/passwd", "weights.file"),
        ("weights/file", "/x.safetensors", "weights.file"),
        ("weights/sha256", "A" * 64, "weights.sha256"),
        ("weights/bytes", 0, "weights.bytes"),
        ("weights/bytes", 1.5, "weights.bytes"),
        ("weights/dtype", "float8", "weights.dtype"),
        ("scores/0/accuracy", 90, "scores[0].accuracy"),
        ("scores/0/kappa", -2, "scores[0].kappa"),
        ("scores/0/calibration", -0.1, "scores[0].calibration"),
        ("scores/0/draws", 0, "scores[0]"),
        ("scores/0/accuracy", ..., "scores[0].accuracy"),
        ("trained", {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}, "trained"),
    ],
)
def test_a_card_that_cannot_be_is_refused_by_its_field(path: str, value: Any, field: str) -> None:
    error = refused(changed(path, value))
    assert str(error.details["field"]).startswith(field)
    assert field.split("[")[0] in error.message


def test_a_baseline_needs_no_weights() -> None:
    said = from_table(changed("weights", ...) | {"architecture": "random-forest"})
    assert said.weights is None
    with pytest.raises(ModelError) as caught:
        _ = said.weights_path
    assert caught.value.code == "no_weights"


def test_markup_is_text() -> None:
    said = parse(toml(changed("title", "<script>alert(1)</script>")))
    assert said.title == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"name = ",
        b"name = 'a'\nname = 'b'",
        b"a = " + b"[" * 100_000,
        b"[" * 200,
        b"x = '" + b"x" * 300_000 + b"'",
        b"date = 2024-01-01",
        b"\x80\x04cposix\nsystem\n",
        b"PK\x03\x04",
        b"<html>",
    ],
)
def test_what_is_no_toml_is_no_card(text: bytes) -> None:
    refused(text)


def test_a_card_bears_the_name_of_its_file(tmp_path: Path) -> None:
    write(EXAMPLE, tmp_path)
    (tmp_path / "lstm-l1c.toml").rename(tmp_path / "other.toml")
    for name in ("other", "absent"):
        with pytest.raises(ModelError) as caught:
            read(tmp_path / f"{name}.toml")
        assert caught.value.code == "card"


def test_nothing_wrong_is_written(tmp_path: Path) -> None:
    for wrong, record in (
        (replace(EXAMPLE, title=""), None),
        (replace(EXAMPLE, config={"hidden": math.inf}), None),
        (EXAMPLE, {"history": [{"loss": math.nan}]}),
        (EXAMPLE, {"history": {1, 2}}),
    ):
        with pytest.raises(ModelError):
            write(wrong, tmp_path, record)
    assert list(tmp_path.glob("*.*")) == []


@pytest.mark.parametrize("text", ["[]", "{", "NaN" + "[" * 9, ""])
def test_a_record_that_makes_no_sense_is_said(tmp_path: Path, text: str) -> None:
    here = write(EXAMPLE, tmp_path)
    (tmp_path / "lstm-l1c.json").write_text(text)
    with pytest.raises(ModelError) as caught:
        _ = here.record
    assert caught.value.code == "card"


def test_a_card_without_a_record_has_an_empty_one(tmp_path: Path) -> None:
    assert write(EXAMPLE, tmp_path).record == {}
    assert EXAMPLE.record == {}


def test_the_shelf_holds_the_shipped_the_operator_s_and_one_s_own(tmp_path: Path, home: Path) -> None:
    write(EXAMPLE, tmp_path / "shelf" / "cards")
    for owner, name in (("everyone", "shared"), ("a" * 64, "mine"), ("b" * 64, "theirs"), ("a" * 64, "lstm-l1c")):
        write(replace(EXAMPLE, name=name, title=owner[:8]), home / "models" / owner / f"x{name}")
    assert sorted(shelf()) == ["lstm-l1c", "shared"]
    assert sorted(shelf("a" * 64)) == ["lstm-l1c", "mine", "shared"]
    assert shelf("a" * 64)["lstm-l1c"] == EXAMPLE
    assert card("mine", "a" * 64).folder == str(home / "models" / ("a" * 64) / "xmine")
    write(replace(EXAMPLE, name="outside"), home / "elsewhere" / "x")
    assert sorted(shelf("../elsewhere")) == ["lstm-l1c", "shared"]


def test_a_card_that_changes_is_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "shelf" / "cards"
    write(EXAMPLE, folder)
    assert shelf()["lstm-l1c"].title == EXAMPLE.title
    write(replace(EXAMPLE, title="Another"), folder)
    os.utime(folder / "lstm-l1c.toml", ns=(1, 1))
    assert shelf()["lstm-l1c"].title == "Another"


def test_a_brought_card_that_broke_is_passed_over(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = home / "models" / "everyone" / "x"
    broken.mkdir(parents=True)
    (broken / "x.toml").write_text("name = 5")
    assert shelf() == {}
    assert "x.toml" in caplog.text


@pytest.mark.parametrize("name", ["../../x", "", "lstm", "LSTM-L1C", "lstm-l1c.toml", "a/b", "x\0", None, 5])
def test_an_unknown_model_is_said_to_be_unknown(tmp_path: Path, name: Any) -> None:
    write(EXAMPLE, tmp_path / "shelf" / "cards")
    write(EXAMPLE, tmp_path, None)
    with pytest.raises(ModelError) as caught:
        card(name)
    assert caught.value.name == "ModelError unknown_model"
    assert "lstm-l1c" in caught.value.advice


def test_weights_lie_beside_the_card_or_in_the_folder_of_weights(tmp_path: Path) -> None:
    here = write(EXAMPLE, tmp_path / "cards")
    assert here.weights_path == tmp_path / "weights" / "lstm-l1c.safetensors"
    (tmp_path / "cards" / "lstm-l1c.safetensors").write_bytes(b"x")
    assert here.weights_path == tmp_path / "cards" / "lstm-l1c.safetensors"


def test_the_outputs_of_all_legends_are_counted() -> None:
    assert EXAMPLE.outputs == 3


def test_every_shipped_card_reads() -> None:
    for path in (Path(__file__).parents[1] / "models" / "cards").glob("*.toml"):
        said = read(path)
        assert said.weights is None or said.weights_path.is_file()
        assert isinstance(said.record, dict)
