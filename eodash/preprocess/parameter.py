"""A number, choice or date that a block can be given: enough to draw its widget and to hold its bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from eodash.errors import RasterError

Kind = Literal["number", "whole", "choice", "date", "bands"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a block; `low` and `high` are included."""

    name: str
    title: str
    kind: Kind
    default: Any
    low: float | None = None
    high: float | None = None
    unit: str = ""
    step: float | None = None  # of a widget; `whole` numbers keep to it
    choices: tuple[tuple[str, str], ...] = ()  # value, title
    only: tuple[str, str] | None = None  # counts only while this other parameter has this value

    def checked(self, value: Any, where: str) -> Any:
        """The value in its canonical type, or a RasterError that says what is allowed."""
        if self.kind == "choice":
            return self._choice(value, where)
        if self.kind == "date":
            return _day(value, f"{where}: {self.title}")
        if self.kind == "bands":
            return _pairs(value, f"{where}: {self.title}")
        return self._number(value, where)

    def _choice(self, value: Any, where: str) -> str:
        known = [name for name, _ in self.choices]
        if not isinstance(value, str) or value not in known:
            raise wrong(f"{where}: {self.title} cannot be '{str(value)[:40]}'.", f"Take one of {', '.join(known)}.")
        return value

    def _number(self, value: Any, where: str) -> float | int:
        low, high = self.low or 0, self.high or 0
        advice = f"Take {'a whole number' if self.kind == 'whole' else 'a number'} from {low:g} to {high:g}"
        advice += f", in steps of {self.step:g}." if self.kind == "whole" and self.step not in (None, 1) else "."
        number = _finite(value)
        if number is None or not low <= number <= high or (self.kind == "whole" and not self._on_step(number)):
            raise wrong(f"{where}: {self.title} cannot be '{str(value)[:40]}'.", advice)
        return int(number) if self.kind == "whole" else number

    def _on_step(self, number: float) -> bool:
        return (number - (self.low or 0)) % (self.step or 1) == 0


def wrong(message: str, advice: str) -> RasterError:
    return RasterError(message, advice, code="chain")


def _finite(value: Any) -> float | None:
    """A finite number, or None: true and false are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _day(value: Any, where: str) -> str:
    """An ISO day, or nothing for an open end."""
    if value is None or value == "":
        return ""
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else value.strftime("%Y-%m-%d")
    except (ValueError, AttributeError, TypeError) as error:
        raise wrong(f"{where} cannot be '{str(value)[:40]}'.", "Write year-month-day, like 2024-06-30.") from error


def _pairs(value: Any, where: str) -> tuple[tuple[str, float], ...]:
    """A number per band name, in order of the names."""
    try:
        items = list(value.items()) if hasattr(value, "items") else [(name, number) for name, number in value]
    except (TypeError, ValueError) as error:
        raise wrong(f"{where} is no table of numbers by band.", 'Write it like {"B04": 0.08}.') from error
    numbers = [_finite(number) for _, number in items]
    if len({str(name) for name, _ in items}) != len(items) or None in numbers or len(items) > 1000:
        raise wrong(f"{where} is no table of numbers by band.", "Give each band once, with a finite number.")
    return tuple(
        sorted((str(name), number) for (name, _), number in zip(items, numbers, strict=True) if number is not None)
    )


def number(title: str, default: float, low: float, high: float, **more: Any) -> Any:
    return field(default=default, metadata={"title": title, "kind": "number", "low": low, "high": high, **more})


def whole(title: str, default: int, low: int, high: int, **more: Any) -> Any:
    given = {"title": title, "kind": "whole", "low": low, "high": high, "step": 1}
    return field(default=default, metadata=given | more)


def choice(title: str, **choices: str) -> Any:
    """The first one is the default."""
    given = {"title": title, "kind": "choice", "choices": tuple(choices.items())}
    return field(default=next(iter(choices)), metadata=given)


def day(title: str) -> Any:
    return field(default="", metadata={"title": title, "kind": "date"})


def bands(title: str, **more: Any) -> Any:
    return field(default=(), metadata={"title": title, "kind": "bands", **more})
