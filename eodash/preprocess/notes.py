"""What a chain writes beside the numbers: statuses of dates, and sentences about what it could not do."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from eodash.preprocess.blocks import Interpolate
from eodash.preprocess.chain import Chain
from eodash.preprocess.series import Mask
from eodash.sources.contract import DateStatus


def dates_between(cube: xr.DataArray) -> xr.DataArray:
    """The cube with the statuses of its own dates alone."""
    if "dates" not in cube.attrs:
        return cube
    first, last = cube["time"].values[[0, -1]].astype("datetime64[D]")
    said = [each for each in json.loads(cube.attrs["dates"]) if first <= np.datetime64(each["time"][:10]) <= last]
    return cube.assign_attrs(dates=json.dumps(said))


def dates_at(times: np.ndarray, clear: Mask, settings: Interpolate) -> str:
    """Statuses of dates that no satellite took: made from the images around them."""
    applied = {"made": f"{settings.method}, steps of {settings.step} days"}
    shares = clear.mean((1, 2))
    return json.dumps(
        [
            DateStatus(time.astype("datetime64[s]"), "used", clear=round(float(share), 4), applied=applied).to_json()
            for time, share in zip(times, shares, strict=True)
        ]
    )


def notes(cube: xr.DataArray, chain: Chain) -> list[str]:
    """Sentences about blocks that are on and did less than their title says."""
    said = []
    if chain.mask and chain.mask.buffer and cube.sizes["y"] * cube.sizes["x"] == 1:
        said.append(f"The buffer of {chain.mask.buffer} pixels was left out: one pixel has no neighbours.")
    if chain.normalise and chain.normalise.method == "zscore" and not chain.normalise.means:
        said.append("No means were given: each series is normalised by its own mean and spread.")
    count = cube.sizes["time"]
    for block in (chain.interpolate, chain.smooth):
        if block and block.method == "savgol" and block.window > count:
            said.append(f"The window of {block.window} is longer than the series of {count} and was shortened to it.")
    return said
