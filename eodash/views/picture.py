"""One date of a cube → the picture that lies on the map: composite, index or cloud mask, warped to Web Mercator."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from PIL import Image
from rasterio.warp import Resampling, reproject

from eodash.sensors import Sensor, sensor_of
from eodash.sources.contract import NODATA

NDVI_RAMP = np.array(
    [
        (-0.2, 0x5B, 0x6E, 0x86),
        (0.0, 0xB9, 0xA9, 0x93),
        (0.2, 0xE3, 0xD6, 0xB4),
        (0.4, 0xB7, 0xCF, 0x7E),
        (0.6, 0x6D, 0xA8, 0x4F),
        (0.8, 0x24, 0x77, 0x3B),
        (1.0, 0x06, 0x3F, 0x2A),
    ]
)
"""Index value, red, green, blue: from water over soil to dense green; lightness falls all the way above zero."""


@dataclass(frozen=True)
class Look:
    """How a date is drawn."""

    layer: str = "true"  # a composite or an index of the sensor
    stretch: float = 1.0  # brightness; 2 draws reflectance twice as bright
    mask: bool = False  # cloud and shadow hatched over it


def layers(sensor: Sensor, bands: tuple[str, ...]) -> dict[str, str]:
    """The layers that these bands allow, with their titles."""
    composites = {name: c.title for name, c in sensor.composites.items() if set(c.bands) <= set(bands)}
    indices = {name: i.title for name, i in sensor.indices.items() if {i.first, i.second} <= set(bands)}
    return composites | indices


def rgba(cube: xr.DataArray, index: int, look: Look) -> NDArray[np.uint8]:
    """One date as (y, x, 4), transparent where nothing was observed."""
    sensor = sensor_of(cube.attrs)
    date = cube[index]
    if look.layer in sensor.composites:
        composite = sensor.composites[look.layer]
        values = date.sel(band=list(composite.bands)).values
        seen = (values != NODATA).all(0)
        shown = np.clip(values / 1e4 * (look.stretch / composite.white), 0, 1) ** (1 / 1.25)
        colour = np.moveaxis(shown * 255, 0, -1)
    else:
        ratio, seen = index_values(date, look.layer)
        colour = np.stack([np.interp(ratio, NDVI_RAMP[:, 0], NDVI_RAMP[:, i]) for i in (1, 2, 3)], -1)
    out = np.dstack([colour, np.where(seen, 255.0, 0.0)]).astype(np.uint8)
    return hatched(out, ~date["clear"].values & seen) if look.mask else out


def index_values(date: xr.DataArray, name: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A normalised difference and where it is known, for a cube or a part of one with a band dimension."""
    index = sensor_of(date.attrs).indices[name]
    first, second = (date.sel(band=band).values.astype(np.float32) for band in (index.first, index.second))
    total = first + second
    seen = (first != NODATA) & (second != NODATA) & (total > 0)
    ratio = np.divide(first - second, total, out=np.zeros_like(total), where=seen)
    return ratio, seen


def hatched(image: NDArray[np.uint8], where: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Grey diagonal lines over part of an image: not usable."""
    rows, columns = np.indices(where.shape)
    line = where & ((rows + columns) % 6 < 2)
    image[where, :3] = (image[where, :3] * 0.55 + np.array([235, 238, 241]) * 0.45).astype(np.uint8)
    image[line, :3] = (0x6A, 0x75, 0x79)
    return image


@dataclass(frozen=True)
class Warp:
    """From a cube's grid to Web Mercator: fixed for a run."""

    source: GeoBox
    target: GeoBox

    @property
    def bounds(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """South-west and north-east corner as (latitude, longitude), for Leaflet."""
        box = self.target.extent.to_crs("EPSG:4326").boundingbox
        return (box.bottom, box.left), (box.top, box.right)


@lru_cache(maxsize=64)
def warp_of(geobox: GeoBox) -> Warp:
    return Warp(geobox, geobox.to_crs("EPSG:3857"))


def warped(image: NDArray[np.uint8], warp: Warp) -> NDArray[np.uint8]:
    """An RGBA image on the web map's own grid, nearest neighbour: no colour is invented."""
    out = np.zeros((4, *warp.target.shape), np.uint8)
    reproject(
        np.ascontiguousarray(np.moveaxis(image, -1, 0)),
        out,
        src_transform=warp.source.affine,
        src_crs=str(warp.source.crs),
        dst_transform=warp.target.affine,
        dst_crs="EPSG:3857",
        resampling=Resampling.nearest,
    )
    return np.moveaxis(out, 0, -1)


def webp(image: NDArray[np.uint8], quality: int = 88, width: int | None = None) -> bytes:
    """The bytes of a picture, shrunk to a width if one is given."""
    picture = Image.fromarray(np.ascontiguousarray(image))
    if width is not None and width < picture.width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))), Image.Resampling.BOX)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()
