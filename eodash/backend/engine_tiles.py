"""All pixels of a cube, a tile at a time: so large that a tile takes well under a second, few of them under way."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr

from eodash.backend.cluster import Cluster
from eodash.backend.engine_worker import TILE
from eodash.backend.inert import incomplete
from eodash.backend.orders import Array, Order, cut
from eodash.cards import Card
from eodash.errors import ComputeError, EodashError
from eodash.jobs import Progress

log = logging.getLogger("eodash")

SECONDS = 0.6
"""How long a tile should take: cancelling waits for it."""
FIRST, LEAST, MOST = 512, 16, 65_536
"""Pixels of a tile."""
MEMORY = 96 * 2**20
"""Bytes that the series of a tile may take as single precision."""
AHEAD = 2
"""Tiles of one question under way for each worker: one is computed while the next is on its way."""
LATE = 120.0
"""Seconds without any answer after which a question is given up."""


class LostError(Exception):
    """The scheduler is gone; never leaves the engine."""


@dataclass
class Gate:
    """Lets tiles pass, or one suspect alone; shared by all questions of an engine."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    speeds: dict[str, float] = field(default_factory=dict)  # pixels per second of questions of a kind
    by_value: bool = False  # a worker has said that it does not see our disk
    dtype: str = ""  # what the last map was computed with


@dataclass(frozen=True)
class Sent:
    """A tile under way."""

    start: int
    stop: int
    with_weights: bool = False
    by_value: bool = False


class Round:
    """One question about every pixel of a cube."""

    asked = "tile"
    """What a worker is asked for."""

    def __init__(
        self, cluster: Cluster, gate: Gate, order: Order, cube: xr.DataArray, card: Card, progress: Progress | None
    ) -> None:
        self.cluster, self.gate, self.card = cluster, gate, card
        self.order = replace(order, question=secrets.token_hex(8))
        self.values, self.clear = cube.values, cube["clear"].values
        self.progress = progress or Progress()
        self.total = int(np.prod(self.values.shape[2:]))
        self.kind = json.dumps([order.card, len(order.dates), order.reducers, order.exact, len(order.day)])
        self.arrays: dict[str, Array] = {}
        self.axes: dict[str, tuple[str, ...]] = {}
        self.facts: dict[str, Any] = {}
        self.done = self.tiles = 0
        self.seconds = 0.0
        self._next = 0
        self._again: deque[Sent] = deque()
        self._out: dict[Any, Sent] = {}
        self._back: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def run(self) -> Round:
        """Ask until every pixel has its answer; goes on where it was if the cluster is another one by now."""
        began, before = time.time(), self.cluster.restarts
        try:
            heard = time.monotonic()
            while self.done < self.total:
                self._tell()
                self._send()
                try:
                    future = self._back.get(timeout=0.1)
                except queue.Empty:
                    if self.cluster.lost:
                        raise LostError from None
                    if time.monotonic() - heard > LATE and not self.cluster.workers():
                        raise _nobody() from None
                    continue
                heard = time.monotonic()
                sent = self._out.pop(future, None)
                if sent is not None:
                    self._take(future, sent)
            self._tell()
        finally:
            out, self._out = self._out, {}
            self._again.extend(out.values())
            with contextlib.suppress(Exception):  # there may be nobody left who could
                self.cluster.client.cancel(list(out))
            if out:
                self.cluster.stop(self.order.question)
        taken = time.time() - began
        self.facts |= {
            "seconds": round(taken, 3),
            "computing": round(self.seconds, 3),
            "tiles": self.tiles,
            "restarts": self.cluster.restarts - before,
            "pixels_per_second": round(self.total / max(taken, 1e-6)),
        }
        return self

    def _tell(self) -> None:
        size = max(1, self._size())
        tiles = self.tiles + -(-(self.total - self.done) // size)
        self.progress.tick(self.tiles, tiles, "Computing")

    def _size(self) -> int:
        """Pixels of the next tile."""
        dates, bands = self.values.shape[:2]
        room = max(LEAST, MEMORY // (4 * dates * bands))
        speed = self.gate.speeds.get(self.kind)
        if speed is None:  # a network that looks ahead may be asked once for each date
            return int(min(room, FIRST if self.card.causal else max(LEAST, FIRST // max(1, len(self.order.dates)))))
        return int(np.clip(speed * SECONDS, LEAST, min(room, MOST)))

    def _send(self) -> None:
        """Keep a few tiles under way, unless a suspect is being asked alone."""
        if not self.gate.lock.acquire(timeout=0.05):
            return
        try:
            while len(self._out) < AHEAD * max(1, len(self.cluster.workers())):
                if self._again:
                    sent = replace(self._again.popleft(), by_value=self.gate.by_value)
                elif self._next < self.total:
                    sent = Sent(self._next, min(self.total, self._next + self._size()), by_value=self.gate.by_value)
                    self._next = sent.stop
                else:
                    return
                self._submit(sent).add_done_callback(self._back.put)
        finally:
            self.gate.lock.release()

    def _cut(self, sent: Sent) -> Order:
        return cut(self.order, self.values, self.clear, sent.start, sent.stop, by_value=sent.by_value)

    def _submit(self, sent: Sent) -> Any:
        """Send a tile; it stays among those to be sent where there is nobody to send it to."""
        order = self._cut(sent)
        if sent.with_weights:
            order = replace(order, weights=weights_of(self.card))
        try:
            future = self.cluster.submit(self.asked, order, resources={TILE: 1})
        except Exception as error:
            self._again.appendleft(sent)
            raise LostError from error
        self._out[future] = sent
        return future

    def _take(self, future: Any, sent: Sent) -> None:
        """Put an answer where it belongs; a tile without an answer is asked again."""
        from distributed import KilledWorker

        try:
            said = future.result(timeout=5)
        except KilledWorker:
            self._alone(sent)
            return
        except EodashError:
            raise
        except Exception as error:
            if not _cut_off(error):
                raise
            self._again.append(sent)
            if self.cluster.lost:
                raise LostError from error
            time.sleep(0.1)  # its worker is gone, or it was never there
            return
        missing = said.get("missing")
        if missing is None:
            self._keep(said, sent)
            return
        self.gate.by_value |= missing == "pixels"
        again = replace(sent, with_weights=sent.with_weights or missing == "weights", by_value=self.gate.by_value)
        if again == sent:
            raise _nobody()
        self._again.append(again)

    def _alone(self, sent: Sent) -> None:
        """Workers died while they had this tile, perhaps of another: ask once more, while no other tile is sent."""
        from distributed import KilledWorker

        log.warning("Workers have died while they had a tile; it is asked once more, alone.")
        while not self.gate.lock.acquire(timeout=0.1):
            self._tell()
        try:
            future = self._submit(sent)
            while not future.done():
                self._tell()
                if self.cluster.lost:
                    raise LostError
                time.sleep(0.05)
            del self._out[future]
            self._keep(future.result(timeout=5), sent)
        except KilledWorker as error:
            raise ComputeError(
                "The worker died each time it came to the same part of the map.",
                "Choose another model, or fewer dates. The log of this server may say why it died.",
                code="worker_died",
                details={"pixels": f"{sent.start}–{sent.stop}", "deaths": self.cluster.restarts},
            ) from error
        finally:
            self.gate.lock.release()

    def _keep(self, said: dict[str, Any], sent: Sent) -> None:
        count = sent.stop - sent.start
        for name, part in said["arrays"].items():
            if name not in self.arrays:
                self.arrays[name] = np.zeros((*part.shape[:-1], self.total), part.dtype)
            self.arrays[name][..., sent.start : sent.stop] = part
        self.axes |= said["axes"]
        self.done += count
        self.tiles += 1
        self.seconds += said["seconds"]
        speed = count / max(said["seconds"], 1e-4)
        known = self.gate.speeds.get(self.kind, speed)
        self.gate.speeds[self.kind] = min(speed, 4 * known) if known < speed else (known + speed) / 2
        self.facts |= said["facts"]
        self.gate.dtype = str(said["facts"].get("dtype", ""))


def weights_of(card: Card) -> bytes:
    """The file, for a worker that cannot read it; a ModelError where it has gone."""
    try:
        return card.weights_path.read_bytes()
    except OSError as error:
        raise incomplete(f"{card.weights_path.name} is not there", "Bring the model again.") from error


def _nobody() -> ComputeError:
    return ComputeError(
        "No worker is left that could compute this.",
        "Try again; if this goes on, see the log of the server, or of the cluster.",
        code="no_worker",
        retryable=True,
    )


def _cut_off(error: Exception) -> bool:
    """Whether a future ended for reasons of the cluster, not of its work.

    `distributed` reads a result that was never bound where waiting for it is cancelled on a very busy machine.
    """
    from asyncio import CancelledError
    from concurrent.futures import CancelledError as Cancelled

    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    kinds = (CancelledError, Cancelled, FutureCancelledError, CommClosedError, TimeoutError, OSError, UnboundLocalError)
    return isinstance(error, kinds)
