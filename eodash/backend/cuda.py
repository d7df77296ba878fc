"""What only a CUDA device can do: copy the next piece behind the work on this one; replay a network as one graph."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from eodash.backend.forward import Ask
from eodash.backend.pixels import Pixels, tensor_of
from models.contract import Trace

FEWEST = 512
"""Series from which on a replay is worth its copies."""
GRAPHS = 4
"""Most shapes that a network is kept for; each holds its own memory."""
_log = logging.getLogger(__name__)


class _Slot:
    """Pinned memory for one piece; free again once the copy from it is over."""

    def __init__(self) -> None:
        self.left = _event()  # not recorded yet: nobody waits for it
        self._held: dict[str, Tensor] = {}

    def hold(self, name: str, array: Tensor) -> Tensor:
        """The array in pinned memory, which is used again as long as it is large enough."""
        room = self._held.get(name)
        if room is None or room.numel() < array.numel() or room.dtype != array.dtype:
            room = self._held[name] = torch.empty(array.numel(), dtype=array.dtype, pin_memory=True)
        return room[: array.numel()].view(array.shape).copy_(array)


def fed(parts: Iterable[Pixels], device: torch.device) -> Iterator[tuple[Pixels, Tensor, Tensor]]:
    """Each piece with its numbers and its mask on the device; the next is under way before this one is given out.

    Two slots do: before a slot is written again, its last copy has left it. The copies are made on a stream of their
    own; whoever takes a piece works on the current stream, which waits for that piece alone.
    """
    copies = _stream(device)
    slots = _Slot(), _Slot()
    ahead: tuple[Pixels, Tensor, Tensor, torch.cuda.Event] | None = None
    for number, part in enumerate(parts):
        slot = slots[number % 2]
        slot.left.synchronize()
        host = slot.hold("raw", tensor_of(part.raw)), slot.hold("mask", tensor_of(part.mask))
        with torch.cuda.stream(copies):
            raw, mask = (each.to(device, non_blocking=True) for each in host)
            slot.left.record(copies)
            arrived = _event()
            arrived.record(copies)
        if ahead is not None:
            yield _arrived(*ahead)
        ahead = part, raw, mask, arrived
    if ahead is not None:
        yield _arrived(*ahead)


def _arrived(part: Pixels, raw: Tensor, mask: Tensor, event: torch.cuda.Event) -> tuple[Pixels, Tensor, Tensor]:
    """Let the current stream wait for a piece, and the allocator know that this stream uses it, too."""
    current = torch.cuda.current_stream(raw.device)
    current.wait_event(event)
    raw.record_stream(current)
    mask.record_stream(current)
    return part, raw, mask


class Landing:
    """Tensors on their way to the host: copied behind the work on the stream that made them."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._host = []
        for each in tensors:
            room = torch.empty(each.shape, dtype=each.dtype, pin_memory=True)
            self._host.append(room.copy_(each, non_blocking=True))
        self._landed = _event()
        self._landed.record()

    def tensors(self) -> list[Tensor]:
        """The same on the host, once they are there."""
        self._landed.synchronize()
        return self._host


class Captured:
    """A network as graphs of fixed shapes: what Python and the launching of kernels cost is paid once.

    What a replay gives is overwritten by the next one on the same stream; so each thread has graphs of its own, and
    whatever is made of an answer is put onto that stream before the next is asked for. Small pieces, and shapes beyond
    the first few, go the usual way; so does a network that looks at its numbers before it decides what to do next.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._still = True
        self._mine = threading.local()

    def __call__(self, values: Tensor, day: Tensor, mask: Tensor) -> Trace:
        """What the network says."""
        graphs: dict[tuple[int, ...], _Graph] = self._mine.__dict__.setdefault("graphs", {})
        series, dates, _ = values.shape
        room = 1 << (series - 1).bit_length()
        fits = self._still and series >= FEWEST
        if fits and (room, dates) not in graphs and len(graphs) < GRAPHS:
            try:
                graphs[room, dates] = _Graph(self._ask, room, values, day, mask)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:
                self._still = fits = False
                _log.warning("%s cannot be captured: %s", type(self._ask).__name__, error)
        graph = graphs.get((room, dates)) if fits else None
        return self._ask(values, day, mask) if graph is None else graph(values, day, mask)


class _Graph:
    """One capture, for `room` series; what is left over repeats the first series."""

    def __init__(self, ask: Ask, room: int, *example: Tensor) -> None:
        more = room - len(example[0])
        self._inputs = [torch.cat([each, each[:1].expand(more, *each.shape[1:])]).contiguous() for each in example]
        device = example[0].device
        beside, current = _stream(device), torch.cuda.current_stream(device)
        beside.wait_stream(current)
        with torch.cuda.stream(beside):
            for _ in range(3):  # libraries choose their ways and take their memory before anything is captured
                ask(*self._inputs)
            with _nothing_waits():
                ask(*self._inputs)
        current.wait_stream(beside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            self._said = ask(*self._inputs)

    def __call__(self, *given: Tensor) -> Trace:
        """Replay it; the answer is a view that holds until the next replay."""
        series = len(given[0])
        for room, each in zip(self._inputs, given, strict=True):
            room[:series].copy_(each)
        self._graph.replay()
        logits, features, hazard, *_ = self._said
        return Trace(logits[:series], features[:series], None if hazard is None else hazard[:series])


@contextmanager
def _nothing_waits() -> Iterator[None]:
    """RuntimeError where the host waits for the device: found out before a capture, which such a step would spoil."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


def _event() -> torch.cuda.Event:
    return torch.cuda.Event()  # type: ignore[no-untyped-call]


def _stream(device: torch.device) -> torch.cuda.Stream:
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
