"""Every way out as data: cube or layer as GeoTIFF, NetCDF or Zarr, series as CSV, area as GeoJSON, the same in Python.

Each takes a prepared carrier, writes a whole file or none, and lets all of the cube's attrs travel. Pictures are made
above, in `eodash.views.sheet` and `eodash.views.film`.
"""

from __future__ import annotations

from eodash.export.area import area_of, geojson
from eodash.export.geotiff import cog, cog_folder
from eodash.export.netcdf import netcdf
from eodash.export.raster import Layer, Raster, cube_raster
from eodash.export.saving import saving
from eodash.export.snippet import snippet
from eodash.export.table import table
from eodash.export.zarr_cube import open_cube, zarr, zipped

__all__ = [
    "Layer", "Raster", "area_of", "cog", "cog_folder", "cube_raster", "geojson", "netcdf", "open_cube", "saving",
    "snippet", "table", "zarr", "zipped",
]  # fmt: skip
