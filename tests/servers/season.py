"""A made-up season over a made-up landscape on the border of UTM zones 30 and 31: fields, woods, a river, clouds.

The land is drawn once in zone 31 and seen from each tile, so that two tiles of a day agree where they overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from pyproj import Transformer
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from tests.servers import cogs, items
from tests.servers.cogs import Tile

CENTRE = (262_000.0, 4_930_000.0)
"""Of the landscape, in EPSG:32631: near 0° east, 44.5° north."""
BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
_SOIL = np.array([900, 1100, 1400, 1800, 2100, 2300, 2450, 2600, 2750, 2850, 3300, 2900.0])
_LEAF = np.array([250, 280, 650, 320, 950, 2900, 3700, 4000, 4200, 4300, 1900, 900.0])
_WOOD = np.array([200, 220, 420, 260, 620, 1700, 2200, 2400, 2550, 2600, 1100, 500.0])
_WATER = np.array([650, 600, 560, 380, 300, 240, 220, 200, 180, 170, 110, 80.0])
_CLOUD = np.array([5200, 5400, 5300, 5400, 5500, 5600, 5650, 5700, 5750, 5800, 4200, 3300.0])
_DAYS = ("02-20", "03-16", "04-05", "04-25", "05-15", "06-04", "06-24", "07-14", "08-08", "09-12")
_CLOUDS = (0.05, 0.0, 0.25, 0.0, 0.95, 0.1, 0.0, 0.0, 0.35, 0.0)


@dataclass(frozen=True)
class Season:
    """What was written: where, when, and an area that lies well inside."""

    folder: Path
    area: shapely.Polygon
    start: str
    end: str
    dates: int


class Land:
    """Fields with a crop each, woods and a river, as functions of place in EPSG:32631."""

    def __init__(self, side: float, seed: int = 7) -> None:
        chance = np.random.default_rng(seed)
        count = max(60, int((side / 260) ** 2))
        self.origin = np.array(CENTRE) - side / 2
        self.side = side
        self.middles = cKDTree(chance.uniform(0, side, (count, 2)) @ np.array([[1.0, 0.25], [-0.25, 1.0]]))
        self.crop = chance.choice(5, count, p=[0.3, 0.25, 0.15, 0.15, 0.15])
        self.shade = chance.normal(1, 0.06, count)
        grain = gaussian_filter(chance.normal(0, 1, (512, 512)), 1.5, mode="wrap")
        self.grain = 0.03 * grain / grain.std()
        relief = gaussian_filter(chance.normal(0, 1, (512, 512)), 24, mode="wrap")
        self.relief = relief / relief.std()

    def look(
        self, x: np.ndarray, y: np.ndarray, month: float, cloud: float, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Surface reflectance × 10⁴ (band, y, x) and the scene classification (y, x)."""
        east, north = x - self.origin[0], y - self.origin[1]
        place = np.stack([east, north], -1) @ np.array([[1.0, 0.25], [-0.25, 1.0]])
        _, field = self.middles.query(place)
        peak = np.array([5.0, 7.4, 4.6, 6.2, 6.0])[self.crop][field]
        width = np.array([1.6, 1.2, 1.1, 3.2, 9.0])[self.crop][field]
        green = np.exp(-(((month - peak) / width) ** 2))[..., None]
        grain = self.grain[(north / 9).astype(int) % 512, (east / 9).astype(int) % 512]
        light = (self.shade[field] * (1 + grain))[..., None]
        colour = (green * _LEAF + (1 - green) * _SOIL) * light
        relief = self.relief[(north / 40).astype(int) % 512, (east / 40).astype(int) % 512]
        wood = (relief > 1.15)[..., None]
        colour = np.where(wood, _WOOD * (0.85 + 0.15 * np.sin(month / 12 * np.pi)) * light, colour)
        bank = np.abs(north - self.side / 2 - 380 * np.sin(east / 700) - 140 * np.sin(east / 260 + 1))
        water = bank < 45 + 20 * np.sin(east / 900)
        colour = np.where(water[..., None], _WATER, colour)
        classes = np.where(water, 6, np.where(green[..., 0] > 0.35, 4, 5)).astype(np.uint8)
        if cloud > 0:
            drift = np.random.default_rng(seed).integers(0, 512, 2)
            veil = self.relief[
                (north / 22).astype(int) + drift[0] - 512 * 4 & 511, (east / 22).astype(int) + drift[1] & 511
            ]
            edge = np.quantile(self.relief, 1 - cloud)
            thick = np.clip((veil - edge) * 4, 0, 1)[..., None]
            colour = colour * (1 - thick) + _CLOUD * thick
            classes = np.where(thick[..., 0] > 0.5, 9, np.where(thick[..., 0] > 0, 8, classes)).astype(np.uint8)
        return np.moveaxis(colour, -1, 0), classes


def write(folder: Path, spoiled: bool = False, year: int = 2024, side: int = 5120) -> Season:
    """Ten dates in two zones, 300 × 300 pixels; `spoiled` adds a date with a missing file and one without an asset."""
    land = Land(side + 2000)
    east = Tile("31TBK", 32631, CENTRE[0] - 500, CENTRE[1] + side / 2, side)
    x, y = Transformer.from_crs(32631, 32630, always_xy=True).transform(*CENTRE)
    west = Tile("30TYQ", 32630, round(x, -1) + 500 - side, round(y, -1) + side / 2, side)
    listing = []
    for number, (day, cloud) in enumerate(zip(_DAYS, _CLOUDS, strict=True)):
        for tile in (west, east):
            listing.append(_scene(folder, land, tile, f"{year}-{day}", cloud, number))
    if spoiled:
        gone = _scene(folder, land, east, f"{year}-07-29", 0.0, 98)
        (folder / gone["id"] / "red.tif").unlink()
        bare = _scene(folder, land, east, f"{year}-08-23", 0.0, 99)
        del bare["assets"]["red"]
        listing += [gone, bare]
    items.save(folder, listing)
    return Season(folder, around(CENTRE, 1500, 1500), f"{year}-02-01", f"{year}-10-01", len(_DAYS))


def write_bench(folder: Path, dates: int = 10, width: int = 685, height: int = 556) -> Season:
    """The size that the benchmark reads: 7 bands in one zone."""
    side = 10_240
    land = Land(side + 2000)
    tile = Tile("31TCK", 32631, CENTRE[0] + 60_000 - side / 2, CENTRE[1] + side / 2, side)
    moved = Land(side + 2000)
    moved.origin = land.origin + np.array([60_000, 0])
    listing = [
        _scene(
            folder, moved, tile, f"2024-05-{day:02d}", 0.0, day, ("B02", "B03", "B04", "B05", "B08", "B11", "B12"), 512
        )
        for day in range(1, dates + 1)
    ]
    items.save(folder, listing)
    return bench_area(folder, width, height, dates)


def bench_area(folder: Path, width: int = 685, height: int = 556, dates: int = 10) -> Season:
    """What `write_bench` wrote; a box in degrees is turned in UTM, so its grid is a little larger than the box."""
    middle = (CENTRE[0] + 60_000, CENTRE[1])
    return Season(folder, around(middle, width * 5 - 60, height * 5 - 170), "2024-05-01", "2024-05-31", dates)


def around(centre: tuple[float, float], half_width: float, half_height: float) -> shapely.Polygon:
    """A box in degrees around a place of EPSG:32631."""
    place = Transformer.from_crs(32631, 4326, always_xy=True)
    west, south = place.transform(centre[0] - half_width, centre[1] - half_height)
    east, north = place.transform(centre[0] + half_width, centre[1] + half_height)
    return shapely.box(west, south, east, north)


def _scene(
    folder: Path,
    land: Land,
    tile: Tile,
    day: str,
    cloud: float,
    seed: int,
    bands: tuple[str, ...] = BANDS,
    block: int = 256,
) -> dict:
    """One scene's files and its item, processed with baseline 05.10: digital numbers are 1000 too high."""
    name = f"S2A_{tile.name}_{day.replace('-', '')}_0_L2A"
    month = int(day[5:7]) - 1 + int(day[8:]) / 30
    x, y = tile.seen_from(32631, 10)
    colour, classes = land.look(x, y, month, cloud, seed)
    files = {}
    for band in (*bands, "SCL"):
        key, resolution = items.ASSETS[band]
        step = resolution // 10
        if band == "SCL":
            values = classes[::step, ::step]
        else:
            full = colour[BANDS.index(band)]
            rows, columns = (size // step * step for size in full.shape)
            mean = full[:rows, :columns].reshape(rows // step, step, columns // step, step).mean((1, 3))
            values = np.clip(mean + 1000, 1, 65_535).astype(np.uint16)
        path = f"{name}/{key}.tif"
        cogs.write(folder / path, values, tile, resolution, block)
        files[key] = path
    clouded = round(100 * float(np.isin(classes, (8, 9)).mean()), 2) if cloud < 0.9 else 97.0
    return items.item(name, f"{day}T10:56:21Z", tile, files, clouded, **{"s2:processing_baseline": "05.10"})
