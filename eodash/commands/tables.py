"""`python -m eodash tables …`: comparisons of models, and what few real labels change; each can be broken off."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eodash.commands.line import app, plain_errors

if TYPE_CHECKING:
    from eodash.training.stored import Cells

tables = typer.Typer(no_args_is_help=True, help="Compare models: each command makes one table of the model page.")
app.add_typer(tables, name="tables")

OUT = Path("models/tables")
CARDS = Path("models/cards")
Out = Annotated[Path, typer.Option(help="folder for the table")]
Series = Annotated[int, typer.Option(min=100, help="of a training")]
Epochs = Annotated[int, typer.Option(min=1, help="of each network")]
Test = Annotated[int, typer.Option(min=100, help="held-out series")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda")]
Fresh = Annotated[bool, typer.Option("--fresh/--resume", help="forget what was measured, or go on from there")]


@tables.command("raw-against-preprocessed")
def raw_against_preprocessed(
    series: Series = 6000,
    epochs: Epochs = 12,
    test: Test = 4000,
    seeds: Annotated[int, typer.Option(min=1, help="trainings per cell")] = 3,
    only: Annotated[str, typer.Option(help="architectures, commas between; all five by default")] = "",
    device: Device = "auto",
    out: Out = OUT,
    fresh: Fresh = False,
) -> None:
    """Train the networks and a random forest on raw and on preprocessed worlds of the same fields."""
    with plain_errors():
        from eodash.training import published
        from eodash.training import tables as made

        wanted = tuple(only.split(",")) if only else (*made.NETWORKS, "random-forest")
        cells, work = _work(out, "raw-against-preprocessed", fresh)
        rows = made.raw_against_preprocessed(
            cells, made.Sizes(series, test=test, epochs=epochs, device=device), architectures=wanted,
            seeds=range(1, seeds + 1), work=work, say=say,
        )  # fmt: skip
        note = (
            f"{series:,} series and {epochs} epochs per training, {seeds} of each; accuracy and kappa over 18 classes, "
            "land cover over 12, on held-out scenes. Shipped weights have seen more."
        )
        _write(
            out, "raw-against-preprocessed", "Raw against preprocessed", rows, published.RAW_AGAINST_PREPROCESSED,
            "The same simulated fields, seen raw with their clouds, and preprocessed.", note,
        )  # fmt: skip


@tables.command("stacked-dates")
def stacked_dates(
    series: Annotated[int, typer.Option(min=100, help="held-out series of the world")] = 10_000,
    shelf: Annotated[Path, typer.Option(help="folder of the cards")] = CARDS,
    out: Out = OUT,
    fresh: Fresh = False,
) -> None:
    """Ask every model of the shelf about the same series: classifiers of stacked dates beside sequence models."""
    with plain_errors():
        from eodash import cards
        from eodash.datasets import open_dataset
        from eodash.training import published
        from eodash.training import tables as made

        known = [card for card in map(cards.read, sorted(shelf.glob("*.toml"))) if card.input.level]
        sets: dict[str, Any] = {"simulated": lambda card: open_dataset("world", n=series, level=card.input.level)}
        for name in ("victoria", "phiweek19"):
            sets |= {name: lambda card, name=name: open_dataset(name)}
        cells, _ = _work(out, "stacked-dates", fresh)
        rows = made.stacked_dates(cells, known, sets=sets, say=say)
        _write(
            out, "stacked-dates", "Stacked dates against sequence models", rows, published.STACKED_DATES,
            "Accuracy of land cover, with no real label; the real sets have eight and four of the twelve classes.",
            f"{series:,} held-out simulated series; ± is over fields. Victoria is preprocessed, phiweek19 raw.",
        )  # fmt: skip


@tables.command("accuracy-against-earliness")
def accuracy_against_earliness(
    series: Series = 6000,
    first_epochs: Annotated[int, typer.Option(min=1, help="of cross-entropy, common to all")] = 12,
    epochs: Epochs = 8,
    test: Test = 4000,
    level: Annotated[str, typer.Option(help="l1c: raw, clouds in; l2a: preprocessed")] = "l1c",
    alphas: Annotated[str, typer.Option(help="commas between")] = "0.2,0.4,0.6,0.8,0.95",
    loss: Annotated[str, typer.Option(help="early or elects; the recipe's by default")] = "",
    model: Annotated[str, typer.Option(help="a card of the shelf whose stopping head alone is learned anew")] = "",
    device: Device = "auto",
    out: Out = OUT,
    fresh: Fresh = False,
) -> None:
    """Train the early LSTM once to know classes, then once per α to know when to stop."""
    with plain_errors():
        from eodash import cards
        from eodash.training import early_table, published, recipe
        from eodash.training.tables import Sizes

        chosen = recipe.read("early-lstm")
        chosen = chosen.with_(loss=loss) if loss else chosen
        cells, work = _work(out, "accuracy-against-earliness", fresh)
        sizes = Sizes(series, test=test, epochs=epochs, first_epochs=first_epochs, device=device)
        weighed = [float(text) for text in alphas.split(",")]
        if model:
            card = cards.read(CARDS / f"{model}.toml")
            rows = early_table.heads_of(cells, card, sizes, alphas=weighed, say=say)
            made = f"{model} as shipped, its stopping head alone learned again for each α from {series:,} series"
        else:
            rows = early_table.accuracy_against_earliness(
                cells, sizes, alphas=weighed, chosen=chosen, level=level, work=work, say=say
            )
            made = (
                f"{series:,} series, {first_epochs} common epochs of cross-entropy, then {epochs} per α ({chosen.loss})"
            )
        _write(
            out, "accuracy-against-earliness", "Accuracy against earliness", rows,
            published.ACCURACY_AGAINST_EARLINESS,
            "α weighs being right against being early. Earliness: share of the series that was not waited for.",
            f"{made}; accuracy over 18 classes where it stops, held-out scenes. Published: other classes and fields.",
        )  # fmt: skip


@tables.command("few-labels")
def few_labels(
    model: Annotated[str, typer.Option(help="a card of the shelf")],
    data: Annotated[str, typer.Option(help="victoria, phiweek19, csv:FILE …")] = "victoria",
    counts: Annotated[str, typer.Option(help="labels per class, commas between")] = "one field,1,2,5,10,20,all",
    methods: Annotated[str, typer.Option(help="commas between")] = "fine-tuned,from scratch,random forest",
    draws: Annotated[int, typer.Option(min=1)] = 5,
    folds: Annotated[int, typer.Option(min=2, help="by polygon")] = 3,
    shelf: Annotated[Path, typer.Option(help="folder of the card, which is written anew")] = CARDS,
    device: Device = "auto",
    fresh: Fresh = False,
) -> None:
    """Fine-tune on few real labels, beside the same network from scratch and a random forest; print it on the card."""
    with plain_errors():
        from eodash import cards
        from eodash.backend.weights import load
        from eodash.datasets import open_dataset
        from eodash.training import few_labels as made
        from eodash.training.starting import device_named

        card, opened = cards.read(shelf / f"{model}.toml"), open_dataset(data)
        given = made.task(card, load(card).to(device_named(device)), opened)
        cells, _ = _work(
            shelf, f"{model}.{data.split(':')[0]}", fresh, card.weights.sha256[:12] if card.weights else ""
        )
        wanted = [int(text) if text.isdigit() else text for text in counts.split(",")]
        rows = made.protocol(
            given, methods=methods.split(","), counts=wanted,
            draws=draws, folds=folds, cells=cells, on_cell=lambda row: say(made.line(row)),
        )  # fmt: skip
        made.put_on(card, shelf, rows, opened, data, command_given())


@tables.command("baselines")
def baselines(
    level: Annotated[str, typer.Option(help="l1c, l2a, or both where it is not said")] = "",
    series: Annotated[int, typer.Option(min=100, help="that they are fitted to")] = 6000,
    test: Annotated[int, typer.Option(min=100, help="held-out series")] = 20_000,
    shelf: Annotated[Path, typer.Option(help="folder for the cards")] = CARDS,
) -> None:
    """Write the cards of random forest and support vector machine, which are fitted where they are wanted."""
    with plain_errors():
        from eodash.card_checks import BASELINES
        from eodash.training.baseline_cards import make

        for name in (level,) if level else ("l1c", "l2a"):
            for kind in BASELINES:
                card = make(kind, name, shelf, series=series, test=test, command=command_given())
                for score in card.scores:
                    say(f"{card.name}, {score.legend}: accuracy {score.accuracy:.3f}, kappa {score.kappa:.3f}")


def _work(out: Path, name: str, fresh: bool, state: str = "") -> tuple[Cells, Path]:
    """What a broken-off run left behind; another world, or other weights, have measured nothing yet."""
    from eodash.datasets import world
    from eodash.training.stored import Cells

    work = out / f".{name}.training"
    if fresh:
        shutil.rmtree(work, ignore_errors=True)
    return Cells(work / f"cells-{state or world.state()}.json"), work / world.state()


def _write(
    out: Path, name: str, title: str, rows: list[dict[str, Any]], published: list[dict[str, Any]], about: str, note: str
) -> None:
    from eodash.training.stored import write
    from eodash.training.tables import table

    write(out / f"{name}.json", table(title, command_given(), rows, published, about, note))
    say(f"{out / name}.json")


def command_given() -> str:
    """The command line that was given."""
    return shlex.join(["python", "-m", "eodash", *sys.argv[1:]])


def say(line: str) -> None:
    typer.echo(line)
