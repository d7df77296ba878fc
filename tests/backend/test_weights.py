"""Weights: what was saved is loaded, and a file that is anything else is refused by its name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import models
from eodash.backend import weights
from eodash.backend.inert import HEADER_BYTES, entries
from eodash.cards import Card, Class
from eodash.errors import ModelError
from eodash.settings import settings
from tests.backend.made import BANDS, REFERENCE, card_of, evil, foreign, holding, network, safe, saved

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return saved(tmp_path)


@pytest.fixture
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EODASH_MODEL_MIB", "0.001")
    settings.cache_clear()
    yield
    settings.cache_clear()


def refused(card: Card, code: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        weights.load(card)
    assert caught.value.name == f"ModelError {code}", caught.value
    assert caught.value.advice
    return caught.value


def bytes_of(card: Card) -> bytes:
    return card.weights_path.read_bytes()


def tensors_of(card: Card) -> dict[str, torch.Tensor]:
    from safetensors.torch import load

    return load(bytes_of(card))


def with_tensors(card: Card, tensors: dict[str, torch.Tensor]) -> Card:
    from safetensors.torch import save

    return holding(card, save(tensors))


@pytest.mark.parametrize("architecture", models.SHELF)
def test_a_loaded_network_says_what_the_saved_one_said(tmp_path: Path, architecture: str) -> None:
    said = network(architecture)
    loaded = weights.load(saved(tmp_path, architecture))
    assert not loaded.training
    assert {value.dtype for value in loaded.parameters()} == {torch.float32}
    values, day, mask = torch.randn(3, 12, len(BANDS)), torch.arange(12.0).expand(3, 12) * 9, torch.rand(3, 12) < 0.7
    mask[:, 0] = True
    with torch.no_grad():
        before, after = said(values, day, mask), loaded(values, day, mask)
    torch.testing.assert_close(after.logits, before.logits, atol=0.01, rtol=0.01)


def test_the_same_network_gives_the_same_bytes_and_the_card_knows_them(tmp_path: Path) -> None:
    one = weights.save(network(), "a", tmp_path, REFERENCE)
    two = weights.save(network(), "b", tmp_path, REFERENCE)
    assert one.sha256 == two.sha256
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert one.bytes == (tmp_path / "a.safetensors").stat().st_size
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"] * 2


def test_parameters_are_kept_as_float16_and_running_means_as_they_are(tmp_path: Path) -> None:
    kept = tensors_of(saved(tmp_path, "temp-cnn"))
    assert kept["classifier.weight"].dtype == torch.float16
    assert {value.dtype for name, value in kept.items() if name.endswith("running_mean")} == {torch.float32}


def test_the_reference_lies_beside_the_parameters(card: Card) -> None:
    found = weights.load_reference(card)
    assert sorted(found) == sorted(REFERENCE)
    assert torch.equal(found["features"], REFERENCE["features"])
    bare = weights.save(network(), "bare", card.weights_path.parent)
    assert weights.load_reference(replace(card_of("lstm", bare), folder=card.folder)) == {}


def test_loading_draws_nothing_from_anybody_s_chance(card: Card) -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    weights.load(card)
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize("name", ["../../x", "A", "", "a/b"])
def test_no_file_is_written_under_a_name_that_is_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError):
        weights.save(network(), name, tmp_path / "weights")
    assert not list(tmp_path.rglob("*.safetensors"))


def test_numbers_beyond_float16_are_not_saved(tmp_path: Path) -> None:
    wild = network()
    with torch.no_grad():
        wild.classifier.bias[0] = 1e6
    with pytest.raises(ModelError, match=r"classifier\.bias"):
        weights.save(wild, "wild", tmp_path)
    assert list(tmp_path.iterdir()) == []


EVIL = ["protocol 0", "protocol 1", "protocol 2", "protocol 3", "protocol 4", "protocol 5", "pt", "old pt"]


@pytest.mark.parametrize("kind", EVIL)
@pytest.mark.parametrize("honest", [True, False])
def test_an_evil_pickle_runs_nothing(card: Card, tmp_path: Path, kind: str, honest: bool) -> None:
    marker = tmp_path / "PWNED"
    error = refused(holding(card, evil(marker)[kind], honest), "unsafe")
    assert "system" in error.message
    assert not marker.exists()


def test_the_evil_pickle_is_evil(tmp_path: Path) -> None:
    import pickle

    marker = tmp_path / "PWNED"
    pickle.loads(evil(marker)["protocol 4"])
    assert marker.exists()


@pytest.mark.parametrize("kind", foreign())
def test_another_format_is_refused_with_the_way_to_convert_it(card: Card, kind: str) -> None:
    error = refused(holding(card, foreign()[kind]), "format")
    assert "save_file" in error.advice


def test_what_is_damaged_is_said_to_be(card: Card) -> None:
    whole = bytes_of(card)
    for data in (
        b"",
        b"\n <!DOCTYPE html><title>404</title>",
        b"hello",
        whole[:4],
        whole[:60],
        whole[:-1],
        whole + b"x",
        bytes(100),
        b"\xff" * 100,
        b"(lp0\ncos\nsyst",
        b"PK\x03\x04",
        b"\x80",
    ):
        error = refused(holding(card, data), "format" if data[:2] == b"PK" or data == b"\x80" else "corrupt")
        assert len(str(error)) < 400


def test_an_interrupted_download_is_said_to_be_one(card: Card) -> None:
    whole = bytes_of(card)
    for size in (9, 60, len(whole) - 1):
        assert (
            f"{size:,} of {len(whole):,} bytes"
            in refused(holding(card, whole[:size], honest=False), "incomplete").message
        )
    card.weights_path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 5\n")
    assert "git lfs pull" in refused(card, "incomplete").advice
    card.weights_path.unlink()
    assert refused(card, "incomplete").retryable


def test_a_file_that_its_card_was_not_written_for_is_refused(card: Card) -> None:
    whole = bytearray(bytes_of(card))
    whole[-1] ^= 1
    refused(holding(card, bytes(whole), honest=False), "checksum")
    assert card.weights
    refused(replace(card, weights=replace(card.weights, sha256="0" * 64)), "checksum")


F16 = {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    "data",
    [
        safe({}),
        safe(b"{}" + b" " * 10),
        safe(b"{"),
        safe(b"[" * 1000),
        safe(b'{"a":' * 100_000),
        safe(b"{" + b'"a":1,' * 5 + b'"b":2}'),
        safe({"a": 5}),
        safe({"a": {}}),
        safe({"a": F16 | {"more": 1}}, bytes(4)),
        safe({"a": F16, "b": F16}, bytes(4)),
        safe({"a": F16, "b": F16 | {"data_offsets": [6, 10]}}, bytes(10)),
        safe({"a": F16 | {"data_offsets": [4, 0]}}, bytes(4)),
        safe({"a": F16 | {"data_offsets": [-4, 0]}}, bytes(4)),
        safe({"a": F16 | {"data_offsets": [0, 4, 8]}}, bytes(8)),
        safe({"a": F16 | {"shape": [3]}}, bytes(4)),
        safe({"a": F16 | {"shape": [-1, -2]}}, bytes(4)),
        safe({"a": F16 | {"shape": [True, 2]}}, bytes(4)),
        safe({"a": F16 | {"shape": [2.0]}}, bytes(4)),
        safe({"a": F16 | {"shape": "2"}}, bytes(4)),
        safe({"a": F16 | {"shape": [2**39, 2**39], "data_offsets": [0, 2**39]}}, bytes(4)),
        safe({"a": F16 | {"shape": [2**30], "data_offsets": [0, 2**31]}}, bytes(4)),
        safe({"a" * 300: F16}, bytes(4)),
        safe(b'{"a":' + json.dumps(F16).encode() + b',"a":' + json.dumps(F16).encode() + b"}", bytes(4)),
        safe({str(n): {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]} for n in range(5000)}),
        safe({"a": F16}, bytes(5)),
        (HEADER_BYTES + 1).to_bytes(8, "little") + b"{" + bytes(HEADER_BYTES + 100),
        (2**63).to_bytes(8, "little") + b"{}" + bytes(100),
    ],
)
def test_a_header_that_lies_is_damaged(data: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        entries(data)
    assert caught.value.code == "corrupt"


@pytest.mark.parametrize("dtype", ["F64", "F8_E4M3", "U8", "BOOL", "C64", "", "X" * 1000])
def test_numbers_of_another_type_are_not_taken(dtype: str) -> None:
    with pytest.raises(ModelError) as caught:
        entries(safe({"a": F16 | {"dtype": dtype}}, bytes(4)))
    assert caught.value.code == "format"
    assert len(caught.value.message) < 100


def test_names_and_notes_in_a_header_are_harmless() -> None:
    found = entries(safe({"__metadata__": {"x": "<script>"}, "../x": F16}, bytes(4)))
    assert [(each.name, each.shape) for each in found] == [("../x", (2,))]


@given(
    st.binary(max_size=200)
    | st.binary(max_size=60).map(safe)
    | st.binary(max_size=80).map(lambda end: b"\x80\x04" + end)
)
def test_no_bytes_bring_anything_but_a_model_error(data: bytes) -> None:
    with pytest.raises(ModelError):
        entries(data)


@given(st.data())
def test_a_file_with_one_byte_changed_is_whole_or_refused(data: st.DataObject) -> None:
    whole = bytearray(safe({"a": F16, "b": F16 | {"data_offsets": [4, 8]}}, bytes(8)))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = entries(bytes(whole))
    except ModelError:
        return
    assert sum(each.end - each.begin for each in found) == 8


def test_tensors_that_do_not_fit_are_listed_five_at_most(card: Card) -> None:
    whole = tensors_of(card)
    missing = {name: value for name, value in whole.items() if name != "classifier.bias"}
    error = refused(with_tensors(card, missing), "mismatch")
    assert error.details["keys"] == ["classifier.bias"]
    assert "classifier.bias is missing" in error.message
    error = refused(with_tensors(card, whole | {"head.weight": torch.zeros(2).half()}), "mismatch")
    assert "head.weight is unknown" in error.message
    error = refused(with_tensors(card, whole | {"norm.weight": torch.zeros(4).half()}), "mismatch")
    assert "norm.weight is 4 instead of 3" in error.message
    error = refused(with_tensors(card, {f"module.{name}": value for name, value in whole.items()}), "mismatch")
    assert len(error.details["keys"]) == 5
    assert "more" in error.message


def test_a_class_list_that_does_not_match_the_output_is_refused(card: Card) -> None:
    five = (*card.legends["letters"], Class("e", "#000000", (4,)))
    for legend in (five, card.legends["letters"][:3]):
        error = refused(replace(card, legends={"letters": legend}), "classes")
        assert f"take {len(legend)} outputs; the network gives 4" in error.message


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_refused(card: Card, wrong: float) -> None:
    whole = tensors_of(card)
    for name in ("classifier.weight", "world.features"):
        spoilt = whole | {name: whole[name].index_fill(0, torch.tensor(1), wrong)}
        assert refused(with_tensors(card, spoilt), "not_finite").details["keys"] == [name]


def test_an_architecture_that_nobody_knows_is_refused(card: Card) -> None:
    for architecture in ("resnet-152", "../../x", "__init__", "build"):
        error = refused(replace(card, architecture=architecture), "architecture")
        assert "lstm" in error.advice


@pytest.mark.parametrize(
    "config",
    [
        {"hidden": 10**9},
        {"hidden": 2**62},
        {"layers": 10**9},
        {"layers": [10**9]},
        {"hidden": 0},
        {"hidden": -3},
        {"hidden": "4"},
        {"hidden": 4.5},
        {"hidden": [4]},
        {"bands": 5},
        {"classes": 4},
        {"colour": 3},
        {"dropout": 7.0},
        {"__class__": 3},
    ],
)
def test_a_configuration_that_makes_no_network_is_refused(card: Card, config: dict[str, Any]) -> None:
    refused(replace(card, config={"layers": 2, "hidden": 4} | config), "config")


@pytest.mark.parametrize("architecture", models.SHELF)
def test_a_sketch_of_a_network_takes_no_memory(architecture: str) -> None:
    with weights._Sketch():
        sketch = models.build(architecture, bands=3, classes=4)
    assert sum(value.numel() for value in sketch.parameters() if not value.is_meta) < 1000


def test_sketches_need_nothing_that_a_walled_process_cannot_have() -> None:
    code = """
import sys, models
from eodash.backend.weights import _Sketch
with _Sketch():
    for name in models.SHELF: models.build(name, bands=3, classes=4)
print('torch._dynamo' in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=90, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_huge_network_is_compared_before_it_takes_memory(card: Card) -> None:
    refused(replace(card, config={"hidden": 16_000, "layers": 4}), "mismatch")  # tens of gigabytes, if it were built


@pytest.mark.usefixtures("_small_limit")
def test_a_file_beyond_the_limit_is_not_even_read(card: Card) -> None:
    refused(card, "too_large")


def test_a_baseline_has_nothing_to_load(card: Card) -> None:
    refused(replace(card, architecture="random-forest", weights=None), "no_weights")


def test_what_looks_at_bytes_needs_no_torch() -> None:
    code = "import sys; import eodash.backend.inert, eodash.cards, eodash.shelf; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"
