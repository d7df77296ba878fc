"""Labelled series of every kind behind one contract: read by rows, bounded in memory, honest about their origin.

contract ← world (simulated)          cache: arrays made once, below home
         ← table (CSV) ← victoria     columns: a CSV as such arrays
         ← phiweek, ucr               split: parts of a set by whole fields
         ← breizhcrops, parcels       here: a set by its name
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from eodash.datasets.contract import Batch, Dataset
from eodash.datasets.phiweek import FOLDER as PHIWEEK
from eodash.datasets.phiweek import PhiweekDataset
from eodash.datasets.split import Subset, divided, trainable
from eodash.datasets.table import Layout, TableDataset
from eodash.datasets.ucr import GUNPOINT, open_ucr
from eodash.datasets.victoria import FILE as VICTORIA
from eodash.datasets.victoria import open_victoria
from eodash.datasets.world import WorldDataset
from eodash.errors import ModelError, StorageError
from eodash.settings import settings

__all__ = ["KINDS", "Batch", "Dataset", "Subset", "WorldDataset", "divided", "open_dataset", "trainable"]

HEMISPHERES = {"north": 45.0, "south": -45.0}
Open = Callable[[str, str, dict[str, Any]], Dataset]


def open_dataset(spec: str, *, split: str = "test", **options: Any) -> Dataset:
    """The set behind `world`, `csv:FILE` …; options are those of its kind, as values or as they are typed.

    world: n, level, seed, climate · csv: bands, start, step, latitude or hemisphere, scale, label, group, classes.
    Sets without parts of their own are whole as `test`, and divided by fields as `train`, `valid`, `held-out`.
    """
    kind, colon, place = spec.partition(":")
    forms = ", ".join(form for form, _ in KINDS.values())
    form, opened = KINDS.get(kind, ("", _world))
    if not form or (colon and ":" not in form) or (not place and ":" in form and "[" not in form):
        raise ModelError(f"There is no data set {spec[:80]!r}.", f"Take one of {forms}.", code="unknown_data")
    return opened(place, split, {name: value for name, value in options.items() if value is not None})


def real(path: str) -> Path:
    """Something below the folder of real data."""
    root = settings().real_data
    if root is None:
        raise StorageError(
            "The folder of real data is not known.", "Set EODASH_REAL_DATA to the folder that holds it.",
            code="no_real_data",
        )  # fmt: skip
    found = root / path
    if not found.exists():
        raise StorageError(
            f"{path} is not in the folder of real data.", "Put it there, or correct EODASH_REAL_DATA.",
            code="no_real_data",
        )  # fmt: skip
    return found


def _world(place: str, split: str, options: dict[str, Any]) -> Dataset:
    _known("world", options, ("n", "level", "seed", "climate", "on_progress"))
    said = options | {name: _count(name, options[name]) for name in ("n", "seed") if name in options}
    return WorldDataset(split=split, **said)


def _victoria(place: str, split: str, options: dict[str, Any]) -> Dataset:
    _known("victoria", options, ())
    return divided(open_victoria(Path(place).expanduser() if place else real(VICTORIA)), split)


def _phiweek(place: str, split: str, options: dict[str, Any]) -> Dataset:
    _known("phiweek19", options, ())
    return divided(PhiweekDataset(Path(place).expanduser() if place else real(PHIWEEK)), split)


def _gunpoint(place: str, split: str, options: dict[str, Any]) -> Dataset:
    _known("gunpoint", options, ())
    return open_ucr(real(GUNPOINT.format("TRAIN")), split, name="gunpoint")


def _ucr(place: str, split: str, options: dict[str, Any]) -> Dataset:
    _known("ucr", options, ())
    return open_ucr(Path(place).expanduser(), split)


def _csv(place: str, split: str, options: dict[str, Any]) -> Dataset:
    _known("csv", options, (*(field.name for field in fields(Layout)), "hemisphere"))
    said = dict(options)
    hemisphere = said.pop("hemisphere", "")
    if hemisphere and hemisphere not in HEMISPHERES:
        raise ModelError(f"There is no hemisphere {hemisphere!r}.", "Take north or south.", code="unknown_option")
    if hemisphere:
        said.setdefault("latitude", HEMISPHERES[hemisphere])
    said |= _lists(said, ("bands", "classes"))
    said |= {name: _figure(name, said[name]) for name in ("step", "latitude", "scale") if name in said}
    return divided(TableDataset(Path(place).expanduser(), Layout(**said)), split)


def _breizhcrops(place: str, split: str, options: dict[str, Any]) -> Dataset:
    from eodash.datasets.breizhcrops import open_breizhcrops  # h5py is heavy

    _known("breizhcrops", options, _options(open_breizhcrops))
    said = options | ({"year": _count("year", options["year"])} if "year" in options else {})
    return open_breizhcrops(Path(place).expanduser(), split=split, **said | _lists(options, ("regions",)))


def _labels(place: str, split: str, options: dict[str, Any]) -> Dataset:
    from eodash.datasets.parcels import open_labels  # rasters are heavy

    _known("labels", options, _options(open_labels))
    return open_labels(Path(place).expanduser(), split=split, **options)


def _known(kind: str, options: dict[str, Any], names: tuple[str, ...]) -> None:
    """Raise for options that this kind does not have."""
    if strange := sorted(set(options) - set(names)):
        raise ModelError(
            f"{kind} has no option {strange[0]!r}.",
            f"It has {', '.join(names) or 'none but the split'}.",
            code="unknown_option",
        )


def _options(opened: Callable[..., Dataset]) -> tuple[str, ...]:
    """What may be told to this kind, beside its place and the split."""
    return tuple(name for name in list(inspect.signature(opened).parameters)[1:] if name != "split")


def _lists(options: dict[str, Any], names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Those of the options that are lists; as typed, commas stand between."""
    said = {name: options[name] for name in names if name in options}
    parts = {name: value.split(",") if isinstance(value, str) else value for name, value in said.items()}
    return {name: tuple(part.strip() for part in value if part.strip()) for name, value in parts.items()}


def _figure(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{name} is {str(value)[:40]!r}, no number.", "Write a number.", code="option") from error


def _count(name: str, value: Any) -> int:
    number = _figure(name, value)
    if number != number // 1:
        raise ModelError(f"{name} is {str(value)[:40]!r}, no whole number.", "Write a whole number.", code="option")
    return int(number)


KINDS: dict[str, tuple[str, Open]] = {
    "world": ("world", _world),
    "victoria": ("victoria[:FILE]", _victoria),
    "phiweek19": ("phiweek19[:DIR]", _phiweek),
    "gunpoint": ("gunpoint", _gunpoint),
    "breizhcrops": ("breizhcrops:DIR", _breizhcrops),
    "csv": ("csv:FILE", _csv),
    "ucr": ("ucr:FILE", _ucr),
    "labels": ("labels:FILE", _labels),
}
"""How each kind of data set is written, and what opens it."""
