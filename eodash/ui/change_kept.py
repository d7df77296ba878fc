"""What the change page computes in seconds, kept beside the images of its run: there again after a restart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.store.results import Result
from eodash.ui import cached

Made = TypeVar("Made")
Arrays = dict[str, NDArray[Any]]


class Kept(Generic[Made]):
    """Answers of one kind by name: taken apart for the store, put together when they are asked for."""

    def __init__(
        self, apart: Callable[[Made], tuple[Arrays, dict[str, Any]]], together: Callable[[Result], Made]
    ) -> None:
        self._apart, self._together = apart, together

    def get(self, name: str) -> Made | None:
        found = cached.store().result(name)
        return None if found is None else self._together(found)

    def keep(self, name: str, of: str, made: Made) -> None:
        """Keep an answer with the images of a request; it goes when they go."""
        arrays, meta = self._apart(made)
        cached.store().keep_result(name, of, arrays, meta)


def apart_images(made: xr.Dataset) -> tuple[Arrays, dict[str, Any]]:
    """The variables (y, x) of a dataset; where they lie the run knows."""
    arrays: Arrays = {str(name): np.asarray(each.values) for name, each in made.data_vars.items()}
    return arrays, {
        "attrs": {name: value for name, value in made.attrs.items() if isinstance(value, str | int | float)}
    }


def together_images(found: Result) -> xr.Dataset:
    return xr.Dataset({name: (("y", "x"), each) for name, each in found.arrays.items()}, attrs=found.meta["attrs"])


def named(*parts: str) -> str:
    """What an answer is kept under."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
