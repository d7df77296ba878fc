"""Gates and states of a recurrent network: what they are called, which unit is looked at, what it did at a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.views.panel import Floats


@dataclass(frozen=True)
class Quantity:
    """One of the six: its letter, its name, what it says, and between which values it lies."""

    letter: str
    name: str
    says: str
    low: float = 0.0
    high: float = 1.0  # nothing holds a cell state: it has no bounds of its own

    @property
    def gate(self) -> bool:
        """Whether it is a share, 0–1."""
        return self.low == 0

    @property
    def bounded(self) -> bool:
        return self.letter != "c"


QUANTITIES = {
    each.letter: each
    for each in (
        Quantity("i", "input gate", "share of the new that is let in"),
        Quantity("f", "forget gate", "share of the memory that is kept"),
        Quantity("g", "candidate", "the new: what this date would write", -1.0),
        Quantity("o", "output gate", "share of the memory that is shown"),
        Quantity("c", "cell state", "the memory after this date", -1.0),
        Quantity("h", "hidden state", "what is passed on", -1.0),
    )
}


@dataclass(frozen=True)
class Unit:
    """One unit of one layer, and the quantity that it is looked at by."""

    quantity: str
    layer: str
    unit: int

    @property
    def title(self) -> str:
        """`unit 30 of layer 1 ←`."""
        return f"unit {self.unit} of layer {self.layer}"

    @property
    def short(self) -> str:
        return f"layer {self.layer} · unit {self.unit}"

    @property
    def backward(self) -> bool:
        """Whether it reads from the end of the season to its beginning."""
        return self.layer.endswith("←")


def unit_of(said: object, layers: Sequence[str], units: int) -> Unit | None:
    """A unit as a choice names it; None where there is no such one in these layers."""
    match said:
        case [str(quantity), layer, int(unit)] if quantity in QUANTITIES and 0 <= unit < units and str(layer) in layers:
            return Unit(quantity, str(layer), unit)
    return None


def layers_of(explained: xr.Dataset) -> list[str]:
    return [str(each) for each in explained["layer"].values.tolist()]


def values_of(explained: xr.Dataset, unit: Unit) -> Floats:
    """(time,) of that unit's quantity; not a number where nothing was observed at all."""
    here = explained["states"].transpose("quantity", "layer", "unit", "time")
    letters = [str(each) for each in here["quantity"].values.tolist()]
    values = here.values[letters.index(unit.quantity), layers_of(explained).index(unit.layer), unit.unit]
    return np.asarray(values, np.float64)


def layer_values(explained: xr.Dataset, quantity: str, layer: str) -> Floats:
    """(unit, time) of a whole layer."""
    here = explained["states"].transpose("quantity", "layer", "unit", "time")
    letters = [str(each) for each in here["quantity"].values.tolist()]
    return np.asarray(here.values[letters.index(quantity), layers_of(explained).index(layer)], np.float64)


@dataclass(frozen=True)
class Step:
    """What a unit did at one date: c = f · before + i · g, h = o · tanh c."""

    i: float
    f: float
    g: float
    o: float
    before: float  # the cell state at the date read just before, in the order of reading; 0 at the first
    c: float
    h: float
    read: bool = True  # the date holds an observation that the network has read
    first: bool = False  # nothing was read before it

    @property
    def kept(self) -> float:
        return self.f * self.before

    @property
    def added(self) -> float:
        return self.i * self.g

    @property
    def deed(self) -> str:
        """In one word of two."""
        if not self.read:
            return "slept"
        keeps, lets = self.f >= 0.5, self.i >= 0.5
        if self.first:
            return "wrote" if lets else "waited"
        return {(True, False): "held", (True, True): "added", (False, True): "replaced", (False, False): "faded"}[
            keeps, lets
        ]


def step_of(explained: xr.Dataset, unit: Unit, index: int) -> Step:
    """The step of a unit at a date of the series."""
    at = {letter: values_of(explained, Unit(letter, unit.layer, unit.unit)) for letter in QUANTITIES}
    seen: NDArray[np.bool_] = explained["seen"].values.astype(bool)
    there = np.flatnonzero(seen)
    before = there[there > index] if unit.backward else there[there < index]
    last = None if not len(before) else int(before[0] if unit.backward else before[-1])
    now = {letter: float(np.nan_to_num(values[index])) for letter, values in at.items()}
    return Step(**now, before=0.0 if last is None else float(at["c"][last]), read=bool(seen[index]), first=last is None)
