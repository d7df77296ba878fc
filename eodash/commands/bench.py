"""`python -m eodash bench`: what it costs, measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from eodash.commands.line import app, plain_errors


@app.command()
def bench(
    only: Annotated[
        str, typer.Option(help="one group: app, models, explanations, change; all of them if none is named")
    ] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="write the rows there, too")] = None,
    full: Annotated[bool, typer.Option("--full", help="take longer: a million pixels, too")] = False,
) -> None:
    """Measure, against a peer in the same run where there is one; print one table."""
    from eodash.bench import GROUPS, table

    with plain_errors():
        if only and only not in GROUPS:
            raise typer.BadParameter(f"one of {', '.join(GROUPS)}", param_hint="--only")
        rows = [row for name in ([only] if only else GROUPS) for row in GROUPS[name](full)]
        typer.echo(table(rows))
        if json_file is not None:
            json_file.write_text(json.dumps(rows, indent=1, ensure_ascii=False))
