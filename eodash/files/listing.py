"""What could be opened below the data root: folders of images, and images that lie at the top."""

from __future__ import annotations

import os
from pathlib import Path

from eodash.errors import RasterError
from eodash.files import magic
from eodash.files.paths import data_root, safe_path

MOST = 300
"""Most names that are offered; a longer list is no choice."""
_DEEP = 3
_LOOKED_AT = 40
"""Entries of a folder that are looked at to see whether it holds images."""


def candidates() -> tuple[str, ...]:
    """Folders and files, relative to the data root, in order of their names."""
    root = data_root()
    found: list[str] = []
    _look(root, "", 0, found)
    return tuple(sorted(found))


def _look(root: Path, folder: str, depth: int, found: list[str]) -> None:
    """Add a folder that holds images directly, its images where they are few, and what lies deeper."""
    images, folders = [], []
    for name in _entries(root, folder):
        try:
            place = safe_path(root, name, None)
            kind = magic.driver(place)
        except RasterError:  # outside, unreadable or neither file nor folder: not offered
            continue
        if kind:
            images.append(name)
        elif place.is_dir():
            folders.append(name)
    if folder and images:
        found.append(folder)
    if len(images) <= 3 or not folder:
        found.extend(images)
    for name in folders:
        if depth < _DEEP and len(found) < MOST:
            before = len(found)
            _look(root, name, depth + 1, found)
            if folder and len(found) > before + 1 and folder not in found:
                found.append(folder)  # a date or a band in each folder below
    del found[MOST:]


def _entries(root: Path, folder: str) -> list[str]:
    try:
        names = sorted(entry.name for entry in os.scandir(root / folder) if not entry.name.startswith("."))
    except OSError:
        return []
    return [f"{folder}/{name}" if folder else name for name in names[: _LOOKED_AT if folder else MOST]]
