"""`python -m eodash evaluate --change`: the method table, on a real pair with labels and on held-out worlds."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from eodash.errors import RasterError

if TYPE_CHECKING:
    from eodash.datasets.change_pairs import KnownPair
    from eodash.datasets.change_table import Line

SCENES = 4
SIZE = 192
DATA = ("taizhou", "world")
COLUMNS = ("kappa", "Dice", "accuracy", "false alarm")


def change_rows(data: str, split: str, scenes: int | None, seed: int) -> list[dict[str, Any]]:
    """Print the table of each set, and give its rows."""
    from eodash.backend.learned import measure
    from eodash.datasets.change_table import change_table, suggested
    from eodash.settings import settings

    if data and data not in DATA:
        raise typer.BadParameter(f"with --change one of {', '.join(DATA)}; both by default", param_hint="--data")
    rows: list[dict[str, Any]] = []
    for name in (data,) if data else DATA:
        if name == "taizhou" and not data and settings().real_data is None:
            typer.echo("taizhou: EODASH_REAL_DATA is not set, so only worlds are looked at.", err=True)
            continue
        pairs = _pairs(name, split, scenes or SCENES, seed)
        with typer.progressbar(length=len(suggested(learned=True)), label=name, file=sys.stderr) as bar:

            def on_done(done: int, of: int) -> None:
                bar.update(done - bar.pos)

            table = change_table(pairs, name, on_done=on_done, measure=measure)
        for line in lines(table):
            typer.echo(line)
        rows += [line.row for line in table]
    return rows


def _pairs(name: str, split: str, scenes: int, seed: int) -> Sequence[KnownPair]:
    from eodash.datasets.change_pairs import SPLITS, taizhou, world_pairs
    from eodash.settings import settings

    if name == "world":
        if split not in SPLITS:
            raise typer.BadParameter(f"worlds have {', '.join(SPLITS)}", param_hint="--split")
        return list(world_pairs(scenes, split, seed, SIZE))
    folder = settings().real_data
    if folder is None:
        raise RasterError(
            "The pair of Taizhou is not here.",
            "Set EODASH_REAL_DATA to the folder that holds landsat_taizhou, or take --data world.",
            code="no_file",
        )
    return [taizhou(folder / "landsat_taizhou")]


def lines(table: Sequence[Line]) -> list[str]:
    """One set as text: a head that says how rare change is, then a line for each method, the suggested one marked."""
    held = next((line.scores for line in table if line.scores is not None), None)
    nuisances = list(dict.fromkeys(name for line in table for name in line.alarms))
    head = f"{table[0].data}: {table[0].pairs} pair{'s' if table[0].pairs > 1 else ''}"
    if held is not None:
        head += f"; {held.rare:.2%} of the labelled pixels changed, so “no change” alone has accuracy {held.still:.2%}"
    said = [head, f"{'':<24}" + "".join(f"{name:>13}" for name in (*COLUMNS, *nuisances)) + f"{'seconds':>10}"]
    for line in table:
        row = line.row
        figures = [
            _number(row["kappa"], 3), _number(row["dice"], 3), _share(row["accuracy"]), _share(row["false_alarm"]),
            *(_share(row["nuisances"].get(name)) for name in nuisances),
        ]  # fmt: skip
        mark = "* " if line.default else "  "
        said.append(f"{mark}{line.name:<22}" + "".join(f"{one:>13}" for one in figures) + f"{line.seconds:>10.2f}")
        said += [f"    {pair}: {error}" for pair, error in line.failed.items()]
    return [
        *said,
        "* what is suggested" + ("; of a nuisance: share flagged although nothing changed" * bool(nuisances)),
    ]


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"
