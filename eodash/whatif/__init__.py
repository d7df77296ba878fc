"""What if it had been cloudier: changes to one series, as data, and the series as it would have been.

edits (what may be changed) → reading (from and to plain JSON, nothing trusted) → changing (series in, series out)
"""

from eodash.whatif.changing import cloud_given, cloud_spectrum, edited, haze_spectrum, told_dates
from eodash.whatif.edits import Band, Cloud, Drop, Edit, Haze, Noise, Shift, covered, given_back, stamps, toggled
from eodash.whatif.reading import MOST, plain, read

__all__ = [
    "MOST",
    "Band",
    "Cloud",
    "Drop",
    "Edit",
    "Haze",
    "Noise",
    "Shift",
    "cloud_given",
    "cloud_spectrum",
    "covered",
    "edited",
    "given_back",
    "haze_spectrum",
    "plain",
    "read",
    "stamps",
    "toggled",
    "told_dates",
]
