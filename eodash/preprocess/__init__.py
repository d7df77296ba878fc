"""A series one can trust: optional blocks in a fixed order, carrier in, carrier out.

parameter → blocks → chain (what is switched on) ─┐
clouds, bridge, whittaker, savgol, normalise ─────┴→ work (one block of rows) → running
"""

import xarray as xr

from eodash.preprocess.chain import Block, Chain
from eodash.preprocess.parameter import Parameter
from eodash.preprocess.units import per_unit

__all__ = ["Block", "Chain", "Parameter", "per_unit", "run", "steps"]


def run(cube: xr.DataArray, chain: Chain) -> xr.DataArray:
    """The series after the chain: carrier in, carrier out."""
    from eodash.preprocess.running import run as process  # scipy is not needed before somebody asks

    return process(cube, chain)


def steps(cube: xr.DataArray, chain: Chain) -> list[tuple[str, xr.DataArray]]:
    """A pixel's series after each block that is on."""
    from eodash.preprocess.running import steps as each

    return each(cube, chain)
