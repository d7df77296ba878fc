"""The engine: questions in, labelled answers out. This side imports no torch; workers do, in processes of their own."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

import xarray as xr

from eodash.backend.engine_answers import inspection, labelled, meta_of
from eodash.backend.engine_explaining import Explaining
from eodash.backend.engine_images import Imaging
from eodash.backend.engine_series import sample_of, series_at, series_mean
from eodash.backend.engine_tiles import Gate, LostError, Round, weights_of
from eodash.backend.ordering import order_of, series_order
from eodash.backend.orders import Order
from eodash.backend.questions import MapQuestion
from eodash.cards import Card
from eodash.errors import ComputeError, EodashError, ModelError
from eodash.jobs import Progress
from eodash.settings import settings

__all__ = ["Engine", "State", "engine", "sample_of", "series_at", "series_mean"]

log = logging.getLogger("eodash")
Answer = TypeVar("Answer")

TRIES = 2
"""How often a question goes on elsewhere after its cluster is lost."""
CLICKS = 4
"""How often a click is asked again after workers have died."""


@dataclass(frozen=True)
class State:
    """How the engine stands."""

    ready: bool
    said: str
    workers: int = 0
    device: str = ""
    dtype: str = ""
    restarts: int = 0
    error: EodashError | None = None  # ready in spite of it: computed here, not by the cluster that was asked for


class Engine(Explaining, Imaging):
    """Where models are asked: begins in the background when first needed, ends with the process."""

    def __init__(self, scheduler: str | None = None, workers: int = 1) -> None:
        self._scheduler = settings().scheduler if scheduler is None else scheduler
        self._own_workers = workers
        self._lock = threading.Lock()
        self._cluster: Any = None
        self._failed: EodashError | None = None  # why it could not be started
        self._notice: EodashError | None = None  # why it computes elsewhere than was asked
        self._starting: threading.Thread | None = None
        self._closed = False
        self._gate = Gate()

    def start(self) -> None:
        """Begin to start; returns at once."""
        with self._lock:
            if self._closed or self._cluster is not None or (self._starting and self._starting.is_alive()):
                return
            self._starting = threading.Thread(target=self._begin, name="eodash-engine", daemon=True)
            self._starting.start()

    def close(self) -> None:
        """End what was started; nothing is left behind."""
        self._closed = True
        if self._starting is not None:
            self._starting.join(5)
        with self._lock:
            cluster, self._cluster = self._cluster, None
        if cluster is not None:
            cluster.close()

    def state(self) -> State:
        """How it stands, without asking anybody."""
        cluster = self._cluster
        if cluster is None:
            if self._failed is not None:
                return State(False, "engine not running", error=self._failed)
            return State(False, "engine starting" if self._starting else "engine not started", error=self._notice)
        device, workers = cluster.about["device"], len(cluster.workers())
        several = f", {workers} workers" if workers > 1 else ""
        said = f"engine ready · {device}{several}" if workers else "worker restarting"
        return State(workers > 0, said, workers, device, self._gate.dtype, cluster.restarts, self._notice)

    def predict_map(
        self, question: MapQuestion, cube: xr.DataArray, card: Card, progress: Progress | None = None
    ) -> xr.Dataset:
        """The class of every pixel after each of the question's dates."""
        order = order_of(cube, card, question.legend, question.dates, exact=question.exact)
        return self._whole(order, cube, card, question.legend, question.dates, progress)

    def summarise_map(
        self,
        question: MapQuestion,
        cube: xr.DataArray,
        card: Card,
        reducers: tuple[str, ...],
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Whatever these reducers say of every pixel."""
        order = order_of(cube, card, question.legend, question.dates, reducers, exact=question.exact)
        return self._whole(order, cube, card, question.legend, question.dates, progress)

    def inspect_pixel(self, series: xr.DataArray, card: Card, legend: str, *, exact: bool = False) -> xr.Dataset:
        """What a model says of one series, date by date; never waits behind a map."""
        times, order = series_order(series, card, legend, exact=exact)
        said = self._clicked("inspect", order, card)
        return inspection(said["arrays"], times, card, legend, said["facts"] | {"seconds": said["seconds"]})

    def compare_maps(
        self,
        before: xr.DataArray,
        after: xr.DataArray,
        card: Card,
        legend: str,
        progress: Progress | None = None,
        *,
        exact: bool = False,
    ) -> xr.Dataset:
        """What the model says of the same ground at the end of two series."""
        if before.shape[2:] != after.shape[2:]:
            raise ModelError(
                "The two series lie on different grids.", "Compare series of one area and resolution.", code="grid"
            )
        made = xr.Dataset()
        for name, cube in (("before", before), ("after", after)):
            dates = (cube.sizes["time"] - 1,)
            order = order_of(cube, card, legend, dates, exact=exact)
            answer = self._whole(order, cube, card, legend, dates, progress)
            made[name] = answer["said"].isel(date=0, drop=True)
            made[f"{name}_confidence"] = answer["confidence"].isel(date=0, drop=True)
            made.attrs = answer.attrs
        return made.assign_coords({"class": [each.name for each in card.legends[legend]]})

    def _whole(
        self, order: Order, cube: xr.DataArray, card: Card, legend: str, dates: tuple[int, ...],
        progress: Progress | None,
    ) -> xr.Dataset:  # fmt: skip
        made: Round | None = None
        if progress is not None and self._cluster is None:
            progress.tick(0, 0, "Starting the engine")

        def ask(cluster: Any) -> Round:
            nonlocal made
            if made is None:
                made = Round(cluster, self._gate, order, cube, card, progress)
            made.cluster = cluster
            return made.run()

        done = self._asked(ask, progress)
        return labelled(done.arrays, meta_of(cube, card, legend, dates, done.axes, done.facts))

    def _clicked(self, name: str, order: Order, card: Card, priority: int = 100) -> dict[str, Any]:
        from distributed import KilledWorker

        def ask(cluster: Any) -> dict[str, Any]:
            sent = order
            for _ in range(CLICKS):
                try:
                    said: dict[str, Any] = cluster.submit(name, sent, priority=priority).result(
                        timeout=settings().engine_seconds
                    )
                except KilledWorker:  # by what was computed beside it
                    continue
                except EodashError:
                    raise
                except Exception as error:
                    if cluster.lost:
                        raise LostError from error
                    raise _no_answer() from error
                if said.get("missing") != "weights":
                    return said
                sent = replace(order, weights=weights_of(card))
            raise _no_answer()

        return self._asked(ask, None)

    def _asked(self, ask: Callable[[Any], Answer], progress: Progress | None) -> Answer:
        """Ask, and once more elsewhere where the cluster is lost meanwhile."""
        for _ in range(TRIES):
            cluster = self._ready(progress)
            try:
                return ask(cluster)
            except LostError:
                self._forget(cluster)
        raise ComputeError(
            "The connection to the scheduler was lost, more than once.",
            "Try again; see whether the cluster runs.",
            code="scheduler",
            retryable=True,
        )

    def _ready(self, progress: Progress | None) -> Any:
        """The cluster, once there is one."""
        end = time.monotonic() + 2 * settings().engine_seconds
        while (cluster := self._cluster) is None:
            failed, self._failed = self._failed, None
            if failed is not None or self._closed or time.monotonic() > end:
                raise failed or _no_answer()
            self.start()
            if progress is not None:
                progress.tick(0, 0, "Starting the engine")
            time.sleep(0.05)
        return cluster

    def _forget(self, cluster: Any) -> None:
        """Leave a cluster that was lost; the next one is of this server."""
        with self._lock:
            if self._cluster is not cluster:
                return
            self._cluster = None
            if not cluster.own:
                self._scheduler = ""
                self._notice = _unreachable(cluster.address)
        log.warning("The scheduler at %s is lost.", cluster.address)
        threading.Thread(target=cluster.close, name="eodash-engine-leaving", daemon=True).start()

    def _begin(self) -> None:
        from eodash.backend.cluster import Cluster

        made = None
        try:
            if self._scheduler:
                try:
                    made = Cluster(self._scheduler)
                except (EodashError, OSError, TimeoutError, ValueError) as error:
                    log.warning("The scheduler at %s cannot be used: %s", self._scheduler, error)
                    self._notice = _unreachable(self._scheduler)
            made = made or Cluster(workers=self._own_workers)
        except EodashError as error:
            self._failed = error
        except Exception as error:
            log.exception("The engine cannot be started")
            self._failed = ComputeError(
                "The engine cannot be started.",
                "The log of this server says why.",
                code="engine",
                retryable=True,
                details={"kind": type(error).__name__, "cause": str(error)[:200]},
            )
        with self._lock:
            if not self._closed:
                self._cluster, made = made, None
        if made is not None:
            made.close()


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The engine of this process."""
    made = Engine()
    atexit.register(made.close)
    made.start()
    return made


def _no_answer() -> ComputeError:
    return ComputeError("No worker answered.", "Try again in a moment.", code="engine", retryable=True)


def _unreachable(address: str) -> ComputeError:
    return ComputeError(
        f"The scheduler at {address[:120]} does not answer.",
        "Maps are computed by a worker of this server meanwhile. Start the cluster, then this server again.",
        code="scheduler",
        retryable=True,
    )
