"""catalogue → cube on loopback, against plain `odc.stac.load(pool=4)`, in turns in one process."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from eodash.bench import Row, row
from eodash.errors import ComputeError

BANDS = ("B02", "B03", "B04", "B05", "B08", "B11", "B12")
ROUNDS = 5


def against_plain_load() -> list[Row]:
    """The median ratio of wall times over the rounds, after the values were held against each other."""
    try:
        from tests.servers import catalogue, season
        from tests.servers.items import ASSETS
    except ImportError as error:
        raise ComputeError(
            "The loopback catalogue is part of the tests.", "Run this from a checkout, after scripts/install dev."
        ) from error
    import odc.stac
    import rasterio
    from pystac_client import Client

    with tempfile.TemporaryDirectory(prefix="eodash-bench-") as scratch:
        written = season.write_bench(Path(scratch) / "season")
        with catalogue.serve(written.folder) as here:
            toml = catalogue.write_toml(Path(scratch) / "catalogues.toml", here)
            os.environ.update(EODASH_CATALOGUES=str(toml), EODASH_ALLOW_LOOPBACK="true")
            from eodash import fetch
            from eodash.cube import geobox_of
            from eodash.request import Area, Period, Request
            from eodash.settings import settings
            from eodash.sources import sources

            settings.cache_clear()
            sources.cache_clear()
            period = Period.parse(written.start, written.end)
            request = Request(Area.of(written.area), period, "loopback", "sentinel-2-l2a", BANDS, 10)
            cube = fetch.fetch(request).cube
            geobox = geobox_of(cube)
            keys = [ASSETS[band][0] for band in BANDS]

            def plain() -> np.ndarray:
                search = Client.open(here.stac_url, timeout=(3, 20)).search(
                    collections=["sentinel-2-l2a"],
                    intersects=request.area.geojson["geometry"],
                    datetime=f"{period.start}/{period.end}",
                )
                with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
                    loaded = odc.stac.load(
                        list(search.items()),
                        bands=keys,
                        geobox=geobox,
                        pool=4,
                        dtype="uint16",
                        nodata=0,
                        groupby="solar_day",
                    )
                return np.stack([loaded[key].values for key in keys], 1)

            agreement = _agreement(cube.values, plain())
            seconds = _in_turns({"eodash": lambda: fetch.fetch(request), "plain": plain})
    ratios = [ours / theirs for ours, theirs in zip(seconds["eodash"], seconds["plain"], strict=True)]
    shape = " × ".join(str(size) for size in cube.shape)
    note = f"{shape}; eodash reads the scene classification too, odc.stac.load does not"
    return [
        row("catalogue", "plain odc.stac.load(pool=4)", seconds["plain"], "s"),
        row("catalogue", "eodash: catalogue → cube", seconds["eodash"], "s"),
        row("catalogue", "ratio to plain odc.stac.load", ratios, "×", 1.2, note, agreement),
    ]


def _agreement(ours: np.ndarray, plain: np.ndarray) -> str:
    """Share of values that are the plain load's once its offset is taken off; void if they are not the same picture."""
    seen = (plain > 0) & (ours != -32768)
    shifts = ours.astype(np.int32) - plain.astype(np.int32)
    same = np.isin(shifts[seen], (0, -1000)).mean()
    if same < 0.99:
        raise ComputeError(
            f"Only {same:.1%} of the values agree: the timing is void.",
            "Find out which of the two is wrong first.",
            code="disagree",
        )
    return f"{same:.2%} of values agree after the offset"


def _in_turns(ways: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            if number:  # the first round warms up
                seconds[name].append(time.perf_counter() - began)
    assert all(statistics.median(each) > 0 for each in seconds.values())
    return seconds
