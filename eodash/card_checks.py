"""What must hold of a card beyond the types of its fields."""

from __future__ import annotations

import re

from eodash.card import Card, Class, Input, Score, Weights
from eodash.toml_tables import Wrong

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
BASELINES = ("random-forest", "support-vector-machine")
"""They are fitted to labels where they are wanted, and have no weights."""
OUTPUTS = 1024
BANDS = 64
LEVELS = ("l1c", "l2a", "")

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_FILE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\.safetensors")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LENGTHS = {"title": 120, "summary": 400, "licence": 120, "climate": 400}
_SHARES = ("accuracy", "balanced", "macro_f1", "deviation", "calibration", "earliness", "dice", "rare")


def check(card: Card) -> None:
    """Raise Wrong at the first field that cannot be."""
    _must(NAME.fullmatch(card.name), "name", "must be 1 to 64 small letters, digits and hyphens")
    for name in ("title", "architecture", "licence", "citation"):
        _must(getattr(card, name).strip(), name, "is empty")
    for name, most in _LENGTHS.items():
        _must(len(getattr(card, name)) <= most, name, f"is longer than {most} characters")
    _input(card.input)
    _must(card.legends, "legends", "names no legend")
    for name, classes in card.legends.items():
        _must(NAME.fullmatch(name), f"legends.{name[:40]}", "must be named by small letters, digits and hyphens")
        _legend(f"legends.{name}", classes)
    known = {output for classes in card.legends.values() for each in classes for output in each.outputs}
    lost = sorted(set(range(max(known) + 1)) - known)
    _must(not lost, "legends", f"no class takes output {lost[0] if lost else 0}")
    _must(card.weights or card.architecture in BASELINES, "weights", "is missing")
    if card.weights:
        _weights(card.weights)
    for place, score in enumerate(card.scores):
        _score(f"scores[{place}]", score)


def _input(said: Input) -> None:
    _must(said.level in LEVELS, "input.level", "must be l1c, l2a or empty")
    count = len(said.bands)
    _must(0 < count <= BANDS, "input.bands", f"has {count} bands; 1 to {BANDS} are allowed")
    _must(len(set(said.bands)) == count and all(said.bands), "input.bands", "names a band twice, or not at all")
    for name in ("mean", "scale"):
        given = len(getattr(said, name))
        _must(given == count, f"input.{name}", f"has {given} values for {count} bands")
    _must(min(said.scale) > 0, "input.scale", "must be larger than 0")
    low, high = said.clear_share
    _must(0 <= low <= high <= 1, "input.clear_share", "must be two shares between 0 and 1, the smaller one first")
    few, many = said.dates
    _must(1 <= few <= many <= 100_000, "input.dates", "must be two counts, the smaller one first")


def _legend(where: str, classes: tuple[Class, ...]) -> None:
    _must(len(classes) >= 2, where, "has fewer than two classes")
    names = [each.name for each in classes]
    _must(all(name.strip() and len(name) <= 80 for name in names), where, "has a class without a short name")
    _must(len(set(names)) == len(names), where, "names a class twice")
    seen: set[int] = set()
    for place, each in enumerate(classes):
        here = f"{where}[{place}]"
        _must(_COLOUR.fullmatch(each.colour), f"{here}.colour", "must look like #1A2B3C")
        _must(each.outputs, f"{here}.outputs", "is empty")
        _must(all(0 <= output < OUTPUTS for output in each.outputs), f"{here}.outputs", f"must be below {OUTPUTS}")
        twice = len(set(each.outputs)) < len(each.outputs) or seen & set(each.outputs)
        _must(not twice, f"{here}.outputs", "takes an output that is taken already")
        seen |= set(each.outputs)


def _weights(said: Weights) -> None:
    _must(_FILE.fullmatch(said.file), "weights.file", "must be a plain name that ends with .safetensors")
    _must(_SHA256.fullmatch(said.sha256), "weights.sha256", "must be 64 digits of 0–9 and a–f")
    _must(said.bytes > 0, "weights.bytes", "must be larger than 0")
    _must(said.dtype in ("float16", "bfloat16", "float32"), "weights.dtype", "must be float16, bfloat16 or float32")


def _score(where: str, said: Score) -> None:
    for name in _SHARES:
        value = getattr(said, name)
        _must(value is None or 0 <= value <= 1, f"{where}.{name}", "must lie in 0 to 1")
    for name, share in said.alarms.items():
        _must(0 <= share <= 1, f"{where}.alarms.{name[:40]}", "must lie in 0 to 1")
    _must(-1 <= said.kappa <= 1, f"{where}.kappa", "must lie in −1 to 1")
    _must(said.series >= 0 and said.draws >= 1, where, "must count series and draws")


def _must(holds: object, where: str, why: str) -> None:
    if not holds:
        raise Wrong(where, why)
