"""What a hostile file might make its parser do; run in the sandbox by its tests."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import numpy as np

from eodash.errors import AoiError

Said = tuple[dict[str, Any], dict[str, np.ndarray]]


def echo(arguments: dict[str, Any], data: bytes | None) -> Said:
    arrays = {"bytes": np.frombuffer(data, "u1")} if data is not None else {}
    return arguments, arrays


def numbers(arguments: dict[str, Any], data: bytes | None) -> Said:
    kinds = ["b1", "i1", "u1", "i2", ">i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", ">f8", "f8", "c8", "c16"]
    return {}, {
        **{kind: np.arange(-3, 3).reshape(2, 3).astype(kind) for kind in kinds},
        "time": np.array(["2026-01-01", "NaT"], "M8[ns]"),
        "nan": np.array([np.nan, np.inf, -0.0]),
        "empty": np.zeros((0, 3)),
        "single": np.array(7.0),
        "turned": np.arange(12).reshape(3, 4).T[::2],
    }


def objects(arguments: dict[str, Any], data: bytes | None) -> Said:
    return {}, {"objects": np.array([object()])}


def read(arguments: dict[str, Any], data: bytes | None) -> Said:
    try:
        return {"text": Path(arguments["path"]).read_text()[:100]}, {}
    except OSError as error:
        return {"refused": type(error).__name__}, {}


def write(arguments: dict[str, Any], data: bytes | None) -> Said:
    try:
        with Path(arguments["path"]).open("ab", buffering=0) as file:
            file.write(b"x")
    except OSError as error:
        return {"refused": type(error).__name__}, {}
    return {"wrote": True}, {}


def connect(arguments: dict[str, Any], data: bytes | None) -> Said:
    try:
        socket.create_connection(("127.0.0.1", arguments["port"]), 2).close()
    except OSError as error:
        return {"refused": type(error).__name__}, {}
    return {"connected": True}, {}


def surroundings(arguments: dict[str, Any], data: bytes | None) -> Said:
    from eodash.settings import settings

    return {"names": sorted(os.environ), "vertices": settings().aoi_vertices}, {}


def execute(arguments: dict[str, Any], data: bytes | None) -> Said:
    try:
        os.execv("/bin/true", ["true"])
    except OSError as error:
        return {"refused": type(error).__name__}, {}


def refuse(arguments: dict[str, Any], data: bytes | None) -> Said:
    raise AoiError("No.", "Ask again.", code="why", retryable=True, details={"a": [1, 2.5, "x"]})


def stumble(arguments: dict[str, Any], data: bytes | None) -> Said:
    raise KeyError("/secret/path")


def bomb(arguments: dict[str, Any], data: bytes | None) -> Said:
    return {}, {"huge": np.ones(2**40, "u1")}


def python_bomb(arguments: dict[str, Any], data: bytes | None) -> Said:
    hoard = []
    while True:
        hoard.append(bytearray(2**24))


def flood(arguments: dict[str, Any], data: bytes | None) -> Said:
    return {}, {"large": np.zeros(arguments["bytes"], "u1")}


def chatter(arguments: dict[str, Any], data: bytes | None) -> Said:
    os.write(1, b"x" * 100_000)
    for _ in range(100):
        try:
            os.write(2, b"y" * 100_000)
        except BlockingIOError:
            break
    print("hello")
    return {"done": True}, {}


def loop(arguments: dict[str, Any], data: bytes | None) -> Said:
    while True:
        pass


def crash(arguments: dict[str, Any], data: bytes | None) -> Said:
    os.abort()


def leave(arguments: dict[str, Any], data: bytes | None) -> Said:
    os._exit(0)


def babble(arguments: dict[str, Any], data: bytes | None) -> Said:
    """What a parser that was taken over could send."""
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, bytes.fromhex(arguments["hex"]))
        except OSError:
            continue
    os._exit(0)
