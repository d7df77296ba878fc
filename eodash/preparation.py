"""What is done to a fetched series before anybody looks at it: dates chosen, numbers corrected, the chain.

The cube in the store stays as it was fetched; a preparation is part of the run, of its link and of every export.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import xarray as xr
from shapely.errors import GEOSException

from eodash.choice import Choice, Decision, decide, seen
from eodash.doctor import Fix, apply
from eodash.errors import EodashError, RasterError
from eodash.preprocess import Chain, run
from eodash.request import Area, Request

ALL_DATES = Choice()
RAW = Chain()


@dataclass(frozen=True)
class Preparation:
    """`Preparation()` leaves a series as it was fetched."""

    choice: Choice = ALL_DATES
    fixes: tuple[Fix, ...] = ()
    chain: Chain = RAW

    @cached_property
    def text(self) -> str:
        """The same text for the same preparation."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))

    def to_json(self) -> dict[str, Any]:
        """What differs from nothing."""
        said = {
            "choice": self.choice.to_json(),
            "fixes": [fix.to_json() for fix in self.fixes],
            "chain": self.chain.to_json() if self.chain != RAW else {},
        }
        return {name: value for name, value in said.items() if value}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """A preparation as a run or a link holds it; RasterError where it says what does not exist."""
        try:
            chain = said.get("chain", {})
            return cls(
                Choice.from_json(said.get("choice", {})),
                tuple(Fix.from_json(fix) for fix in said.get("fixes", ())),
                Chain.from_json(chain) if chain else RAW,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise RasterError(
                "This preparation cannot be read.", "Prepare the series anew.", code="preparation"
            ) from error


def prepare(cube: xr.DataArray, preparation: Preparation) -> xr.DataArray:
    """The series as it is looked at; a RasterError where no date is left."""
    chosen = corrected(cube, preparation)
    return run(chosen, preparation.chain) if preparation.chain != RAW else chosen


def corrected(cube: xr.DataArray, preparation: Preparation) -> xr.DataArray:
    """Dates chosen and numbers corrected, without the chain."""
    fixed = apply(cube, preparation.fixes) if preparation.fixes else cube
    if preparation.choice == ALL_DATES:
        return fixed
    decisions = decisions_of(fixed, preparation.choice)
    used = np.array([decision.used for decision in decisions])
    if not used.any():
        raise RasterError(
            "No date is left: the rules and your choices leave all of them out.",
            "Lower the limits, or take some dates by hand.",
            code="no_dates",
        )
    chosen = fixed[used] if not used.all() else fixed
    out = [{"time": str(decision.seen.time), "reason": decision.reason} for decision in decisions if not decision.used]
    return chosen.assign_attrs(left_out=json.dumps(out))


def decisions_of(cube: xr.DataArray, choice: Choice) -> tuple[Decision, ...]:
    """What counts of a cube, judged over the area that was asked for."""
    return decide(seen(cube, area_of(cube)), choice)


def area_of(cube: xr.DataArray) -> Area | None:
    """The area that was asked for, as far as the cube says; None where that cannot be read."""
    try:
        asked = Request.from_json(json.loads(cube.attrs["request"])).area
        return asked if asked.geometry.area > 0 else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return None
    except (EodashError, GEOSException):
        return None
