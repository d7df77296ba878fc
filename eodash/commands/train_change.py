"""`python -m eodash train-change`: a network for change between two images, from scenes whose change is known."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eodash.commands.line import app, plain_errors

if TYPE_CHECKING:
    from eodash.cards import Card, Score
    from eodash.datasets.change_pairs import KnownPair

SCENES = 250
"""That a network learns from …"""
VALID = 40
"""… those that choose the best weights …"""
CENTRED = 8
"""… and, as whole pairs, where a chance becomes a decision."""
PRETEXTS = ("pretext-overlap", "pretext-triplet")


@app.command()
def train_change(
    network: Annotated[str, typer.Argument(help="fc-ef, fc-siam-conc, fc-siam-diff, pretext-overlap, pretext-triplet")],
    out: Annotated[Path, typer.Option(help="folder for card, record and weights; checkpoints meanwhile")],
    scenes: Annotated[int | None, typer.Option(min=1, help="simulated scenes to learn from; made once")] = None,
    valid: Annotated[int, typer.Option(min=1, help="scenes that choose the best weights")] = VALID,
    test: Annotated[int | None, typer.Option(min=1, help="held-out scenes that it is scored on")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="how often each patch is seen; not for pretexts")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="of first weights, batches and what spoils them")] = None,
    start: Annotated[str, typer.Option(help="a shipped change network, or its card's file, to go on from")] = "",
    planted: Annotated[bool, typer.Option("--planted/--plain", help="plant more change into the patches")] = True,
    name: Annotated[str, typer.Option(help="of the card; that of the network by default")] = "",
    fresh: Annotated[bool, typer.Option("--fresh/--resume", help="forget what lies in OUT, or go on from there")] = (
        False
    ),
) -> None:
    """Train a network that finds change between two images, and write its weights, its card and its record.

    Stop it with Ctrl-C, or let it be killed: the same command goes on where it was; pretexts begin anew.
    """
    from eodash.training import checkpoint
    from eodash.training.carding import refuse_existing
    from eodash.training.change_card import SCENES as HELD

    with plain_errors():
        called, held = name or network, test or HELD
        if not fresh and not checkpoint.generations(_checkpoints(out, called)):
            refuse_existing(out, called)
        check = "python -m eodash evaluate --change --data"
        checks = {"world": f"{check} world --series {held}", "taizhou": f"{check} taizhou"}
        if network in PRETEXTS:
            card = _pretext(network, out, held, scenes, seed, checks)
        else:
            given = {"scenes": scenes or SCENES, "valid": valid, "epochs": epochs, "seed": seed,
                     "start": start or None, "out": out}  # fmt: skip
            card = _trained(network, called, given, held, fresh, checks, planted)
        for score in card.scores:
            typer.echo(_scored(score))
        typer.echo(f"{out / called}.toml")


def _trained(
    network: str, called: str, given: dict[str, Any], held: int, fresh: bool, checks: dict[str, str], planted: bool
) -> Card:  # fmt: skip
    from eodash.backend import weights
    from eodash.commands.train import _on_step, _say, _stoppable
    from eodash.datasets.change_pairs import world_pairs
    from eodash.datasets.change_patches import patches
    from eodash.training import checkpoint
    from eodash.training.change_batches import Spoiling
    from eodash.training.change_card import centred, finish_change
    from eodash.training.change_loop import network_of, train_change
    from eodash.training.change_recipes import recipe_named
    from eodash.training.loop import Watch

    recipe, out = recipe_named(network), Path(given["out"])
    seed = recipe.seed if given["seed"] is None else given["seed"]
    recipe = recipe if planted else replace(recipe, spoiling=Spoiling())
    recipe = replace(recipe, epochs=given["epochs"] or recipe.epochs, seed=seed)
    scenes, valid = given["scenes"], given["valid"]
    with typer.progressbar(length=scenes + valid, label="scenes", file=sys.stderr) as bar:
        data = patches("train", scenes, on_done=lambda done, of: bar.update(done - bar.pos))
        chosen = patches("valid", valid, on_done=lambda done, of: bar.update(scenes + done - bar.pos))
    made = network_of(recipe)
    if given["start"]:
        made.load_state_dict(weights.load(_card(given["start"])).state_dict())
    typer.echo(f"{called}: {sum(each.numel() for each in made.parameters()):,} parameters, "
               f"{len(data):,} patches for training, {len(chosen):,} for validation")  # fmt: skip
    with _stoppable() as stopped:
        watch = Watch(on_step=_on_step, say=_say, stop=stopped.is_set)
        trained = train_change(recipe, made, data, chosen, _checkpoints(out, called), watch=watch, fresh=fresh)
    inside: Any = trained.network
    moved = centred(inside, inside.decoder.classifier, list(world_pairs(CENTRED, "valid")))
    words = [f"--{key}={value}" for key, value in given.items() if value is not None] + ["--plain"] * (not planted)
    facts = {
        "data": f"{len(data)} patches of {scenes} simulated scenes",
        "scenes": scenes, "patches": len(data), "validation_scenes": valid, "validation_patches": len(chosen),
        "centred": f"bias of the last layer moved by {-moved:.2f}, so that one half is best on {CENTRED} scenes",
        "command": shlex.join(["python", "-m", "eodash", "train-change", network, *words]),
    }  # fmt: skip
    card = finish_change(recipe, trained, called, out, _pairs(held), facts, checks=checks)
    checkpoint.forget(_checkpoints(out, called))
    return card


def _pretext(
    network: Any, out: Path, held: int, scenes: int | None, seed: int | None, checks: dict[str, str]
) -> Card:  # fmt: skip
    from eodash.training import pretexts

    seed, scenes = pretexts.SEED if seed is None else seed, scenes or pretexts.SCENES
    return pretexts.pretrain(network, out, _pairs(held), scenes=scenes, seed=seed, say=typer.echo, checks=checks)


def _card(said: str) -> Card:
    """A card by its name on the shelf, or by its file."""
    from eodash.cards import change_card, read

    return read(Path(said)) if said.endswith(".toml") else change_card(said)


def _checkpoints(out: Path, called: str) -> Path:
    return out / f".{called}.training"


def _pairs(scenes: int) -> dict[str, list[KnownPair]]:
    """What a network is scored on: held-out scenes, and the real pair where it is at hand."""
    from eodash.datasets.change_pairs import taizhou, world_pairs
    from eodash.settings import settings

    found = {"world": list(world_pairs(scenes, "test"))}
    folder = settings().real_data
    if folder is not None and (folder / "landsat_taizhou").is_dir():
        found["taizhou"] = [taizhou(folder / "landsat_taizhou")]
    return found


def _scored(score: Score) -> str:
    alarms = ", ".join(f"{name} {share:.2%}" for name, share in score.alarms.items())
    return (
        f"{score.data}: kappa {score.kappa:.3f}, Dice {score.dice or 0:.3f}, accuracy {score.accuracy:.2%} where "
        f"{score.rare or 0:.2%} changed" + (f"; flagged although nothing changed: {alarms}" if alarms else "")
    )
