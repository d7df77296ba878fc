"""Parcels of some regions of BreizhCrops as one set that is read from its HDF5 files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.breizhcrops_file import folder_at, opened, table
from eodash.datasets.breizhcrops_index import Index
from eodash.datasets.breizhcrops_table import BANDS, WIDTH, Looks, Order, Table, looks_of, order_of
from eodash.datasets.contract import Batch
from eodash.errors import ModelError, RasterError

SAMPLE = 48  # tables per region that tell the order of its columns
SCANNED = 4_000  # parcels up to which each is looked at before any is read

Part = Callable[[NDArray[np.int64]], NDArray[np.bool_]]


class BreizhcropsDataset:
    """Parcels of some regions; the HDF5 files are opened only while they are read."""

    name = "breizhcrops"

    def __init__(
        self, level: str, legend: str, classes: tuple[str, ...], regions: dict[str, tuple[Path, Index]], origin: str,
        *, part: Part, order: str = "auto", clouds: str = "flags",
    ) -> None:  # fmt: skip
        """`regions`: file and rows of each; `part`: which parcels, by their ids, this set takes of them."""
        self.level, self.legend, self.classes, self.bands = level, legend, classes, BANDS[level]
        self._clouds = clouds
        self._files = [path for path, _ in regions.values()]
        examined = [self._examined(path, index, part, order) for path, index in regions.values()]
        self._indices, self._orders = [index for index, _, _ in examined], [order for _, order, _ in examined]
        sizes = [len(index.label) for index in self._indices]
        if not sum(sizes):
            raise ModelError(
                f"No parcel of {', '.join(regions)} is left to be used.", "Take more regions.", code="too_few"
            )
        self._region = np.repeat(np.arange(len(sizes)), sizes)
        self._first = np.cumsum([0, *sizes])
        self.label: NDArray[np.int64] = np.concatenate([index.label for index in self._indices])
        self.group: NDArray[np.int64] = np.concatenate([index.group for index in self._indices])
        lost = sum((index.lost for index in self._indices), Counter())
        self.notices = tuple(dict.fromkeys(one for _, _, told in examined for one in told)) + tuple(
            f"left out, without {what}: {count:,}" for what, count in lost.items()
        )
        self.origin = "; ".join([origin, *self.notices])

    def __len__(self) -> int:
        return len(self.label)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        """These parcels, in this order; dates of one day are one, those under cloud (L2A) are masked."""
        rows = np.asarray(rows, np.int64)
        found: list[Looks | None] = [None] * len(rows)
        for region in np.unique(self._region[rows]).tolist():
            places = np.flatnonzero(self._region[rows] == region)
            members = rows[places] - self._first[region]
            order = self._orders[region]
            for place, one in zip(places.tolist(), self._tables(region, members), strict=True):
                looks = looks_of(one, order, self._clouds)
                if not looks[2].any():
                    raise RasterError(
                        f"Parcel {self.group[rows[place]]} of {self._files[region].name} has no usable date.",
                        f"Remove its row from {self._files[region].stem}.csv.",
                        code="no_observation",
                    )
                found[place] = looks
        return together([looks for looks in found if looks], self.label[rows], self.group[rows], len(self.bands))

    def _tables(self, region: int, members: NDArray[np.int64]) -> list[Table]:
        return tables(self._files[region], self._indices[region], members, WIDTH[self.level])

    def _examined(self, path: Path, index: Index, part: Part, wanted: str) -> tuple[Index, Order, list[str]]:
        """The parcels of a region that can be read, the order of its columns, and how that was decided."""
        index = index.only(listed(path, index), "a table")
        count, width = len(index.label), WIDTH[self.level]
        if not count:
            raise RasterError(
                f"{path.name} and its index share no parcel that can be read.",
                "Take file and index of the same region and level.",
                code="empty",
            )
        some = np.unique(np.linspace(0, count - 1, min(SAMPLE, count)).astype(int))
        order, told = order_of(tables(path, index, some, width), self.level, wanted)
        index = index.only(part(index.group))
        count = len(index.label)
        if count <= SCANNED:
            usable = [
                bool(looks_of(one, order, self._clouds)[2].any())
                for first in range(0, count, 500)
                for one in tables(path, index, np.arange(first, min(first + 500, count)), width)
            ]
            index = index.only(np.array(usable, bool), "a usable date")
        return index, order, told


def tables(path: Path, index: Index, members: NDArray[np.int64], width: int) -> list[Table]:
    """The tables of some members of a region, in this order."""
    with opened(path) as file:
        folders = {number: folder_at(file, index.parents[number]) for number in np.unique(index.parent[members])}
        return [table(folders[index.parent[one]], index.names[one].decode(), width) for one in members.tolist()]


def listed(path: Path, index: Index) -> NDArray[np.bool_]:
    """For which rows of an index there is a table."""
    there = np.zeros(len(index.label), bool)
    with opened(path) as file:
        for number, steps in enumerate(index.parents):
            folder = folder_at(file, steps)
            if folder is not None:
                mine = index.parent == number
                there[mine] = np.isin(index.names[mine], np.array([name.encode() for name in folder], "S"))
    return there


def together(found: Sequence[Looks], label: NDArray[np.int64], group: NDArray[np.int64], bands: int) -> Batch:
    """Series of different lengths as one batch; behind its end a series is masked and stays at its last day."""
    longest = max((len(mask) for _, _, mask in found), default=1)
    values = np.zeros((len(found), longest, bands), np.float32)
    day = np.zeros((len(found), longest), np.float32)
    mask = np.zeros((len(found), longest), bool)
    for place, (numbers, days, seen) in enumerate(found):
        values[place, : len(seen)] = numbers
        day[place, : len(seen)] = days
        day[place, len(seen) :] = days[-1]
        mask[place, : len(seen)] = seen
    return Batch(values, day, mask, label, group)
