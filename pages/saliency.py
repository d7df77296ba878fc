"""Which values mattered?"""

from eodash.ui.page import failures, heading
from eodash.ui.said_models import choose_model
from eodash.ui.saliency import saliency

heading(
    "Which values mattered?",
    "How the winning score moves if one band on one date rises a little. Orange raises, blue lowers it.",
)
choose_model()
with failures():
    saliency()
