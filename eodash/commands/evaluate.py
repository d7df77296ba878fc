"""`python -m eodash evaluate`: how good models are on labelled series, beside what their cards say."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eodash.commands.evaluate_change import change_rows
from eodash.commands.line import app, plain_errors
from eodash.errors import EodashError, ModelError, StorageError

if TYPE_CHECKING:
    from eodash.cards import Card
    from eodash.datasets.contract import Dataset
    from eodash.training.evaluate import Evaluation

LEVELLED = ("world", "breizhcrops")
"""Sets that come raw and preprocessed: a model is given what it was made for."""


@app.command()
def evaluate(
    model: Annotated[list[str] | None, typer.Option(
        help="a model of the shelf, or the path of a card (.toml); repeat it")] = None,
    data: Annotated[str, typer.Option(help="world, victoria, phiweek19, gunpoint, breizhcrops:DIR, csv:FILE, "
                                           "ucr:FILE, labels:FILE; with --change taizhou or world")] = "",
    change: Annotated[bool, typer.Option("--change", help="the methods that find change, instead of models")] = False,
    split: Annotated[str, typer.Option(help="test, valid, train …: as the set is divided")] = "test",
    legend: Annotated[str, typer.Option(help="landcover, breizhcrops …; by default what suits the set")] = "",
    only: Annotated[str, typer.Option(help="classes that count, with commas; the others are left out")] = "",
    series: Annotated[int | None, typer.Option(min=1, help="so many series; of the world, how many to make")] = None,
    seed: Annotated[int, typer.Option(min=0, help="of the world, or of which series are drawn")] = 0,
    level: Annotated[str, typer.Option(help="l1c or l2a; by default what the model was made for")] = "",
    start: Annotated[str, typer.Option(help="first date of a table, like 2017-08-01")] = "",
    step: Annotated[float | None, typer.Option(help="days from one date of a table to the next")] = None,
    latitude: Annotated[float | None, typer.Option(help="of the fields of a table; negative in the south")] = None,
    region: Annotated[list[str] | None, typer.Option(help="of BreizhCrops, like frh04; repeat it")] = None,
    option: Annotated[list[str] | None, typer.Option(help="NAME=VALUE for the data, like scale=0.0001")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    to_json: Annotated[Path | None, typer.Option("--json", help="write all figures there")] = None,
    figures: Annotated[Path | None, typer.Option(help="a folder for pages of figures, one per model")] = None,
    series_csv: Annotated[Path | None, typer.Option(help="write a line per series there")] = None,
) -> None:  # fmt: skip
    """Ask models about labelled series, print what came out, and say whether it is what the card says.

    Probabilities are those of the classes that model and set share; `strict` lets the model name any of its classes.
    """
    from eodash.training.report import report

    with plain_errors():
        if change:
            if model:
                raise typer.BadParameter("--change looks at methods, not at models: leave one of them out")
            with _written(to_json) as path:
                rows = change_rows(data, split, series, seed)
                if path:
                    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False), "utf-8")
            return
        if not model or not data:
            raise typer.BadParameter("--model and --data say what to look at; --change alone needs neither")
        given = {"start": start, "step": step, "latitude": latitude, "regions": ",".join(region or ())}
        options = {name: value for name, value in given.items() if value not in ("", None)}
        options |= dict(_pair(text) for text in option or ())
        classes = [name.strip() for name in only.split(",") if name.strip()]
        found = []
        for name in model:
            try:
                card = _card(name)
                opened = _open(data, split, level or card.input.level, series, seed, options)
                found.append(_evaluated(card, opened, data, legend, classes, series, seed, device))
            except EodashError as error:
                if len(model) == 1:
                    raise
                typer.secho(f"{name}: {error}", fg="red", err=True)
        if not found:
            raise ModelError("None of the models could be asked.", "See the lines above.", code="none")
        for line in report(found):
            typer.echo(line)
        with _written(to_json) as path:
            if path:
                rows = [each.row for each in found]
                path.write_text(json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False), "utf-8")
        with _written(series_csv) as path:
            if path:
                _write_series(path, found)
        with _written(figures) as path:
            if path:
                _draw(path, found)
        if len(found) < len(model):
            raise typer.Exit(1)


def _card(name: str) -> Card:
    from eodash import cards

    return cards.read(Path(name)) if name.endswith(".toml") else cards.card(name)


def _open(
    spec: str, split: str, level: str, series: int | None, seed: int, options: Mapping[str, Any]
) -> Dataset:  # fmt: skip
    from eodash.datasets import open_dataset
    from eodash.training.evaluate import SERIES

    said = dict(options)
    if spec.partition(":")[0] in LEVELLED and level:
        said.setdefault("level", level)
    if spec == "world":
        said |= {"n": series or SERIES, "seed": seed}
    return open_dataset(spec, split=split, **said)


def _evaluated(
    card: Card, data: Dataset, spec: str, legend: str, only: Sequence[str], series: int | None, seed: int, device: str
) -> Evaluation:
    from eodash.training.evaluate import evaluate as run

    with typer.progressbar(length=len(data), label=card.name, file=sys.stderr) as bar:

        def on_progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        return run(
            card, data, spec=spec, legend=legend, only=only, series=series, seed=seed, device=device,
            on_progress=on_progress,
        )  # fmt: skip


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ModelError(f"'{text[:40]}' is no option.", "Write NAME=VALUE.", code="option")
    return key, value


@contextmanager
def _written(path: Path | None) -> Iterator[Path | None]:
    try:
        yield path
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.", "Name another place.", code="full"
        ) from error
    if path:
        typer.echo(str(path))


def _write_series(path: Path, found: Sequence[Evaluation]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("model", "row", "field", "truth", "said", "confidence", "outside", "stopped_at", "dates"))
        for each in found:
            table.writerows(each.lines())


def _draw(folder: Path, found: Sequence[Evaluation]) -> None:
    from eodash.views.score_page import write_page

    for each in found:
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{each.row['model']}-{Path(each.row['data']).name}")
        write_page(folder, name[:120], each.row, {one.name: one.colour for one in each.classes})
