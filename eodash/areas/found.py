"""What is met on the way through an area file, counted against the limits."""

from __future__ import annotations

from collections.abc import Iterable

from eodash.areas.outline import Ring, Shape, closed
from eodash.errors import AoiError
from eodash.settings import settings


class Found:
    """Polygons, the first name, and how much of what is allowed was used up."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self.name = ""
        self._corners = 0
        self._features = 0

    def count_features(self, count: int = 1) -> None:
        self._features += count
        limit = settings().aoi_features
        if self._features > limit:
            raise AoiError(
                f"The file has more than {limit:,} features.",
                "Keep only the ones you need.",
                code="too_many_features",
                details={"limit": limit},
            )

    def count_corners(self, count: int) -> None:
        self.check_corners(count)
        self._corners += count

    def check_corners(self, more: int) -> None:
        """Raise unless there is room for that many."""
        limit = settings().aoi_vertices
        if self._corners + more > limit:
            raise AoiError(
                f"The outline has more than {limit:,} corners.", "Simplify it.", code="too_many_vertices",
                details={"limit": limit},
            )  # fmt: skip

    def keep(self, polygons: Iterable[Iterable[Ring]]) -> None:
        """One geometry: its polygons, each an outer ring and holes; what is empty is left out."""
        shape = [rings for polygon in polygons if (rings := [closed(ring) for ring in polygon])]
        if shape:
            self.shapes.append(shape)


def too_deep() -> AoiError:
    return AoiError("The file is nested too deeply.", "Export the area as plain polygons.", code="too_deep")


def empty(advice: str = "Draw at least one polygon.") -> AoiError:
    return AoiError("The file holds no area.", advice, code="empty")


def not_polygon(kind: str) -> AoiError:
    return AoiError(f"A {kind} has no area.", "Draw a polygon or a box.", code="not_polygon")
