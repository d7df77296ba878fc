"""Small files in every format, with numbers known by hand."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr
from affine import Affine
from numpy.typing import NDArray

from eodash.fetch import fetch
from eodash.files import understand
from eodash.files.understood import Understood
from tests.toys import small_cube

UTM = "EPSG:32630"
CORNER = Affine(10.0, 0.0, 506_000.0, 0.0, -10.0, 5_328_000.0)


def image(bands: int = 3, rows: int = 8, columns: int = 10, dtype: str = "int16", start: int = 100) -> NDArray[Any]:
    """Band b holds start·(b + 1) + its pixel's number."""
    pixels = np.arange(rows * columns).reshape(rows, columns)
    return np.stack([start * (band + 1) + pixels for band in range(bands)]).astype(dtype)


def tif(path: Path, values: NDArray[Any] | None = None, tags: dict[str, str] | None = None, **changes: Any) -> Path:
    """A GeoTIFF; changes of the profile, such as crs, transform, nodata, compress, scales, offsets, descriptions."""
    values = image() if values is None else values
    later = {key: changes.pop(key) for key in ("scales", "offsets", "descriptions", "units") if key in changes}
    profile = {
        "driver": "GTiff",
        "count": values.shape[0],
        "height": values.shape[1],
        "width": values.shape[2],
        "dtype": values.dtype.name,
        "crs": UTM,
        "transform": CORNER,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", **profile | changes) as made:
        made.write(values)
        made.update_tags(**tags or {})
        for name, said in later.items():
            setattr(made, name, said)
    return path


def envi(path: Path, values: NDArray[Any], more: str = "", interleave: str = "bsq", placed: bool = True) -> Path:
    """An ENVI raw file with a header in upper case."""
    bands, rows, columns = values.shape
    order = {"bsq": (0, 1, 2), "bil": (1, 0, 2), "bip": (1, 2, 0)}[interleave]
    code = {"uint8": 1, "int16": 2, "float32": 4, "float64": 5, "uint16": 12}[values.dtype.name]
    path.write_bytes(np.ascontiguousarray(values.transpose(order)).tobytes())
    place = "map info = {UTM, 1, 1, 506000, 5328000, 10, 10, 30, North, WGS-84, units=Meters}\n" if placed else ""
    path.with_name(path.name + ".HDR").write_text(
        f"ENVI\nsamples = {columns}\nlines = {rows}\nbands = {bands}\nheader offset = 0\nfile type = ENVI Standard\n"
        f"data type = {code}\ninterleave = {interleave}\nbyte order = 0\n{place}{more}"
    )
    return path


def own_cube() -> xr.DataArray:
    """A cube with everything that a fetch writes."""
    cube = small_cube()
    cube.values[2, :, :3] = -32_768
    cube.clear.values[2, :3] = False
    cube.attrs |= {
        "units": "reflectance × 10⁴",
        "provenance": json.dumps({"source": "Demo world", "seed": 7}),
        "corrections": json.dumps(["offset −1000 removed from 3 dates"]),
        "dates": "[]",
        "request": "{}",
    }
    return cube


def write(data: xr.Dataset | xr.DataArray, path: Path, **options: Any) -> Path:
    """A Zarr folder or a NetCDF file, by the ending."""
    dataset = data.to_dataset() if isinstance(data, xr.DataArray) else data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Zarr: strings and consolidated metadata are not in its version 3 yet
        if path.suffix == ".zarr":
            dataset.to_zarr(path, mode="w", **options)
        else:
            dataset.to_netcdf(path, **{"engine": "h5netcdf"} | options)
    return path


def read(name: str | Path, said: dict[str, Any] | None = None, **asked: Any) -> tuple[Understood, xr.DataArray]:
    """What was understood, and the cube it gives."""
    found = understand(name, said)
    return found, fetch(found.request(**asked)).cube
