"""The visible layer as bands of a file: colours of a composite, or the values of an index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.cube import geobox_of
from eodash.export.raster import Layer, Raster, facts
from eodash.sensors import sensor_of
from eodash.sources.contract import NODATA
from eodash.views.layer_names import layer_title
from eodash.views.legend import legend
from eodash.views.picture import Look, index_values, rgba


def layer_raster(cube: xr.DataArray, index: int, look: Look) -> Raster:
    """One date as it is seen: red, green, blue, alpha; an index as numbers instead, one float band."""
    sensor = sensor_of(cube.attrs)
    title = layer_title(cube, look.layer)
    time = cube["time"].values[index]
    shown = json.dumps({"layer": look.layer, "title": title, "stretch": look.stretch, "mask": look.mask})
    composite = look.layer in sensor.composites
    moment = {"time": f"{time.astype('datetime64[s]')}Z"}

    def blocks() -> Iterator[NDArray[Any]]:
        if composite:
            yield np.moveaxis(rgba(cube, index, look), -1, 0)
        else:
            values, seen = index_values(cube[index], look.layer)
            yield np.where(seen, values, np.float32(NODATA)).astype(np.float32)[None]

    if composite:
        known = [*(f"{title}: {band}" for band in sensor.composites[look.layer].bands), "observed"]
        named = tuple(Layer(name, 1.0, "", moment) for name in known)
    else:
        known_of = legend(cube, look, "light")
        said = {"formula": known_of.formula, "citation": known_of.citation, "note": known_of.note}
        named = (Layer(title, 1.0, known_of.unit or "1", moment | {name: text for name, text in said.items() if text}),)
    return Raster(
        geobox_of(cube),
        named,
        blocks,
        "uint8" if composite else "float32",
        None if composite else float(NODATA),
        facts(cube) | {"shown": shown},
        (time,),
        colours=composite,
    )
