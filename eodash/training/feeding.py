"""Series on their way to a network: checked, kept on the device where they fit, else read ahead by a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eodash.cards import Input
from eodash.datasets.contract import Batch, Dataset
from eodash.errors import ModelError

Rows = NDArray[np.int64]
PIECE = 2048  # series that are read at once
AHEAD = 2  # batches that wait, read
HELD_BYTES = 2**29  # most that is kept of one set on a CPU …
HELD_SHARE = 0.25  # … and on a GPU, as a share of what is free there


class Fed(NamedTuple):
    """A batch on the device, not yet normalised; every series has an observation and a label."""

    values: Tensor  # (B, T, D)
    day: Tensor  # (B, T)
    mask: Tensor  # (B, T)
    label: Tensor  # (B,)


def room(device: torch.device) -> int:
    """Most bytes of one set that are kept on a device."""
    return int(HELD_SHARE * torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else HELD_BYTES


def labelled(data: Dataset, what: str) -> Rows:
    """The rows that have a label."""
    rows: Rows = np.flatnonzero(data.label >= 0)
    if not len(rows):
        raise ModelError(
            f"No {what} series has a label that counts.",
            f"Check labels and classes: {', '.join(data.classes)[:200]}.",
            code="empty",
        )
    return rows


def read(data: Dataset, rows: Rows) -> Batch:
    """Some series as the dataset gives them, once they are known to be numbers."""
    batch = data.read(rows)
    seen = batch.mask
    good = np.isfinite(batch.values).all(2) & np.isfinite(batch.day)
    if not good[seen].all():
        wrong = (~good & seen).any(1)
        raise ModelError(
            f"{int(wrong.sum())} of {len(rows)} series that were read hold values that are no numbers, "
            f"the first is series {int(rows[wrong.argmax()])}.",
            "Mask such dates, or leave the series out.",
            code="not_finite",
        )
    if batch.label.max(initial=-1) >= len(data.classes):
        raise ModelError(
            f"A label is {int(batch.label.max())}; there are {len(data.classes)} classes, counted from 0.",
            "Name all classes, or correct the labels.",
            code="classes",
        )
    values = np.where(seen[..., None], batch.values, np.float32(0)).astype(np.float32, copy=False)
    day = np.where(seen, batch.day, np.float32(0)).astype(np.float32, copy=False)
    return Batch(values, day, seen, batch.label, batch.group)


def input_of(data: Dataset, seed: int) -> Input:
    """What a model that learns from these data wants to be fed, measured on a sample of them."""
    rows = labelled(data, "training")
    some = np.random.default_rng([seed, 1]).permutation(rows)[:PIECE]
    batch = read(data, np.sort(some))
    observed = batch.values[batch.mask].astype(np.float64)
    if not len(observed):
        raise ModelError(
            "No training series has an observation.",
            "Check the masks: every date counts as cloudy, or the files are empty.",
            code="empty",
        )
    spread = observed.std(0)
    dates, length = batch.mask.sum(1), _length(batch.mask)
    dates, length = dates[dates > 0], length[dates > 0]
    low, high = np.percentile(dates / length, [5, 95])
    return Input(
        level=data.level,
        bands=data.bands,
        mean=tuple(round(float(value), 6) for value in observed.mean(0)),
        scale=tuple(round(float(value), 6) if value > 1e-6 else 1.0 for value in spread),
        dated=bool(getattr(data, "dated", not all(band.isdigit() for band in data.bands))),
        clear_share=(round(float(low), 3), round(float(high), 3)),
        dates=(int(dates.min()), int(dates.max())),
    )


class Feed:
    """Batches of a dataset, whatever its size, the same whether it is held or read ahead."""

    def __init__(self, data: Dataset, device: torch.device, held: int, what: str) -> None:
        self.rows = labelled(data, what)
        self.labels = data.label[self.rows]
        self._data, self._device = data, device
        self._held = _hold(data, self.rows, device, held)

    def __len__(self) -> int:
        return len(self.rows)

    def batches(self, order: Iterable[Rows]) -> Iterator[Fed]:
        """The batches of these places in `rows`, in this order; series without an observation are left out."""
        if self._held is not None:
            return (self._held.take(places) for places in order)
        read_ahead = _ahead(lambda places: _trimmed(read(self._data, self.rows[places])), order)
        return (_to(batch, self._device) for batch in read_ahead)


@dataclass(frozen=True, eq=False)
class _Held:
    """Every series of a set, on the device; how long each is stays with the CPU, which need not ask the device then."""

    everything: Fed
    length: Rows  # number of dates up to the last observation; 0 where there is none

    def take(self, places: Rows) -> Fed:
        places = places[self.length[places] > 0]
        time = int(self.length[places].max(initial=1))
        at = torch.from_numpy(places).to(self.everything.label.device)
        values, day, mask, label = self.everything
        return Fed(values[at, :time], day[at, :time], mask[at, :time], label[at])


def _hold(data: Dataset, rows: Rows, device: torch.device, limit: int) -> _Held | None:
    """All of it, unless that is too much."""
    pieces: list[Batch] = []
    total = 0
    for start in range(0, len(rows), PIECE):
        piece = read(data, rows[start : start + PIECE])
        total += piece.values.nbytes + piece.day.nbytes + piece.mask.nbytes
        if total / min(start + PIECE, len(rows)) * len(rows) > limit:
            return None
        pieces.append(piece)
    time = max(piece.mask.shape[1] for piece in pieces)
    whole = Fed(
        torch.zeros(len(rows), time, len(data.bands), device=device),
        torch.zeros(len(rows), time, device=device),
        torch.zeros(len(rows), time, dtype=torch.bool, device=device),
        torch.zeros(len(rows), dtype=torch.int64, device=device),
    )
    start = 0
    for piece in pieces:
        at, length = slice(start, start + len(piece.label)), piece.mask.shape[1]
        whole.values[at, :length] = torch.from_numpy(piece.values)
        whole.day[at, :length] = torch.from_numpy(piece.day)
        whole.mask[at, :length] = torch.from_numpy(piece.mask)
        whole.label[at] = torch.from_numpy(piece.label)
        start += len(piece.label)
    return _Held(whole, np.concatenate([_length(piece.mask) for piece in pieces]))


def _length(mask: NDArray[np.bool_]) -> Rows:
    """Number of dates up to the last observation; 0 where there is none."""
    length: Rows = (mask * np.arange(1, mask.shape[1] + 1)).max(1, initial=0)
    return length


def _trimmed(batch: Batch) -> Batch:
    length = _length(batch.mask)
    some, time = length > 0, int(length.max(initial=1))
    return Batch(
        batch.values[some, :time], batch.day[some, :time], batch.mask[some, :time], batch.label[some], batch.group[some]
    )


def _to(batch: Batch, device: torch.device) -> Fed:
    arrays = (batch.values, batch.day, batch.mask, batch.label)
    tensors = [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]
    if device.type == "cuda":
        tensors = [tensor.pin_memory() for tensor in tensors]
    return Fed(*(tensor.to(device, non_blocking=True) for tensor in tensors))


def _ahead(make: Callable[[Rows], Batch], order: Iterable[Rows]) -> Iterator[Batch]:
    """What `make` gives for each of the order, made by a thread that is a few steps ahead."""
    ready: queue.Queue[Batch | BaseException | None] = queue.Queue(AHEAD)
    enough = threading.Event()

    def put(item: Batch | BaseException | None) -> None:
        while not enough.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def work() -> None:
        try:
            for places in order:
                if enough.is_set():
                    return
                put(make(places))
            put(None)
        except BaseException as error:  # whatever it is, it belongs to whoever waits for the batch
            put(error)

    thread = threading.Thread(target=work, name="reading ahead", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        enough.set()
        thread.join()
