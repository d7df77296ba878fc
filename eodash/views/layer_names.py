"""Every layer that can be drawn, by its name, with its title."""

from __future__ import annotations

import xarray as xr

from eodash.errors import RasterError
from eodash.sensors import sensor_of
from eodash.views.picture import BAND, SPYNDEX, band_layers, index_layers, layers


def offered(cube: xr.DataArray) -> dict[str, str]:
    """The few layers that most people want, then every other index, then the bands."""
    sensor, bands = sensor_of(cube.attrs), tuple(cube["band"].values.tolist())
    more = index_layers(sensor, bands, str(cube.attrs.get("units", "")))
    return layers(sensor, bands) | more | band_layers(sensor, bands)


def layer_title(cube: xr.DataArray, name: str) -> str:
    return offered(cube)[layer_name(cube, name)]


def layer_name(cube: xr.DataArray, asked: str = "") -> str:
    """A layer by its name, an index or a band by its own (`EVI`, `B04`); without a name the first there is."""
    known = offered(cube)
    if not known:
        raise RasterError(
            "The bands of this cube make no picture.", "Export the cube, or the series of a pixel.", code="no_layer"
        )
    for name in (asked or next(iter(known)), f"{SPYNDEX}{asked}", f"{BAND}{asked}"):
        if name in known:
            return name
    few = ", ".join(list(known)[:8])
    raise RasterError(
        f"There is no layer '{asked[:40]}'.", f"There are {few}, and any index or band by its name.", code="no_layer"
    )
