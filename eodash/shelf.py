"""Models that a browser brings: examined in a process of their own, then kept below the home, a folder for each.

    home/models/<owner>/<26 letters>/NAME.toml, NAME.safetensors, NAME.json

No name from outside is part of a path before `card_checks.NAME` has matched it, and only the child imports torch.
"""

from __future__ import annotations

import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import BoundedSemaphore

from eodash.backend.apart import examined
from eodash.cards import CARD_BYTES, OWNER, Card, brought, from_table, shelf, write
from eodash.errors import CapacityError, ModelError, StorageError
from eodash.settings import settings
from eodash.store import durable
from eodash.store.durable import Written
from eodash.store.run import new_id

WAITING = 3
"""Uploads that are examined or wait for it at one time: each is held in memory."""
STALE = 3600
"""Seconds after which what a dead server left half done is swept."""

_pool = ThreadPoolExecutor(1, "eodash-models")
_room = BoundedSemaphore(WAITING)


def bringing(owner: str, card: bytes, weights: bytes) -> Future[Card]:
    """`bring` in the background: a page asks the future, and never waits."""
    if not _room.acquire(blocking=False):
        raise CapacityError(
            "The server is examining too many models at the moment.", "Try again in a minute.", code="busy",
            retryable=True,
        )  # fmt: skip
    future = _pool.submit(bring, owner, card, weights)
    future.add_done_callback(lambda _: _room.release())
    return future


def bring(owner: str, card: bytes, weights: bytes) -> Card:
    """Examine a card and its weights, and put them on the shelf of this browser; raises what is wrong with them."""
    _check_sizes(card, weights)
    with durable.writing():
        folder = durable.make_folder(_folder(owner))
        _sweep(folder)
    _check_room(owner, len(weights))
    name, kept = new_id(), []

    def body(temporary: Path) -> list[Written]:
        """The weights are written first: what is examined is the file that will be kept."""
        written = durable.write_file(temporary, "weights", lambda sink: _pour(sink, weights))
        said = examined(card, temporary / "weights")
        accepted = from_table(said.pop("card"))
        assert accepted.weights is not None
        _check_name(owner, accepted.name)
        own = replace(accepted, weights=replace(accepted.weights, file=f"{accepted.name}.safetensors"))
        (temporary / "weights").rename(temporary / own.weights.file if own.weights else temporary)
        write(own, temporary, {"examined": said})
        kept.append(own)
        return [written]

    durable.write_folder(folder, name, body)
    return replace(kept[0], folder=str(folder / name))


def remove(owner: str, name: str) -> None:
    """Take a brought model off the shelf of the browser that brought it."""
    mine = [card for card in brought(owner) if card.name == name]
    if not mine:
        raise ModelError(
            "This browser has brought no such model.", "It may have been removed already.", code="unknown_model"
        )
    for card in mine:
        durable.drop(Path(card.folder))


def _folder(owner: str) -> Path:
    if not OWNER.fullmatch(owner):
        raise ModelError("This browser has no name.", "Reload the page.", code="owner")
    return settings().home / "models" / owner


def _check_sizes(card: bytes, weights: bytes) -> None:
    most = settings().model_mib
    if len(card) > CARD_BYTES:
        raise ModelError(
            f"The card has {len(card) / 1024:.0f} KiB; {CARD_BYTES // 1024} are allowed.",
            "A card is a short text; the weights go into the other field.",
            code="too_large",
        )
    if len(weights) > most * 2**20:
        raise ModelError(
            f"The weights have {len(weights) / 2**20:.1f} MiB; {most:g} are allowed.",
            "Save them as float16, or bring a smaller network.",
            code="too_large",
        )


def _check_room(owner: str, coming: int) -> None:
    most, limit = settings().models_kept, settings().models_mib * 2**20
    if len(brought(owner)) >= most:
        raise StorageError(
            f"This browser has brought {most} models already.", "Remove one that you no longer need.", code="quota"
        )
    root = settings().home / "models"
    held = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    free = shutil.disk_usage(root).free
    if held + coming > limit or coming > free:
        raise StorageError(
            "There is no room for more models on this server.",
            "Remove one, or ask whoever runs this server for more room.",
            code="quota",
        )


def _check_name(owner: str, name: str) -> None:
    if name in shelf(owner):
        raise ModelError(
            f"There is a model called {name} already.",
            "Give yours another name, on its card; or remove the other one, if it is yours.",
            code="taken",
        )


def _pour(sink: durable.Sink, data: bytes) -> None:
    sink.write(data)


def _sweep(folder: Path) -> None:
    for path in folder.glob("*.tmp"):
        if time.time() - path.stat().st_mtime > STALE:
            durable.drop(path)
