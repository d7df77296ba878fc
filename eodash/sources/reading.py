"""One day's scenes → one image: opened and checked, calibrated scene by scene, mosaicked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import rasterio
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from eodash.sources.catalogues import ProductEntry
from eodash.sources.contract import NODATA
from eodash.sources.onto import onto
from eodash.sources.remote import dataset
from eodash.sources.scenes import MASK, Scene
from eodash.sources.signing import Signer

CLEAR_SCL = (4, 5, 6, 7, 11)
"""Vegetation, bare soil, water, unclassified and snow count as clear; saturated, shadow, cloud and cirrus do not."""
HIDDEN_QA = 0b11111
"""Bits of QA_PIXEL that hide the ground: fill, dilated cloud, cirrus, cloud, cloud shadow."""
_CLEAR = np.isin(np.arange(65_536), CLEAR_SCL)
_GDAL = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO", "GTIFF_IGNORE_READ_ERRORS": "NO"}


def read_day(
    scenes: Sequence[Scene],
    bands: tuple[str, ...],
    entry: ProductEntry,
    geobox: GeoBox,
    signer: Signer,
    deadline: float,
    threads: int,
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """(band, y, x) reflectance × 10⁴ and (y, x) clear; the first scene that saw a pixel gives it.

    A plain loop: odc-stac makes a dataset of each call, which costs a third of the time of a small area.
    """
    values = np.full((len(bands), *geobox.shape), NODATA, np.int16)
    mask = np.zeros(geobox.shape, np.uint16)

    def fill(band: str) -> None:
        image, empty = (mask, 0) if band == MASK else (values[bands.index(band)], NODATA)
        for number, scene in enumerate(scenes):
            gaps = image == empty if number else None
            if gaps is not None and not gaps.any():
                return
            with dataset(scene.assets[band], signer, deadline, entry.driver) as (opened, remote):
                where, numbers = onto(opened, remote.prefetch, geobox, average=band != MASK)
            part = numbers if band == MASK else scene.calibrations[band].table().take(numbers)
            np.copyto(image[where], part, where=True if gaps is None else gaps[where])

    def fill_alone(band: str) -> None:
        with rasterio.Env(**_GDAL):  # belongs to the thread
            fill(band)

    wanted = (*bands, MASK) if entry.mask else bands
    if threads > 1:
        with ThreadPoolExecutor(threads, "eodash-band") as pool:
            list(pool.map(fill_alone, wanted))
    else:  # a pool of one per date costs a quarter more
        with rasterio.Env(**_GDAL):
            for band in wanted:
                fill(band)
    seen = (values != NODATA).any(axis=0)
    return values, seen & clear(mask, entry) if entry.mask else seen


def clear(mask: NDArray[np.uint16], entry: ProductEntry) -> NDArray[np.bool_]:
    """Which pixels show the ground, by the scene's own mask."""
    if entry.mask is not None and entry.mask.kind == "qa_pixel":
        return np.asarray((mask != 0) & ((mask & HIDDEN_QA) == 0))
    return _CLEAR.take(mask)
