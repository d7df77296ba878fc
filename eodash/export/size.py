"""About how large a file becomes, from one date that is packed for trial."""

from __future__ import annotations

import zlib

import numpy as np
import xarray as xr

TRIAL = 1024
"""At most so many rows of a date are packed."""


def about_bytes(cube: xr.DataArray) -> dict[str, int]:
    """By format. Each packs in its own way: differences of neighbours, high and low bytes apart, as it is."""
    values = cube[cube.sizes["time"] // 2, :, :TRIAL].values
    raw = cube.size * 2
    differences = np.diff(values, axis=-1, prepend=values[..., :1] * 0)
    bytewise = values.reshape(-1).view(np.uint8).reshape(-1, 2).T
    differences = np.moveaxis(differences, 0, -1)  # band beside band, as the GeoTIFF stores them
    near, shuffled, plain = (
        len(zlib.compress(np.ascontiguousarray(part).tobytes(), level)) / values.nbytes
        for part, level in ((differences, 6), (bytewise, 4), (values, 6))
    )
    told = sum(len(str(value).encode()) for value in cube.attrs.values()) + 10_000
    return {
        "cog": round(raw * near) + cube.sizes["time"] * told,
        "netcdf": round(raw * shuffled) + told,
        "zarr": round(raw * plain) + told,
        "csv": cube.sizes["time"] * (60 + 8 * cube.sizes["band"]),
    }
