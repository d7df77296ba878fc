"""What have I fetched?"""

from eodash.ui.page import failures, heading
from eodash.ui.runs import my_runs

heading(
    "What have I fetched?",
    "Every run of this browser: open it, name it, pin it, or let it go. Nobody else sees this list.",
)
with failures():
    my_runs()
