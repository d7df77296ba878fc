"""The command line itself: one application, and how a failure looks there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from eodash.errors import EodashError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The command line: `python -m eodash fetch …`, `export …`, `bench …`.",
)


@contextmanager
def plain_errors() -> Iterator[None]:
    """An EodashError as two lines on stderr and exit code 1; anything else is a bug and keeps its traceback."""
    try:
        yield
    except EodashError as error:
        typer.secho(f"{error.name}: {error.message}", fg="red", err=True)
        if error.advice:
            typer.echo(f"→ {error.advice}", err=True)
        raise typer.Exit(1) from error


@app.callback()
def main() -> None:
    """Look at what a time-series model sees."""
