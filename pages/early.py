"""How early could we have known?"""

from eodash.ui.early import early
from eodash.ui.early_archives import archives
from eodash.ui.page import failures, heading
from eodash.ui.said_models import choose_model

heading(
    "How early could we have known?",
    "Each pixel stops when the model is sure enough. Sooner is cheaper, later is safer; the rule decides.",
)
choose_model()
with failures():
    early()
with failures(key="failed-archives"):
    archives()
