"""What a user labelled: classes with names and colours, and fields of pixels that belong together.

A field is what was drawn or clicked at once. Clicks of one class that touch are one field, too: pixels side by side
know of each other, and none of them may test what another one taught.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.errors import CapacityError, ModelError

MOST_CLASSES = 50
MOST_FIELDS = 1000
MOST_TEXT = 9000
"""Letters that all fields may take in the run, where there is room for 16 kB of everything."""
NAME = 40
COLOURS = (
    "#A07501", "#2883EA", "#80C77B", "#FF8415", "#5B1E81", "#FFD411", "#003735", "#FD9EE5", "#7A1703", "#64646E",
    "#F5F3AE", "#257B54", "#AD9E94",
)  # fmt: skip
"""Apart in every kind of colour vision; further classes take them again, lighter or darker."""
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Place = tuple[int, int]


@dataclass(frozen=True)
class Sample:
    """One labelled pixel."""

    row: int
    column: int
    name: str  # of its class
    field: int  # counted from 1


@dataclass(frozen=True)
class Classes:
    """The classes in the order in which they were made."""

    names: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def with_class(self, name: str = "", colour: str = "") -> Classes:
        """One more class; without a name it is numbered, without a colour it gets the next one."""
        if len(self) >= MOST_CLASSES:
            raise CapacityError(
                f"There are {MOST_CLASSES} classes already.", "Delete one, or join two under one name.", code="classes"
            )
        name = plain(name) or next(new for n in range(1, 100) if (new := f"class {n}") not in self.names)
        self._free(name)
        return Classes((*self.names, name), (*self.colours, _checked(colour or colour_of(self.colours))))

    def renamed(self, place: int, name: str) -> Classes:
        """The same classes, one of them called otherwise."""
        name = plain(name)
        if not name:
            raise ModelError("A class needs a name.", "Write at least one letter.", code="class_name")
        if name != self.names[place]:
            self._free(name)
        return replace(self, names=(*self.names[:place], name, *self.names[place + 1 :]))

    def recoloured(self, place: int, colour: str) -> Classes:
        return replace(self, colours=(*self.colours[:place], _checked(colour), *self.colours[place + 1 :]))

    def without(self, place: int) -> Classes:
        keep = [other for other in range(len(self)) if other != place]
        return Classes(tuple(self.names[each] for each in keep), tuple(self.colours[each] for each in keep))

    def _free(self, name: str) -> None:
        if name.casefold() in (other.casefold() for other in self.names):
            raise ModelError(f"There is a class {name} already.", "Give another name.", code="class_name")


def thinned(places: Iterable[Place], rows: int = 12) -> list[Place]:
    """Every n-th row of a large field: as good a teacher, and short enough to be kept with the run."""
    wanted = sorted(set(places))
    there = sorted({row for row, _ in wanted})
    kept = {there[at] for at in np.linspace(0, len(there) - 1, min(rows, len(there))).round().astype(int).tolist()}
    return [place for place in wanted if place[0] in kept]


def plain(name: str) -> str:
    """A name in one short line of printable letters."""
    letters = (letter if letter.isprintable() else " " for letter in str(name)[:400] if letter not in _TURNING)
    return " ".join("".join(letters).split())[:NAME].strip()


def colour_of(taken: Iterable[str]) -> str:
    """The next colour of the list that nobody has; once all are taken, paler ones."""
    used = {colour.upper() for colour in taken}
    for share in (0.0, 0.35, -0.35, 0.6, -0.6):
        for colour in COLOURS:
            if (shade := _shaded(colour, share)) not in used:
                return shade
    return COLOURS[0]


def _shaded(colour: str, share: float) -> str:
    towards = 255 if share > 0 else 0
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (towards - part) * abs(share)):02X}" for part in parts)


def _checked(colour: str) -> str:
    if not _COLOUR.fullmatch(colour):
        raise ModelError("This is no colour.", "Write it like #2883EA.", code="colour")
    return colour.upper()


@dataclass(frozen=True)
class Field:
    """Pixels of one class that were labelled together."""

    label: int  # place of its class
    places: tuple[Place, ...]  # row and column, in the order of the grid

    def touches(self, place: Place) -> bool:
        return any(abs(row - place[0]) <= 1 and abs(column - place[1]) <= 1 for row, column in self.places)


@dataclass(frozen=True)
class Samples:
    """Everything that was labelled on a grid of so many rows and columns."""

    shape: tuple[int, int]
    classes: Classes = Classes()
    fields: tuple[Field, ...] = ()

    def __iter__(self) -> Iterator[Sample]:
        for number, field in enumerate(self.fields, 1):
            for row, column in field.places:
                yield Sample(row, column, self.classes.names[field.label], number)

    def __len__(self) -> int:
        return sum(len(field.places) for field in self.fields)

    @property
    def taught(self) -> tuple[int, ...]:
        """Classes that have a sample."""
        return tuple(sorted({field.label for field in self.fields}))

    def field_at(self, place: Place) -> int | None:
        """The place of the field that holds a pixel."""
        return next((at for at, field in enumerate(self.fields) if place in field.places), None)

    def clicked(self, place: Place, label: int) -> Samples:
        """One more pixel; clicked again it goes, and with another class it changes hands."""
        self._inside([place])
        at = self.field_at(place)
        if at is not None:
            return self._lifted([place]) if self.fields[at].label == label else self.drawn([place], label)
        if len(self.fields) < 200:  # far more than anybody clicks, and a search of all would take long
            beside = [n for n, one in enumerate(self.fields) if one.label == label and one.touches(place)]
            if beside:
                joined = {place}.union(*(self.fields[n].places for n in beside))
                rest = tuple(one for n, one in enumerate(self.fields) if n not in beside)
                return self._kept((*rest, Field(label, tuple(sorted(joined)))))
        return self._kept((*self.fields, Field(label, (place,))))

    def drawn(self, places: Iterable[Place], label: int) -> Samples:
        """One more field; pixels that were labelled before are its own now."""
        wanted = sorted(set(places))
        self._inside(wanted)
        if not 0 <= label < len(self.classes):
            raise ModelError("There is no such class.", "Make a class first.", code="no_class")
        if not wanted:
            raise ModelError(
                "The drawing holds the middle of no pixel.", "Draw a larger one, or click a pixel.", code="no_pixels"
            )
        return self._lifted(wanted)._kept((*self._lifted(wanted).fields, Field(label, tuple(wanted))))

    def without_field(self, at: int) -> Samples:
        return replace(self, fields=self.fields[:at] + self.fields[at + 1 :])

    def without_class(self, place: int) -> Samples:
        """A class goes with its fields; those behind it move up."""
        left = [Field(one.label - (one.label > place), one.places) for one in self.fields if one.label != place]
        return Samples(self.shape, self.classes.without(place), tuple(left))

    def named(self, classes: Classes) -> Samples:
        return replace(self, classes=classes)

    def arrays(self, most: int = 25) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Flat place, class and field of the pixels that teach: of each field at most so many, spread over it."""
        flat, label, number = [], [], []
        for at, field in enumerate(self.fields):
            picked = np.unique(np.linspace(0, len(field.places) - 1, min(most, len(field.places))).round().astype(int))
            for one in picked.tolist():
                row, column = field.places[one]
                flat.append(row * self.shape[1] + column)
                label.append(field.label)
                number.append(at)
        return np.array(flat, np.int64), np.array(label, np.int64), np.array(number, np.int64)

    def to_json(self) -> dict[str, Any]:
        """Small enough for the view of a run: fields as runs of pixels, each in a few letters."""
        return {
            "shape": list(self.shape),
            "names": list(self.classes.names),
            "colours": list(self.classes.colours),
            "fields": self._text(),
        }

    @classmethod
    def from_json(cls, said: Any, shape: tuple[int, int]) -> Samples:
        """What an older visit kept; nothing of it where it does not fit this grid, or cannot be read."""
        try:
            if tuple(said["shape"]) != shape:
                return cls(shape)
            classes = Classes()
            for name, colour in zip(said["names"], said["colours"], strict=True):
                classes = classes.with_class(str(name), str(colour))
            found = cls(shape, classes)
            fields = tuple(
                _field(part, shape, len(classes)) for part in str(said["fields"])[: 2 * MOST_TEXT].split(";") if part
            )
            return replace(found, fields=fields[:MOST_FIELDS])
        except (KeyError, TypeError, ValueError, ModelError, CapacityError):
            return cls(shape)

    def _text(self) -> str:
        return ";".join(f"{_short(one.label)}:{_runs(one.places, self.shape[1])}" for one in self.fields)

    def _lifted(self, places: Iterable[Place]) -> Samples:
        gone = set(places)
        left = (Field(one.label, tuple(each for each in one.places if each not in gone)) for one in self.fields)
        return replace(self, fields=tuple(one for one in left if one.places))

    def _kept(self, fields: tuple[Field, ...]) -> Samples:
        made = replace(self, fields=fields)
        if len(fields) > MOST_FIELDS or len(made._text()) > MOST_TEXT:
            raise CapacityError(
                f"{len(self.fields):,} fields are labelled, and no more can be kept with the run.",
                "Delete some that add little, or draw simpler outlines.",
                code="samples",
            )
        return made

    def _inside(self, places: Iterable[Place]) -> None:
        if any(not (0 <= row < self.shape[0] and 0 <= column < self.shape[1]) for row, column in places):
            raise ModelError("This lies outside the images.", "Label pixels within the area.", code="labels_outside")


def _short(number: int) -> str:
    """A number in base 36."""
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits


def _runs(places: tuple[Place, ...], columns: int) -> str:
    """First pixel, then runs: the step from the end of the last one, and the length where it is not one."""
    flat = np.array([row * columns + column for row, column in places])
    cut = np.flatnonzero(np.diff(flat) != 1) + 1
    parts, end = [], 0
    for run in np.split(flat, cut):
        parts.append(_short(int(run[0]) - end) + (f".{_short(len(run))}" if len(run) > 1 else ""))
        end = int(run[-1])
    return ",".join(parts)


def _field(text: str, shape: tuple[int, int], classes: int) -> Field:
    label, _, runs = text.partition(":")
    flat: list[int] = []
    end = 0
    for run in runs.split(","):
        step, _, length = run.partition(".")
        start, count = end + int(step, 36), int(length or "1", 36)
        if start < 0 or count < 1 or start + count > shape[0] * shape[1]:
            raise ValueError(text)
        flat += range(start, start + count)
        end = start + count - 1
    if not 0 <= int(label, 36) < classes:
        raise ValueError(text)
    places = tuple((each // shape[1], each % shape[1]) for each in sorted(set(flat)))
    return Field(int(label, 36), places)
