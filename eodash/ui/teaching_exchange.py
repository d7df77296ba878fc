"""Samples and head leave as files, and samples come back."""

from __future__ import annotations

import streamlit as st

from eodash.cube import geobox_of
from eodash.errors import EodashError
from eodash.teach.exchange import from_geojson, to_geojson
from eodash.teach.head_card import head_card, zipped
from eodash.ui.page import caption
from eodash.ui.regions import title_of
from eodash.ui.teaching_features import kept
from eodash.ui.teaching_state import Taught, Teaching, keep

KEY = "teach-upload"


def exchange(here: Teaching, made: Taught | None, *, only_upload: bool = False) -> None:
    """Download samples and head, upload samples."""
    if only_upload:
        _upload(here)
        return
    with st.expander("Take samples and head along, or bring samples", icon=":material/swap_vert:"):
        with st.container(horizontal=True):
            st.download_button(
                "Samples (GeoJSON)",
                lambda: to_geojson(here.samples, geobox_of(here.cube), title_of(here.run)),
                "samples.geojson", "application/geo+json", key="teach-geojson", disabled=not here.samples.fields,
                on_click="ignore",
            )  # fmt: skip
            st.download_button(
                "Head (card and weights)", lambda: _head(here, made), "taught-head.zip", "application/zip",
                key="teach-head", disabled=made is None, on_click="ignore",
            )  # fmt: skip
        caption("The head is numbers in safetensors and a TOML card that names its network: nothing in it runs.")
        _upload(here)


def _head(here: Teaching, made: Taught | None) -> bytes:
    found = kept(here.key, here.samples.shape)
    if made is None or found is None:
        return b""
    request = here.run.request
    about = {
        "run": title_of(here.run), "source": request.source, "product": request.product,
        "season": f"{request.period.start} to {request.period.end}", "area": here.run.request.area.wkt[:3000],
    }  # fmt: skip
    return zipped(head_card(made.lesson, found.ready, here.base, about))


def _upload(here: Teaching) -> None:
    st.file_uploader(
        "Samples as GeoJSON: polygons with the property 'class'", type=["geojson", "json"], key=KEY,
        on_change=lambda: _uploaded(here), max_upload_size=4,
    )  # fmt: skip


def _uploaded(here: Teaching) -> None:
    file = st.session_state.get(KEY)
    if file is None:
        return
    st.session_state.pop("teach-refused", None)
    try:
        taken = from_geojson(file.getvalue(), here.samples, geobox_of(here.cube))
        keep(taken.samples)
        st.session_state["teach-notices"] = taken.notices
    except EodashError as error:
        st.session_state["teach-refused"] = error
