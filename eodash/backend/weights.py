"""Networks ↔ safetensors: written as float16, read only if everything that the card says holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import models
from eodash.backend.inert import Entry, corrupt, entries, incomplete
from eodash.card_checks import NAME
from eodash.cards import Weights
from eodash.errors import ModelError
from eodash.settings import settings

if TYPE_CHECKING:
    from eodash.cards import Card
    from models.contract import SeriesNetwork

WORLD = "world."
"""What the names of reference tensors begin with: they tell how far a series lies from the training world."""
LAST = "classifier.weight"
TABLES = 2**24
"""Most numbers that a network may hold beside those in its file."""
LARGEST = 2**14
"""Largest number in a configuration."""
LISTED = 5
"""Most names that a message lists."""


def save(network: nn.Module, name: str, folder: Path, reference: Mapping[str, Tensor] | None = None) -> Weights:
    """Write NAME.safetensors: parameters as float16, buffers as they are, `reference` beside them."""
    if not NAME.fullmatch(name):
        raise ModelError(f"'{name[:40]}' names no model.", "Take small letters, digits and hyphens.", code="card")
    parameters = {key for key, _ in network.named_parameters()}
    tensors = {
        key: value.half() if key in parameters and value.is_floating_point() else value
        for key, value in network.state_dict().items()
    } | {WORLD + key: value for key, value in (reference or {}).items()}
    plain = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    _finite(plain)
    data = safetensors.torch.save(plain)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{name}.safetensors.tmp"
    temporary.write_bytes(data)
    temporary.replace(folder / f"{name}.safetensors")
    return Weights(f"{name}.safetensors", hashlib.sha256(data).hexdigest(), len(data))


def load(card: Card) -> SeriesNetwork:
    """The network of a card with its weights, ready to be asked."""
    tensors = read(card)
    torch_state = torch.random.get_rng_state()
    try:
        network = build(card)
    finally:
        torch.random.set_rng_state(torch_state)  # a network draws its first weights; nobody else should notice
    network.load_state_dict({key: value for key, value in tensors.items() if not key.startswith(WORLD)})
    return network.eval()


def load_reference(card: Card) -> dict[str, Tensor]:
    """What the weights file says about the world that the model was trained on; empty where it says nothing."""
    return {key.removeprefix(WORLD): value for key, value in read(card).items() if key.startswith(WORLD)}


def read(card: Card) -> dict[str, Tensor]:
    """Every tensor of a card's file, once file, card and network agree."""
    data = _bytes(card)
    promised = entries(data)
    assert card.weights is not None
    if hashlib.sha256(data).hexdigest() != card.weights.sha256:
        raise ModelError(
            f"The weights of {card.name} are not those that its card was written for: the checksum differs.",
            "Fetch card and weights again, from one place.",
            code="checksum",
        )
    _fits(card, promised)
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError) as error:
        raise corrupt("makes no sense") from error
    _finite(tensors)
    return tensors


def build(card: Card) -> SeriesNetwork:
    """The network that a card describes, its parameters drawn at random; over images where its architecture is."""
    if card.architecture not in models.SHELF and card.architecture not in models.IMAGES:
        raise ModelError(
            f"Nobody here knows the architecture '{card.architecture[:40]}'.",
            f"Known are {', '.join((*models.SHELF, *models.IMAGES))}.",
            code="architecture",
        )
    absurd = [key for key, value in card.config.items() if _size(value) > LARGEST]
    if absurd:
        raise ModelError(
            f"The configuration on the card of {card.name} asks for too much: {', '.join(absurd[:LISTED])}.",
            f"Numbers up to {LARGEST:,} are taken; correct the table [config] of the card.",
            code="config",
        )
    try:
        make: Callable[..., Any] = models.build if card.architecture in models.SHELF else models.build_image
        network: SeriesNetwork = make(
            card.architecture, bands=len(card.input.bands), classes=card.outputs, **card.config
        )
        return network
    except MemoryError:
        raise
    except Exception as error:  # a configuration may be wrong in as many ways as there are networks
        raise ModelError(
            f"The configuration on the card of {card.name} makes no {card.architecture}: {str(error)[:120]}.",
            "Correct the table [config] of the card.",
            code="config",
        ) from error


def _size(value: Any) -> float:
    """The largest number in a value of a configuration."""
    if isinstance(value, list | tuple):
        return max(map(_size, value), default=0.0)
    return abs(value) if isinstance(value, int | float) else 0.0


def _bytes(card: Card) -> bytes:
    path, most = card.weights_path, int(settings().model_mib * 2**20)
    assert card.weights is not None
    try:
        size = path.stat().st_size
        if size > most:
            raise ModelError(
                f"The weights of {card.name} have {size / 2**20:.1f} MiB; {most / 2**20:g} are allowed.",
                "Save them as float16, or choose a smaller network.",
                code="too_large",
            )
        data = path.read_bytes()
    except OSError as error:
        raise incomplete(f"{path.name} is not there", "Fetch it again, into the folder of the card.") from error
    if 0 < len(data) < card.weights.bytes and _is_safetensors(data):
        raise incomplete(f"{path.name} has {len(data):,} of {card.weights.bytes:,} bytes")
    return data


def _is_safetensors(data: bytes) -> bool:
    return data[8:9] == b"{"


def _fits(card: Card, promised: tuple[Entry, ...]) -> None:
    """Compare names and shapes with a network that takes no memory, before one is built that does."""
    file = {each.name: each.shape for each in promised if not each.name.startswith(WORLD)}
    if LAST in file and file[LAST][:1] != (card.outputs,):
        raise ModelError(
            f"The legends of {card.name} take {card.outputs} outputs; the network gives {(*file[LAST], 0)[0]}.",
            "Let every class name its outputs, counted from 0, each output once per legend.",
            code="classes",
        )
    with _Sketch():
        sketch = build(card)
    wanted = {key: tuple(value.shape) for key, value in sketch.state_dict().items()}
    if sum(value.numel() for key, value in sketch.named_buffers() if key not in wanted) > TABLES:
        raise ModelError(
            f"The configuration on the card of {card.name} asks for tables that are too large.",
            "Correct the table [config] of the card.",
            code="config",
        )
    missing, extra = sorted(wanted.keys() - file.keys()), sorted(file.keys() - wanted.keys())
    shapes = [key for key in sorted(wanted.keys() & file.keys()) if wanted[key] != file[key]]
    if missing or extra or shapes:
        told = [
            *(f"{key} is missing" for key in missing),
            *(f"{key} is unknown" for key in extra),
            *(f"{key} is {_shape(file[key])} instead of {_shape(wanted[key])}" for key in shapes),
        ]
        more = f" and {len(told) - LISTED} more" if len(told) > LISTED else ""
        raise ModelError(
            f"The weights do not fit the card of {card.name}: {'; '.join(told[:LISTED])}{more}.",
            "Check architecture, config and bands of the card against the network that was trained.",
            code="mismatch",
            details={"keys": [*missing, *extra, *shapes][:LISTED]},
        )


class _Sketch(TorchFunctionMode):
    """Fresh parameters have shapes and no memory; the small tables beside them are computed as ever."""

    def __torch_function__(self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is torch.empty and not (kwargs or {}).get("device"):
            kwargs = {**(kwargs or {}), "device": "meta"}
        return function(*args, **(kwargs or {}))


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a single number"


def _finite(tensors: Mapping[str, Any]) -> None:
    wrong = [key for key, value in tensors.items() if not torch.isfinite(value).all()]
    if wrong:
        raise ModelError(
            f"The weights hold numbers that are not finite: {', '.join(wrong[:LISTED])}.",
            "Train again with a smaller learning rate; numbers beyond 65,504 do not fit float16.",
            code="not_finite",
            details={"keys": wrong[:LISTED]},
        )
