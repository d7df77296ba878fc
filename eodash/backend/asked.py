"""The server's side of a question about a region: pixels on a regular grid go to a child; the child imports torch."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.card_checks import BASELINES
from eodash.cards import SHELF, Card
from eodash.datasets.parcels import days_of, latitude_of, level_at
from eodash.errors import ModelError, RasterError
from eodash.preprocess.units import per_unit
from eodash.sandbox import Needs, opened
from eodash.settings import settings
from eodash.sources.contract import NODATA

TASK = "model.outside"
PIXELS = 20_000
PIECE = 1024
KEPT = 64
"""Answers that are kept on the disk."""
LEVELS = {"l1c": "raw images (L1C)", "l2a": "preprocessed images (L2A)"}
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sample:
    """Pixels of a series on a regular grid, as a card wants them."""

    values: Floats  # (row, column, time, band)
    day: Floats  # (time,)
    mask: NDArray[np.bool_]  # (row, column, time)


def sample(cube: xr.DataArray, card: Card, most: int = PIXELS) -> Sample:
    """Every n-th pixel of every n-th row, at most so many; a ModelError where model and series do not go together."""
    fits(card, cube)
    bands = [str(name) for name in cube["band"].values.tolist()]
    rows, columns = cube.shape[2:]
    step = max(1, int(np.ceil(np.sqrt(rows * columns / most))))
    raw = cube.values[:, :, ::step, ::step][:, places(card, bands)].transpose(2, 3, 0, 1)
    mask = (raw != NODATA).all(-1)
    if card.input.level != "l1c":
        mask &= cube["clear"].values[:, ::step, ::step].transpose(1, 2, 0)
    values = np.where(mask[..., None], raw / np.float32(per_unit(cube.attrs)), np.float32(0)).astype(np.float32)
    return Sample(values, days_of(cube["time"].values.astype("datetime64[s]"), latitude_of(cube)), mask)


def fits(card: Card, cube: xr.DataArray) -> None:
    """Raise unless a series of this level, with these bands, is what the model was made for."""
    bands = [str(name) for name in cube["band"].values.tolist()]
    level = level_at(cube, bands)
    if card.architecture in BASELINES or card.weights is None:
        raise ModelError(
            f"{card.title} keeps nothing of the world it was fitted to.", "Choose a network.", code="no_reference"
        )
    if level != card.input.level:
        wanted, here = (LEVELS.get(each, "series of another kind") for each in (card.input.level, level))
        raise ModelError(
            f"{card.title} is made for {wanted}; the open run holds {here}.",
            f"Choose a model for {here}, or fetch {wanted}.",
            code="level",
        )
    places(card, bands)


def places(card: Card, bands: Sequence[str]) -> tuple[int, ...]:
    """Where the bands of a card lie among those of a series; a ModelError where one is missing."""
    if missing := [band for band in card.input.bands if band not in bands]:
        raise ModelError(
            f"{card.title} needs the bands {', '.join(missing)}; the series does not have them.",
            "Fetch the area again with these bands, or choose another model.",
            code="bands",
            details={"missing": missing},
        )
    return tuple(list(bands).index(band) for band in card.input.bands)


def outside(card: Card, pixels: Sample, on_progress: Callable[[int, int], None] = lambda done, of: None) -> Floats:
    """(row, column) 0–1: which share of the training fields lies closer; not a number where nothing was observed.

    `on_progress` may raise: the child ends with it.
    """
    rows, columns, dates, bands = pixels.values.shape
    values, mask = pixels.values.reshape(-1, dates, bands), pixels.mask.reshape(-1, dates)
    path = Path(card.folder) / f"{card.name}.toml"
    needs = Needs(settings().model_memory_mib, ("eodash.backend.answering",))
    found = np.full(len(values), np.nan, np.float32)
    on_progress(0, len(values))
    try:
        with opened((SHELF, path.parent, card.weights_path.parent), needs) as box:
            for start in range(0, len(values), PIECE):
                part = slice(start, start + PIECE)
                data = values[part].tobytes() + pixels.day.astype(np.float32).tobytes() + mask[part].tobytes()
                said = {"card": str(path), "series": len(mask[part]), "dates": dates}
                found[part] = box.call(TASK, said, data, settings().model_seconds).arrays["outside"]
                on_progress(min(start + PIECE, len(values)), len(values))
    except RasterError as error:
        raise _no_answer_because(error) from error
    return found.reshape(rows, columns)


def _no_answer_because(error: RasterError) -> ModelError:
    """A sandbox speaks of rasters; this was a model."""
    if error.code == "timeout":
        return ModelError(
            f"The model gave no answer for {PIECE} pixels within {settings().model_seconds:g} s.",
            "Choose a smaller model, or try again when the server is less busy.",
            code="timeout",
            retryable=True,
        )
    if error.code == "too_large":
        return ModelError(
            f"The model needs more memory than is allowed: {settings().model_memory_mib} MiB.",
            "Choose a smaller one, or fewer dates.",
            code="too_large",
        )
    return ModelError("The model broke off.", "Choose another one.", code="broken", details=error.details)


def kept(key: str) -> Floats | None:
    """An answer that was given before."""
    try:
        said: Floats = np.load(_path(key), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return said if said.ndim == 2 and said.dtype == np.float32 else None


def keep(key: str, answer: Floats) -> None:
    """Keep an answer, and the newest of the others; one that cannot be kept is computed again."""
    path = _path(key)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.stem}.{os.getpid()}.npy")
        np.save(beside, answer, allow_pickle=False)
        beside.replace(path)
        for old in sorted(path.parent.glob("*.npy"), key=lambda each: each.stat().st_mtime)[:-KEPT]:
            old.unlink()


def key_of(card: Card, *series: object) -> str:
    """What names an answer: the weights, and whatever says which series it was about."""
    said = repr((card.weights.sha256 if card.weights else "", card.input, *series))
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def _path(key: str) -> Path:
    return settings().home / "outside" / f"{key}.npy"
