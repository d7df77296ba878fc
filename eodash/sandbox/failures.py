"""How a sandbox fails, as errors."""

from __future__ import annotations

import logging
import signal
from typing import Any

from eodash.errors import CapacityError, EodashError, RasterError

ANOTHER = "Open it in the programme that made it, export it again, and try that file."
_STARVED = ("bad_alloc", "memoryerror", "cannot allocate", "out of memory", "failed to map")

_log = logging.getLogger(__name__)
_KINDS: dict[str, type[EodashError]] = {"EodashError": EodashError}
_KINDS |= {kind.__name__: kind for kind in EodashError.__subclasses__()}


def raised(told: dict[str, Any]) -> EodashError:
    """The error that a task raised, as it was."""
    kind = _KINDS.get(str(told.get("type")), EodashError)
    details = told.get("details")
    return kind(
        str(told.get("message", "")),
        str(told.get("advice", "")),
        code=str(told.get("code", "")),
        retryable=bool(told.get("retryable")),
        details=details if isinstance(details, dict) else {},
    )


def starved() -> RasterError:
    return RasterError(
        "The file needs more memory than is allowed.", "Cut it to a smaller area, or to fewer bands.", code="too_large"
    )


def late(seconds: float) -> RasterError:
    return RasterError(
        f"The file could not be read within {seconds:g} s.",
        "Cut it to a smaller area, or try again when the server is less busy.",
        code="timeout",
        retryable=True,
    )


def busy() -> CapacityError:
    return CapacityError(
        "The server is reading too many files at the moment.", "Try again in a minute.", code="busy", retryable=True
    )


def broken(reason: str) -> RasterError:
    return RasterError("The file cannot be read: it is damaged.", ANOTHER, code="corrupt", details={"reason": reason})


def dead(status: int | None, words: str) -> RasterError:
    """What the end of a child means, by its signal and its last words."""
    _log.info("a sandbox ended with %s: %s", status, words[-2000:])
    number = -(status or 0)
    if number == signal.SIGKILL or any(sign in words.lower() for sign in _STARVED):
        return starved()
    if number == signal.SIGXCPU:
        return RasterError(
            "Reading the file takes more computing time than is allowed.",
            "Cut it to a smaller area, or to fewer bands.",
            code="timeout",
        )
    return broken(signal.Signals(number).name if number in list(signal.Signals) else f"ended with {status}")
