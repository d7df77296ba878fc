"""What the colours on the map mean, under it; for both sides where there are two."""

from __future__ import annotations

import streamlit as st

from eodash.ui import cached
from eodash.ui.page import mode
from eodash.ui.viewed import Side, Viewed
from eodash.views.legend import legend, legend_html


def legends(viewed: Viewed) -> None:
    """One legend where both sides show the same layer, else one for each."""
    looks = {side: viewed.look_on(side) for side in viewed.sides}
    if len(looks) == 2 and looks["a"] == looks["b"]:
        said = _legend(viewed, "a", "A and B")
    else:
        said = "".join(_legend(viewed, side, side.upper() if len(looks) == 2 else "") for side in looks)
    layout = {"one": "", "swipe": " eo-two", "side": " eo-side-by-side"}[viewed.compare]
    st.html(f"<div class='eo-legends{layout}'>{said}</div>")


def _legend(viewed: Viewed, side: Side, name: str) -> str:
    look = viewed.look_on(side)
    made = legend(viewed.cube, look, mode(), cached.limits(viewed.run, look.layer))
    before = f"<b class='eo-side-name'>{name}</b>" if name else ""
    return f"<div>{before}{legend_html(made)}</div>"
