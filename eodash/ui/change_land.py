"""What changed ground has become: the from–to map, and the table of every transition."""

from __future__ import annotations

import streamlit as st

from eodash.ui.change_cover import covers_known
from eodash.ui.change_found import Found
from eodash.ui.change_maps import clickable, rings
from eodash.ui.change_pictures import address, drawn_tones
from eodash.ui.map import drawn_map
from eodash.ui.page import caption, section
from eodash.ui.said_models import plain_title
from eodash.views.change_flow import transition_table
from eodash.views.change_map import of_classes
from eodash.views.map import Picture, shown
from eodash.views.picture import warp_of

KEY = "change-land-map"
HEIGHT = 344


def land(here: Found) -> None:
    """Nothing until land cover has been asked."""
    both = covers_known(here)
    if both is None or not both.changed.any():
        return
    left, right = st.columns([1, 2], gap="medium")
    warp = warp_of(here.geobox)
    with left:
        section("What has it become?", "The class after, where it is another one than before.")
        made, colours = of_classes(both.said[1], both.changed, both.where | here.usable, both.colours)
        body = drawn_tones(
            made.tobytes(), made.shape, tuple(colours), here.dates.key, str(here.dates.after), here.geobox
        )
        words = f"The class after, as {plain_title(both.card)} says, where it is another one than before"
        clickable(KEY, here)
        picture = Picture(address(body, "change-land"), warp.bounds, words)
        drawn_map(shown(picture=picture, area=here.dates.run.request.area, pixels=rings(here)), KEY,
                  bounds=warp.bounds, height=HEIGHT)  # fmt: skip
    with right:
        section("Every transition", "Hectares; on the diagonal, in soft ink, what stayed.")
        st.html(transition_table(both.hectares(here.cell), both.names, both.colours))
        caption(
            "Two maps that are each right on 85 % of the ground can agree on as little as 72 %: errors of either look "
            "like change. The images' own change is the better witness of where, the model of what."
        )
