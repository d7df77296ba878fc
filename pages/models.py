"""Which model, and how good?"""

from eodash.ui.bringing import bring
from eodash.ui.models_card import card
from eodash.ui.models_region import region
from eodash.ui.models_shelf import shelf
from eodash.ui.models_tables import tables
from eodash.ui.page import failures, heading

heading(
    "Which model, and how good?",
    "What each model needs, how often it is right on fields it has never seen, simulated and real, and where it fails.",
)
with failures(key="failed-shelf"):
    shelf()
with failures(key="failed-card"):
    card()
with failures(key="failed-region"):
    region()
with failures(key="failed-tables"):
    tables()
with failures(key="failed-bring"):
    bring()
