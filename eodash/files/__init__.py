"""Files below a data root: listed, read once in the sandbox, understood, corrected, and read again by a recipe.

    understand(path, corrections) → Understood ──request()──▶ Request(source="files", recipe) → a cube like any other

paths, magic → held (what a file says) → layout, moments, sensing, calibration, grids → composing → Understood, recipe
rasters and arrays alone touch foreign bytes; they run in the sandbox. `reading` turns a recipe into numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eodash.files.understood import Understood


def understand(path: Path | str, corrections: dict[str, Any] | None = None) -> Understood:
    """What a file or folder below the data root holds, corrected by what the user says."""
    from eodash.files.importing import understand as process  # a child that reads one raster needs none of it

    return process(path, corrections)
