"""Area files that are parsed in the sandbox: how polygons come out of it, and what its failures mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eodash.areas import kml
from eodash.areas.formats import TAKEN, check_size
from eodash.areas.found import Found
from eodash.errors import AoiError, RasterError
from eodash.sandbox import Answer, call

if TYPE_CHECKING:
    import numpy as np

SECONDS = 20.0


def told(found: Found) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What was found, as a task's answer: corners in one array, and how many each ring has."""
    import numpy as np

    rings = [ring for shape in found.shapes for polygon in shape for ring in polygon]
    lengths = [[[len(ring) for ring in polygon] for polygon in shape] for shape in found.shapes]
    corners = np.array([corner for ring in rings for corner in ring], "f8").reshape(-1, 2)
    return {"name": found.name, "lengths": lengths}, {"corners": corners}


def found_apart(task: str, data: bytes | str) -> Found:
    """What a task finds in a file."""
    assert isinstance(data, bytes)
    try:
        answer = call(task, {}, data=data, seconds=SECONDS)
    except RasterError as error:
        raise _no_area_because(error) from error
    if "kml" in answer.arrays:
        inner = answer.arrays["kml"].tobytes()
        check_size(inner)
        return kml.polygons_of(inner)
    return _found(answer)


def _found(answer: Answer) -> Found:
    found = Found()
    found.name = str(answer.said["name"])
    corners = iter(answer.arrays["corners"].tolist())
    for shape in answer.said["lengths"]:
        found.keep(
            [[(x, y) for x, y in (next(corners) for _ in range(length))] for length in polygon] for polygon in shape
        )
    return found


def _no_area_because(error: RasterError) -> AoiError:
    """A sandbox speaks of rasters; this was an area."""
    if error.code == "timeout":
        return AoiError(
            "The file could not be read in time.", "Keep only the polygons you need, and try again.", code="timeout",
            retryable=True,
        )  # fmt: skip
    if error.code == "too_large":
        return AoiError(
            "The file needs more memory than is allowed.", "Keep only the polygons you need.", code="file_too_large"
        )
    return damaged()


def damaged(what: str = "The file is damaged.") -> AoiError:
    return AoiError(what, f"Export the area again as {TAKEN}.", code="corrupt")
