"""A model that a browser brings: examined apart, then listed for that browser alone, or refused without a trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

import models
from eodash import cards, shelf
from eodash.backend import apart, weights
from eodash.backend.examine import examine
from eodash.cards import CARD_BYTES, Card, to_table
from eodash.errors import CapacityError, EodashError, ModelError, StorageError
from eodash.sandbox import Answer, Box, Needs, call
from eodash.sandbox.tasks import TASKS
from eodash.settings import settings
from eodash.store import durable
from eodash.toml_tables import toml
from tests.backend.made import evil, foreign, holding, saved

ROOT = Path(__file__).resolve().parents[2]
ME, OTHER = "a" * 64, "b" * 64


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cards, "SHELF", tmp_path / "shipped")
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


@pytest.fixture
def one_child(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, request: Any) -> None:
    """One child for all tests: each new one spends seconds on importing torch."""
    box = _box(tmp_path_factory.getbasetemp(), request.config)

    def shared(task: str, said: Any, readable: Any, data: bytes, seconds: float, needs: Needs) -> Answer:
        return box.call(task, said, data, seconds)

    monkeypatch.setattr(apart, "call", shared)


@lru_cache(maxsize=1)
def _box(base: Path, config: pytest.Config) -> Box:
    box = Box([base, ROOT / "models"], Needs(3072, ("eodash.backend.examine",)))
    config.add_cleanup(box.close)
    return box


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return saved(tmp_path / "mine", name="my-lstm")


def text(card: Card) -> bytes:
    return toml(to_table(card)).encode()


def bring(card: Card, owner: str = ME) -> Card:
    return shelf.bring(owner, text(card), card.weights_path.read_bytes())


def refused(card: Card, name: str) -> EodashError:
    with pytest.raises(EodashError) as caught:
        bring(card)
    assert caught.value.name == name, caught.value
    assert caught.value.advice
    assert left() == []
    return caught.value


def left() -> list[str]:
    """The files of all brought models."""
    return sorted(path.name for path in (settings().home / "models").rglob("*") if path.is_file())


def limited(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    for name, value in limits.items():
        monkeypatch.setenv(f"EODASH_{name.upper()}", str(value))
    settings.cache_clear()


OFTEN = ("early-lstm", "temp-cnn")
EVERY = [pytest.param(name, marks=[] if name in OFTEN else pytest.mark.slow) for name in models.SHELF]


@pytest.mark.usefixtures("one_child")
@pytest.mark.parametrize("architecture", EVERY)
def test_a_good_model_is_listed_for_its_browser_alone(tmp_path: Path, architecture: str) -> None:
    given = saved(tmp_path / "mine", architecture, name="mine")
    listed = bring(given)
    assert left() == ["mine.json", "mine.safetensors", "mine.toml"]
    assert sorted(cards.shelf(ME)) == ["mine"]
    assert cards.shelf(OTHER) == cards.shelf() == {}
    assert cards.card("mine", ME) == listed == given
    said = listed.record["examined"]
    assert [(each["pixels"], each["dates"]) for each in said["passes"]] == [(1, 1), (1, 45), (64, 45)]
    assert said["parameters"] == sum(value.numel() for value in weights.load(listed).parameters())
    assert said["memory_mib"] > 50
    with pytest.raises(ModelError, match="no such model"):
        cards.card("mine", OTHER)


@pytest.mark.usefixtures("one_child")
def test_a_brought_model_is_removed_by_its_browser_alone(card: Card) -> None:
    bring(card)
    for owner, name in ((OTHER, "my-lstm"), (ME, "other"), (ME, "../my-lstm"), ("../" + ME, "my-lstm")):
        with pytest.raises(ModelError) as caught:
            shelf.remove(owner, name)
        assert caught.value.code == "unknown_model"
    assert len(left()) == 3
    shelf.remove(ME, "my-lstm")
    assert left() == []
    assert cards.shelf(ME) == {}
    bring(card)


@pytest.mark.usefixtures("one_child")
def test_a_shipped_name_and_one_s_own_are_taken(card: Card, tmp_path: Path) -> None:
    bring(card)
    bring(card, OTHER)
    saved(tmp_path / "shipped", name="shipped")
    before = left()
    for name in ("my-lstm", "shipped"):
        with pytest.raises(ModelError) as caught:
            bring(replace(card, name=name))
        assert caught.value.name == "ModelError taken"
    assert left() == before


@pytest.mark.usefixtures("one_child")
def test_text_on_a_card_is_kept_as_text(card: Card) -> None:
    markup = "<img src=x onerror=alert(1)>"
    listed = bring(replace(card, title=markup, limits=(markup,), trained={markup: markup}))
    assert (listed.title, listed.limits, listed.trained) == (markup, (markup,), {markup: markup})


@pytest.mark.usefixtures("one_child")
def test_an_evil_pickle_runs_nothing(card: Card, tmp_path: Path) -> None:
    marker = tmp_path / "PWNED"
    for data in evil(marker).values():
        refused(holding(card, data), "ModelError unsafe")
        assert not marker.exists()


@pytest.mark.usefixtures("one_child")
def test_every_other_format_is_refused(card: Card) -> None:
    whole = card.weights_path.read_bytes()
    for data in foreign().values():
        assert "save_file" in refused(holding(card, data), "ModelError format").advice
    for data in (b"", b"<html>", whole[:-1]):
        refused(holding(card, data), "ModelError corrupt")


def of_letters(card: Card, count: int) -> Card:
    classes = tuple(replace(card.legends["letters"][0], name=str(n), outputs=(n,)) for n in range(count))
    return replace(card, legends={"letters": classes})


@pytest.mark.usefixtures("one_child")
@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda card: replace(card, weights=replace(card.weights, sha256="0" * 64)), "ModelError checksum"),
        (lambda card: replace(card, weights=replace(card.weights, bytes=10**6)), "ModelError incomplete"),
        (lambda card: replace(card, architecture="resnet-152"), "ModelError architecture"),
        (lambda card: replace(card, architecture="random-forest", weights=None), "ModelError no_weights"),
        (lambda card: replace(card, architecture="transformer", config={}), "ModelError mismatch"),
        (lambda card: replace(card, config={"hidden": 10**9}), "ModelError config"),
        (lambda card: replace(card, config={"hidden": 16_000}), "ModelError mismatch"),
        (lambda card: of_letters(card, 5), "ModelError classes"),
        (lambda card: of_letters(card, 3), "ModelError classes"),
        (lambda card: replace(card, causal=True), "ModelError card"),
        (lambda card: replace(card, name="../../x"), "ModelError card"),
        (lambda card: replace(card, licence=""), "ModelError card"),
    ],
)
def test_a_card_and_weights_that_do_not_belong_together_are_refused(
    card: Card, change: Callable[[Card], Card], name: str
) -> None:
    whole = card.weights_path.read_bytes()
    changed = change(card)
    with pytest.raises(ModelError) as caught:
        shelf.bring(ME, text(changed), whole)
    assert caught.value.name == name, caught.value
    assert left() == []


@pytest.mark.usefixtures("one_child")
@pytest.mark.parametrize("card_text", [b"", b"\xff", b"[" * 50_000, b"a." * 60_000 + b"a = 1", b"\x80\x04.", b"<html>"])
def test_a_card_that_is_none_is_refused(card: Card, card_text: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        shelf.bring(ME, card_text, card.weights_path.read_bytes())
    assert caught.value.code == "card"
    assert left() == []


@pytest.mark.usefixtures("one_child")
def test_weights_that_are_finite_and_give_none_are_refused(tmp_path: Path) -> None:
    given = saved(tmp_path, "temp-cnn", name="wild")
    from safetensors.torch import load, save

    tensors = load(given.weights_path.read_bytes())
    tensors |= {name: value.fill_(-3e38) for name, value in tensors.items() if name.endswith("running_mean")}
    tensors |= {name: value.fill_(0) for name, value in tensors.items() if name.endswith("running_var")}
    refused(holding(given, save(tensors)), "ModelError not_finite")


def test_one_byte_beyond_a_limit_is_too_much(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, model_mib=1)
    monkeypatch.setattr(shelf, "examined", lambda *_: pytest.fail("nobody should examine it"))
    for given, data in ((text(card), bytes(2**20 + 1)), (bytes(CARD_BYTES + 1), b"x")):
        with pytest.raises(ModelError) as caught:
            shelf.bring(ME, given, data)
        assert caught.value.name == "ModelError too_large"
    assert left() == []


def test_as_many_bytes_as_allowed_are_examined(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, model_mib=1)
    monkeypatch.setattr(shelf, "examined", lambda *_: {"card": to_table(card)})
    assert shelf.bring(ME, text(card), bytes(2**20)) == card


@pytest.mark.parametrize("owner", ["", "../x", "a/b", "A", "x" * 65, ".."])
def test_a_browser_s_name_is_no_path(card: Card, owner: str) -> None:
    with pytest.raises(ModelError) as caught:
        bring(card, owner)
    assert caught.value.code == "owner"
    assert left() == []


def test_a_browser_brings_no_more_than_it_may(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, models_kept=2)
    monkeypatch.setattr(shelf, "examined", lambda given, _: {"card": to_table(cards.parse(given))})
    for name in ("one", "two"):
        bring(replace(card, name=name))
    with pytest.raises(StorageError) as caught:
        bring(card)
    assert caught.value.code == "quota"
    bring(card, OTHER)


def test_all_brought_models_together_keep_to_the_disk_s_limit(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, models_mib=1)
    monkeypatch.setattr(shelf, "examined", lambda given, _: {"card": to_table(cards.parse(given))})
    shelf.bring(ME, text(card), bytes(600_000))
    with pytest.raises(StorageError) as caught:
        shelf.bring(OTHER, text(card), bytes(600_000))
    assert caught.value.code == "quota"


@pytest.mark.parametrize("step", ["temporary", "written", "synced", "renamed"])
def test_a_full_disk_leaves_nothing(card: Card, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(name: str) -> None:
        if name == step:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf, "examined", lambda *_: {"card": to_table(card)})
    monkeypatch.setattr(durable, "on_step", full)
    refused(card, "StorageError full")


def test_what_a_dead_server_left_is_swept_in_time(card: Card, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(shelf, "examined", lambda *_: {"card": to_table(card)})
    old, new = home / "models" / ME / "x.tmp", home / "models" / ME / "y.tmp"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "weights").write_bytes(b"x")
    os.utime(old, (1, 1))
    bring(card)
    assert (old.exists(), new.exists()) == (False, True)
    assert sorted(cards.shelf(ME)) == ["my-lstm"]


def test_a_child_that_was_taken_over_is_not_believed(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    for said in (to_table(card) | {"name": "../../x"}, {}, [], to_table(card) | {"weights": {"file": "../x"}}):
        monkeypatch.setattr(shelf, "examined", lambda *_, said=said: {"card": said})
        refused(card, "ModelError card")


@pytest.mark.parametrize(
    ("stunt", "name"),
    [
        ("crash", "ModelError corrupt"),
        ("leave", "ModelError corrupt"),
        ("stumble", "ModelError corrupt"),
        ("loop", "ModelError timeout"),
        ("bomb", "ModelError too_large"),
    ],
)
def test_the_end_of_a_child_is_told_as_a_model_s(
    card: Card, monkeypatch: pytest.MonkeyPatch, stunt: str, name: str
) -> None:
    def quick(task: str, said: Any, readable: Sequence[Path], data: bytes, seconds: float, needs: Needs) -> Answer:
        return call(task, said, (*readable, ROOT), data, seconds, Needs(2048))

    limited(monkeypatch, model_seconds=3)
    monkeypatch.setattr(apart, "call", quick)
    monkeypatch.setitem(TASKS, apart.TASK, f"tests.stunts:{stunt}")
    refused(card, name)


def test_a_child_that_is_killed_is_an_error_like_another(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    before = psutil.Process().children()

    def kill() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for child in psutil.Process().children():
                if child not in before:
                    child.kill()
                    return
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    error = refused(card, "ModelError too_large")  # SIGKILL is what the kernel's memory limit sends
    killer.join()
    assert error.advice


def test_memory_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    big = saved(tmp_path, "lstm", name="big", config={"hidden": 1100, "layers": 2})
    assert big.weights_path.stat().st_size > 60 * 2**20
    limited(monkeypatch, model_memory_mib=768)
    refused(big, "ModelError too_large")


def test_an_upload_is_examined_behind_walls(card: Card) -> None:
    listed = bring(card)
    walls = ", ".join(listed.record["examined"]["walls"])
    assert walls.startswith("its own process")
    if "no Landlock" not in walls:
        assert "only its own files readable and none writable" in walls


def test_uploads_wait_in_the_background_and_not_without_end(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slowly(given: bytes, _: Path) -> dict[str, Any]:
        assert go_on.wait(20)
        return {"card": to_table(cards.parse(given))}

    monkeypatch.setattr(shelf, "examined", slowly)
    whole = card.weights_path.read_bytes()
    began = time.monotonic()
    waiting = [shelf.bringing(ME, text(replace(card, name=name)), whole) for name in ("one", "two", "two")]
    with pytest.raises(CapacityError) as caught:
        shelf.bringing(ME, text(card), whole)
    assert caught.value.name == "CapacityError busy"
    assert time.monotonic() - began < 2
    assert not any(future.done() for future in waiting)
    go_on.set()
    assert waiting[1].result(20).name == "two"
    assert isinstance(waiting[2].exception(20), ModelError)
    assert shelf.bringing(ME, text(replace(card, name="three")), whole).result(20).name == "three"
    assert sorted(cards.shelf(ME)) == ["one", "three", "two"]


def test_an_examination_draws_the_same_series_each_time(card: Card) -> None:
    arguments = {"weights": str(card.weights_path)}
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first, second = (examine(arguments, text(card))[0] for _ in range(2))
    assert first["card"] == second["card"] == to_table(card)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_command_line_examines_two_files(card: Card, tmp_path: Path) -> None:
    def asked(*paths: Path) -> tuple[int, dict[str, Any]]:
        line = [sys.executable, "-m", "eodash.backend.examine", *map(str, paths)]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=100)
        return done.returncode, json.loads(done.stdout)

    path = tmp_path / "mine" / "cards" / "my-lstm.toml"
    code, said = asked(path, card.weights_path)
    assert (code, said["card"]["name"]) == (0, "my-lstm")
    code, said = asked(tmp_path / "absent.toml", card.weights_path)
    assert (code, said["error"]) == (1, "ModelError card")
