"""Where questions are computed: a scheduler of this process with workers of its own, or somebody's cluster."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from eodash.backend import engine_worker
from eodash.backend.orders import on_worker
from eodash.errors import ComputeError
from eodash.settings import settings

log = logging.getLogger("eodash")

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = 1
"""After so many deaths and one more a task is suspect; it is asked once more, alone, with as many again."""
QUIET = {"DASK_LOGGING__DISTRIBUTED": "error"}
REACH = 5.0
"""Seconds within which a scheduler answers."""
CONFIG = {
    "distributed.scheduler.http.routes": [],
    "distributed.comm.timeouts.connect": f"{REACH}s",
    "distributed.client.scheduler-info-interval": "500ms",
    "distributed.admin.log-length": 100,
    "distributed.admin.tick.limit": "1h",
    "distributed.worker.profile.enabled": False,
}


class Cluster:
    """A client and what it talks to. `about` says what the first worker computes on."""

    def __init__(self, address: str = "", workers: int = 1) -> None:
        """Connect; without an address with workers of its own. Blocks until one of them answers."""
        import dask
        from distributed import Client, LocalCluster

        dask.config.set(CONFIG)
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said by whoever asks
        self.own = not address
        self.about: dict[str, Any] = {}
        self.closing = threading.Event()
        self._counting = threading.Lock()
        self._seen: set[str] = set()
        self._gone = 0
        self._processes: list[subprocess.Popen[bytes]] = []
        self._scheduler: LocalCluster | None = None
        try:
            if self.own:
                self._scheduler = LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=0, host="127.0.0.1", silence_logs=logging.CRITICAL, dashboard_address=None,
                    scheduler_kwargs={
                        "dashboard": False, "dashboard_address": "127.0.0.1:0", "allowed_failures": ALLOWED,
                    },
                )  # fmt: skip
                address = self._scheduler.scheduler_address
                self._processes = [self._started(address, number) for number in range(workers)]
            self.client: Any = Client(  # type: ignore[no-untyped-call]
                self._scheduler or address, timeout=REACH, set_as_default=False, name="eodash"
            )
            self.address = address
            self._meet(workers)
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._watch, name="eodash-engine-watch", daemon=True).start()

    def submit(self, name: str, *asked: Any, **how: Any) -> Any:
        """Ask a worker for a function of the worker's side; a future."""
        return self.client.submit(on_worker, name, *asked, pure=False, **how)

    def stop(self, question: str) -> None:
        """Tell the workers that nobody waits for a question any more; nobody waits for them to hear it either."""

        def tell() -> None:
            with contextlib.suppress(Exception):  # they may be gone
                self.client.run(on_worker, "stop", question, on_error="ignore")

        threading.Thread(target=tell, name="eodash-engine-stop", daemon=True).start()

    def workers(self) -> set[str]:
        """Addresses of the workers there are."""
        if self._scheduler is not None and self._scheduler.scheduler is not None:
            return set(self._scheduler.scheduler.workers)
        return set(self.client.scheduler_info(n_workers=-1).get("workers", ()))

    @property
    def restarts(self) -> int:
        """How many workers have gone so far."""
        with self._counting, contextlib.suppress(Exception):  # the scheduler may be gone
            here = self.workers()
            self._gone += len(self._seen - here)
            self._seen = here
        return self._gone

    @property
    def lost(self) -> bool:
        """Whether the scheduler does not answer any more; the client has tried to reach it again by then."""
        return bool(self.client.status in ("closing", "closed"))

    def processes(self) -> list[int]:
        """Process ids of the nannies of its own."""
        return [each.pid for each in self._processes]

    def close(self) -> None:
        """Leave; what it started itself ends."""
        self.closing.set()
        for process in self._processes:
            _end(process)
        for each in (getattr(self, "client", None), self._scheduler):
            with contextlib.suppress(Exception):
                if each is not None:
                    each.close(timeout=REACH)
        self._processes = []

    def _meet(self, workers: int) -> None:
        """Wait for a worker, and ask it what it is; a second device gets a worker, too."""
        try:
            self.client.wait_for_workers(1, timeout=settings().engine_seconds)
            self.about = self.submit("about", priority=100).result(timeout=settings().engine_seconds)
        except TimeoutError as error:
            raise ComputeError(
                "No worker answered.",
                "Start one with `python -m eodash worker`, or see the log of this server.",
                code="engine",
                retryable=True,
            ) from error
        if self.own and self.about["kind"] == "cuda":
            self._processes += [
                self._started(self.address, number) for number in range(workers, int(self.about["devices"]))
            ]

    def _started(self, address: str, number: int) -> subprocess.Popen[bytes]:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        devices = {"CUDA_VISIBLE_DEVICES": str(number)} if number else {}
        return subprocess.Popen(
            [sys.executable, "-m", engine_worker.NAME, address, "--tied", "--host", "127.0.0.1",
             "--memory", str(settings().worker_mib)],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **engine_worker.PASSIVE, **QUIET, **devices},
            start_new_session=True,
        )  # fmt: skip

    def _watch(self) -> None:
        """Start nannies again that have died; nobody else does."""
        while not self.closing.wait(0.5):
            _ = self.restarts
            for place, process in enumerate(list(self._processes)):
                if process.poll() is not None and not self.closing.is_set():
                    log.warning("A worker's nanny has ended; another one is started.")
                    _end(process)
                    self._processes[place] = self._started(self.address, place)
                    time.sleep(1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a worker: it ends itself when its standard input does."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(3)
