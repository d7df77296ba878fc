"""A file or folder below the data root → what it holds, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eodash.errors import RasterError
from eodash.files import magic
from eodash.files.composing import compose
from eodash.files.corrections import Corrections, corrections
from eodash.files.held import examine
from eodash.files.paths import below, data_root, safe_path, shown
from eodash.files.reading import readable
from eodash.files.tables import Table, is_table, table
from eodash.files.understood import Understood
from eodash.sandbox import opened

_ORDER = ("GTiff", "ENVI", "HDF5", "NetCDF3", "Zarr", "JPEG", "PNG", "BMP")
"""Which format wins where a folder holds as many files of two; pictures never win over measurements."""
_PICTURES = ("JPEG", "PNG", "BMP")


def understand(path: Path | str, said: dict[str, Any] | None = None) -> Understood:
    """What was understood, corrected by what the user says; every file is read once, in the sandbox."""
    asked = corrections(said)
    root = data_root()
    place = safe_path(root, path, None)
    name = place.relative_to(root).as_posix()
    files, tables, notices = _sorted(root, place, asked)
    with opened(readable(root, files)) as box:
        held = [examine(box, root, file) for file in files]
    notices += [notice for one in held for notice in one.notices]
    return compose(name, held, tables, asked, notices)


def _sorted(root: Path, place: Path, asked: Corrections) -> tuple[list[str], list[Table], list[str]]:
    """The files to examine, the lists of dates, and what is left out."""
    if place.is_file() or magic.driver(place) == "Zarr":
        return _one(root, place)
    names, strange = below(root, place, lambda folder: magic.driver(folder) == "Zarr")
    tables = _tables(root, names)
    kinds = {}
    for name in names:
        if set(asked.leave_out) & {name, Path(name).name, Path(name).stem}:
            continue
        kind = magic.driver(root / name)
        if kind:
            kinds[name] = kind
        elif not is_table(name) and Path(name).suffix.lower() in magic.IMAGE_NAMES:
            raise magic.refused_driver(root / name)
    if not kinds:
        why = strange[0] if strange else "no GeoTIFF, ENVI, NetCDF, HDF5, Zarr or picture"
        raise RasterError(
            f"Nothing in '{shown(place.name)}' can be opened: {why}.", "Choose a folder of images.", code="empty"
        )
    main = _main(list(kinds.values()))
    others = [name for name, kind in kinds.items() if kind not in main]
    notices = [f"Left out, because it lies elsewhere or is no file: {why}" for why in strange[:5]]
    if others:
        notices.append(f"Left out beside the {main[0]} files: {_named(others)}.")
    return [name for name, kind in kinds.items() if kind in main], tables, notices


def _main(kinds: Sequence[str]) -> tuple[str, ...]:
    """The formats of the series in a folder of several."""
    ordered = sorted(set(kinds), key=lambda kind: (kind in _PICTURES, -kinds.count(kind), _ORDER.index(kind)))
    return _PICTURES if ordered[0] in _PICTURES else (ordered[0],)


def _one(root: Path, place: Path) -> tuple[list[str], list[Table], list[str]]:
    """A single file; an ENVI header stands for its raw file."""
    if place.is_file() and place.suffix.lower() == ".hdr":
        place = magic.raw_of(place) or place
    if not magic.driver(place):
        raise magic.refused_driver(place)
    beside = [near.relative_to(root).as_posix() for near in place.parent.iterdir() if is_table(near.name)]
    return [place.relative_to(root).as_posix()], _tables(root, sorted(beside)), []


def _tables(root: Path, names: Sequence[str]) -> list[Table]:
    found = []
    for name in names:
        if is_table(name):
            path = safe_path(root, name)
            made = table(path, name)
            if made is not None:
                found.append(replace(made, file=shown(Path(name).name)))
    return found


def _named(names: Sequence[str]) -> str:
    listed = ", ".join(shown(Path(name).name) for name in names[:4])
    return listed + (f" and {len(names) - 4} more" if len(names) > 4 else "")
