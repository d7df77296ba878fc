"""The form that says better than the files what they hold."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from eodash.files.understood import Understood
from eodash.sensors import SENSORS
from eodash.ui import choices

AS_IT_IS = "as understood"
SENSOR = {"": AS_IT_IS, **{name: sensor.title for name, sensor in SENSORS.items()}, "custom": "another sensor"}
UNITS = {"": AS_IT_IS, "reflectance": "reflectance", "digital numbers": "digital numbers"}
ALIGN = {"": "as the first image", "common": "as most images"}
DATES = {"": AS_IT_IS, "step": "first date and step", "pattern": "pattern of the names", "list": "typed, one a line"}
PLACES = {"": AS_IT_IS, "blank": "a blank grid", "place": "this place"}


def correct(found: Understood, corrections: str) -> None:
    """One form, so that nothing is read again before everything is said."""
    said: dict[str, Any] = json.loads(corrections) if corrections else {}
    with st.expander("Correct it", icon=":material/edit:", expanded=bool(found.refused)):
        left, right = st.columns(2)
        with left:
            dates = _select(found, "Dates", "dates-way", DATES)
        with right:
            place = _select(found, "Place", "place-way", PLACES)
        with st.form(_key(found, "form"), border=False):
            _numbers(found, said)
            _dates(found, dates)
            _place(found, place)
            _bands(found)
            st.form_submit_button("Read it like this", type="primary", on_click=_read, args=(found, said))
    if corrections:
        st.button("Without my corrections", key=_key(found, "forget"), on_click=say)


def say(corrections: str = "") -> None:
    """Read the files with these corrections; the price of the reading before must not be fetched any more."""
    choices.keep(corrections=corrections, recipe="")


def _key(found: Understood, name: str) -> str:
    return f"import-{name}-{found.path}"


def _said(found: Understood, name: str) -> Any:
    """What a field of the form holds; empty where it is not shown."""
    return st.session_state.get(_key(found, name), "")


def _select(found: Understood, label: str, name: str, options: dict[str, str], chosen: str = "") -> str:
    place = list(options).index(chosen) if chosen in options else 0
    return str(
        st.selectbox(label, list(options), place, format_func=options.__getitem__, key=_key(found, name))
    )  # fmt: skip


def _text(found: Understood, label: str, name: str, value: str, about: str = "", shown: str = "") -> None:
    st.text_input(label, value, placeholder=shown or None, help=about or None, key=_key(found, name), max_chars=300)


def _numbers(found: Understood, said: dict[str, Any]) -> None:
    """Sensor, units, scale, offset, no-data; an empty field leaves what was understood."""
    left, right = st.columns(2)
    with left:
        _select(found, "Sensor", "sensor", SENSOR, said.get("sensor", ""))
        _text(found, "Scale", "scale", str(said.get("scale", "")), shown=_number(found.scale))
        nodata = str(said.get("nodata", ""))
        _text(found, "No data", "nodata", nodata, "A number, nan, or none", _number(found.nodata))
    with right:
        _select(found, "Numbers", "units", UNITS, said.get("units", ""))
        _text(found, "Offset", "offset", str(said.get("offset", "")), shown=_number(found.offset))
        _select(found, "Grids that differ", "align", ALIGN, said.get("align", ""))


def _number(value: float | None) -> str:
    return AS_IT_IS if value is None else f"{value:g}"


def _dates(found: Understood, way: str) -> None:
    if way == "step":
        _text(found, "First date", "start", "", shown="2020-01-01")
        _text(found, "Step", "step", "16", "Days between one image and the next, or month, or year")
    elif way == "pattern":
        _text(found, "Pattern", "pattern", "", "As strptime writes it: %Y, %m, %d, %j", "scene_%d%m%Y")
    elif way == "list":
        written = "\n".join(date.time[:10] for date in found.dates)
        label = "Dates, one a line, in order of the images"
        st.text_area(label, written, max_chars=20_000, key=_key(found, "lines"))


def _place(found: Understood, way: str) -> None:
    if way == "place":
        _text(found, "CRS", "crs", "EPSG:32630", "Any name that PROJ knows")
        for column, (label, name) in zip(
            st.columns(3), (("Left edge", "left"), ("Top edge", "top"), ("Pixel", "pixel")), strict=True
        ):
            with column:
                _text(found, label, name, "", shown="as in the file")


def _bands(found: Understood) -> None:
    """The bands as a table; what is edited there counts."""
    st.caption("Bands: an empty name leaves a band out. Code: what index formulas call it (B, G, R, N, S1, S2 …).")
    rows = {"In the files": [band.held for band in found.bands], **_table(found)}
    st.data_editor(rows, hide_index=True, disabled=["In the files"], key=_key(found, "bands"))


def _table(found: Understood) -> dict[str, list[Any]]:
    return {
        "Name": [band.name for band in found.bands],
        "Code": [band.code for band in found.bands],
        "Centre, nm": [band.centre for band in found.bands],
    }


def _read(found: Understood, before: dict[str, Any]) -> None:
    """Read the files again with what the form says."""
    made = {name: _typed(str(_said(found, name))) for name in ("sensor", "units", "scale", "offset", "nodata", "align")}
    made |= {"dates": _dates_said(found), "place": _place_said(found), "bands": _bands_said(found)}
    kept = {name: before[name] for name in ("dates", "place", "bands") if name in before}
    said = kept | {name: value for name, value in made.items() if value not in ("", None)}
    say(json.dumps(said, sort_keys=True) if said else "")


def _typed(text: str) -> Any:
    """A number where it is one; the words are checked where the corrections are."""
    try:
        return float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        return text.strip()


def _dates_said(found: Understood) -> Any:
    way = _said(found, "dates-way")
    if way == "step" and _said(found, "start"):
        return {"start": _said(found, "start").strip(), "step": _typed(_said(found, "step"))}
    if way == "pattern" and _said(found, "pattern"):
        return {"pattern": _said(found, "pattern").strip()}
    if way == "list":
        return [line.strip() for line in _said(found, "lines").splitlines() if line.strip()]
    return None


def _place_said(found: Understood) -> Any:
    way = _said(found, "place-way")
    if way == "place":
        edges = {name: _typed(_said(found, name)) for name in ("left", "top", "pixel")}
        return {"crs": _said(found, "crs").strip()} | {name: value for name, value in edges.items() if value != ""}
    return way or None


def _bands_said(found: Understood) -> Any:
    """Every band as the table has it; None where nothing was edited."""
    edited: Any = _said(found, "bands")
    changes = edited.get("edited_rows", {}) if edited else {}
    if not changes:
        return None
    rows = [dict(zip(_table(found), values, strict=True)) for values in zip(*_table(found).values(), strict=True)]
    for row, change in changes.items():
        rows[int(row)] |= change
    return [
        {"name": str(row["Name"]).strip(), "code": row["Code"] or "", "centre": float(row["Centre, nm"] or 0)}
        if row["Name"]
        else None
        for row in rows
    ]
