"""Labelled series of the simulated world with random physics, as many as are wanted.

Both climates, half and half; latitude, season, soils, weather, cloudiness, crops before and after, and the field next
door are drawn anew for every series. Days are phase days, so that a series of the north is one of the south: nothing
else tells the hemispheres apart. On top of the world: dates lost at random or thinned to every tenth day, series
shorter than a year, gain and offset of the sensor. The same rows of both levels show the same fields.

`train`, `valid` and `test` are drawn from seeds of their own: no field, soil or sky of one occurs in another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eodash import world
from eodash.datasets.cache import ABSENT, Blocks, keep, kept, room_for, shelf
from eodash.datasets.contract import Array, Batch
from eodash.errors import CapacityError, DateError, ModelError
from eodash.sensors import SENSORS
from eodash.world.legend import NAMES
from eodash.world.region import CLIMATES
from eodash.world.series import bridge

SPLITS = {"train": 1, "valid": 2, "test": 3}
BANDS = {"l1c": SENSORS["sentinel-2-l1c"].names, "l2a": SENSORS["sentinel-2-l2a"].default}
MOST = 400_000
CHUNK = 1000
DATES = 73  # every fifth day of a year
DAY = 20  # days are kept in twentieths
FEWEST = 3  # dates, and looks that a mask leaves
USUAL, WIDE = (-15.0, 60.0), (-75.0, 80.0)  # first phase day: of three quarters of the series, and of the rest
MIXING, CARELESS = 0.05, 0.3
ORIGIN = (
    "simulated farmland of eodash, temperate and winter-rain climate, held-out scenes; its ranges were chosen with "
    "class medians of real series in sight"
)
Progress = Callable[[int, int], None]


class WorldDataset:
    """`n` series of one level and split; chunks of a thousand are made at first use and kept below home."""

    name = "world"
    legend = "fine"
    classes = NAMES
    origin = ORIGIN

    def __init__(
        self, n: int = 20_000, level: str = "l2a", split: str = "test", seed: int = 0, *,
        climate: str = "", on_progress: Progress | None = None,
    ) -> None:  # fmt: skip
        """`climate`: one of the world's, or both; `on_progress` hears how many chunks there are, of how many."""
        _check(n, level, split, seed, climate)
        self.level, self.split = level, split
        self.bands = BANDS[level]
        climates = (climate,) if climate else CLIMATES
        folder = shelf("worlds", state(), f"{level}-{split}-{seed}{climate and '-' + climate}")
        count = -(-n // CHUNK)
        missing = [number for number in range(count) if not (folder / f"{number:04d}.npy").is_file()]
        room_for(folder, len(missing) * CHUNK * DATES * (1 + len(self.bands)) * 2)
        looks, labels = [], []
        for number in range(count):
            made = _chunk(folder, level, split, seed, number, climates)
            looks.append(made[0])
            labels.append(made[1])
            if on_progress:
                on_progress(number + 1, count)
        self._looks = Blocks(tuple(looks))
        self.label: NDArray[np.int64] = np.concatenate(labels)[:n].astype(np.int64)
        self.group: NDArray[np.int64] = np.arange(n)  # every series has a field of its own

    def __len__(self) -> int:
        return len(self.label)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        """These series, in this order."""
        rows = np.asarray(rows, dtype=np.int64)
        return unpacked(self._looks.take(rows), self.label[rows], self.group[rows])


def _check(n: int, level: str, split: str, seed: int, climate: str) -> None:
    """Raise unless such a world can be made."""
    if n > MOST:
        raise CapacityError(
            f"{n:,} series are more than a world gives.",
            f"Ask for {MOST:,} at most; other seeds give others.",
            code="too_many",
            details={"limit": MOST},
        )
    if n < 1 or seed < 0:
        raise ModelError("A world has at least one series, and a seed of at least 0.", "Mend the number.", code="count")
    if level not in BANDS:
        raise DateError(f"There is no level {level!r}.", "Take l1c or l2a.", code="unknown_level")
    if split not in SPLITS:
        raise ModelError(f"There is no split {split!r}.", f"Take one of {', '.join(SPLITS)}.", code="unknown_split")
    if climate and climate not in CLIMATES:
        raise ModelError(f"There is no climate {climate!r}.", f"Take {' or '.join(CLIMATES)}.", code="unknown_climate")


def _chunk(
    folder: Path, level: str, split: str, seed: int, number: int, climates: tuple[str, ...]
) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Looks and labels of one chunk from the disk, where they are put first if need be."""
    path, names = folder / f"{number:04d}.npy", folder / f"{number:04d}-label.npy"
    shape = (CHUNK, DATES, 1 + len(BANDS[level]))
    looks, label = kept(path, shape, "int16"), kept(names, (CHUNK,), "uint8")
    if looks is not None and label is not None:
        return looks, label
    made, label = generate(level, split, seed, number, climates)
    keep(names, label)
    keep(path, made)
    looks = kept(path, shape, "int16")
    return (made if looks is None else looks), label


@cache
def state() -> str:
    """What the world was made by: other code makes other series, which are kept apart."""
    sources = [*sorted(Path(world.__file__).parent.glob("*.[pc][ys]*")), Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def generate(
    level: str, split: str, seed: int, number: int, climates: tuple[str, ...] = CLIMATES
) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """One chunk: day and reflectance (series, date, 1 + band) as kept on disk, and fine classes."""
    rng = np.random.default_rng([SPLITS[split], seed, number])
    order = rng.permutation(CHUNK)
    counts = {(climate, begin): CHUNK // len(climates) for climate in climates for begin in (USUAL, WIDE)}
    parts = []
    for (climate, begin), half in counts.items():
        share = half - half // 4 if begin == USUAL else half // 4
        parts.append(
            world.series(
                share, climate, level, int(rng.integers(2**62)), start=begin, filled=False, mixing=MIXING,
                careless=CARELESS,
            )
        )  # fmt: skip
    chosen = [parts[0].bands.index(name) for name in BANDS[level]]
    values, day, clear, label = (
        np.concatenate([getattr(part, name) for part in parts])[order] for name in ("values", "day", "clear", "label")
    )
    there, regular = dates(rng, CHUNK)
    values = sensed(rng, values[..., chosen], level)
    seen = there.copy()
    if level == "l2a":
        seen &= clear
        blind = seen.sum(1) < FEWEST  # a mask that leaves nothing would not be believed either
        seen[blind] = there[blind]
        filled = rng.random(CHUNK) < 0.5
        values[filled] = bridge(values[filled], seen[filled])
        there[filled] = seen[filled] = regular[filled]
    return packed(values, day, there, seen), label


def dates(rng: np.random.Generator, count: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which dates a series has (series, date), and the regular grid on which it would be filled."""
    time = np.arange(DATES)
    regular = np.where(rng.random((count, 1)) < 0.25, time % 2 == 0, True)
    length = np.where(rng.random((count, 1)) < 0.25, rng.integers(30, DATES + 1, (count, 1)), DATES)
    first = np.floor(rng.uniform(0, 0.6, (count, 1)) * (DATES - length + 1))
    regular = regular & (time >= first) & (time < first + length)
    rate = np.where(rng.random((count, 1)) < 0.3, 1.0, rng.uniform(0.4, 1, (count, 1)))
    there = regular & (rng.random((count, DATES)) < rate)
    few = there.sum(1) < FEWEST
    there[few] = regular[few]
    return there, regular


def sensed(rng: np.random.Generator, values: Array, level: str) -> Array:
    """Reflectance as another instrument and another correction would give it, a few per cent off by series and band."""
    shape = (len(values), 1, values.shape[2])
    gain = 1 + rng.normal(0, 0.02, (len(values), 1, 1)) + rng.normal(0, 0.015, shape)
    offset = rng.normal(0, 0.0015 if level == "l2a" else 0.0002, shape)
    return np.asarray(np.maximum(values * gain + offset, 0.0001), dtype=np.float32)


def packed(values: Array, day: Array, there: NDArray[np.bool_], seen: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Days and reflectance as int16: dates that do not exist are moved behind the others, those not seen are absent."""
    order = np.argsort(~there, axis=1, kind="stable")
    raw = np.full((*there.shape, 1 + values.shape[2]), ABSENT, np.int16)
    raw[..., 0] = np.where(there, np.rint(day * DAY), ABSENT)
    raw[..., 1:] = np.where(seen[..., None], np.clip(np.rint(values * 1e4), 0, 32767), ABSENT)
    return np.take_along_axis(raw, order[..., None], axis=1)


def unpacked(raw: NDArray[np.int16], label: NDArray[np.int64], group: NDArray[np.int64]) -> Batch:
    """The batch behind such integers, as long as its longest series."""
    there = raw[..., 0] != ABSENT
    raw = raw[:, : max(1, int(there.sum(1).max(initial=0)))]
    there = there[:, : raw.shape[1]]
    mask = raw[..., 1] != ABSENT
    values = raw[..., 1:].astype(np.float32) * np.float32(1e-4)
    values[~mask] = 0
    day = raw[..., 0].astype(np.float32) / np.float32(DAY)
    last = np.take_along_axis(day, np.maximum(there.sum(1, keepdims=True) - 1, 0), axis=1)
    return Batch(values, np.where(there, day, last), mask, label, group)
