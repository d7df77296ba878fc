"""What did the satellite see?"""

from eodash.ui.look import look
from eodash.ui.page import failures, heading

heading(
    "What did the satellite see, image by image?",
    "The map shows one date, or compares two; the chart shows every date of the pixels you click.",
)
with failures():
    look()
