"""What does the model say, date by date?"""

from eodash.ui.page import failures, heading
from eodash.ui.said import said
from eodash.ui.said_map import season
from eodash.ui.said_models import choose_model
from eodash.ui.said_parts import parts
from eodash.ui.teaching_alone import teach_alone

heading(
    "What does the model say, date by date?",
    "The map answers with every image up to the chosen date and none after it. Click a pixel to read its year.",
)
choose_model()
with failures():
    if said() is not None:
        season()
        parts()
    else:
        teach_alone()
