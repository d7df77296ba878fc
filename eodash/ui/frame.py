"""The frame around every page: navigation, the sidebar with the current region, the panel of limits and versions."""

from __future__ import annotations

import html
from pathlib import Path

import streamlit as st

from eodash.settings import Settings, settings
from eodash.ui import cached, choices, exhibits_open
from eodash.ui.engine_line import engine_line
from eodash.ui.exhibits_note import note
from eodash.ui.map import assets
from eodash.ui.navigation import follow, grouped, shown
from eodash.ui.page import mode, palette
from eodash.ui.regions import describe_run, link

ASSETS = Path(__file__).parent / "assets"


def style() -> None:
    """The only injected style: colours of the mode as variables, then the rules that the theme cannot say."""
    here = palette()
    names = ("page", "ink", "soft", "accent", "panel", "axis", "warn", "ok", "bad", "hatch")
    variables = "".join(f"--eo-{name}:{getattr(here, name)};" for name in names)
    rules = "".join((ASSETS / f"{name}.css").read_text() for name in ("page", "figure", "exhibit"))
    dark = ".stButton button[kind=primary]{color:#0B1416}" if mode() == "dark" else ""
    st.html(f"<style>:root{{{variables}}}{dark}{rules}</style>")


def sidebar() -> None:
    with st.sidebar:
        opened = choices.run()
        if opened is None:
            st.html("<p class='eo-side'><b>No region yet</b><br>Open the demo season or draw an area.</p>")
        else:
            title, about = describe_run(opened)
            st.html(f"<p class='eo-side'><b>{html.escape(title)}</b><br>{html.escape(about)}</p>")
            with st.popover("Link to this run", icon=":material/link:", width="stretch"):
                st.caption("Opens the same area, dates and view in any browser that reaches this server.")
                st.code(link(opened.id), language=None, wrap_lines=True)
        network = "local map; tile layers on choice" if settings().online else "no network: local base map"
        maps = network if assets().local else "maps load Leaflet from the CDN"
        st.html(f"<p class='eo-side'><span class='eo-ok'>●</span> {html.escape(maps)}</p>")
        engine_line()
        if not cached.keeps():
            said = f"▲ {settings().home} cannot be written: runs are lost when this server stops."
            st.html(f"<p class='eo-side eo-warn'>{html.escape(said)}</p>")
        if st.button("Limits and versions", type="tertiary", icon=":material/info:"):
            limits()


@st.dialog("Limits and versions", width="large")
def limits() -> None:
    """What this server allows, and what runs on it."""
    st.caption("Set by environment variables `EODASH_…`; an estimate is held against them before anything is fetched.")
    shown = {
        name.upper(): (getattr(settings(), name), field.description)
        for name, field in Settings.model_fields.items()
        if name not in ("home", "catalogues", "hosts")
    }
    st.table(
        {
            "Limit": [f"EODASH_{name}" for name in shown],
            "Now": [str(value) for value, _ in shown.values()],
            "What": [str(what) for _, what in shown.values()],
        }
    )
    st.table({"Package": list(cached.versions()), "Version": list(cached.versions().values())})


st.set_page_config("eodash", str(ASSETS / "icon.png"), layout="wide", initial_sidebar_state=248)
st.logo(str(ASSETS / f"logo-{mode()}.svg"), size="large")
style()
choices.follow_link()
page = shown(st.navigation(grouped(), expanded=True))
exhibits_open.follow_link()
follow()
sidebar()
if notice := st.session_state.pop("notice", None):
    st.warning(notice, icon=":material/link_off:")
note()
page.run()
