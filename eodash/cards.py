"""Cards: everything about a model that is not code. One TOML file per model, one JSON file with its long tables.

The record, the JSON file, holds what is long; every part may be missing:

    history      a dict per epoch: epoch, loss, accuracy …
    confusion    {legend: {"classes": [name], "counts": [[row: truth, column: said]]}}
    per_class    {legend: [{"name", "precision", "recall", "series"}]}
    reliability  {legend: [{"confidence", "accuracy", "share"}]}
    real         [{"data", "title", "rows": [...]}] tables on real data
    examined     what the check of a brought model measured
"""

from __future__ import annotations

import json
import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from eodash.card import Card, Class, Input, Score, Weights, wrong
from eodash.card_checks import check
from eodash.errors import ModelError
from eodash.settings import settings
from eodash.toml_tables import Wrong, read_as, table_of, toml

__all__ = [
    "CARD_BYTES", "EVERYONE", "OWNER", "SHELF", "Card", "Class", "Input", "Score", "Weights", "brought", "card",
    "change_card", "change_shelf", "from_table", "parse", "read", "shelf", "to_table", "write",
]  # fmt: skip

SHELF = Path(__file__).resolve().parents[1] / "models"
CARD_BYTES = 2**18
"""Largest card."""
EVERYONE = "everyone"
"""Whose models all browsers of a server see: what the operator put there."""

OWNER = re.compile(r"[0-9a-z]{1,64}")
"""What a browser's name, or `EVERYONE`, looks like: it names a folder."""
STEPS = 600
"""Most dots before a name in one line: `a.a.a = 1` costs its square."""

_STEP = re.compile(r"\.[ \t]*[\w\"'-]")
_log = logging.getLogger(__name__)


def parse(text: bytes | str) -> Card:
    """A card from its TOML."""
    if len(text) > CARD_BYTES:
        raise wrong("the file", f"is larger than {CARD_BYTES // 1024} KiB")
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        if any(len(_STEP.findall(line)) > STEPS for line in plain.splitlines()):
            raise wrong("the file", f"has more than {STEPS} steps in one line")
        return from_table(tomllib.loads(plain))
    except (ValueError, RecursionError) as error:  # tomllib's own error is a ValueError, as is UTF-8's
        raise wrong("the file", f"is no TOML: {str(error)[:120]}") from error


def from_table(said: Any) -> Card:
    """A card from its tables, every field checked."""
    try:
        card: Card = read_as(Card, said)
        check(card)
    except Wrong as error:
        raise wrong(error.where, error.why) from error
    return card


def to_table(card: Card) -> dict[str, Any]:
    """A card as the tables of its file."""
    said: dict[str, Any] = table_of(card)
    return said


def read(path: Path) -> Card:
    """The card in a file that bears its name."""
    try:
        with Path(path).open("rb") as file:
            card = parse(file.read(CARD_BYTES + 1))
    except OSError as error:
        raise wrong(Path(path).name, f"cannot be read ({error.strerror})") from error
    if card.name != Path(path).stem:
        raise wrong("name", f"must be that of the file, {Path(path).stem}")
    return replace(card, folder=str(Path(path).parent))


def write(card: Card, folder: Path, record: Mapping[str, Any] | None = None) -> Card:
    """Write NAME.toml and, with a record, NAME.json; returns the card as it reads back."""
    text = toml(to_table(from_table(to_table(card))))
    checked = parse(text)
    try:
        long = None if record is None else json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError) as error:
        raise wrong("the record", f"cannot be written: {error}") from error
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if long is not None:
        _settle(folder / f"{card.name}.json", long)
    _settle(folder / f"{card.name}.toml", text)
    return replace(checked, folder=str(folder))


def _settle(path: Path, text: str) -> None:
    """A file is there as a whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def shelf(owner: str = "") -> dict[str, Card]:
    """Every model by name: the shipped ones, the operator's, and those that one browser brought."""
    found = {path.stem: _kept(path, path.stat().st_mtime_ns) for path in sorted((SHELF / "cards").glob("*.toml"))}
    for whose in (EVERYONE, owner):
        for card in brought(whose):
            found.setdefault(card.name, card)
    return found


def brought(owner: str) -> list[Card]:
    """The models that one browser brought, or `EVERYONE`; a card that no longer reads is passed over, and logged."""
    found = []
    for path in sorted((settings().home / "models" / owner).glob("*/*.toml")) if OWNER.fullmatch(owner) else ():
        try:
            found.append(_kept(path, path.stat().st_mtime_ns))
        except (ModelError, OSError) as error:
            _log.warning("%s: %s", path, error)
    return found


def card(name: str, owner: str = "") -> Card:
    """The model of that name."""
    known = shelf(owner)
    if not isinstance(name, str) or name not in known:
        raise ModelError(
            "There is no such model.",
            f"Choose one of {', '.join(sorted(known)) or 'those that you train or bring'}.",
            code="unknown_model",
            details={"asked": str(name)[:80]},
        )
    return known[name]


def change_shelf() -> dict[str, Card]:
    """Every network that finds change between two images, by name."""
    folder = SHELF / "cards" / "change"
    return {path.stem: _kept(path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.toml"))}


def change_card(name: str) -> Card:
    """The change network of that name."""
    known = change_shelf()
    if not isinstance(name, str) or name not in known:
        raise ModelError(
            "There is no such change network.",
            f"Choose one of {', '.join(sorted(known))}." if known else "Train one: `python -m eodash train-change`.",
            code="unknown_model",
            details={"asked": str(name)[:80]},
        )
    return known[name]


@lru_cache(maxsize=256)
def _kept(path: Path, written: int) -> Card:
    """A card, read once for as long as nobody writes it again."""
    return read(path)
