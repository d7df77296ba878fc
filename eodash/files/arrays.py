"""In the sandbox: NetCDF, HDF5 and Zarr, as planes of one band at one time. Plain tasks."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.errors import RasterError
from eodash.files import gates, times
from eodash.files.axes import Axes, axes, crs_of, transform_of
from eodash.files.figures import Figures
from eodash.files.names import plain
from eodash.files.own import check, check_sensor

PLANES = 20_000
KEPT = 4
_BLOCK = 16 * 2**20
_ENGINES = {"HDF5": "h5netcdf", "NetCDF3": "scipy", "Zarr": "zarr"}
_OWN = (
    *("sensor", "sensor_bands", "units", "provenance", "dates", "request", "corrections", "chain", "left_out", "white"),
)
_PLACES = ("lat", "lon", "latitude", "longitude", "x", "y", "spatial_ref", "crs")
_STRANGE = "The time axis cannot be understood: type the dates."
_open: dict[str, xr.Dataset] = {}


def describe(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What the file holds; then every chunk is read once, so that damage is found now."""
    with _opened(arguments) as (opened, notices):
        found = axes(opened)
        if found is None:
            raise RasterError("The file holds no picture.", "Choose a file with rows and columns.", code="empty")
        transform, fault = transform_of(opened, found)
        planes = [plane for name in _pictures(opened, found) for plane in _planes(opened, name, found)]
        if not planes:
            raise RasterError("The file holds no picture.", "Choose a file with rows and columns.", code="empty")
        _notice_times(_times(opened, found), notices)
        own = _own(opened)
        if not own and any(
            "provenance" in said for said in (opened.attrs, *(v.attrs for v in opened.variables.values()))
        ):
            notices.append("What the file says of its sensor and its history cannot be read: taken as a foreign file.")
        tags = {str(key): str(value)[:2000] for key, value in list(opened.attrs.items())[:80]}
        said = {
            "shape": [opened.sizes[found.y], opened.sizes[found.x]],
            "crs": crs_of(opened, found),
            "transform": transform,
            "planes": planes,
            "tags": tags,
            "own": own,
            "notices": [*notices, *([fault] if fault else [])],
        }
    return said, {}


def read(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Some planes of a window [row, column, rows, columns], as they are stored."""
    row, column, rows, columns = arguments["window"]
    with _opened(arguments) as (opened, _):
        found = axes(opened)
        assert found is not None
        cuts: dict[str, NDArray[Any]] = {}
        arrays = {}
        for at, source in enumerate(arguments["planes"]):
            name, index = json.loads(source)
            moment = {found.time: index[found.time]} if found.time in index else {}
            key = json.dumps([name, moment])
            if key not in cuts:  # all bands of a date often lie in one chunk
                window = {found.y: slice(row, row + rows), found.x: slice(column, column + columns)}
                part = opened[name].isel(moment | window)
                first = [dim for dim in part.dims if dim not in (found.y, found.x)]
                cuts[key] = _numbers(part.transpose(*first, found.y, found.x).values)
            arrays[str(at)] = cuts[key][index[found.band]] if found.band in index else cuts[key]
    return {}, arrays


@contextmanager
def _opened(arguments: dict[str, Any]) -> Iterator[tuple[xr.Dataset, list[str]]]:
    """A dataset that has passed the gates, numbers as stored; the last few stay open."""
    path, driver = arguments["path"], arguments["driver"]
    limits = arguments["raster_mib"] * 2**20, arguments["block_mib"] * 2**20
    notices: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            key = gates.state(path)
            if key not in _open:
                while len(_open) >= KEPT:
                    _open.pop(next(iter(_open))).close()
                if driver == "HDF5":
                    gates.hdf5(path, *limits)
                elif driver == "Zarr":
                    gates.zarr(path, *limits)
                _open[key] = _dataset(path, driver, notices)
                for name, array in _open[key].variables.items():
                    if array.dtype.kind in "biuf":
                        gates.sized(str(name), array.shape, array.dtype.itemsize, None, *limits)
            yield _open[key], notices
    except (RasterError, MemoryError):
        raise
    except Exception as error:  # h5py, zarr and xarray raise nearly everything over damaged files
        if "memory" in str(error).lower():
            raise MemoryError from error
        raise gates.damaged(path) from error


def _dataset(path: str, driver: str, notices: list[str]) -> xr.Dataset:
    options: dict[str, Any] = {"mask_and_scale": False, "decode_timedelta": False, "cache": False, "chunks": None}
    more = {"consolidated": False} if driver == "Zarr" else {"phony_dims": "access"} if driver == "HDF5" else {}
    try:
        return xr.open_dataset(path, engine=_ENGINES[driver], **options, **more)
    except (ValueError, ImportError, OverflowError):
        notices.append(_STRANGE)
        return xr.open_dataset(path, engine=_ENGINES[driver], decode_times=False, **options, **more)


def _notice_times(times: list[str], notices: list[str]) -> None:
    if all(times) and _STRANGE in notices:
        notices.remove(_STRANGE)


def _pictures(data: xr.Dataset, found: Axes) -> list[str]:
    """The variables that hold images: the cube's own first, coordinates of pixels left out."""
    known = {found.y, found.x, found.time, found.band}
    names = [
        str(name)
        for name, array in data.variables.items()
        if {found.y, found.x} <= set(map(str, array.dims)) <= known
        and array.dtype.kind in "biuf"
        and str(name).lower() not in _PLACES
    ]
    return sorted(names, key=lambda name: name in data.coords)


def _planes(data: xr.Dataset, name: str, found: Axes) -> list[dict[str, Any]]:
    array = data[name]
    moments = array.sizes.get(found.time, 1) if found.time else 1
    bands = array.sizes.get(found.band, 1) if found.band else 1
    if moments * bands > PLANES:
        raise RasterError(f"The file holds {moments * bands:,} images.", "Split it.", code="too_large")
    attrs = array.attrs
    fill = attrs.get("_FillValue", attrs.get("missing_value"))
    nodata = float(np.ravel(fill)[0]) if fill is not None and np.ravel(fill).dtype.kind in "iuf" else None
    figures = _read_all(array, found, nodata)
    moments_, labels, waves = _times(data, found), _labels(data, found), _waves(data, found)
    made = []
    for at in range(moments * bands):
        moment, band = divmod(at, bands)
        index = ({found.time: moment} if found.time in array.dims else {}) | (
            {found.band: band} if found.band in array.dims else {}
        )
        alone = found.band not in array.dims
        made.append(
            {
                "source": json.dumps([name, index]),
                "name": plain(name)[:80] if alone else labels[band],
                "wavelength": _nm(attrs) if alone else waves[band],
                "moment": moment,
                "time": moments_[moment] if found.time in array.dims else "",
                "dtype": "uint8" if array.dtype.kind == "b" else str(array.dtype),
                "nodata": nodata if nodata is None or np.isfinite(nodata) else None,
                "scale": _number(attrs.get("scale_factor"), 1.0),
                "offset": _number(attrs.get("add_offset"), 0.0),
                "unit": str(attrs.get("units", ""))[:80],
                "figures": figures[at].said(),
            }
        )
    return made


def _read_all(array: xr.DataArray, found: Axes, nodata: float | None) -> list[Figures]:
    """Read every chunk, and keep what the numbers of each image are like."""
    order = [dim for dim in (found.time, found.band, found.y, found.x) if dim and dim in array.dims]
    array = array.transpose(*order)
    chunks = dict(array.encoding.get("preferred_chunks") or {})
    steps = {dim: max(1, int(chunks.get(dim, 1))) for dim in order}
    row = array.sizes[found.x] * array.dtype.itemsize * steps.get(found.time, 1) * steps.get(found.band, 1)
    steps[found.y] = max(steps[found.y], _BLOCK // max(1, row) // steps[found.y] * steps[found.y])
    bands = array.sizes.get(found.band, 1) if found.band in order else 1
    moments = array.sizes.get(found.time, 1) if found.time in order else 1
    figures = [Figures(nodata) for _ in range(moments * bands)]
    every = max(1, array.sizes[found.y] * array.sizes[found.x] // 20_000)
    for moment in range(0, moments, steps.get(found.time, 1)):
        for band in range(0, bands, steps.get(found.band, 1)):
            for top in range(0, array.sizes[found.y], steps[found.y]):
                cut = {found.y: slice(top, top + steps[found.y])}
                if found.time in order:
                    cut[found.time] = slice(moment, moment + steps[found.time])
                if found.band in order:
                    cut[found.band] = slice(band, band + steps[found.band])
                block = _numbers(array.isel(cut).values)
                block = block.reshape(
                    min(steps.get(found.time, 1), moments - moment), min(steps.get(found.band, 1), bands - band),
                    *block.shape[-2:],
                )  # fmt: skip
                for i, j in np.ndindex(block.shape[:2]):
                    figures[(moment + i) * bands + band + j].add(block[i, j], every)
    return figures


def _numbers(values: NDArray[Any]) -> NDArray[Any]:
    return values.view(np.uint8) if values.dtype == bool else values


def _times(data: xr.Dataset, found: Axes) -> list[str]:
    if not found.time:
        return [""]
    size = data.sizes[found.time]
    values = data[found.time].values if found.time in data.variables else np.zeros(size)
    if values.dtype.kind != "M":
        attrs = data[found.time].attrs if found.time in data.variables else {}
        return times.read(values, str(attrs.get("units", "")), str(attrs.get("calendar", "")))
    return ["" if np.isnat(value) else str(value.astype("datetime64[s]")) for value in values]


def _labels(data: xr.Dataset, found: Axes) -> list[str]:
    if not found.band:
        return []
    size = data.sizes[found.band]
    for name in (found.band, "band_name", "band_names", "long_name"):
        if name in data.variables and data[name].dims == (found.band,) and data[name].dtype.kind in "UOST":
            texts = [value.decode() if isinstance(value, bytes) else str(value) for value in data[name].values]
            return [plain(text)[:80] or f"band{at + 1}" for at, text in enumerate(texts)]
    return [f"band{at + 1}" for at in range(size)]


def _waves(data: xr.Dataset, found: Axes) -> list[float | None]:
    if not found.band:
        return []
    for name in ("wavelength", "wavelengths", "center_wavelength", found.band):
        if name in data.variables and data[name].dims == (found.band,) and data[name].dtype.kind == "f":
            return [round(float(value) * (1000 if value < 100 else 1), 3) for value in data[name].values]
    return [None] * data.sizes[found.band]


def _nm(attrs: dict[str, Any]) -> float | None:
    said = _number(attrs.get("wavelength", attrs.get("radiation_wavelength")), 0.0)
    return None if said <= 0 else said * (1000 if said < 100 else 1)


def _number(said: Any, otherwise: float) -> float:
    try:
        value = float(np.ravel(said)[0]) if said is not None else otherwise
    except (ValueError, TypeError, IndexError):
        return otherwise
    return value if np.isfinite(value) else otherwise


def _own(data: xr.Dataset) -> dict[str, str]:
    """The attrs of a cube that eodash wrote, whether they lie on the cube or on the file."""
    cube = data["reflectance"].attrs if "reflectance" in data else {}
    both = {**data.attrs, **cube}
    if not isinstance(both.get("sensor"), str) or "provenance" not in both:
        return {}
    own = {key: both[key] for key in _OWN if isinstance(both.get(key), str)}
    try:
        check(own)
        check_sensor(own)
        return own
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, RasterError):
        return {}
