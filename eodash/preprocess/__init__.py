"""A series one can trust: optional blocks in a fixed order, carrier in, carrier out.

parameter → blocks → chain (what is switched on) ─┐
clouds, bridge, whittaker, savgol, normalise ─────┴→ work (one block of rows) → running
"""

from eodash.preprocess.chain import Block, Chain
from eodash.preprocess.parameter import Parameter
from eodash.preprocess.running import run, steps
from eodash.preprocess.units import per_unit

__all__ = ["Block", "Chain", "Parameter", "per_unit", "run", "steps"]
