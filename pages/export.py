"""How do I take it with me?"""

from eodash.ui.exporting import export
from eodash.ui.page import failures, heading

heading(
    "How do I take it with me?",
    "The series and the layer you see, as files for other programs. "
    "Each file says where its numbers come from and what was done to them.",
)
with failures():
    export()
