"""`python -m eodash understand`: what a file or folder below the data root holds, and how it would be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eodash.commands.line import app, plain_errors
from eodash.errors import RasterError, StorageError

if TYPE_CHECKING:
    from eodash.files.understood import Understood

_LONGEST = 2**24


@app.command()
def understand(
    path: Annotated[Path, typer.Argument(help="a file or folder below EODASH_DATA_ROOT")],
    correct: Annotated[Path | None, typer.Option(help="corrections, a JSON file")] = None,
    recipe: Annotated[Path | None, typer.Option(help="write the recipe there, for `fetch --recipe`")] = None,
) -> None:
    """Say what was understood of files: sensor, bands, numbers, dates, grid; each with its evidence."""
    with plain_errors():
        found = understood(path, correct)
        for line in lines(found):
            typer.echo(line)
        if found.refused:
            raise RasterError(found.refused, "Say it in a file for --correct.", code=found.refused_code)
        if recipe is not None:
            _write(recipe, found.recipe)
            typer.echo(f"{recipe}: the recipe")


def understood(path: Path, correct: Path | None) -> Understood:
    """What was understood of a path, as it stands here or below the data root."""
    from eodash.files import understand as understand_files

    said = read_json(correct) if correct is not None else None
    return understand_files(path.absolute() if path.exists() else path, said)


def read_json(path: Path) -> Any:
    try:
        if not path.is_file() or path.stat().st_size > _LONGEST:
            raise StorageError(f"{path} is not a JSON file.", "Give the path of a JSON file.", code="no_file")
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read: {error.strerror}.", "Check its permissions.", code="no_file"
        ) from error
    except (ValueError, RecursionError) as error:
        raise RasterError(f"{path} holds no JSON.", "Correct the file.", code="corrections") from error


def lines(found: Understood) -> list[str]:
    """The understanding as a table: what, then how it was decided."""
    grid = found.grid
    where = "none" if grid is None else f"{grid.shape[1]} × {grid.shape[0]} px of {found.pixel:.4g} m, {_crs(found)}"
    dates = found.dates
    span = f"{len(dates)}: {dates[0].time[:10]} to {dates[-1].time[:10]}" if dates else "none"
    rows = [
        ("path", found.path, ""),
        ("kind", found.kind, found.how.get("kind", "")),
        ("sensor", f"{found.sensor.title} ({found.sensor.name})", found.how.get("sensor", "")),
        ("units", found.units, found.how.get("units", "")),
        ("no data", "none" if found.nodata is None else f"{found.nodata:g}", found.how.get("nodata", "")),
        ("dates", span, found.how.get("dates", "")),
        ("grid", where, found.how.get("grid", "")),
    ]
    made = [f"{name:<8} {what}" + (f"  ← {how}" if how else "") for name, what, how in rows]
    made += ["", f"{'in files':<20} {'band':<10} {'code':<4} {'nm':>6} {'scale':>10} {'offset':>7}  how"]
    for band in found.bands:
        nm = f"{band.centre:g}" if band.centre else ""
        numbers = f"{band.scale:>10.4g} {band.offset:>7.4g}" if band.name else f"{'':>10} {'':>7}"
        made.append(
            f"{_plain(band.held):<20.20} {_plain(band.name) or '–':<10.10} {band.code:<4} {nm:>6} {numbers}  {band.how}"
        )
    made += ["", *(f"{date.time}  {_plain(date.files[0])}  ← {date.how}" for date in dates[:5])]
    made += [f"… and {len(dates) - 5} more dates"] if len(dates) > 5 else []
    made += [""] * bool(found.notices) + [f"! {_plain(notice)}" for notice in found.notices]
    return made


def _crs(found: Understood) -> str:
    crs = found.grid.crs if found.grid is not None else None
    epsg = crs.to_epsg() if crs is not None else None
    return "blank grid, no place" if found.blank else f"EPSG:{epsg}" if epsg else "a projection of its own"


def _plain(text: str) -> str:
    """Text of a file without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.", "Name another place.", code="full"
        ) from error
