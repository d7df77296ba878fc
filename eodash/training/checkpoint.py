"""Checkpoints: everything that a training needs to go on as if nothing had happened. safetensors and JSON, no pickle.

    folder/00000012/state.safetensors    network, optimiser, best weights, running sum of the loss
    folder/00000012/state.json           where it is, history, fingerprint, checksum of the other file

A checkpoint is written under another name, synced and renamed; the one before it stays. Random numbers need no state:
each step draws from a seed that is made of the recipe's seed, the epoch and the step.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor
from torch.optim import Optimizer

from eodash.errors import ModelError, StorageError
from eodash.store import durable

KEPT = 2  # generations
TENSORS, STATE = "state.safetensors", "state.json"


@dataclass
class Progress:
    """Where a training is."""

    epoch: int = 0  # the one that is going on, counted from 0
    step: int = 0  # batches of it that are done
    best: float | None = None  # smallest loss on the validation series, of this phase
    best_epoch: int = 0  # counted from 1, as in the history
    seconds: float = 0.0
    finished: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)


def save(folder: Path, fingerprint: str, progress: Progress, tensors: Mapping[str, Tensor]) -> None:
    """Write the next generation, and forget all but the last two."""
    data = safetensors.torch.save({name: _plain(tensor) for name, tensor in tensors.items()})
    state = asdict(progress) | {"fingerprint": fingerprint, "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(state).encode()

    def body(path: Path) -> list[durable.Written]:
        return [
            durable.write_file(path, TENSORS, lambda sink: _write(sink, data)),
            durable.write_file(path, STATE, lambda sink: _write(sink, text)),
        ]

    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = generations(folder)
        number = int(before[-1].name) + 1 if before else 1
        durable.drop(folder / f"{number:08d}.tmp")
        durable.write_folder(folder, f"{number:08d}", body)
    except (StorageError, OSError) as error:
        raise StorageError(
            f"The checkpoint cannot be written to {folder}.",
            "Free some space there, or name another folder; the checkpoint before it is still good.",
            code=error.code if isinstance(error, StorageError) else "readonly",
            details={"cause": str(error)[:200]},
        ) from error
    for old in [*before[: 1 - KEPT], *folder.glob("*.tmp")]:
        durable.drop(old)


def load(folder: Path, fingerprint: str) -> tuple[Progress, dict[str, Tensor]] | None:
    """The newest checkpoint that is whole; None where there is none; refused if another training wrote it."""
    found = generations(folder)
    for path in reversed(found):
        try:
            state = json.loads((path / STATE).read_bytes())
            data = (path / TENSORS).read_bytes()
            if hashlib.sha256(data).hexdigest() != state["sha256"]:
                raise ValueError("checksum")
            progress = Progress(**{each.name: state[each.name] for each in fields(Progress)})
            written_by = str(state["fingerprint"])
            tensors = safetensors.torch.load(data)
        except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError):
            continue  # the one before it may be whole
        if written_by != fingerprint:
            raise ModelError(
                f"The checkpoint in {folder} is of another recipe, network or data.",
                "Begin anew with --fresh, or name another folder with --out.",
                code="checkpoint",
            )
        return progress, tensors
    if found:
        raise ModelError(
            f"No checkpoint in {folder} can be read.",
            "Begin anew with --fresh.",
            code="corrupt",
        )
    return None


def generations(folder: Path) -> list[Path]:
    """The checkpoints of a folder, the newest last."""
    return sorted(path for path in folder.glob("[0-9]" * 8) if path.is_dir()) if folder.is_dir() else []


def forget(folder: Path) -> None:
    """Remove every checkpoint of a folder, and the folder if nothing else is in it."""
    for path in [*generations(folder), *folder.glob("*.tmp")]:
        durable.drop(path)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def flat(optimizer: Optimizer) -> dict[str, Tensor]:
    """The state of an optimiser as named tensors."""
    return {
        f"optimizer.{number}.{name}": value
        for number, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
    }


def restore(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """The opposite of `flat`, into an optimiser of the same network."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in part(tensors, "optimizer.").items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, without that beginning."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _plain(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().contiguous().clone()


def _write(sink: durable.Sink, data: bytes) -> None:
    sink.write(data)
