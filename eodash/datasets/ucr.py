"""Archives of plain series in the `.ts` format (UCR, UEA): one series a line, its channels and class after colons.

Steps have no dates: day = position × 365 / length of the longest series, so that a year's worth of days is spread over
it. Values are taken as they are, normalised or not. `?` and NaN are missing; series may differ in length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.contract import Batch, Dataset
from eodash.datasets.split import divided
from eodash.errors import CapacityError, ModelError, RasterError
from eodash.settings import settings

GUNPOINT = "ucr_gunpoint/GunPoint_{}.ts"
YEAR = 365.0
LINE = 2**24  # bytes
STEPS = 20_000
PART = re.compile(r"_(TRAIN|TEST)(?=\.ts$)")
SHARES = {"train": (0.0, 0.8), "valid": (0.8, 1.0)}
LICENCE = "UCR archive (aeon @ a101ddc, BSD-3 code)"


class UcrDataset:
    """The series of one file; bands are "1", "2" …, and days are steps."""

    legend, level = "", ""
    dated = False

    def __init__(self, path: Path, *, name: str = "") -> None:
        """Raises for a file that is not such an archive."""
        self.classes, series, labels = parse(path)
        self.name = name or f"ucr:{path.name}"
        self.origin = f"{path.name}, {LICENCE}; no dates, steps instead"
        self.bands = tuple(str(number + 1) for number in range(series[0].shape[1]))
        self._series = series
        self._longest = max(map(len, series))
        self.label: NDArray[np.int64] = np.array(labels, np.int64)
        self.group: NDArray[np.int64] = np.arange(len(labels))

    def __len__(self) -> int:
        return len(self.label)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        """These series, in this order."""
        rows = np.asarray(rows, np.int64)
        chosen = [self._series[row] for row in rows.tolist()]
        length = max(map(len, chosen), default=1)
        values = np.full((len(rows), length, len(self.bands)), np.nan, np.float32)
        for place, series in enumerate(chosen):
            values[place, : len(series)] = series
        mask = np.asarray(np.isfinite(values).all(-1))
        day = np.arange(length, dtype=np.float32) * np.float32(YEAR / self._longest)
        days = np.repeat(day[None], len(rows), axis=0)
        return Batch(np.where(mask[..., None], values, 0), days, mask, self.label[rows], self.group[rows])


def open_ucr(path: Path, split: str, *, name: str = "") -> Dataset:
    """NAME_TEST.ts as `test`; NAME_TRAIN.ts as `train+valid`, or as four fifths and one; other names are divided."""
    if not re.search(PART, path.name):
        return divided(UcrDataset(path, name=name), split)
    if split == "test":
        return UcrDataset(partner(path, "TEST"), name=name)
    train = UcrDataset(partner(path, "TRAIN"), name=name)
    return train if split == "train+valid" else divided(train, split, SHARES)


def partner(path: Path, part: str) -> Path:
    """The TRAIN or TEST part of an archive, given either."""
    return path.with_name(re.sub(PART, f"_{part}", path.name))


def parse(path: Path) -> tuple[tuple[str, ...], list[NDArray[np.float32]], list[int]]:
    """Classes in order of number or letter, series (step, channel) and labels."""
    classes: tuple[str, ...] | None = None
    series: list[NDArray[np.float32]] = []
    names: list[str] = []
    begun = False
    with _lines(path) as lines:
        for number, line in lines:
            if not begun:
                key, _, said = line.partition(" ")
                begun = key.lower() == "@data"
                if not begun and not key.startswith("@"):
                    raise _refused(path, number, "comes before @data", "not_ts")
                classes = _heed(path, key.lower(), said.split(), classes)
                continue
            if not classes:
                raise _unlabelled(path)
            *channels, name = line.split(":")
            series.append(_series(path, number, channels))
            names.append(name.strip())
            if series[-1].shape[1] != series[0].shape[1]:
                raise _refused(path, number, "has another number of channels than the first series", "channels")
            if name.strip() not in classes:
                raise ModelError(
                    f"Line {number:,} of {path.name} is of class {name.strip()[:40]!r}, which its head does not name.",
                    f"It names {', '.join(classes[:20])}.",
                    code="label",
                )
    seen = [place for place, one in enumerate(series) if np.isfinite(one).all(1).any()]
    if not seen:
        raise RasterError(f"{path.name} holds no series.", "Choose a .ts file with series after @data.", code="empty")
    order = classes or ()
    return order, [series[place] for place in seen], [order.index(names[place]) for place in seen]


def _heed(path: Path, key: str, said: list[str], classes: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The classes, once a line of the head names them; what cannot be read is refused."""
    first = said[0].lower() if said else ""
    if key == "@timestamps" and first == "true":
        raise RasterError(
            f"{path.name} has a time stamp beside every value, which is not read.",
            "Write the values alone, with @timeStamps false.",
            code="time_stamps",
        )
    if key == "@targetlabel" and first == "true":
        raise _unlabelled(path)
    if key != "@classlabel":
        return classes
    if first != "true" or len(said) < 2:
        raise _unlabelled(path)
    return tuple(sorted(set(said[1:]), key=_rank))


def _rank(name: str) -> tuple[float, str]:
    """Numbers by size, then words: the same order in both parts of an archive, whatever their heads say."""
    try:
        return float(name), name
    except ValueError:
        return float("inf"), name


def _series(path: Path, number: int, channels: list[str]) -> NDArray[np.float32]:
    rows = [[_number(path, number, cell) for cell in channel.split(",")] for channel in channels]
    if not rows or len({len(row) for row in rows}) > 1:
        raise _refused(path, number, "has no values, or channels of different length", "channels")
    if len(rows[0]) > STEPS:
        raise CapacityError(f"Line {number:,} of {path.name} has {len(rows[0]):,} steps.", f"{STEPS:,} at most.",
                            code="too_large")  # fmt: skip
    return np.array(rows, np.float64).T.astype(np.float32)


def _number(path: Path, number: int, cell: str) -> float:
    text = cell.strip()
    if text in ("?", ""):
        return float("nan")
    try:
        value = float(text)
    except ValueError as error:
        if "(" in text:
            raise _refused(path, number, "has time stamps, which are not read", "time_stamps") from error
        raise _refused(path, number, f"holds {text[:40]!r}, which is no number", "not_a_number") from error
    return value if abs(value) < 1e9 else float("nan")


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[tuple[int, str]]]:
    """Numbered lines without comments and blanks, of a text of bounded size."""
    try:
        if not path.is_file():
            raise RasterError(f"There is no file {path.name}.", "Check the name.", code="not_found")
        if path.stat().st_size > settings().raster_mib * 2**20:
            raise CapacityError(f"{path.name} is larger than {settings().raster_mib} MiB.", "Choose a smaller archive.",
                                code="too_large")  # fmt: skip
        with path.open("rb") as file:
            yield _decoded(path, file)
    except OSError as error:
        raise RasterError(f"{path.name} cannot be read.", "Check that it may be read.", code="unreadable") from error


def _decoded(path: Path, file: BinaryIO) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(iter(lambda: file.readline(LINE + 1), b""), 1):
        if len(raw) > LINE or b"\0" in raw:
            raise _refused(path, number, "is no text, or too long", "not_text")
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise _refused(path, number, "is no text", "not_text") from error
        if line and not line.startswith("#"):
            yield number, line


def _refused(path: Path, number: int, what: str, code: str) -> RasterError:
    return RasterError(f"Line {number:,} of {path.name} {what}.", "Choose a file in the .ts format.", code=code)


def _unlabelled(path: Path) -> RasterError:
    return RasterError(
        f"{path.name} does not name its classes.", "It needs a line @classLabel true, with a name for each.",
        code="no_label",
    )  # fmt: skip
