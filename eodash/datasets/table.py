"""Labelled CSV: one series a row, all bands of the first date, then of the second …, beside a label and a field.

lc_id,objectid,b0,b1,…      bands × dates columns; class_map.txt beside it may name the classes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.columns import Columns, columns
from eodash.datasets.contract import Array, Batch
from eodash.errors import CapacityError, DateError, ModelError, RasterError
from eodash.sensors import SENSORS
from eodash.settings import settings
from eodash.world.legend import LEGENDS, NAMES
from eodash.world.region import origin as year_begins

LEVELS = {
    "l1c": frozenset(SENSORS["sentinel-2-l1c"].names),
    "l2a": frozenset(SENSORS["sentinel-2-l2a"].names),
}
BELIEVED = (-0.5, 5.0)  # reflectance; what lies outside stands for a missing value
CLASSES = 255
SCAN = 4096


@dataclass(frozen=True)
class Layout:
    """How the columns of a table are to be read. Without `start` and a hemisphere a table is refused."""

    bands: tuple[str, ...] = SENSORS["sentinel-2-l2a"].default
    start: str = ""  # date of the first look
    step: float = 0  # days between two looks
    latitude: float | None = None  # of the fields, degrees; only its sign counts
    scale: float = 1e-4  # reflectance = value × scale
    label: str = "lc_id"
    group: str = "objectid"
    classes: tuple[str, ...] = ()  # names by label; else those of class_map.txt, else the numbers themselves


class TableDataset:
    """A labelled CSV, converted at first use and read by rows."""

    def __init__(
        self, path: Path, layout: Layout = Layout(), *, name: str = "", legend: str = "", origin: str = ""
    ) -> None:  # fmt: skip
        """Raises for a file that is not such a table, and for one whose dates are not told."""
        self.bands, self.name = layout.bands, name or f"csv:{path.name}"
        self.level = level_of(layout.bands)
        self._scale = layout.scale
        self._table = columns(path, layout.label, layout.group)
        count = dates_of(path, self._table, layout.bands)
        self.day = phase_days(layout.start, layout.step, count, layout.latitude)
        self._rows = self._seen(path)
        self.left_out = len(self._table.label) - len(self._rows)
        self.classes, self.label = named(path, self._table.label[self._rows], layout.classes)
        self.legend = legend or legend_of(self.classes)
        self.group: NDArray[np.int64] = self._table.group[self._rows]
        lost = f"; {self.left_out:,} series without any value left out" if self.left_out else ""
        self.origin = (origin or f"{path.name}, of unknown licence") + lost

    def __len__(self) -> int:
        return len(self.label)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        """These series, in this order."""
        rows = np.asarray(rows, dtype=np.int64)
        values, mask = self._looks(self._rows[rows])
        day = np.repeat(self.day[None], len(rows), axis=0)
        return Batch(np.where(mask[..., None], values, 0), day, mask, self.label[rows], self.group[rows])

    def _looks(self, rows: NDArray[np.int64]) -> tuple[Array, NDArray[np.bool_]]:
        """Reflectance as it stands there, and what of it is an observation."""
        raw = self._table.values.take(rows).reshape(len(rows), -1, len(self.bands))
        with np.errstate(all="ignore"):
            values = np.asarray(raw * np.float32(self._scale), dtype=np.float32)
            believed = (values > BELIEVED[0]) & (values < BELIEVED[1])
        return values, np.asarray(believed.all(-1) & values.any(-1))  # zero in every band is a hole, too

    def _seen(self, path: Path) -> NDArray[np.int64]:
        """The rows with at least one observation, once the scale makes sense."""
        seen = []
        for first in range(0, len(self._table.label), SCAN):
            rows = np.arange(first, min(first + SCAN, len(self._table.label)))
            values, mask = self._looks(rows)
            if first == 0:
                _check_scale(path, values, self._scale)
            seen.append(rows[mask.any(1)])
        found = np.concatenate(seen)
        if not len(found):
            raise RasterError(
                f"No series of {path.name} has a date with a value in every band.",
                "Check the bands, the scale and the marker of missing values.",
                code="no_observation",
            )
        return np.asarray(found, dtype=np.int64)


def level_of(bands: Sequence[str]) -> str:
    """ "l1c" with the band that only raw data have, "l2a" for others of Sentinel-2, else ""."""
    if "B10" in bands and LEVELS["l1c"].issuperset(bands):
        return "l1c"
    return "l2a" if LEVELS["l2a"].issuperset(bands) else ""


def legend_of(classes: Sequence[str]) -> str:
    """The legend that holds all of these names, "" where none does."""
    known = {name: legend.names for name, legend in LEGENDS.items()} | {"fine": NAMES}
    return next((name for name, names in known.items() if classes and set(classes) <= set(names)), "")


def dates_of(path: Path, table: Columns, bands: tuple[str, ...]) -> int:
    """How many dates the columns hold."""
    width = table.values.parts[0].shape[1]
    if not bands or width % len(bands):
        raise RasterError(
            f"{path.name} has {width:,} columns of values, which are no whole number of dates of {len(bands)} bands.",
            f"Say which bands it holds; {', '.join(bands[:13])} were taken.",
            code="bands",
        )
    count = int(width // len(bands))
    if count > settings().file_dates:
        raise CapacityError(
            f"{path.name} has {count:,} dates.", f"{settings().file_dates} at most.", code="too_many",
        )  # fmt: skip
    return count


def phase_days(start: str, step: float, count: int, latitude: float | None) -> Array:
    """Phase days of a regular series; the year is the one it shares most days with."""
    if not start or (count > 1 and not step > 0):
        raise DateError(
            "The table does not tell its dates, and without them a model is wrong more often than not.",
            "Say when the series begins and how far apart its looks are: --start 2017-08-01 --step 5.",
            code="undated",
        )
    if latitude is None or not -90 <= latitude <= 90:
        raise DateError(
            "The table does not tell its hemisphere, and half a year lies between the two.",
            "Say the latitude of the fields, negative in the south: --latitude -36.6.",
            code="no_hemisphere",
        )
    try:
        first = np.datetime64(date.fromisoformat(start), "D")
    except ValueError as error:
        raise DateError(f"{start!r} is no date.", "Write it as 2017-08-01.", code="parse") from error
    span = (count - 1) * step if count > 1 else 0.0
    if span > 366 * settings().years:
        raise DateError(
            f"The series would span {span / 365.25:.0f} years.", "Check the step; it is in days.", code="too_long"
        )
    days = np.linspace(0, span, count)
    middle = first + np.timedelta64(round(span / 2), "D")
    years = range(int(str(middle)[:4]) - 1, int(str(middle)[:4]) + 1)
    begin = max(b for b in (year_begins(latitude, year) for year in years) if b <= middle)
    return np.asarray((first - begin) / np.timedelta64(86400, "s") + days, dtype=np.float32)


def named(path: Path, label: NDArray[np.int64], classes: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of the classes, and labels that index them."""
    values = np.unique(label[label >= 0])
    listed = class_map(path.with_name("class_map.txt"))
    by_value = not classes and set(values.tolist()) <= set(listed)
    names = classes or tuple(listed.values())
    if names and not by_value and (not len(values) or values[-1] < len(names)):
        return names, label
    if names and not by_value:
        raise ModelError(
            f"The labels of {path.name} go up to {values[-1]}, but {len(names)} classes are named.",
            "Name a class for every label, the first for label 0.",
            code="classes",
            details={"labels": values[:20].tolist(), "classes": list(names[:20])},
        )
    if len(values) > CLASSES:
        raise ModelError(
            f"{path.name} has {len(values):,} classes.", f"{CLASSES} at most; is it the right column?", code="classes"
        )
    names = tuple(listed.get(value, str(value)) for value in values.tolist())
    return names, np.where(label < 0, -1, np.searchsorted(values, label)).astype(np.int64)


def class_map(path: Path) -> dict[int, str]:
    """Names by value from a small file value,class,…; nothing where it is missing or is something else."""
    try:
        lines = path.read_text("utf-8-sig")[:65536].splitlines()[1:] if path.is_file() else []
        return {int(line.split(",")[0]): line.split(",")[1].strip() for line in lines if line.strip()}
    except (OSError, ValueError, IndexError):
        return {}


def _check_scale(path: Path, values: Array, scale: float) -> None:
    """Raise where the values cannot be reflectance at this scale."""
    known = np.abs(values[np.isfinite(values) & (values > BELIEVED[0]) & (values != 0)])
    usual = float(np.median(known)) if len(known) else 0.1
    if not 0.001 < usual < BELIEVED[1]:
        raise RasterError(
            f"The values of {path.name} are no reflectance: at scale {scale:g} their median is {usual:.2g}.",
            "Say what turns them into 0–1: --scale 1 for reflectance, --scale 0.0001 for Sentinel-2's integers.",
            code="scale",
        )
