"""What if it had been cloudier?"""

from eodash.ui.page import failures, heading
from eodash.ui.said import said
from eodash.ui.said_models import choose_model
from eodash.ui.whatif import what_if
from eodash.ui.whatif_stress import stress

heading(
    "What if it had been cloudier?",
    "Change the series as weather and sensors do; the prediction moves at once, the original stays beside it.",
)
choose_model()
with failures():
    if said() is not None:
        what_if()
        stress()
