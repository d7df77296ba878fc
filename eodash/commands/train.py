"""`python -m eodash train`: a recipe and labelled series become weights with a card."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eodash.commands.line import app, plain_errors
from eodash.errors import ModelError

if TYPE_CHECKING:
    from eodash.cards import Score
    from eodash.datasets.contract import Dataset

VALIDATION = 4000  # series of the world


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="a shipped recipe, like lstm or early-lstm, or a TOML file")],
    data: Annotated[str, typer.Option(help="world, breizhcrops:DIR, csv:FILE, ucr:FILE …: as evaluate takes it")],
    out: Annotated[Path, typer.Option(help="folder for card, record and weights; checkpoints meanwhile")],
    level: Annotated[str, typer.Option(help="l1c: raw, clouds in; l2a: preprocessed")] = "",
    name: Annotated[str, typer.Option(help="of the card; recipe and level by default")] = "",
    series: Annotated[int | None, typer.Option(min=2, help="most training series; of the world, how many to make")] = (
        None
    ),
    seed: Annotated[int | None, typer.Option(min=0, help="of first weights, batches and augmentation")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="most epochs")] = None,
    batch: Annotated[int | None, typer.Option(min=2, help="series in a batch")] = None,
    rate: Annotated[float | None, typer.Option(help="learning rate")] = None,
    alpha: Annotated[float | None, typer.Option(min=0, max=1, help="early losses: being right against early")] = None,
    option: Annotated[list[str] | None, typer.Option(help="NAME=VALUE for the data, like start=2018-08-01")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    licence: Annotated[str, typer.Option(help="of the weights")] = "CC-BY-4.0",
    fresh: Annotated[bool, typer.Option("--fresh/--resume", help="forget what lies in OUT, or go on from there")] = (
        False
    ),
) -> None:
    """Train a network of the shelf, and write its weights, its card and its record.

    Stop it with Ctrl-C, or let it be killed: the same command goes on where it was.
    """
    from eodash.training import recipe as recipes

    with plain_errors():
        changes = {
            "seed": seed, "epochs": epochs, "batch": batch, "learning_rate": rate, "alpha": alpha,
            "level": level or None,
        }  # fmt: skip
        chosen = recipes.read(recipe)
        chosen = chosen.with_(**{key: value for key, value in changes.items() if value is not None})
        options = dict(_pair(text) for text in option or ())
        opened = _open(data, chosen.level, series, chosen.seed, options)
        called = name or "-".join(part for part in (chosen.name, opened[0].level) if part)

        from eodash.training import checkpoint
        from eodash.training.carding import finish, refuse_existing
        from eodash.training.loop import Watch
        from eodash.training.loop import train as run
        from eodash.training.starting import network_for

        checkpoints = out / f".{called}.training"
        if not fresh and not checkpoint.generations(checkpoints):
            refuse_existing(out, called)
        network = network_for(chosen, opened[0])
        typer.echo(f"{called}: {sum(each.numel() for each in network.parameters()):,} parameters, "
                   f"{len(opened[0]):,} series for training, {len(opened[1]):,} for validation")  # fmt: skip
        with _stoppable() as stopped:
            watch = Watch(on_step=_on_step, say=_say, stop=stopped.is_set)
            trained = run(
                chosen, network, opened[0], opened[1], checkpoints, watch=watch, device=device, fresh=fresh
            )  # fmt: skip
        given = {"level": level, "series": series, "seed": seed, "epochs": epochs, "batch": batch, "rate": rate,
                 "alpha": alpha}  # fmt: skip
        card = finish(
            chosen, trained, *opened[:2], opened[2], out, name=called, spec=data, licence=licence,
            command=_command("train", recipe, {"data": data} | given | {"out": out}, options),
            check=_command("evaluate", "", {"model": called, "data": data, "split": opened[3]}, options),
        )  # fmt: skip
        checkpoint.forget(checkpoints)
        for score in card.scores:
            typer.echo(_scored(score))
        typer.echo(f"{out / called}.toml")


def _open(
    spec: str, level: str, series: int | None, seed: int, options: dict[str, Any]
) -> tuple[Dataset, Dataset, Dataset, str]:
    """Training, validation and test series, and what `--split` says of the last."""
    from eodash.datasets import open_dataset
    from eodash.training import evaluate

    world = spec == "world"
    if level and (world or spec.startswith("breizhcrops:")):
        options = options | {"level": level}

    def of(split: str, number: int | None) -> Dataset:
        made = {"n": number, "on_progress": _on_chunk} if world else {}
        return open_dataset(spec, split=split, **options | made)

    training, validation = of("train", series), of("valid", VALIDATION)
    try:
        return _some(training, None if world else series, seed), validation, of("held-out", evaluate.SERIES), "held-out"
    except ModelError as error:
        if error.code != "unknown_split":  # a set that comes in parts calls the last one test
            raise
    return _some(training, None if world else series, seed), validation, of("test", evaluate.SERIES), ""


def _some(data: Dataset, series: int | None, seed: int) -> Dataset:
    """At most so many of them, at random."""
    import numpy as np

    from eodash.datasets import Subset

    if series is None or series >= len(data):
        return data
    return Subset(data, np.sort(np.random.default_rng([seed, 2]).permutation(len(data))[:series]))


def _scored(score: Score) -> str:
    early = "" if score.earliness is None else f", earliness {score.earliness:.3f}"
    return (
        f"{score.legend}, {score.what}: accuracy {score.accuracy:.3f}, balanced {score.balanced:.3f}, "
        f"kappa {score.kappa:.3f}, macro F1 {score.macro_f1:.3f}{early} · {score.series:,} series"
    )


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ModelError(f"'{text[:40]}' is no option.", "Write NAME=VALUE.", code="option")
    return key, value


def _command(verb: str, subject: str, given: dict[str, Any], options: dict[str, str]) -> str:
    """The command line that does it again."""
    words = ["python", "-m", "eodash", verb, *([subject] if subject else [])]
    for key, value in given.items():
        if value not in (None, ""):
            words += [f"--{key}", str(value)]
    for key, value in options.items():
        words += ["--option", f"{key}={value}"]
    return shlex.join(words)


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """The first Ctrl-C asks the training to stop at the next batch; the second one is as rude as ever."""
    stopped = threading.Event()

    before: dict[int, Any] = {int(number): signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, frame: FrameType | None) -> None:
        stopped.set()
        _say("Stopping after this batch …")
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, ask)
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _on_step(epoch: int, step: int, steps: int) -> None:
    _over(f"epoch {epoch} · batch {step}/{steps}" if step < steps else "")


def _on_chunk(made: int, chunks: int) -> None:
    _over(f"simulating series, {made} of {chunks} thousand" if made < chunks else "")


def _over(line: str) -> None:
    """A line that the next one replaces, where somebody is looking."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


def _say(line: str) -> None:
    _over("")
    typer.echo(line)
