"""Does it look past the clouds?"""

from eodash.ui.attention import attention
from eodash.ui.page import failures, heading
from eodash.ui.said_models import choose_model

heading(
    "Does it look past the clouds?",
    "Attention: how much each date draws on every other one. Where it looks is not yet why it decided, "
    "so two tests stand beside it.",
)
choose_model()
with failures():
    attention()
