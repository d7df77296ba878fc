"""A cube from where the command line says it is: exported as Zarr or NetCDF, or kept as .npy by the store."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import xarray as xr

from eodash.cube import check
from eodash.errors import CapacityError, RasterError
from eodash.settings import settings

ADVICE = "Name a Zarr folder or NetCDF file that `python -m eodash export` wrote, or the folder of a kept cube."


def open_cube_file(path: Path) -> xr.DataArray:
    """The carrier: a kept cube stays on its memory map, others are read whole and may be as large as a fetched one."""
    if (path / "cube.json").is_file():
        return _kept(path)
    from eodash.export import open_cube  # heavy

    if path.is_dir():
        return _loaded(open_cube(path))
    if not path.is_file():
        raise RasterError(f"There is no cube {path}.", ADVICE, code="not_found")
    return _netcdf(path)


def _kept(path: Path) -> xr.DataArray:
    from eodash.store.payloads import StoredCube

    try:
        return StoredCube(path, ()).cube()
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise RasterError(f"{path.name} is damaged.", ADVICE, code="corrupt") from error


def _netcdf(path: Path) -> xr.DataArray:
    from eodash.files import gates

    limits = settings().raster_mib * 2**20, settings().block_mib * 2**20
    try:
        gates.hdf5(str(path), *limits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with xr.open_dataset(path, engine="h5netcdf", mask_and_scale=False, decode_coords="all") as opened:
                cube = opened["reflectance"].assign_coords(clear=opened["clear"].astype(bool))
                cube.attrs = {str(name): said for name, said in opened.attrs.items() if isinstance(said, str)}
                cube.attrs["units"] = cube.attrs.get("stored_units", "reflectance × 10⁴")
                return _loaded(check(cube))
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise RasterError(f"{path.name} holds no cube: {str(error)[:120]}", ADVICE, code="not_cube") from error


def _loaded(cube: xr.DataArray) -> xr.DataArray:
    limit = settings().cube_mib * 2**20
    if cube.nbytes > limit:
        raise CapacityError(
            f"The cube has {cube.nbytes / 2**20:,.0f} MiB; {limit / 2**20:,.0f} are allowed.",
            "Cut it, or set EODASH_CUBE_MIB.",
            code="too_large",
        )
    try:
        return cube.copy(data=np.asarray(cube.values)).assign_coords(clear=cube["clear"].load())
    except (OSError, ValueError, RuntimeError) as error:
        raise RasterError("The cube is damaged: not all of it can be read.", ADVICE, code="corrupt") from error
