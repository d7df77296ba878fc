"""The pages by name. The main script lies elsewhere, so that a first deep link gets the frame, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

ROOT = Path(__file__).resolve().parents[2]


GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "": {
        "start": ("Start", "home"),
        "area": ("Area and dates", "crop_free"),
        "runs": ("My runs", "history"),
    },
    "What was seen": {
        "look": ("Image by image", "satellite_alt"),
        "series": ("Can I trust it?", "troubleshoot"),
        "sensors": ("Sensors and bands", "sensors"),
    },
    "What the model says": {
        "dates": ("Date by date", "map"),
        "early": ("How early", "timer"),
        "whatif": ("What if", "tune"),
    },
    "Why it says so": {
        "attention": ("Attention", "visibility"),
        "saliency": ("Saliency", "show_chart"),
        "inside": ("Inside the cell", "memory"),
    },
    "What changed": {"change": ("Two dates", "compare")},
    "What the models know": {"models": ("Which model?", "model_training")},
    "Take it with you": {"export": ("Export", "download")},
}
"""Every page by its slug, which permalinks use: title and icon, in the groups of the sidebar."""


def grouped() -> dict[str, list[Any]]:
    """The pages as the sidebar shows them."""
    known = pages()
    return {group: [known[slug] for slug in slugs] for group, slugs in GROUPS.items()}


def pages() -> dict[str, Any]:
    """Every page, by the slug that permalinks use."""
    return {
        slug: st.Page(
            ROOT / "pages" / f"{slug}.py", title=title, icon=f":material/{icon}:", default=slug == "start",
            url_path="" if slug == "start" else slug,
        )
        for slugs in GROUPS.values()
        for slug, (title, icon) in slugs.items()
    }  # fmt: skip


def shown(page: Any) -> Any:
    """Remember which page is drawn."""
    st.session_state["page"] = page.url_path or "start"
    return page


def here() -> str:
    """The slug of the page that is drawn."""
    return str(st.session_state.get("page", "look"))


def lead(name: str) -> None:
    """Go to a page; for callbacks, so that a run that is cut short does not swallow the click."""
    st.session_state["lead"] = name


def follow() -> None:
    """Where a callback leads; before anything of this page is drawn."""
    if (name := st.session_state.pop("lead", None)) is not None:
        st.switch_page(pages()[name])
