"""The server's side of an examination: the child imports torch, this does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eodash.cards import SHELF
from eodash.errors import ModelError, RasterError
from eodash.sandbox import Needs, call
from eodash.settings import settings

TASK = "model.examine"


def examined(card: bytes, weights: Path) -> dict[str, Any]:
    """What a child says about a card and a weights file; its refusals are raised."""
    limits = settings()
    needs = Needs(limits.model_memory_mib, ("eodash.backend.examine",))
    try:
        return call(TASK, {"weights": str(weights)}, (SHELF, weights), card, limits.model_seconds, needs).said
    except RasterError as error:
        raise _no_model_because(error) from error


def _no_model_because(error: RasterError) -> ModelError:
    """A sandbox speaks of rasters; this was a model."""
    if error.code == "timeout":
        return ModelError(
            f"The model could not be examined within {settings().model_seconds:g} s.",
            "Bring a smaller one, or try again when the server is less busy.",
            code="timeout",
            retryable=True,
        )
    if error.code == "too_large":
        return ModelError(
            f"The model needs more memory than is allowed: {settings().model_memory_mib} MiB.",
            "Bring a smaller one.",
            code="too_large",
        )
    return ModelError(
        "The examination of the model broke off.",
        "Check that card and weights belong together, and that the weights were saved as safetensors.",
        code="corrupt",
        details=error.details,
    )
