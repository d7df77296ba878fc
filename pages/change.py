"""What changed between two dates?"""

from eodash.ui.change import change
from eodash.ui.page import failures, heading
from eodash.ui.said_models import choose_model

heading(
    "What changed between two dates?",
    "Distance between the two images, pixel by pixel; a threshold calls it change. Where truth is known, the errors "
    "are shown.",
)
choose_model()
with failures():
    change()
