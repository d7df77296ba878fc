"""One date of a cube → the picture on the map: composite, index, band or cloud mask, warped to Web Mercator."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from PIL import Image
from rasterio.warp import Resampling, reproject

from eodash import indices
from eodash.errors import RasterError
from eodash.sensors import Sensor, sensor_of
from eodash.sources.contract import NODATA
from eodash.views.ramps import NDVI_RAMP, colours, ramp_of

SPYNDEX, BAND = "spyndex:", "band:"
"""What the names of further layers begin with."""
SAMPLE_DATES, SAMPLE_PIXELS = 24, 64
"""Of a series at most so many dates, and of each side so many pixels, are looked at for limits."""


@dataclass(frozen=True)
class Look:
    """How a date is drawn."""

    layer: str = "true"  # a composite, ndvi, ndwi, moisture, spyndex:NAME or band:NAME
    stretch: float = 1.0  # brightness of composites and bands; 2 draws reflectance twice as bright
    mask: bool = False  # cloud and shadow hatched over it


def layers(sensor: Sensor, bands: tuple[str, ...]) -> dict[str, str]:
    """The short list of layers that these bands allow, with their titles."""
    composites = {name: c.title for name, c in sensor.composites.items() if set(c.bands) <= set(bands)}
    found = {name: i.title for name, i in sensor.indices.items() if {i.first, i.second} <= set(bands)}
    return composites | found


def plain_look(cube: xr.DataArray) -> Look:
    """How a cube is drawn where nobody has chosen: true colour, or the first layer that its bands allow."""
    return Look(next(iter(layers(sensor_of(cube.attrs), tuple(cube["band"].values.tolist())))))


def index_layers(sensor: Sensor, bands: tuple[str, ...], units: str = "") -> dict[str, str]:
    """The long list: every index of spyndex that these bands allow; of digital numbers those that need no scale."""
    known = indices.known([band for band in sensor.bands if band.name in bands])
    return {
        f"{SPYNDEX}{name}": f"{name}: {one.title}"
        for name, one in known.items()
        if one.difference or units != indices.DIGITAL
    }


def band_layers(sensor: Sensor, bands: tuple[str, ...]) -> dict[str, str]:
    """Each band by itself, in grey."""
    return {f"{BAND}{band.name}": f"{band.name}, {band.title}" for band in sensor.bands if band.name in bands}


def rgba(cube: xr.DataArray, index: int, look: Look, limits: tuple[float, float] | None = None) -> NDArray[np.uint8]:
    """One date as (y, x, 4), transparent where nothing was observed; `limits_of` its series keep its colours stable."""
    sensor = sensor_of(cube.attrs)
    date = cube[index]
    if look.layer in sensor.composites:
        composite = sensor.composites[look.layer]
        values = date.sel(band=list(composite.bands)).values
        seen = (values != NODATA).all(0)
        if _digital(cube):
            shown = np.clip(values / ((limits or limits_of(cube, look.layer))[1] / look.stretch), 0, 1)
        else:
            shown = np.clip(values / 1e4 * (look.stretch / composite.white), 0, 1)
        colour = np.moveaxis(shown ** (1 / 1.25) * 255, 0, -1)
    else:
        found, seen = index_values(date, look.layer)
        if look.layer.startswith(BAND):
            low, high = limits or limits_of(cube, look.layer)
            limits = low, low + (high - low) / look.stretch
        colour = colours(found, layer_ramp(cube, look.layer, limits))
    out = np.dstack([colour, np.where(seen, 255.0, 0.0)]).astype(np.uint8)
    return hatched(out, ~date["clear"].values & seen) if look.mask else out


def index_values(date: xr.DataArray, name: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """One value per pixel and where it is known, for a cube or a part of one with a band dimension: index or band."""
    sensor = sensor_of(date.attrs)
    if name.startswith(SPYNDEX):
        return indices.values(date, name.removeprefix(SPYNDEX))
    if name.startswith(BAND):
        stored = np.asarray(date.sel(band=_band(date, name)).values)
        seen = stored != NODATA
        return np.where(seen, stored, 0).astype(np.float32) / np.float32(1 if _digital(date) else 1e4), seen
    if name not in sensor.indices:
        raise RasterError(f"There is no layer {name[:40]!r}.", "Choose one from the list of layers.", code="layer")
    index = sensor.indices[name]
    first, second = (date.sel(band=band).values.astype(np.float32) for band in (index.first, index.second))
    total = first + second
    seen = (first != NODATA) & (second != NODATA) & (total > 0)
    ratio = np.divide(first - second, total, out=np.zeros_like(total), where=seen)
    return ratio, seen


def layer_ramp(cube: xr.DataArray, layer: str, limits: tuple[float, float] | None = None) -> NDArray[np.float64]:
    """Value, red, green, blue of each stop that an index or a band is drawn with."""
    if layer == "ndvi":
        return NDVI_RAMP
    low, high = limits or limits_of(cube, layer)
    if layer.startswith(BAND):
        return ramp_of("", low, high, signed=False)
    if layer in ("ndwi", "moisture"):
        return ramp_of("water", low, high, signed=True)
    one = indices.info(indices.bands_of(cube), layer.removeprefix(SPYNDEX))
    return ramp_of(one.domain, low, high, one.difference)


def limits_of(cube: xr.DataArray, layer: str) -> tuple[float, float]:
    """Between which values a layer is drawn, the same for all dates of a series; worth keeping, it looks at many.

    Fixed where the layer has natural limits, else the 2nd and 98th percentile of clear pixels of a regular sample.
    """
    sensor = sensor_of(cube.attrs)
    if layer == "ndvi":
        return float(NDVI_RAMP[0, 0]), float(NDVI_RAMP[-1, 0])
    if layer in sensor.composites:
        composite = sensor.composites[layer]
        return 0.0, _white(cube, composite.bands) if _digital(cube) else composite.white
    if layer in sensor.indices:
        return -1.0, 1.0
    if layer.startswith(SPYNDEX) and indices.info(indices.bands_of(cube), layer.removeprefix(SPYNDEX)).difference:
        return -1.0, 1.0
    part = _sample(cube)
    found, seen = index_values(part, layer)
    return _percentiles(found, seen, part["clear"].values)


def _white(cube: xr.DataArray, bands: tuple[str, ...]) -> float:
    """The stored number that is drawn as white, of a cube whose scale nobody knows."""
    try:
        said = float(cube.attrs.get("white", "nan"))
    except (TypeError, ValueError):
        said = float("nan")
    if np.isfinite(said) and said > 0:
        return said
    part = _sample(cube).sel(band=sorted(set(bands)))
    values = part.values
    clear = np.broadcast_to(part["clear"].values[:, None], values.shape)
    return max(_percentiles(values, values != NODATA, clear)[1], 1.0)


def _sample(cube: xr.DataArray) -> xr.DataArray:
    """A regular part of a series, small enough to look at at once."""
    steps = {"time": SAMPLE_DATES, "y": SAMPLE_PIXELS, "x": SAMPLE_PIXELS}
    return cube.isel({name: slice(None, None, -(-cube.sizes[name] // most)) for name, most in steps.items()})


def _percentiles(values: NDArray[Any], seen: NDArray[np.bool_], clear: NDArray[np.bool_]) -> tuple[float, float]:
    """The 2nd and 98th, of clear values if there are any."""
    chosen = values[seen & clear] if (seen & clear).any() else values[seen]
    if not chosen.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(chosen, (2, 98)))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _digital(cube: xr.DataArray) -> bool:
    return bool(cube.attrs.get("units") == indices.DIGITAL)


def _band(cube: xr.DataArray, layer: str) -> str:
    name = layer.removeprefix(BAND)
    if name not in cube["band"].values.tolist():
        raise RasterError(f"There is no band {name[:40]!r}.", "Choose one from the list of layers.", code="layer")
    return name


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
