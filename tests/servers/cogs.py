"""Small cloud-optimised GeoTIFFs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin


@dataclass(frozen=True)
class Tile:
    """A square in one UTM zone: name, EPSG code, upper left corner and side in metres."""

    name: str
    epsg: int
    west: float
    north: float
    side: int

    def shape(self, resolution: int) -> tuple[int, int]:
        return (self.side // resolution, self.side // resolution)

    def centres(self, resolution: int) -> tuple[np.ndarray, np.ndarray]:
        """x and y of each pixel's centre, (y, x)."""
        steps = (np.arange(self.side // resolution) + 0.5) * resolution
        x, y = np.meshgrid(self.west + steps, self.north - steps)
        return x, y

    def seen_from(self, epsg: int, resolution: int) -> tuple[np.ndarray, np.ndarray]:
        """The same in another zone's coordinates."""
        x, y = self.centres(resolution)
        if epsg == self.epsg:
            return x, y
        return Transformer.from_crs(self.epsg, epsg, always_xy=True).transform(x, y)

    @property
    def ring(self) -> list[list[float]]:
        """The outline in degrees, closed."""
        east, south = self.west + self.side, self.north - self.side
        corners = [(self.west, south), (east, south), (east, self.north), (self.west, self.north), (self.west, south)]
        place = Transformer.from_crs(self.epsg, 4326, always_xy=True)
        return [list(map(float, place.transform(x, y))) for x, y in corners]


def write(path: Path, values: np.ndarray, tile: Tile, resolution: int, block: int = 256) -> None:
    """One band as a COG, 0 = no data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="COG",
        dtype=values.dtype.name,
        width=values.shape[1],
        height=values.shape[0],
        count=1,
        crs=f"EPSG:{tile.epsg}",
        transform=from_origin(tile.west, tile.north, resolution, resolution),
        nodata=0,
        compress="deflate",
        predictor=2,
        blocksize=block,
    ) as file:
        file.write(values, 1)
