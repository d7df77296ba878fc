"""What goes into one raster file: bands on a grid, each with its label, and what is known about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash import __version__
from eodash.cube import geobox_of
from eodash.errors import EodashError
from eodash.preprocess.units import per_unit, units_of
from eodash.sensors import Band, sensor_of
from eodash.sources.contract import NODATA

CLEAR = "clear: 1 usable, 0 cloud, shadow or unobserved"


@dataclass(frozen=True)
class Layer:
    """One band of a file."""

    name: str
    scale: float = 1.0
    unit: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raster:
    """Bands on a grid; `blocks` gives their values piece by piece, so that a huge cube is never in memory at once."""

    geobox: GeoBox
    layers: tuple[Layer, ...]
    blocks: Callable[[], Iterator[NDArray[Any]]]  # each (some bands, y, x), together all bands in order
    dtype: str
    nodata: float | None
    tags: dict[str, str]
    times: tuple[np.datetime64, ...]
    colours: bool = False  # the bands are red, green, blue, alpha


def facts(cube: xr.DataArray) -> dict[str, str]:
    """All that a cube says about itself, as text: request, provenance, dates, corrections, chain, what was left out."""
    said = {
        key: _storable(value if isinstance(value, str) else json.dumps(value, default=str))
        for name, value in cube.attrs.items()
        if (key := "".join(letter for letter in str(name) if letter.isprintable()).strip())
    }
    return said | {"software": f"eodash {__version__}"}


def _storable(text: str) -> str:
    """Without what no format holds: NUL, and halves of letters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def stored_units(said: dict[str, str]) -> dict[str, str]:
    """The same with `units` under a name that readers do not take for the unit of unpacked values."""
    return {("stored_units" if name == "units" else name): text for name, text in said.items()}


def wkt_of(geobox: GeoBox) -> str:
    """The coordinate system of a grid, which every checked cube has."""
    assert geobox.crs is not None
    return str(geobox.crs.to_wkt())


def scale_of(cube: xr.DataArray) -> tuple[float, str]:
    """What one stored step is worth, and of what; digital numbers stay what they are."""
    return 1 / per_unit(cube.attrs), units_of(cube.attrs).split(" × ")[0]


def bands_of(cube: xr.DataArray) -> dict[str, Band]:
    """What is known about the bands of a cube, by name; a cube of no known sensor has none."""
    try:
        known = {band.name: band for band in sensor_of(cube.attrs).bands}
    except (EodashError, KeyError, ValueError):
        return {}
    return {name: known[name] for name in cube["band"].values.tolist() if name in known}


def cube_raster(cube: xr.DataArray, dates: Sequence[int] | None = None) -> Raster:
    """Some dates of a cube, all by default: for each the bands and, last, which pixels are clear."""
    chosen = list(range(cube.sizes["time"])) if dates is None else list(dates)
    times = tuple(cube["time"].values[index] for index in chosen)
    scale, unit = scale_of(cube)
    known = bands_of(cube)
    names = [str(name) for name in cube["band"].values.tolist()]
    layers: list[Layer] = []
    for time in times:
        before = f"{time.astype('datetime64[D]')} " if len(times) > 1 else ""
        moment = {"time": f"{time.astype('datetime64[s]')}Z"}
        for name in names:
            band = known.get(name)
            more = {"title": band.title, "centre_nm": f"{band.centre:g}", "width_nm": f"{band.width:g}"} if band else {}
            layers.append(Layer(f"{before}{name}", scale, unit, moment | {"band": name} | more))
        layers.append(Layer(f"{before}clear", 1.0, "", moment | {"band": "clear", "meaning": CLEAR}))

    def blocks() -> Iterator[NDArray[Any]]:
        for index in chosen:
            yield np.concatenate([cube[index].values, cube["clear"][index].values[None].astype(np.int16)])

    return Raster(geobox_of(cube), tuple(layers), blocks, "int16", NODATA, facts(cube), times)
