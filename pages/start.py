"""Start: what can one do here?"""

import streamlit as st

from eodash.ui.page import caption, heading
from eodash.ui.start import actions, cards, founding, refusal

refusal()
left, right = st.columns([1.6, 1], vertical_alignment="bottom")
with left:
    heading(
        "See the season as the satellite saw it",
        "Draw an area and fetch its images from a catalogue, with the price known before. "
        "Look at them date by date, clouds and failures included. "
        "Click a pixel to read its whole season on one calendar.",
    )
with right:
    actions()
cards()
founding()
caption(
    "The demo seasons are synthetic: every field, cloud and harvest is known, so every claim can be checked. "
    "Nothing on this page needs the network, a key or a GPU."
)
