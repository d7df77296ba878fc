"""What runs on a worker: finds pixels and network, asks the one about the other. Imports torch when first asked."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eodash.backend.orders import Array, Mapped, Order
from eodash.cards import Card, parse
from eodash.errors import ComputeError, EodashError, JobCancelled

if TYPE_CHECKING:
    from eodash.backend.pixels import Pixels
    from models.contract import SeriesNetwork

log = logging.getLogger(__name__)

NETWORKS = 8
"""Networks that stay loaded."""

_networks: OrderedDict[str, SeriesNetwork] = OrderedDict()
_lock = threading.Lock()
_stopped: deque[str] = deque(maxlen=256)
Found = tuple[dict[str, Array], dict[str, tuple[str, ...]], dict[str, Any]]
"""Arrays by name, what their axes before the pixels are, and what they were computed on."""


def dask_setup(worker: Any) -> None:
    """Called when a worker starts: torch is imported while nobody waits for it yet."""
    threading.Thread(target=_warm, name="eodash-warm", daemon=True).start()


def _warm() -> None:
    from eodash.backend import explain, image_work, inspect, probe, sampled, tile, weights  # noqa: F401


def about() -> dict[str, Any]:
    """What this worker computes on."""
    from eodash.backend.device import devices, name_of

    here = devices()
    cores = f", {_threads()} core{'s' if _threads() > 1 else ''}" if here[0] == "cpu" else ""
    return {"device": name_of(here[0]) + cores, "kind": here[0].partition(":")[0], "devices": len(here)}


def stop(question: str) -> None:
    """Nobody waits for this question any more: a tile of it that is under way ends with its next piece."""
    _stopped.append(question)


def tile(order: Order) -> dict[str, Any]:
    """The variables of a map, of a summary or of an explanation over some pixels; or what this worker does not have."""
    return _answered(order, _threads(), _some if order.kinds else _whole)


def inspect(order: Order) -> dict[str, Any]:
    """Everything about one series; in one thread, so that it waits for nobody."""
    return _answered(order, 1, _one)


def explain(order: Order) -> dict[str, Any]:
    """Why a model says what it says of one series; in one thread, too."""
    return _answered(order, 1, _why)


def image(order: Order) -> dict[str, Any]:
    """What a network for pairs of images says of one tile of them; or what this worker does not have."""
    with _translated():
        import torch

        from eodash.backend.image_work import answer

        torch.set_num_threads(_threads())
        return answer(order, _network, _wanted)


def _answered(order: Order, threads: int, ask: Callable[[SeriesNetwork, Card, Order, Pixels], Found]) -> dict[str, Any]:
    with _translated():
        import torch

        from eodash.backend.pixels import pixels_of

        torch.set_num_threads(threads)  # of this thread alone
        values, clear = _values(order), _clear(order)
        if values is None or clear is None:
            return {"missing": "pixels"}
        found = _network(order)
        if found is None:
            return {"missing": "weights"}
        began = time.perf_counter()
        pixels = pixels_of(values[:, :, None], clear[:, None], order.day, found[1], order.scale)
        arrays, axes, facts = ask(*found, order, pixels)
        return {"arrays": arrays, "axes": axes, "facts": facts, "seconds": time.perf_counter() - began}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except EodashError:
        raise
    except Exception as error:  # what it is made of may not be known to whoever asked
        log.exception("A worker could not answer")
        raise ComputeError(
            f"A worker broke off: {type(error).__name__}.",
            "Try again. If it comes back, its log says more.",
            code="worker",
            retryable=True,
            details={"kind": type(error).__name__, "cause": str(error)[:200]},
        ) from None


def _values(order: Order) -> Array | None:
    """(time, band, pixel); None where this worker does not see the file."""
    if not isinstance(order.values, Mapped):
        return order.values
    rows = order.values.read()
    return None if rows is None else rows.reshape(*rows.shape[:2], -1)[:, order.bands, slice(*order.pixels)]


def _clear(order: Order) -> Array | None:
    """(time, pixel)."""
    if not isinstance(order.clear, Mapped):
        return order.clear
    rows = order.clear.read()
    return None if rows is None else rows.reshape(len(rows), -1)[:, slice(*order.pixels)]


def _network(order: Order) -> tuple[SeriesNetwork, Card] | None:
    """Network and card of an order, one copy for as long as it is among the last ones asked; None without weights."""
    from eodash.backend import weights

    card = replace(parse(order.card), folder=order.folder)
    name = json.dumps([card.weights.sha256 if card.weights else "", card.architecture, dict(card.config)])
    with _lock:
        known = _networks.get(name)
        if known is not None:
            _networks.move_to_end(name)
            return known, card
        if order.weights is not None and card.weights is not None:
            with tempfile.TemporaryDirectory(prefix="eodash-weights-") as folder:
                (Path(folder) / card.weights.file).write_bytes(order.weights)
                made = weights.load(replace(card, folder=folder))
        elif not card.weights_path.is_file():
            return None
        else:
            made = weights.load(card)
        _networks[name] = made
        while len(_networks) > NETWORKS:
            _networks.popitem(last=False)
        return made, card


def _whole(network: SeriesNetwork, card: Card, order: Order, pixels: Pixels) -> Found:
    from eodash.backend.probe import policy_of
    from eodash.backend.reduce import reducer, summarise_tile
    from eodash.backend.tile import predict_tile

    policy = policy_of(network, card, exact=order.exact)
    notices: list[str] = []

    def on_piece(done: int, of: int) -> None:
        _wanted(order)

    on_piece(0, len(pixels))
    how: dict[str, Any] = {"policy": policy, "on_piece": on_piece, "on_notice": notices.append}
    if order.reducers:
        found = summarise_tile(network, card, order.legend, pixels, order.reducers, order.dates, **how)
    else:
        shape = (1, len(pixels))
        made = predict_tile(network, card, order.legend, pixels, order.dates, shape, **how)
        found = {name: each.reshape(*each.shape[:-2], -1) for name, each in made.items()}
    notice = {"notice": notices[0]} if notices else {}
    return found, {name: reducer(name).axes for name in found}, policy.facts | notice


def _wanted(order: Order) -> None:
    """Raise where nobody waits for it any more."""
    if order.question in _stopped:
        raise JobCancelled("The job was cancelled.", "What is done is kept.", code="cancelled")


def _some(network: SeriesNetwork, card: Card, order: Order, pixels: Pixels) -> Found:
    from eodash.backend.device import PLAIN
    from eodash.backend.sampled import explain_some

    _wanted(order)
    arrays, axes = explain_some(
        network, card, order.legend, pixels, order.kinds[0], order.dates[-1],
        first=order.pixels[0], options=order.options, on_piece=lambda: _wanted(order),
    )  # fmt: skip
    return arrays, axes, PLAIN.facts


def _one(network: SeriesNetwork, card: Card, order: Order, pixels: Pixels) -> Found:
    from eodash.backend.device import PLAIN
    from eodash.backend.inspect import inspect_series

    return inspect_series(network, card, order.legend, pixels), {}, PLAIN.facts


def _why(network: SeriesNetwork, card: Card, order: Order, pixels: Pixels) -> Found:
    from eodash.backend.device import PLAIN
    from eodash.backend.explain import explain_series

    return *explain_series(network, card, order.legend, pixels, order.kinds, order.dates[-1]), PLAIN.facts


def _threads() -> int:
    """Threads for maps: what the surroundings say, or every core."""
    from eodash.backend.device import cores

    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdigit() and int(said) else cores()
