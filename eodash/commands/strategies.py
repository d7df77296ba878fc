"""`python -m eodash tables strategies`: semantic change, five ways, on simulated scenes; can be broken off."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from eodash.commands.line import plain_errors
from eodash.commands.tables import CARDS, OUT, Fresh, Out, command_given, say, tables


@tables.command("strategies")
def strategies(
    scenes: Annotated[int, typer.Option(min=1, help="simulated scenes of the training")] = 250,
    test: Annotated[int, typer.Option(min=1, help="held-out scenes")] = 16,
    valid: Annotated[int, typer.Option(min=1, help="scenes that tell which pass was the best")] = 40,
    epochs: Annotated[int, typer.Option(min=1, help="passes of each of the five trainings")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="of first weights and order")] = 1,
    shelf: Annotated[Path, typer.Option(help="folder of cards; 4.1 or 4.2 goes into its folder change")] = CARDS,
    out: Out = OUT,
    fresh: Fresh = False,
) -> None:
    """Train land cover and change in five ways, score each on held-out scenes, and keep the better of 4.1 and 4.2."""
    with plain_errors():
        from eodash.datasets.change_pairs import world_pairs
        from eodash.datasets.change_patches import patches
        from eodash.training import strategy_table as made
        from eodash.training.cover_card import put
        from eodash.training.stored import write
        from eodash.training.strategy_lessons import shorter
        from eodash.training.strategy_scenes import scenes_of, thinned

        work = out / ".strategies.training"
        if fresh:
            shutil.rmtree(work, ignore_errors=True)
        recipe, data = shorter(epochs, seed), patches("train", scenes)
        learnt = made.learn(data, thinned(patches("valid", valid)), recipe, work, say)
        known = list(world_pairs(test))
        held_out = scenes_of(known)
        rows = made.rows(learnt, held_out)
        settings = asdict(recipe) | {
            "scenes": scenes, "valid_scenes": valid, "test_scenes": test, "training_pairs": len(data),
            "test_pairs": len(held_out.still), "side": int(data.usable.shape[-1]),
        }  # fmt: skip
        table = {
            "title": made.TITLE, "about": made.ABOUT, "command": command_given(),
            "made": datetime.now(UTC).date().isoformat(), "rows": rows, "published": made.published(),
            "rare": rows[0]["rare"], "settings": settings, "note": made.note(rows, settings, learnt.classes),
        }  # fmt: skip
        write(out / "strategies.json", table)
        say(str(out / "strategies.json"))
        card = put(shelf, learnt, known, settings, command_given())
        say(str(shelf / "change" / f"{card.name}.toml"))
