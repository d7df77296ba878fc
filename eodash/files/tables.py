"""Lists of dates beside images: one date a line, or file and date."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eodash.files.names import moment
from eodash.files.paths import head

_NAMES = re.compile(
    r"^(?:dates?|timeline|times?|timestamps?|acquisitions?|scenes?|calendar)(?:\.(?:csv|txt|tsv|dat))?$", re.I
)
_LONGEST = 2**20


@dataclass(frozen=True)
class Table:
    """The dates in one file: in order, or by name of a file."""

    file: str
    listed: tuple[str, ...] = ()
    by_name: tuple[tuple[str, str], ...] = ()

    def of(self, name: str) -> str:
        """The date of a file, by its name with or without folder and ending."""
        place = Path(name)
        known = dict(self.by_name)
        keys = (name, place.name, place.stem, place.parent.name)
        return next((known[key] for key in keys if key and key in known), "")


def is_table(name: str) -> bool:
    return bool(_NAMES.match(Path(name).name))


def table(path: Path, name: str) -> Table | None:
    """The dates of a file; None if it holds none."""
    try:
        text = head(path, _LONGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    sample = text[:4096]
    comma = next((mark for mark in (";", "\t", ",") if mark in sample), ",")
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=comma) if any(row)]
    except csv.Error:  # a cell without an end
        return None
    rows = [row for row in rows if row and not row[0].startswith("#")]
    if not rows or len(rows) > 50_000:
        return None
    width = max(len(row) for row in rows)
    if width == 1:
        words = [word for row in rows for word in row[0].split()] if len(rows) == 1 else [row[0] for row in rows]
        return _listed(words, name)
    return _named(rows, name) or _listed(rows[0] if len(rows) == 1 else _dated_column(rows), name)


def _listed(words: Sequence[str], name: str) -> Table | None:
    found = [moment(word) for word in words]
    if found and found[0] is None:
        found = found[1:]  # a heading
    if not found or None in found:
        return None
    return Table(name, tuple(one for one in found if one))


def _named(rows: list[list[str]], name: str) -> Table | None:
    for file_at, date_at in ((0, 1), (1, 0)):
        pairs = [(row[file_at], moment(row[date_at])) for row in rows if len(row) > max(file_at, date_at)]
        good = tuple((key, time) for key, time in pairs if time is not None and moment(key) is None)
        if len(good) >= max(1, len(rows) - 1):
            return Table(name, (), good)
    return None


def _dated_column(rows: list[list[str]]) -> list[str]:
    for at in range(len(rows[-1])):
        if moment(rows[-1][at]) is not None:
            return [row[at] if at < len(row) else "" for row in rows]
    return []
