"""Own labels as the truth: the file, the column that holds the class, and which class of the legend each value is."""

from __future__ import annotations

import hashlib
import html
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from odc.geo.geobox import GeoBox

from eodash.cube import geobox_of
from eodash.errors import AoiError, EodashError
from eodash.settings import settings
from eodash.truth import Truth
from eodash.truth.features import SUFFIXES, Feature, columns_of, features_of, packed, unpacked
from eodash.truth.labels import labelled, likeliest, mapped
from eodash.ui import cached, choices
from eodash.ui.page import caption, failed

if TYPE_CHECKING:
    from eodash.ui.said import Said

SHOWN = 24
"""Most values of a column whose class is asked for; the others are what their names say."""
OUT = "leave out"


def own_truth(said: Said) -> Truth | None:
    """The truth that the labels of this run tell; None where it has none, an EodashError where they tell nothing."""
    kept = _kept()
    if kept is None:
        return None
    features = _features(kept["labels"])
    if features is None:
        raise AoiError(
            f"The labels of {kept['file']} are no longer kept here.", "Upload them again.", code="labels_gone"
        )
    names = _names(said)
    column, classes = _mapping(kept, features, said.legend, names)
    return _burnt(
        kept["labels"], column, tuple(classes.items()), names, geobox_of(said.cube), f"labels of {kept['file']}"
    )


def upload() -> None:
    """Where a file of labels goes in, and why the last one did not."""
    st.file_uploader(
        "Polygons with a class: GeoJSON, GeoPackage or a zipped shapefile", type=list(SUFFIXES), key="truth-file",
        max_upload_size=max(1, int(settings().aoi_upload_mib)), on_change=_take,
    )  # fmt: skip
    refused = st.session_state.get("truth-refused")
    if isinstance(refused, EodashError):
        failed(refused, key="truth-failed")


def mapping(said: Said) -> None:
    """Which column holds the class, and what each of its values is called in the legend."""
    kept = _kept()
    features = _features(kept["labels"]) if kept else None
    if kept is None or features is None:
        return
    names, columns = _names(said), columns_of(features)
    column, classes = _mapping(kept, features, said.legend, names)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        st.session_state["truth-column"] = column
        st.selectbox("Column with the class", list(columns), key="truth-column", on_change=_column_chosen)
    with right:
        st.button("Remove these labels", key="truth-remove", on_click=_remove)
    values = list(classes)[:SHOWN]
    places = st.columns(3, gap="medium")
    for place, value in enumerate(values):
        with places[place % 3]:
            key = f"truth-class-{said.legend}-{hashlib.sha256(f'{column} {value}'.encode()).hexdigest()[:10]}"
            st.session_state[key] = classes[value]
            st.selectbox(
                _plain(value), ["", *names], key=key, format_func=lambda name: name or OUT,
                on_change=partial(_class_chosen, key, said.legend, value),
            )  # fmt: skip
    if len(classes) > SHOWN:
        caption(f"{len(classes) - SHOWN} further values are what their names say, or left out.")


def notices(truth: Truth) -> None:
    """What of the labels does not count, in words."""
    if truth.notices:
        rows = "".join(f"<li>{html.escape(notice)}</li>" for notice in truth.notices)
        st.html(f"<ul class='eo-list eo-small' data-eo='truth-notices'>{rows}</ul>")


def own() -> bool:
    """Whether this run has labels of its own."""
    return _kept() is not None


def _kept() -> dict[str, Any] | None:
    """What the run's view says of its labels; None where that is nothing, or nonsense."""
    match choices.view("truth"):
        case {"labels": str(), "file": str(), "column": str(), "classes": dict()} as kept:
            return dict(kept)
    return None


def _take() -> None:
    """Read an uploaded file, keep what is in it, and compare with it from now on."""
    st.session_state.pop("truth-refused", None)
    file, opened = st.session_state.get("truth-file"), choices.run()
    if file is None or opened is None:
        return
    try:
        features = features_of(file.getvalue(), file.name)
        data = packed(features)
        key = hashlib.sha256(b"labels" + opened.key.encode() + data).hexdigest()[:40]
        arrays = {"features": np.frombuffer(data, np.uint8)}
        cached.store().keep_result(
            key, of=opened.key, arrays=arrays, meta={"kind": "labels", "file": _plain(file.name)}
        )
    except EodashError as error:
        st.session_state["truth-refused"] = error
        return
    choices.keep_view(truth={"labels": key, "file": _plain(file.name), "column": "", "classes": {}}, confusion=None)


def _column_chosen() -> None:
    kept = _kept()
    if kept is not None:
        choices.keep_view(truth=kept | {"column": st.session_state["truth-column"], "classes": {}}, confusion=None)


def _class_chosen(key: str, legend: str, value: str) -> None:
    kept = _kept()
    if kept is not None:
        said = dict(kept["classes"])
        said[legend] = dict(said.get(legend, {})) | {value: st.session_state[key]}
        choices.keep_view(truth=kept | {"classes": said}, confusion=None)


def _remove() -> None:
    st.session_state.pop("truth-refused", None)
    choices.keep_view(truth=None, confusion=None)


@lru_cache(maxsize=8)
def _read(key: str) -> tuple[Feature, ...]:
    found = cached.store().result(key)
    if found is None:
        raise KeyError(key)
    return tuple(unpacked(found.arrays["features"].tobytes()))


def _features(key: str) -> tuple[Feature, ...] | None:
    try:
        return _read(key)
    except (KeyError, ValueError):
        return None


def _names(said: Said) -> tuple[str, ...]:
    return tuple(each.name for each in said.card.legends[said.legend])


def _mapping(
    kept: dict[str, Any], features: tuple[Feature, ...], legend: str, names: tuple[str, ...]
) -> tuple[str, dict[str, str]]:
    """The column, and the class of each of its values."""
    columns = columns_of(features)
    column = kept["column"] if kept["column"] in columns else likeliest(columns, names)
    told = kept["classes"].get(legend)
    return column, mapped(columns[column], names, told if isinstance(told, dict) else {})


@lru_cache(maxsize=8)
def _burnt(
    key: str, column: str, classes: tuple[tuple[str, str], ...], names: tuple[str, ...], grid: GeoBox, source: str
) -> Truth:
    return labelled(_read(key), column, dict(classes), names, grid, source)


def _plain(text: str) -> str:
    """A name as a label shows it: no markup, one line, short."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:60]
    return "".join(f"\\{letter}" if letter in "\\`*_[]{}()#+-!$:|<>~" else letter for letter in line)
