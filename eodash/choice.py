"""Which dates of a series count: by rule and by hand. Dates are left out, never deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self, get_args

import numpy as np
import xarray as xr

from eodash.cube import geobox_of
from eodash.errors import RasterError
from eodash.grid import inside
from eodash.request import Area, grouped
from eodash.sources.contract import NODATA

Every = Literal["", "week", "month"]


@dataclass(frozen=True)
class Seen:
    """One date of a cube: how much of the area was observed at all, and how much of it clearly (0–1)."""

    time: np.datetime64
    coverage: float
    clear: float


@dataclass(frozen=True)
class Decision:
    """Whether a date counts, and why not."""

    seen: Seen
    used: bool
    reason: str = ""
    by_hand: bool = False


@dataclass(frozen=True)
class Choice:
    """Rules first, then what was said by hand; `Choice()` takes every date."""

    clear: int = 0  # per cent of the area that must be clear
    coverage: int = 0  # per cent of the area that must have been observed
    every: Every = ""  # the clearest date of each week or month
    taken: tuple[str, ...] = ()  # by hand, UTC seconds, whatever the rules say
    left_out: tuple[str, ...] = ()  # by hand

    def __post_init__(self) -> None:
        shares = all(type(share) is int and 0 <= share <= 100 for share in (self.clear, self.coverage))
        if not shares or self.every not in get_args(Every):
            raise _unreadable()
        for time in (*self.taken, *self.left_out):
            _moment(time)

    def with_date(self, time: np.datetime64, used: bool) -> Choice:
        """The same with one date taken or left out by hand."""
        name = second(time)
        taken = tuple(t for t in self.taken if t != name)
        out = tuple(t for t in self.left_out if t != name)
        return replace(self, taken=(*taken, name) if used else taken, left_out=out if used else (*out, name))

    def to_json(self) -> dict[str, Any]:
        """What differs from taking everything."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        try:
            plain: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in said.items()}
            return cls(**plain)
        except (TypeError, ValueError) as error:
            raise _unreadable() from error


def _unreadable() -> RasterError:
    return RasterError("This choice of dates cannot be read.", "Choose the dates anew.", code="choice")


def _moment(text: str) -> np.datetime64:
    try:
        found = datetime.fromisoformat(text)  # numpy alone would take "now" and "NaT"
        if found.tzinfo is not None:
            raise ValueError(text)
        return np.datetime64(found, "s")
    except (ValueError, TypeError) as error:
        raise _unreadable() from error


def second(time: np.datetime64) -> str:
    """A date as a choice names it: its UTC second."""
    return str(time.astype("datetime64[s]"))


def seen(cube: xr.DataArray, area: Area | None = None) -> tuple[Seen, ...]:
    """Coverage and clear share of each date over the area, or over the whole cube."""
    where = inside(area, geobox_of(cube)) if area is not None else np.ones(cube.shape[2:], bool)
    if not where.any():
        where = np.ones(cube.shape[2:], bool)
    clear = cube["clear"].values
    return tuple(
        Seen(time, float((cube[index, 0].values != NODATA)[where].mean()), float(clear[index][where].mean()))
        for index, time in enumerate(cube["time"].values.astype("datetime64[s]"))
    )


def decide(dates: Sequence[Seen], choice: Choice) -> tuple[Decision, ...]:
    """What counts of a series; what was said by hand wins, and a date taken by hand stands for its week or month."""
    taken, out = set(choice.taken), set(choice.left_out)
    ruled = {date: _against(date, choice) for date in dates}
    clearest = _clearest(dates, choice, [date for date in dates if not ruled[date] and second(date.time) not in out])
    made = []
    for date in dates:
        name = second(date.time)
        if name in taken:
            made.append(Decision(date, True, by_hand=True))
        elif name in out:
            made.append(Decision(date, False, "left out by hand", by_hand=True))
        elif ruled[date]:
            made.append(Decision(date, False, ruled[date]))
        elif clearest is not None and date.time not in clearest:
            made.append(Decision(date, False, f"not the clearest of its {choice.every}"))
        else:
            made.append(Decision(date, True))
    return tuple(made)


def _against(date: Seen, choice: Choice) -> str:
    """What a rule has against a date; empty if nothing."""
    if round(100 * date.coverage, 6) < choice.coverage:
        return f"{100 * date.coverage:.0f} % of the area observed"
    if round(100 * date.clear, 6) < choice.clear:
        return f"{100 * date.clear:.0f} % of the area clear"
    return ""


def _clearest(dates: Sequence[Seen], choice: Choice, left: Sequence[Seen]) -> set[np.datetime64] | None:
    """The dates that stand for each week or month; None where every date may stand."""
    if not choice.every:
        return None
    periods = dict(zip(dates, grouped([date.time for date in dates], choice.every), strict=True))
    taken = {periods[date] for date in dates if second(date.time) in choice.taken}
    best: dict[int, Seen] = {}
    for date in left:
        period = periods[date]
        if period not in taken and (period not in best or date.clear > best[period].clear):
            best[period] = date
    return {date.time for date in best.values()}
