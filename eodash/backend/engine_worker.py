"""A worker's processes: a nanny, and below it the one that computes, started again when it dies.

`python -m eodash.backend.engine_worker tcp://… --tied` ends, whatever happens, when its standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import threading

NAME = "eodash.backend.engine_worker"
PRELOAD = "eodash.backend.work"
TILE = "tile"
"""What a tile holds while it is computed: a worker has one, so the second of its two slots stays free."""
SLOTS = 2
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE"}
CONFIG = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.profile.enabled": False,
    "distributed.worker.http.routes": [],
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 65536,
}


async def serve(scheduler: str, memory_mib: int, name: str = "", host: str | None = None) -> bool:
    """Work for a scheduler until it is gone, or a signal says stop; False if it could not be reached."""
    import dask
    from distributed import Nanny

    dask.config.set(CONFIG)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    try:
        nanny = await Nanny(
            scheduler, nthreads=SLOTS, resources={TILE: 1}, memory_limit=memory_mib * 2**20, name=name or None,
            host=host, preload=[PRELOAD], death_timeout=30, env=PASSIVE, dashboard=False,
            dashboard_address=f"{host or ''}:0",
        )  # fmt: skip
    except (OSError, TimeoutError, RuntimeError):
        return False
    ended = asyncio.ensure_future(nanny.finished())
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    with contextlib.suppress(Exception):
        await nanny.close(timeout=2)
    return True


def tie() -> None:
    """End this process and all it started when nobody holds the other end of standard input any more."""

    def hold() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=hold, name="eodash-lifeline", daemon=True).start()


def main() -> None:
    parser = argparse.ArgumentParser(NAME)
    parser.add_argument("scheduler")
    parser.add_argument("--memory", type=int, default=4096)
    parser.add_argument("--host", default=None)
    parser.add_argument("--name", default="")
    parser.add_argument("--tied", action="store_true")
    said = parser.parse_args()
    if said.tied:
        tie()
    sys.exit(0 if asyncio.run(serve(said.scheduler, said.memory, said.name, said.host)) else 1)


if __name__ == "__main__":
    main()
