"""The pages by name. The main script lies elsewhere, so that a first deep link gets the frame, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

ROOT = Path(__file__).resolve().parents[2]


def pages() -> dict[str, Any]:
    """Every page, by the slug that permalinks use."""
    folder = ROOT / "pages"
    return {
        "start": st.Page(folder / "start.py", title="Start", icon=":material/home:", default=True),
        "area": st.Page(folder / "area.py", title="Area and dates", icon=":material/crop_free:", url_path="area"),
        "look": st.Page(folder / "look.py", title="Image by image", icon=":material/satellite_alt:", url_path="look"),
    }


def go(name: str) -> NoReturn:
    st.switch_page(pages()[name])
