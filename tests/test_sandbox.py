"""The sandbox: what a file's parser cannot do, and how each of its ends is told."""

from __future__ import annotations

import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from eodash.errors import AoiError, EodashError, RasterError
from eodash.sandbox import Box, call, isolation, opened
from eodash.sandbox.box import _turn
from eodash.sandbox.tasks import TASKS
from eodash.sandbox.wire import DTYPES
from eodash.settings import settings

ROOT = Path(__file__).resolve().parents[1]
STUNTS = [
    "echo", "numbers", "objects", "read", "write", "connect", "surroundings", "execute", "refuse", "stumble", "bomb",
    "python_bomb", "flood", "chatter", "loop", "crash", "leave", "babble",
]  # fmt: skip


@pytest.fixture(autouse=True)
def stunts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in STUNTS:
        monkeypatch.setitem(TASKS, name, f"tests.stunts:{name}")


@pytest.fixture(autouse=True)
def _nothing_stays_running() -> Any:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def play(stunt: str, readable: tuple[Path, ...] = (), seconds: float = 20, **arguments: Any) -> dict[str, Any]:
    return call(stunt, arguments, (ROOT, *readable), seconds=seconds).said


def failed(stunt: str, seconds: float = 20, **arguments: Any) -> EodashError:
    with pytest.raises(EodashError) as caught:
        play(stunt, seconds=seconds, **arguments)
    assert caught.value.message
    assert caught.value.advice
    return caught.value


def landlock() -> None:
    if "Landlock" not in isolation().replace("no Landlock", ""):
        pytest.skip("this kernel has no Landlock")


def test_arguments_and_data_come_back_as_they_went() -> None:
    said = {"text": "é\0\ud800".encode("utf-8", "replace").decode(), "list": [1, 2.5, None, True], "deep": {"a": {}}}
    data = bytes(range(256)) * 20_000
    answer = call("echo", said, (ROOT,), data)
    assert answer.said == said
    assert answer.arrays["bytes"].tobytes() == data
    assert call("echo", {}, (ROOT,), b"").arrays["bytes"].size == 0


def test_arrays_travel_exactly() -> None:
    from tests.stunts import numbers

    expected = numbers({}, None)[1]
    arrays = call("numbers", {}, (ROOT,)).arrays
    assert list(arrays) == list(expected)
    for name, array in expected.items():
        assert arrays[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].flags.writeable
    assert {array.dtype.str for array in arrays.values()} == DTYPES


def test_objects_never_travel() -> None:
    assert failed("objects").name == "RasterError corrupt"


def test_an_error_keeps_its_type_code_advice_and_details() -> None:
    error = failed("refuse")
    assert type(error) is AoiError
    assert (error.message, error.advice, error.code, error.retryable) == ("No.", "Ask again.", "why", True)
    assert error.details == {"a": [1, 2.5, "x"]}


def test_a_parser_that_stumbles_means_a_damaged_file(caplog: pytest.LogCaptureFixture) -> None:
    error = failed("stumble")
    assert (error.name, error.details) == ("RasterError corrupt", {"reason": "KeyError"})
    assert "secret" not in str(error)
    assert "stunts.py" in caplog.text


def test_only_what_was_given_can_be_read(tmp_path: Path) -> None:
    landlock()
    given, folder = tmp_path / "given", tmp_path / "folder"
    given.write_text("given")
    folder.mkdir()
    (folder / "inside").write_text("inside")
    (folder / "link").symlink_to("/etc/passwd")
    (tmp_path / "beside").write_text("beside")
    for readable, path, expected in (
        (given, given, {"text": "given"}),
        (folder, folder / "inside", {"text": "inside"}),
        (folder, folder / "link", {"refused": "PermissionError"}),
        (given, tmp_path / "beside", {"refused": "PermissionError"}),
        (given, Path("/etc/passwd"), {"refused": "PermissionError"}),
        (given, Path("/proc/self/environ"), {"refused": "PermissionError"}),
        (given, Path(f"/proc/{psutil.Process().pid}/environ"), {"refused": "PermissionError"}),
    ):
        assert play("read", (readable,), path=str(path)) == expected, path


def test_nothing_can_be_written(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("before")
    for path in (there, tmp_path / "new", ROOT / "tests" / "new"):
        assert "refused" in play("write", (tmp_path,), path=str(path)), path
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"] or not (tmp_path / "new").read_bytes()
    assert there.read_text() == "before"


def test_no_server_can_be_reached() -> None:
    if "no network" not in isolation() and "no TCP" not in isolation():
        pytest.skip("this kernel fences no network off")
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert "refused" in play("connect", port=server.getsockname()[1])


def test_no_programme_can_be_started() -> None:
    landlock()
    assert play("execute") == {"refused": "PermissionError"}


def test_a_child_knows_the_limits_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("EODASH_AOI_VERTICES", "77")
    settings.cache_clear()
    try:
        said = play("surroundings")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert said["vertices"] == 77
    assert "SECRET_TOKEN" not in said["names"]
    assert not {"HOME", "EODASH_HOME", "PYTHONPATH"} & set(said["names"])


@pytest.mark.parametrize("stunt", ["bomb", "python_bomb"])
def test_a_memory_bomb_dies_alone_and_soon(stunt: str) -> None:
    began = time.monotonic()
    error = failed(stunt)
    assert error.name == "RasterError too_large"
    assert "memory" in error.message
    assert time.monotonic() - began < 15


def test_an_answer_larger_than_agreed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EODASH_SANDBOX_ANSWER_MIB", "4")
    settings.cache_clear()
    try:
        assert play("flood", bytes=2**20) == {}
        assert failed("flood", bytes=5 * 2**20).name == "RasterError too_large"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_an_endless_loop_is_ended_in_time() -> None:
    began = time.monotonic()
    error = failed("loop", seconds=1)
    assert (error.name, error.retryable) == ("RasterError timeout", True)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("stunt", ["crash", "leave"])
def test_a_crash_is_an_error_like_another(stunt: str) -> None:
    assert failed(stunt).name == "RasterError corrupt"


def test_what_a_library_prints_is_no_answer() -> None:
    assert play("chatter") == {"done": True}


def message(header: bytes) -> str:
    return (struct.pack("<Q", len(header)) + header).hex()


@pytest.mark.parametrize(
    ("code", "babble"),
    [
        ("corrupt", "00"),
        ("corrupt", message(b"{}")),
        ("corrupt", message(b"\xff")),
        ("corrupt", message(b"[" * 100_000)),
        ("corrupt", message(b'{"said":[],"arrays":[],"data":null}')),
        ("corrupt", message(b'{"said":{},"arrays":[],"data":-5}')),
        ("corrupt", message(b'{"said":{},"arrays":[],"data":null}')),
        ("corrupt", message(b'{"said":{},"arrays":[{"name":"a","dtype":"|O8","shape":[1]}],"data":null}') + "00" * 8),
        ("corrupt", message(b'{"said":{},"arrays":[{"name":"a","dtype":"|u1","shape":[-1]}],"data":null}')),
        ("too_large", message(b'{"said":{},"arrays":[{"name":"a","dtype":"|u1","shape":[99999999999]}],"data":null}')),
        ("too_large", "ff" * 8),
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(code: str, babble: str) -> None:
    assert failed("babble", hex=babble).name == f"RasterError {code}"


def test_ten_calls_at_one_time() -> None:
    def one(number: int) -> bytes:
        return call("echo", {"n": number}, (ROOT,), bytes([number]) * 100_000).arrays["bytes"].tobytes()

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(one, range(10))) == [bytes([number]) * 100_000 for number in range(10)]


def test_one_child_answers_many_calls_and_is_replaced_when_it_died() -> None:
    with opened((ROOT,)) as box:
        processes = [box.call("isolation", {}).said["process"] for _ in range(3)]
        assert len(set(processes)) == 1
        with pytest.raises(AoiError):
            box.call("refuse", {})
        assert box.call("isolation", {}).said["process"] == processes[0]
        with pytest.raises(RasterError):
            box.call("crash", {})
        assert box.call("isolation", {}).said["process"] != processes[0]


def test_a_child_that_was_killed_while_it_waited_is_replaced() -> None:
    with opened((ROOT,)) as box:
        waiting = psutil.Process(box.call("isolation", {}).said["process"])
        waiting.kill()
        waiting.wait(5)
        assert box.call("echo", {"a": 1}).said == {"a": 1}


def test_where_no_process_can_be_started_the_server_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.Popen", refuse)
    assert failed("echo").name == "CapacityError busy"


def test_a_call_waits_for_its_turn_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eodash.sandbox.box._turns", threading.BoundedSemaphore(1))
    with _turn(1):
        assert failed("echo", seconds=0.1).name == "CapacityError busy"
    assert play("echo", a=1) == {"a": 1}


def test_processor_time_is_counted_anew_for_each_call() -> None:
    with opened((ROOT,)) as box:
        for _ in range(2):
            with pytest.raises(RasterError) as caught:
                box.call("loop", {}, seconds=0.5)
            assert caught.value.code == "timeout"
        assert box.call("echo", {"a": 1}).said == {"a": 1}


def test_a_box_serves_threads_one_after_the_other() -> None:
    box, heard = Box((ROOT,)), []
    threads = [
        threading.Thread(target=lambda n=n: heard.append(box.call("echo", {"n": n}).said["n"])) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    box.close()
    assert sorted(heard) == list(range(8))


def test_the_isolation_is_told_as_it_is() -> None:
    assert isolation().startswith("its own process")
    assert ("no Landlock" in isolation()) != ("only its own files" in isolation())
