"""What the files hold: planes, one image of one band at one time each, with everything the file said about them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affine import Affine
from odc.geo.geobox import GeoBox

from eodash.errors import RasterError
from eodash.files import magic
from eodash.files.paths import fingerprint, safe_path, shown
from eodash.sandbox import Box
from eodash.settings import settings

_WAVELENGTH = re.compile(r"\s*(?:^|\()[\d.]+\s*[A-Za-zµ]+\)?$")
"""What GDAL appends to the band names of an ENVI header."""


@dataclass(frozen=True)
class Plane:
    """One image of one band: `source` is the band's number, or `["variable", {"dimension": index}]` as JSON."""

    file: str
    source: int | str
    name: str = ""  # what the file calls the band
    wavelength: float | None = None  # nm
    time: str = ""  # ISO, where the file says one for this plane
    moment: int = 0  # its place along the file's axis of time
    dtype: str = ""
    nodata: float | None = None
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    figures: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Held:
    """One file: where it lies on the ground, and its planes."""

    file: str
    driver: str
    bytes: int
    sha256: str
    shape: tuple[int, int]
    crs: str = ""  # WKT or authority code; empty: none
    transform: tuple[float, ...] = ()  # empty: none
    planes: tuple[Plane, ...] = ()
    tags: dict[str, str] = field(default_factory=dict, hash=False)
    own: dict[str, str] = field(default_factory=dict, hash=False)  # attrs of a cube that eodash wrote
    notices: tuple[str, ...] = ()

    @property
    def placed(self) -> bool:
        return bool(self.crs and self.transform)

    @property
    def geobox(self) -> GeoBox:
        return GeoBox(self.shape, Affine(*self.transform), self.crs)


def limits() -> dict[str, Any]:
    """What a reader in the sandbox is held against."""
    return {"raster_mib": settings().raster_mib, "block_mib": settings().block_mib}


def examine(box: Box, root: Path, name: str) -> Held:
    """Read one file's header, and all of its blocks once, in the sandbox."""
    path = safe_path(root, name, None)
    kind = magic.driver(path)
    if not kind:
        raise magic.refused_driver(path)
    mark = fingerprint(path)
    task = "files.describe_arrays" if kind in magic.ARRAYS else "files.describe_raster"
    try:
        said = box.call(task, {"path": str(path), "driver": kind, **limits()}).said
    except RasterError as error:
        raise named(error, name) from error
    made = _arrays if kind in magic.ARRAYS else _raster
    return made(name, kind, said, mark.bytes, mark.sha256)


def named(error: RasterError, name: str) -> RasterError:
    """The same failure, saying of which file."""
    return RasterError(
        f"{shown(name)}: {error.message}",
        error.advice,
        code=error.code,
        retryable=error.retryable,
        details=error.details | {"file": name},
    )


def _raster(name: str, kind: str, said: dict[str, Any], size: int, sha256: str) -> Held:
    count = len(said["dtypes"])
    wavelengths = _wavelengths(said, count)
    factor = _number(said["tags"].get("reflectance_scale_factor"))
    ignored = _number(said["tags"].get("data_ignore_value"))
    planes = []
    for at in range(count):
        tags = said["band_tags"][at] if at < len(said["band_tags"]) else {}
        nodata = said["nodata"][at]
        planes.append(
            Plane(
                name,
                at + 1,
                _WAVELENGTH.sub("", said["names"][at]),
                wavelengths[at],
                _band_time(tags),
                0,
                said["dtypes"][at],
                float(nodata) if nodata is not None else ignored,
                1 / factor if factor else float(said["scales"][at]),
                float(said["offsets"][at]),
                "reflectance" if factor else said["units"][at],
                said["figures"][at],
            )
        )
    notices = []
    if said["gcps"] and said["transform"] is None:
        notices.append(f"{shown(name)} is placed by ground control points only, which are not used.")
    return _held(name, kind, said, size, sha256, planes, {}, notices)


def _arrays(name: str, kind: str, said: dict[str, Any], size: int, sha256: str) -> Held:
    planes = [Plane(file=name, **plane) for plane in said["planes"]]
    return _held(name, kind, said, size, sha256, planes, said["own"], said["notices"])


def _held(
    name: str,
    kind: str,
    said: dict[str, Any],
    size: int,
    sha256: str,
    planes: Sequence[Plane],
    own: dict[str, Any],
    notices: Sequence[str],
) -> Held:
    """A file with its place on the ground, whatever kind it is."""
    place = (said["shape"][0], said["shape"][1]), said["crs"] or "", tuple(said["transform"] or ())
    return Held(name, kind, size, sha256, *place, tuple(planes), said["tags"], own, tuple(notices))


def _band_time(tags: dict[str, str]) -> str:
    return next((tags[key] for key in tags if key.lower() in ("time", "date", "datetime", "acquisition_date")), "")


def _wavelengths(said: dict[str, Any], count: int) -> list[float | None]:
    """Centre wavelengths in nm: of the band, or listed in an ENVI header."""
    unit = said["tags"].get("wavelength_units", "").lower()
    listed: Sequence[str] = said["tags"].get("wavelength", "").strip("{} \n").split(",")
    found: list[float | None] = []
    for at in range(count):
        tags = said["band_tags"][at] if at < len(said["band_tags"]) else {}
        lower = {key.lower(): value for key, value in tags.items()}
        text = lower.get("central_wavelength_um") or lower.get("wavelength")
        text = text or (listed[at] if len(listed) == count else "")
        value = _number(text)
        if value is None or value <= 0:
            found.append(None)
            continue
        micro = "central_wavelength_um" in lower or unit.startswith(("micro", "um", "µm")) or value < 100
        found.append(round(value * 1000 if micro else value, 3))
    return found


def _number(text: Any) -> float | None:
    try:
        value = float(str(text).strip())
    except ValueError:
        return None
    return value if value == value and abs(value) != float("inf") else None
