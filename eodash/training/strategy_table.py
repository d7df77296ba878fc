"""The strategies of semantic change beside each other: trained on the same scenes for as long, scored on others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from eodash.datasets.change_patches import Patches
from eodash.training.change_loop import train_change
from eodash.training.change_recipes import ChangeRecipe
from eodash.training.from_to import FromTo, occurring
from eodash.training.loop import Watch
from eodash.training.strategies import SOURCE, STRATEGIES, Strategy, says
from eodash.training.strategy_lessons import learning, lessons, network_for, take_cover
from eodash.training.strategy_scenes import Scenes
from eodash.training.strategy_scores import scored
from eodash.world.legend import LANDCOVER
from models.fc_semantic import FcSemantic

TITLE = "Semantic change, five strategies"
EVERY = 120.0
"""Seconds between checkpoints."""
ABOUT = "Change and land cover from two single images; accuracy means little where change is rare."


@dataclass(frozen=True, eq=False)
class Learnt:
    """The networks by lesson, and how their trainings went."""

    networks: Mapping[str, nn.Module]
    classes: FromTo
    histories: Mapping[str, list[dict[str, Any]]]


def learn(
    data: Patches, valid: Patches, recipe: ChangeRecipe, work: Path | None = None,
    say: Callable[[str], None] = lambda line: None, only: Collection[str] = (),
) -> Learnt:  # fmt: skip
    """Every lesson, or some and what they start from; what is kept in `work` is not learnt again."""
    classes = occurring(data.cover_before, data.cover_after, data.changed & data.usable)
    known = lessons(recipe, classes)
    wanted = set(only or known) | {known[name].starts for name in only or known}
    networks: dict[str, nn.Module] = {}
    histories: dict[str, list[dict[str, Any]]] = {}
    for name, lesson in known.items():
        if name not in wanted:
            continue
        network = network_for(lesson, recipe, classes)
        if lesson.starts:
            take_cover(network, networks[lesson.starts])
        asked = lesson.asked(network) if lesson.asked and isinstance(network, FcSemantic) else network
        done = train_change(
            recipe, asked, data, valid, work / name if work else None, lose=lesson.lose, judge=lesson.judge,
            learn=learning(network, lesson), watch=Watch(say=_named(name, say)),
            every=EVERY,
        )  # fmt: skip
        networks[name], histories[name] = network.eval(), done.history
    return Learnt(networks, classes, histories)


def _named(name: str, say: Callable[[str], None]) -> Callable[[str], None]:
    return lambda line: say(f"{name}: {line}")


def rows(learnt: Learnt, held_out: Scenes) -> list[dict[str, Any]]:
    """A row for each strategy."""
    return [_row(strategy, learnt, held_out) for strategy in STRATEGIES]


def _row(strategy: Strategy, learnt: Learnt, held_out: Scenes) -> dict[str, Any]:
    found = asdict(scored(says(strategy, learnt.networks, learnt.classes, held_out.pairs), held_out.truth))
    figures = {key: None if value is None else round(value, 4) for key, value in found.items()}
    used = sum(each.numel() for each in _parameters(strategy, learnt))
    return {"strategy": strategy.name, "title": strategy.title, **figures, "parameters": used}


def _parameters(strategy: Strategy, learnt: Learnt) -> list[nn.Parameter]:
    """Those that it asks, wherever they stand."""
    if len(strategy.lessons) == 1 and strategy.name != "1":
        return list(learnt.networks[strategy.lessons[0]].parameters())
    branches = ("cover_", "change_")[: len(strategy.lessons)]
    return [
        each
        for lesson, branch in zip(strategy.lessons, branches, strict=True)
        for name, each in learnt.networks[lesson].named_parameters()
        if name.startswith(branch)
    ]


def published() -> list[dict[str, Any]]:
    """What the authors measured, on other images."""
    return [{"strategy": each.name, "title": each.title, **each.published, "source": SOURCE} for each in STRATEGIES]


def note(made: list[dict[str, Any]], settings: Mapping[str, Any], pairs: FromTo) -> str:
    """What the figures are about, and how their order compares with the published one."""
    ours = [row["strategy"] for row in sorted(made, key=lambda row: -row["kappa"])]
    theirs = [each.name for each in sorted(STRATEGIES, key=lambda each: -each.published["kappa"])]
    rare, still = made[0]["rare"], made[0]["accuracy_of_no_change"]
    order = "as published" if ours == theirs else f"published: {', '.join(theirs)}"
    return (
        f"By kappa of change: {', '.join(ours)} ({order}). {rare:.1%} of the pixels changed: who always says "
        f'"no change" has an accuracy of {still:.3f}. {settings["training_pairs"]:,} pairs of patches for training, '
        f"{settings['epochs']} passes each; {settings['test_pairs']:,} pairs of whole held-out scenes. "
        f"{len(LANDCOVER.labels)} land covers, {len(pairs.pairs)} pairs of covers that occur in changed pixels. Scores "
        "of change and land cover are over the pairs in which something happened; false alarm is over those in which "
        "nothing did. 1, 3 and 4.2 share one training of land cover; crops are hard to tell from a single image. One "
        "training of each: a few hundredths between two of them say little."
    )
