"""`python -m eodash worker`: this machine joins a cluster that computes maps."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from eodash.commands.line import app, plain_errors
from eodash.errors import ComputeError
from eodash.settings import settings


@app.command()
def worker(
    scheduler: Annotated[str, typer.Option(help="of the cluster, tcp://…; as EODASH_SCHEDULER says without it")] = "",
    memory_mib: Annotated[int, typer.Option(help="memory before it is started again; EODASH_WORKER_MIB")] = 0,
    name: Annotated[str, typer.Option(help="what it is called there")] = "",
    host: Annotated[str, typer.Option(help="address on which it is reached; found by itself without it")] = "",
) -> None:
    """Compute for a scheduler until it ends, or until Ctrl-C; a scheduler is started by `dask scheduler`."""
    from eodash.backend.engine_worker import serve

    with plain_errors():
        address = scheduler or settings().scheduler
        if not address:
            raise ComputeError(
                "No scheduler was named.",
                "Start one with `dask scheduler`, then say --scheduler tcp://HOST:8786.",
                code="scheduler",
            )
        try:
            reached = asyncio.run(serve(address, memory_mib or settings().worker_mib, name, host or None))
        except ValueError as error:
            raise ComputeError(
                f"{address[:120]} is no address of a scheduler.", "Write tcp://HOST:8786.", code="scheduler"
            ) from error
        if not reached:
            raise ComputeError(
                f"The scheduler at {address[:120]} does not answer.",
                "See whether it runs, and whether this machine reaches its port.",
                code="scheduler",
                retryable=True,
            )
