"""The server's hold on one child: a start, questions with a deadline, and an end."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eodash.errors import RasterError
from eodash.sandbox.failures import broken, busy, dead, late, starved
from eodash.sandbox.surroundings import environment
from eodash.sandbox.wire import Garbled, TooMuch, packed, unpacked
from eodash.settings import settings

if TYPE_CHECKING:
    import numpy as np

ROOT = Path(__file__).resolve().parents[2]
START = "import sys; sys.path.insert(0, sys.argv[1]); from eodash.sandbox.child import main; main()"
PIECE = 2**20
LAST_WORDS = 65_536
"""Bytes of a child's complaints that are kept."""


@dataclass(frozen=True)
class Needs:
    """What a task needs beyond a foreign file's parser."""

    memory_mib: int
    ready: tuple[str, ...] = ()  # modules of this programme, imported before the walls go up


class Child:
    """A started child; it belongs to one caller at a time."""

    def __init__(self, readable: list[str], needs: Needs | None = None) -> None:
        try:
            self._process = subprocess.Popen(  # its own group, so that an end reaches whatever it started
                [sys.executable, "-I", "-B", "-c", START, str(ROOT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env=environment(),
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise busy() from error
        assert self._process.stdin
        assert self._process.stdout
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._to, self._from):
            os.set_blocking(pipe, False)
        needs = needs or Needs(settings().sandbox_mib)
        terms = {"memory": needs.memory_mib * 2**20, "readable": readable, "ready": needs.ready}
        self._terms = packed(terms, {})

    def ask(
        self, question: dict[str, Any], data: bytes | None, seconds: float
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The child's answer, or the error that its silence, its death or its babble stands for."""
        deadline = time.monotonic() + seconds
        limit = settings().sandbox_answer_mib * 2**20
        try:
            for piece in [*self._terms, *packed(question, {}, data)]:
                self._write(memoryview(piece), deadline)
            self._terms = []
            said, arrays, _ = unpacked(lambda size: self._read(size, deadline), limit)
        except TimeoutError as error:
            raise late(seconds) from error
        except (EOFError, BrokenPipeError) as error:
            raise self._death() from error
        except TooMuch as error:
            raise starved() from error
        except Garbled as error:
            raise broken("no sensible answer") from error
        return said, arrays

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the child and everything that it started; nothing of it is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def _write(self, piece: memoryview, deadline: float) -> None:
        while piece:
            self._wait(self._to, selectors.EVENT_WRITE, deadline)
            with contextlib.suppress(BlockingIOError):
                piece = piece[os.write(self._to, piece[:PIECE]) :]

    def _read(self, size: int, deadline: float) -> memoryview:
        whole = memoryview(bytearray(size))
        got = 0
        while got < size:
            self._wait(self._from, selectors.EVENT_READ, deadline)
            count = os.readv(self._from, [whole[got : got + PIECE]])
            if not count:
                raise EOFError
            got += count
        return whole

    @staticmethod
    def _wait(pipe: int, event: int, deadline: float) -> None:
        with selectors.PollSelector() as selector:
            selector.register(pipe, event)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError

    def _death(self) -> RasterError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        words = b""
        assert self._process.stderr
        os.set_blocking(self._process.stderr.fileno(), False)
        with contextlib.suppress(BlockingIOError):
            words = os.read(self._process.stderr.fileno(), LAST_WORDS)
        return dead(self._process.returncode, words.decode(errors="replace"))
