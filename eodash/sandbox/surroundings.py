"""The environment of a child: nothing of the server's, only the limits and what keeps libraries calm."""

from __future__ import annotations

from eodash.settings import settings

SKIPPED = (
    "VRT,GTI,DERIVED,WMS,WCS,WMTS,WFS,OAPIF,OGCAPI,HTTP,CSW,STACIT,STACTA,EEDA,EEDAI,PLMOSAIC,PLSCENES,NGW,DAAS,"
    "RASTERLITE,MBTiles,PostGISRaster,PostgreSQL,MySQL,Elasticsearch,Carto,AmigoCloud,ADBC,GDALG,OGR_VRT,GPSBabel,"
    "IIPIP,KMLSUPEROVERLAY,MRF,TILEDB,Zarr,GeoRSS"
)
"""GDAL's drivers that follow a file to another place, or to a server."""

_CALM = {
    "LANG": "C.UTF-8",
    "PATH": "",
    "GDAL_SKIP": SKIPPED,
    "OGR_SKIP": SKIPPED,
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_CACHEMAX": "64",
    "GDAL_NUM_THREADS": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_TIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{noext}",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "PROJ_NETWORK": "OFF",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


def environment() -> dict[str, str]:
    """What a child may know: the limits of this server by number, and no path, name or secret of it."""
    limits = {
        f"EODASH_{name.upper()}": str(value)
        for name, value in settings().model_dump().items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return _CALM | limits
