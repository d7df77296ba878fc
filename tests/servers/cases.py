"""Small scenes with known numbers, one case per month, around the border of UTM zones 30 and 31."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from tests.servers import cogs, items
from tests.servers.cogs import Tile

CENTRE = (262_000.0, 4_930_000.0)
"""In EPSG:32631."""
_X30, _Y30 = Transformer.from_crs(32631, 32630, always_xy=True).transform(*CENTRE)
EAST = Tile("31TBK", 32631, CENTRE[0] - 100, CENTRE[1] + 640, 1280)
WEST = Tile("30TYQ", 32630, round(_X30, -2) + 100 - 1280, round(_Y30, -2) + 640, 1280)
BANDS = ("B02", "B04", "B08")


def box(west: float, east: float, half: float = 200) -> shapely.Polygon:
    """Metres east of the centre, and half the height, as a box in degrees."""
    place = Transformer.from_crs(32631, 4326, always_xy=True)
    corners = [place.transform(CENTRE[0] + x, CENTRE[1] + y) for x in (west, east) for y in (-half, half)]
    longitudes, latitudes = [x for x, _ in corners], [y for _, y in corners]
    return shapely.box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


IN_EAST = box(50, 450)
"""Covered by the eastern tile alone."""
ACROSS = box(-400, 400)
"""Needs both tiles."""
LATE = {"s2:processing_baseline": "05.09"}


def scene(folder: Path, day: str, number: int, tile: Tile = EAST, scl: int = 4, **properties: Any) -> dict[str, Any]:
    """One scene whose every digital number is `number`."""
    name = f"S2A_{tile.name}_{day.replace('-', '')}"
    full, half = tile.shape(10), tile.shape(20)
    for key in ("blue", "red", "nir"):
        cogs.write(folder / name / f"{key}.tif", np.full(full, number, np.uint16), tile, 10)
    cogs.write(folder / name / "scl.tif", np.full(half, scl, np.uint8), tile, 20)
    files = {key: f"{name}/{key}.tif" for key in ("blue", "red", "nir", "scl")}
    return items.item(name, f"{day}T10:56:21Z", tile, files, **properties)


def write(folder: Path) -> Path:
    """All cases; a test asks for its own month."""
    stated = scene(folder, "2022-09-10", 3000, **{"s2:processing_baseline": None})
    for asset in stated["assets"].values():
        asset["raster:bands"] = [{"scale": 0.0001, "offset": -0.1}]
    lacking = scene(folder, "2023-11-05", 3000, **LATE)
    del lacking["assets"]["red"]
    bare = scene(folder, "2023-12-05", 3000, **LATE)
    bare["assets"] = {}
    listing = [
        scene(folder, "2020-06-10", 2000, **{"s2:processing_baseline": "02.14"}),
        scene(folder, "2022-02-10", 3000, **{"s2:processing_baseline": "04.00"}),
        scene(folder, "2022-03-10", 3000, **{"s2:processing_baseline": "N0400"}),
        scene(folder, "2022-04-10", 2000, **LATE, **{"earthsearch:boa_offset_applied": True}),
        scene(folder, "2022-05-10", 3000, **LATE, **{"earthsearch:boa_offset_applied": False}),
        scene(folder, "2022-06-10", 3000),
        scene(folder, "2021-07-10", 2000),
        stated,
        scene(folder, "2023-05-10", 3000, EAST, **LATE),
        scene(folder, "2023-05-10", 2500, WEST, **{"s2:processing_baseline": "03.00"}),
        scene(folder, "2023-08-10", 3000, EAST, scl=9, **LATE),
        scene(folder, "2023-09-05", 3000, cloud=82, **LATE),
        scene(folder, "2023-09-10", 3000, cloud="12.5", **LATE),  # type: ignore[arg-type]
        scene(folder, "2023-09-15", 3000, cloud=None, **LATE),  # type: ignore[arg-type]
        lacking,
        scene(folder, "2023-11-10", 3000, **LATE),
        bare,
        *(scene(folder, f"2023-06-{day:02d}", 2900 + 10 * day, **LATE) for day in range(1, 11)),
    ]
    return items.save(folder, listing)
