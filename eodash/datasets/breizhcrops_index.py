"""The CSV files of BreizhCrops: which table belongs to which parcel, and what grew on it."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.breizhcrops_file import steps
from eodash.errors import RasterError
from eodash.world.legend import BREIZHCROPS


@dataclass(frozen=True, eq=False)
class Index:
    """The parcels of a region: a table's place in its file in two parts, its label and its parcel's id."""

    parents: tuple[tuple[str, ...], ...]
    parent: NDArray[np.int32]
    names: NDArray[np.bytes_]
    label: NDArray[np.int64]
    group: NDArray[np.int64]
    lost: Counter[str]  # how many were left out, by what they are without

    def only(self, kept: NDArray[np.bool_], without: str = "") -> Index:
        """Some of the rows; the others count as lost where something is said that they are without."""
        return replace(
            self, parent=self.parent[kept], names=self.names[kept], label=self.label[kept], group=self.group[kept],
            lost=self.lost + Counter({without: int((~kept).sum())} if without else {}),
        )  # fmt: skip


def class_mapping(path: Path) -> tuple[str, tuple[str, ...], dict[str, int]]:
    """Legend, classes, and the class of each crop code; other names than the nine make a list of their own."""
    with _rows(path, ("id", "classname", "code")) as rows:
        known = [(code.strip(), name.strip(), number.strip()) for number, name, code in rows]
    names = {name: number for _, name, number in known}
    if not names or not all(names):
        raise RasterError(f"{path.name} names no class.", "Take the one that came with the series.", code="empty")
    if {name.lower() for name in names} <= set(BREIZHCROPS.names):
        return BREIZHCROPS.name, BREIZHCROPS.names, {code: BREIZHCROPS.index(name.lower()) for code, name, _ in known}
    whole = all(number.isdigit() for number in names.values())
    order = sorted(names, key=lambda name: int(names[name])) if whole else sorted(names)
    return "", tuple(order), {code: order.index(name) for code, name, _ in known}


def read_index(path: Path, codes: dict[str, int]) -> Index:
    """The rows whose crop code has a class, and whose series is said to have a date."""
    parents: dict[tuple[str, ...], int] = {}
    parent, names, label, group = [], [], [], []
    lost: Counter[str] = Counter()
    with _rows(path, ("CODE_CULTU", "path", "id", "sequencelength"), needed=2) as rows:
        for code, key, number, length in rows:
            if code.strip() not in codes:
                lost["a class for its crop"] += 1
                continue
            if length.strip() in ("0", "0.0"):
                lost["a date"] += 1
                continue
            *above, name = steps(key.strip())
            parent.append(parents.setdefault(tuple(above), len(parents)))
            names.append(name.encode())
            label.append(codes[code.strip()])
            group.append(_number(number.strip() or name.rpartition(".")[0] or name))
    return Index(
        tuple(parents), np.array(parent, np.int32), np.array(names, "S"), np.array(label, np.int64),
        np.array(group, np.int64), lost,
    )  # fmt: skip


def _number(text: str) -> int:
    """An id as it is where it is a number, else one that stands for it."""
    whole = text.removesuffix(".0")
    if whole.isdigit() and len(whole) < 18:
        return int(whole)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


@contextmanager
def _rows(path: Path, columns: tuple[str, ...], needed: int = 0) -> Iterator[Iterator[list[str]]]:
    """The cells of these columns, row by row; columns beyond the first `needed` may be missing and are then empty."""
    if not path.is_file():
        raise RasterError(f"{path} is missing.", "Download it beside the series.", code="missing")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            absent = [name for name in columns[: needed or len(columns)] if name not in header]
            if absent:
                raise RasterError(
                    f"{path.name} has no column {', '.join(absent)}.",
                    f"It has {', '.join(name[:20] for name in header[:12]) or 'none'}; take the original file.",
                    code="columns",
                )
            places = [header.index(name) if name in header else -1 for name in columns]
            yield _cells(reader, places, path)
    except (csv.Error, UnicodeDecodeError) as error:
        raise RasterError(
            f"{path.name} is no table in UTF-8.", "Take the original file.", code="not_text",
            details={"cause": str(error)[:200]},
        ) from error  # fmt: skip
    except OSError as error:
        raise RasterError(f"{path.name} cannot be read.", "Check that it may be read.", code="unreadable") from error


def _cells(reader: Any, places: list[int], path: Path) -> Iterator[list[str]]:
    for row in reader:
        if not row:
            continue
        if len(row) <= max(places):
            raise RasterError(
                f"Line {reader.line_num:,} of {path.name} is cut short.", "Copy the file again.", code="corrupt"
            )
        yield [row[place] if place >= 0 else "" for place in places]
