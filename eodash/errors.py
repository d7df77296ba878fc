"""Every failure a user can meet.

    EodashError
    ├── AoiError        the area cannot be used
    ├── DateError       the dates cannot be used
    ├── CatalogError    the catalogue, or what it answered, cannot be used
    ├── RasterError     a raster or cube cannot be used
    ├── ModelError      a model cannot be used
    ├── CapacityError   more was asked than this server gives
    ├── StorageError    the disk refused
    ├── ComputeError    a computation broke off
    └── JobCancelled    somebody pressed Cancel

Each says what happened in one sentence and what to do in another; anything else that is raised is a bug.
"""

from __future__ import annotations

from typing import Any


class EodashError(Exception):
    """A failure with a sentence for the user, and a way out."""

    def __init__(
        self,
        message: str,
        advice: str = "",
        *,
        code: str = "",
        retryable: bool = False,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.code = code
        self.retryable = retryable
        self.details = details or {}

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.advice, self.code, self.retryable, self.details)

    @property
    def name(self) -> str:
        """`AoiError not_finite`: what the command line prints and the tests compare."""
        return f"{type(self).__name__} {self.code}".strip()


def _rebuild(
    kind: type[EodashError], message: str, advice: str, code: str, retryable: bool, details: dict[str, Any]
) -> EodashError:
    return kind(message, advice, code=code, retryable=retryable, details=details)


class AoiError(EodashError):
    """The area cannot be used."""


class DateError(EodashError):
    """The dates cannot be used."""


class CatalogError(EodashError):
    """The catalogue, or what it answered, cannot be used."""


class RasterError(EodashError):
    """A raster or cube cannot be used."""


class ModelError(EodashError):
    """A model cannot be used."""


class CapacityError(EodashError):
    """More was asked than this server gives."""


class StorageError(EodashError):
    """The disk refused."""


class ComputeError(EodashError):
    """A computation broke off."""


class JobCancelled(EodashError):  # noqa: N818 - not an error of anybody
    """Somebody pressed Cancel."""
