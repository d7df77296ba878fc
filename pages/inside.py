"""What does the model remember?"""

from eodash.ui.inside import inside
from eodash.ui.page import failures, heading
from eodash.ui.said_models import choose_model

heading(
    "What does the model remember?",
    "Gates and states of every unit over the dates: what is let in, kept, forgotten and said.",
)
choose_model()
with failures():
    inside()
