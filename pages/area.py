"""Which place, which season?"""

import streamlit as st

from eodash.ui.area import draw_map
from eodash.ui.choosing import choose
from eodash.ui.importing import understood
from eodash.ui.observed import observed
from eodash.ui.page import heading
from eodash.ui.price import price_and_fetch

heading(
    "Which place, which season?",
    "Draw a box, choose a source and dates. The price is known before you press Fetch.",
)
left, right = st.columns([1.45, 1], gap="medium")
with left:
    draw_map()
with right, st.container(border=True):
    choose()
    price_and_fetch()
understood()
observed()
