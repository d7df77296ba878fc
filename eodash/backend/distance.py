"""Out of the world: how far a series lies from what a model was trained on.

Three opinions, each ranked among series that were held out: nearest neighbours in the network's own features, how
common the course of the values over the year is, and how common the darkest values. The network alone would not do: it
answers noise, a constant or a missing offset with features that it knows. The most surprised opinion counts, ranked
once more, so that one in a hundred held-out series lies beyond .99.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eodash.backend.course import course, darkest
from eodash.backend.density import Axes, Mixture, Neighbours, Scale, flat, part
from eodash.backend.forward import Series, answer
from eodash.cards import Input
from eodash.datasets.contract import Dataset
from eodash.errors import ModelError
from models.contract import SeriesNetwork

Floats = NDArray[np.float32]
OUTSIDE = 0.99
SERIES = 8000  # that a reference is made of
HELD_OUT = 0.25  # of them, for the ranks
PIECE = 2048
FEATURES, POINTS = 24, 384
COURSE, GAUSSIANS = 36, 8
DARKEST, DARK_GAUSSIANS = 3, 6
SINGLE = ("mean", "scale", "centre", "spread", "score", "surprise", "tail", "weight")  # kept in single precision


def fit_reference(network: SeriesNetwork, input: Input, dataset: Dataset, series: int = SERIES) -> dict[str, Tensor]:
    """What the weights file keeps of a world, below 100 kB; best made of series that the network did not learn from."""
    rows = np.random.default_rng(0).permutation(len(dataset))[:series]
    if len(rows) < 16:
        raise ModelError(
            f"{len(rows)} series are too few to say what lies outside.", "Give 16 or more.", code="too_few"
        )
    held = [dataset.read(rows[start : start + PIECE]) for start in range(0, len(rows), PIECE)]
    samples = [opinions_of(network, input, batch) for batch in held]
    features, courses, dark = (np.concatenate(each) for each in zip(*samples, strict=True))
    label = np.concatenate([batch.label for batch in held])
    known = np.isfinite(features).all(1) & np.isfinite(courses).all(1)
    features, courses, dark, label = features[known], courses[known], dark[known], label[known]
    cut = len(label) - max(4, int(HELD_OUT * len(label)))
    models: dict[str, Any] = {
        "features": Neighbours.fit(features[:cut], label[:cut], FEATURES, POINTS),
        "course": Mixture.fit(courses[:cut], COURSE, GAUSSIANS),
        "dark": Mixture.fit(dark[:cut], DARKEST, DARK_GAUSSIANS),
    }
    kept = {f"{name}.{key}": value for name, model in models.items() for key, value in flat(model).items()}
    kept = {key: _stored(key, value) for key, value in kept.items()}
    scores = _scores(kept, features[cut:], courses[cut:], dark[cut:])  # with what rounding to half precision left
    scales = {name: Scale.fit(score) for name, score in scores.items()}
    surprise = np.max([scales[name].read(score) for name, score in scores.items()], axis=0)
    for name, scale in (scales | {"together": Scale.fit(surprise)}).items():
        kept |= {f"{name}.rank.{key}": value for key, value in flat(scale).items()}
    return {key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in kept.items()}


def distance(
    network: SeriesNetwork,
    input: Input,
    reference: Mapping[str, Tensor],
    batch: Series,
    features: Floats | None = None,
) -> NDArray[np.float32]:
    """(series,) 0–1: the share of held-out series that lie closer; not a number where nothing was observed.

    `features`: what `answer` gave for these series, where that is known already.
    """
    kept = {key: value.cpu().numpy() for key, value in reference.items()}
    found = np.full(len(batch.mask), np.nan, np.float32)
    for start in range(0, len(found), PIECE):
        at = slice(start, start + PIECE)
        piece = _Piece(batch.values[at], batch.day[at], batch.mask[at])
        samples = opinions_of(network, input, piece, None if features is None else features[at])
        seen = piece.mask.any(1)
        if not seen.any():
            continue
        scores = _scores(kept, *(each[seen] for each in samples))
        surprise = np.max([_scale(kept, name).read(score) for name, score in scores.items()], axis=0)
        found[np.flatnonzero(seen) + start] = -np.expm1(-_scale(kept, "together").read(surprise))
    return found


class _Piece:
    """A few series of a batch."""

    def __init__(self, values: Floats, day: Floats, mask: NDArray[np.bool_]) -> None:
        self.values, self.day, self.mask = values, day, mask


def opinions_of(
    network: SeriesNetwork, input: Input, batch: Series, features: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """What each of the three looks at: features, course, darkest values."""
    if features is None:
        features = answer(network, input, batch).features
    return features, course(batch, input), darkest(batch, input)


def _scores(kept: Mapping[str, NDArray[Any]], features: Floats, courses: Floats, dark: Floats) -> dict[str, Any]:
    own = part(kept, "features.")
    return {
        "features": Neighbours(_axes(own), own["root"], own["points"]).score(features),
        "course": _mixture(part(kept, "course.")).score(courses),
        "dark": _mixture(part(kept, "dark.")).score(dark),
    }


def _mixture(kept: Mapping[str, Floats]) -> Mixture:
    return Mixture(_axes(kept), *(kept[key] for key in ("centre", "spread", "weight", "mean", "root")))


def _axes(kept: Mapping[str, Floats]) -> Axes:
    return Axes(**part(kept, "axes."))


def _scale(kept: Mapping[str, NDArray[Any]], name: str) -> Scale:
    return Scale(**part(kept, f"{name}.rank."))


def _stored(key: str, value: NDArray[Any]) -> NDArray[Any]:
    """Large arrays in half precision."""
    return value.astype(np.float32 if key.rsplit(".", 1)[-1] in SINGLE else np.float16)
