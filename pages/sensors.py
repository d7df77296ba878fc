"""What can each satellite see?"""

from eodash.ui.page import failures, heading
from eodash.ui.sensors import chain, compared

heading(
    "What can each satellite see?",
    "Bands on the wavelength axis, under what plants, soil and water reflect and the air lets through.",
)
with failures():
    compared()
with failures(key="failed-chain"):
    chain()
