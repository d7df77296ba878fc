"""Can I trust this series?"""

from eodash.ui.page import failures, heading
from eodash.ui.series import series

heading(
    "Can I trust this series?",
    "What looks wrong with its numbers, and what each step of preprocessing does to one pixel.",
)
with failures():
    series()
