"""What a file is, by its first bytes: the extension decides nothing."""

from __future__ import annotations

from pathlib import Path

from eodash.errors import RasterError
from eodash.files.paths import head, shown

RASTERS = ("GTiff", "PNG", "JPEG", "BMP", "ENVI")
"""The GDAL drivers that may open a file, each by its explicit name."""
ARRAYS = ("HDF5", "NetCDF3", "Zarr")
IMAGE_NAMES = (
    *(".tif", ".tiff", ".gtiff", ".geotiff", ".cog", ".png", ".jpg", ".jpeg", ".bmp", ".nc", ".nc4", ".cdf"),
    *(".h5", ".hdf5", ".hdf", ".he5", ".dat", ".img", ".raw", ".bsq", ".bil", ".bip", ".vrt", ".jp2"),
)
"""Names that promise an image: one that is none is said, others are passed over in silence."""
_MAGIC = (
    (b"II*\0", "GTiff"),
    (b"MM\0*", "GTiff"),
    (b"II+\0", "GTiff"),
    (b"MM\0+", "GTiff"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"BM", "BMP"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"CDF\x01", "NetCDF3"),
    (b"CDF\x02", "NetCDF3"),
    (b"CDF\x05", "NetCDF3"),
)
_RAW = (".dat", ".img", ".raw", ".bsq", ".bil", ".bip")
_ZARR = ("zarr.json", ".zgroup", ".zarray", ".zmetadata")


def driver(path: Path) -> str:
    """The driver of a file; empty if it is no image that can be taken."""
    if path.is_dir():
        return "Zarr" if any((path / name).is_file() for name in _ZARR) else ""
    start = head(path, 16)
    for magic, name in _MAGIC:
        if start.startswith(magic):
            return name
    return "ENVI" if header_of(path) is not None else ""


def header_of(path: Path) -> Path | None:
    """The header beside an ENVI raw file."""
    if path.suffix.lower() == ".hdr":
        return None
    for beside in (path.with_name(path.name + ".hdr"), path.with_name(path.name + ".HDR")):
        if _is_header(beside):
            return beside
    if not path.suffix or (path.suffix.lower() not in _RAW and _has_raw(path.with_suffix(""))):
        return None  # statistics and the like lie beside a raw file under the same name
    return next((beside for beside in (path.with_suffix(".hdr"), path.with_suffix(".HDR")) if _is_header(beside)), None)


def _has_raw(stem: Path) -> bool:
    """Whether a file lies there that is more likely the raw one."""
    return stem.is_file() or any(stem.with_name(stem.name + suffix).is_file() for suffix in _RAW)


def raw_of(header: Path) -> Path | None:
    """The raw file that an ENVI header describes."""
    stem = header.with_suffix("")
    places = [
        stem,
        *(stem.with_name(stem.name + suffix) for suffix in _RAW),
    ]
    return next((place for place in places if place.is_file() and header_of(place) == header), None)


def _is_header(path: Path) -> bool:
    return path.is_file() and head(path, 4) == b"ENVI"


def refused_driver(path: Path) -> RasterError:
    """Why a file that should be an image is not taken."""
    start = head(path, 1024)
    if not start:
        return RasterError(f"'{shown(path.name)}' is empty.", "Copy it again from where it came from.", code="corrupt")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    what = "a description of another file" if text[:1] in (b"<", b"{", b"[") else "no image that this server takes"
    return RasterError(
        f"'{shown(path.name)}' is {what}.",
        "Taken are GeoTIFF, PNG, JPEG, BMP, ENVI raw with its header, NetCDF, HDF5 and Zarr.",
        code="driver_not_allowed",
    )
