"""In the sandbox: planes of several files in one answer, for a question to a child costs more than a small file."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from eodash.errors import RasterError
from eodash.files.magic import ARRAYS


def read(arguments: dict[str, Any], data: bytes | None) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """`files` lists path, driver, planes and window; plane 1 of file 0 is answered as `0.1`, its mask as `0.mask`."""
    found: dict[str, NDArray[Any]] = {}
    limits = {name: arguments[name] for name in ("raster_mib", "block_mib")}
    for at, one in enumerate(arguments["files"]):
        if one["driver"] in ARRAYS:
            from eodash.files import arrays as reader  # xarray: half a second that a raster does not need
        else:
            from eodash.files import rasters as reader  # type: ignore[no-redef]
        try:
            _, arrays = reader.read(one | limits, None)
        except RasterError as error:
            raise RasterError(
                error.message, error.advice, code=error.code, details=error.details | {"at": at}
            ) from error
        found |= {f"{at}.{name}": values for name, values in arrays.items()}
    return {}, found
