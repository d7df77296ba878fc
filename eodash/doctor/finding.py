"""What the doctor says: findings with their evidence, and the fixes that go with them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np

from eodash.errors import RasterError

Severity = Literal["bad", "warn"]
MANY = 400
"""Most dates or bands that a fix names: no series has more."""


@dataclass(frozen=True)
class Fix:
    """One correction of a series: what kind, with which numbers. The same JSON makes the same correction."""

    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in _NEEDED:
            raise unreadable(f"there is no correction '{str(self.kind)[:40]}'")
        allowed = _NEEDED[self.kind] | _MAY[self.kind]
        if not isinstance(self.parameters, Mapping) or not _NEEDED[self.kind] <= set(self.parameters) <= allowed:
            raise unreadable(f"'{self.kind}' takes {', '.join(sorted(allowed))}")
        for name, value in self.parameters.items():
            if not _VALID[name](value):
                raise unreadable(f"'{name}' of '{self.kind}' cannot be {str(value)[:40]}")

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_json(), sort_keys=True))

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "parameters": dict(self.parameters)}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        if not isinstance(said, Mapping) or not isinstance(said.get("kind"), str):
            raise unreadable("it has no kind")
        return cls(said["kind"], said.get("parameters", {}))


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a series."""

    kind: str
    title: str  # one sentence with numbers
    explanation: str
    severity: Severity
    dates: tuple[str, ...] = ()  # UTC seconds; empty: all of them
    bands: tuple[str, ...] = ()  # empty: all of them
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)  # JSON; drawn by eodash.views.evidence
    fix: Fix | None = None
    advice: str = ""  # what to do where there is no fix

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "title": self.title,
            "explanation": self.explanation,
            "severity": self.severity,
            "dates": list(self.dates),
            "bands": list(self.bands),
            "evidence": dict(self.evidence),
            "fix": self.fix.to_json() if self.fix else None,
            "advice": self.advice,
        }


def unreadable(why: str) -> RasterError:
    return RasterError(
        f"This correction cannot be read: {why}.", "Examine the series again and choose the fix there.", code="fix"
    )


def _number(low: float, high: float) -> Callable[[Any], bool]:
    def valid(value: Any) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and math.isfinite(value) and low <= value <= high

    return valid


def _names(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) <= MANY and all(isinstance(name, str) for name in value)


def _dates(value: Any) -> bool:
    if not _names(value):
        return False
    try:
        return not np.isnat(np.array(list(value), "datetime64[s]")).any()
    except ValueError:
        return False


def _renamed(value: Any) -> bool:
    """Old name → new name, each once: nothing gets lost."""
    if not isinstance(value, Mapping) or not 1 <= len(value) <= MANY:
        return False
    texts = all(isinstance(name, str) for pair in value.items() for name in pair)
    return texts and set(value) == set(value.values())


_NEEDED: dict[str, set[str]] = {
    "scale": {"factor"},
    "offset": {"add"},
    "order": {"names"},
    "level": {"sensor"},
    "drop": {"dates"},
    "mask": {"value"},
    "units": {"units"},
}
_MAY: dict[str, set[str]] = {
    "scale": {"dates", "bands"},
    "offset": {"dates", "bands"},
    "order": {"dates"},
    "level": set(),
    "drop": set(),
    "mask": {"dates", "bands", "together"},
    "units": set(),
}
_VALID: dict[str, Callable[[Any], bool]] = {
    "factor": _number(1e-4, 1e4),
    "add": _number(-32767, 32767),
    "value": _number(-32767, 32767),
    "names": _renamed,
    "dates": _dates,
    "bands": _names,
    "sensor": lambda value: isinstance(value, str) and len(value) <= 80,
    "units": lambda value: value in ("digital numbers",),
    "together": lambda value: isinstance(value, bool),
}
