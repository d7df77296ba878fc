"""A hundred field parcels of Bavaria, raw Sentinel-2 L1C with its clouds, and what their farmers declared.

Dates are not published with it: fifty looks are assumed evenly over one year. Declarations are read as land cover:
wheat, rye, barley, oats, triticale, spelt and mixed grain, harvested ripe or green (GPS), are cereals; grass, clover
and lucerne, permanent (DG) or on arable land, are grassland. Set-aside, the single parcel of
rapeseed and whatever has no counterpart is −1.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.contract import Batch
from eodash.errors import RasterError
from eodash.sensors import SENSORS

FOLDER = "phiweek19"
THEIRS = ("B01", "B10", "B11", "B12", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09")
CLASSES: tuple[str, ...] = ("cereals", "maize", "grassland")
CEREALS = ("weizen", "dinkel", "roggen", "gerste", "hafer", "triticale", "menggetreide", "wintergemenge",
           "sommergemenge")  # fmt: skip
GRASS = ("gräser", "klee- u./o. luzernen", "dg mit")
YEAR = 365.0
MOST = 2**28  # bytes of one array
ORIGIN = (
    "MarcCoru/phiweek19 @ f81b6e5, CC BY 4.0; Sentinel-2 L1C over Bavaria, clouds in; dates assumed: fifty, evenly "
    "over one year"
)


class PhiweekDataset:
    """The parcels, bands in the order of the sensor."""

    name, legend, level, origin = "phiweek19", "landcover", "l1c", ORIGIN
    bands = SENSORS["sentinel-2-l1c"].names
    classes = CLASSES

    def __init__(self, folder: Path) -> None:
        """`folder` holds parcels.npz and classnames.json."""
        reflectance, label, self.group = _arrays(folder / "parcels.npz")
        names = _names(folder / "classnames.json")
        if reflectance.shape[2] != len(THEIRS) or not len(label) or label.min() < 0 or label.max() >= len(names):
            raise _corrupt(folder)
        order = [THEIRS.index(band) for band in self.bands]
        self._values = reflectance[..., order].astype(np.float32)
        self._mask: NDArray[np.bool_] = np.asarray(np.isfinite(self._values).all(-1))
        self.day = np.linspace(0, YEAR, reflectance.shape[1], dtype=np.float32)
        self.label: NDArray[np.int64] = np.array([landcover(name) for name in names], np.int64)[label]

    def __len__(self) -> int:
        return len(self.label)

    def read(self, rows: NDArray[np.int64]) -> Batch:
        """These series, in this order."""
        rows = np.asarray(rows, np.int64)
        values, mask = self._values[rows], self._mask[rows]
        day = np.repeat(self.day[None], len(rows), axis=0)
        return Batch(np.where(mask[..., None], values, 0), day, mask, self.label[rows], self.group[rows])


def landcover(declared: str) -> int:
    """The class behind a declaration; −1 where none fits."""
    text = declared.lower()
    if text == "mais":
        return CLASSES.index("maize")
    if any(grain in text for grain in CEREALS):
        return CLASSES.index("cereals")
    return CLASSES.index("grassland") if text.startswith(GRASS) else -1


def _arrays(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    try:
        with zipfile.ZipFile(path) as archive:
            if any(member.file_size > MOST for member in archive.infolist()):
                raise _corrupt(path)
        with np.load(path, allow_pickle=False) as file:
            found = file["reflectance"], file["label"].astype(np.int64), file["parcel"].astype(np.int64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _corrupt(path) from error
    if found[0].ndim != 3 or not found[0].shape[1] or not len(found[0]) == len(found[1]) == len(found[2]):
        raise _corrupt(path)
    return found


def _names(path: Path) -> tuple[str, ...]:
    try:
        return tuple(str(name) for name in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _corrupt(path) from error


def _corrupt(path: Path) -> RasterError:
    return RasterError(
        f"{path.name} does not hold the parcels of phiweek19.", "Fetch the folder phiweek19 again.", code="corrupt"
    )
