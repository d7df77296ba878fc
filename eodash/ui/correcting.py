"""The form that says better than the files what they hold."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from eodash.files.understood import Understood
from eodash.sensors import SENSORS
from eodash.ui import choices

AS_IT_IS = "as understood"
DATES = {"": AS_IT_IS, "step": "first date and step", "pattern": "pattern of the names", "list": "typed, one a line"}
PLACES = {"": AS_IT_IS, "blank": "a blank grid", "place": "this place"}


def correct(found: Understood, corrections: str) -> None:
    """One form, so that nothing is read again before everything is said."""
    said: dict[str, Any] = json.loads(corrections) if corrections else {}
    with st.expander("Correct it", icon=":material/edit:", expanded=bool(found.refused)):
        ways = st.columns(2)
        with ways[0]:
            dates = st.selectbox("Dates", list(DATES), format_func=DATES.__getitem__, key=_key(found, "dates-way"))
        with ways[1]:
            place = st.selectbox("Place", list(PLACES), format_func=PLACES.__getitem__, key=_key(found, "place-way"))
        with st.form(_key(found, "form"), border=False):
            made = _numbers(found, said) | _dates(found, dates) | _place(found, place)
            bands = _bands(found)
            if st.form_submit_button("Read it like this", type="primary"):
                kept = {name: value for name, value in said.items() if name in ("dates", "place", "bands")}
                _keep(kept | made | ({"bands": bands} if bands else {}))
    if corrections:
        st.button("Without my corrections", key=_key(found, "forget"), on_click=lambda: choices.keep(corrections=""))


def _key(found: Understood, name: str) -> str:
    return f"import-{name}-{found.path}"


def _keep(made: dict[str, Any]) -> None:
    choices.keep(corrections=json.dumps(made, sort_keys=True) if made else "")
    st.rerun()


def _numbers(found: Understood, said: dict[str, Any]) -> dict[str, Any]:
    """Sensor, units, scale, offset, no-data; an empty field leaves what was understood."""
    sensors = {"": AS_IT_IS, **{name: sensor.title for name, sensor in SENSORS.items()}, "custom": "another sensor"}
    units = {"": AS_IT_IS, "reflectance": "reflectance", "digital numbers": "digital numbers"}
    left, right = st.columns(2)
    with left:
        sensor = st.selectbox(
            "Sensor", list(sensors), list(sensors).index(said.get("sensor", "")), format_func=sensors.__getitem__
        )
        scale = st.text_input("Scale", str(said.get("scale", "")), placeholder=_number(found.scale))
        nodata = st.text_input(
            "No data", str(said.get("nodata", "")), placeholder=_number(found.nodata), help="A number, nan, or none"
        )
    with right:
        unit = st.selectbox(
            "Numbers", list(units), list(units).index(said.get("units", "")), format_func=units.__getitem__
        )
        offset = st.text_input("Offset", str(said.get("offset", "")), placeholder=_number(found.offset))
        align = st.selectbox(
            "Grids that differ", ["first", "common"], ["first", "common"].index(said.get("align", "first")),
            format_func={"first": "as the first image", "common": "as most images"}.__getitem__,
        )  # fmt: skip
    made = {"sensor": sensor, "units": unit, "scale": _typed(scale), "offset": _typed(offset), "nodata": _typed(nodata)}
    return {name: value for name, value in made.items() if value != ""} | ({"align": align} if align != "first" else {})


def _number(value: float | None) -> str:
    return AS_IT_IS if value is None else f"{value:g}"


def _typed(text: str) -> Any:
    """A number where it is one; the words are checked where the corrections are."""
    try:
        return float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        return text.strip()


def _dates(found: Understood, way: str) -> dict[str, Any]:
    if way == "step":
        start = st.text_input("First date", placeholder="2020-01-01")
        step = st.text_input("Step", "16", help="Days between one image and the next, or month, or year")
        return {"dates": {"start": start.strip(), "step": _typed(step)}} if start.strip() else {}
    if way == "pattern":
        pattern = st.text_input("Pattern", placeholder="scene_%d%m%Y", help="As strptime writes it: %Y, %m, %d, %j")
        return {"dates": {"pattern": pattern.strip()}} if pattern.strip() else {}
    if way == "list":
        written = "\n".join(date.time[:10] for date in found.dates)
        lines = st.text_area("Dates, one a line, in order of the images", written, max_chars=20_000)
        return {"dates": [line.strip() for line in lines.splitlines() if line.strip()]}
    return {}


def _place(found: Understood, way: str) -> dict[str, Any]:
    if way == "blank":
        return {"place": "blank"}
    if way == "place":
        crs = st.text_input("CRS", "EPSG:32630", help="Any name that PROJ knows")
        first, second, third = st.columns(3)
        with first:
            left = st.number_input("Left edge", value=None, format="%g")
        with second:
            top = st.number_input("Top edge", value=None, format="%g")
        with third:
            pixel = st.number_input("Pixel", value=None, min_value=0.0, format="%g")
        said = {"crs": crs.strip(), "left": left, "top": top, "pixel": pixel}
        return {"place": {name: value for name, value in said.items() if value is not None}}
    return {}


def _bands(found: Understood) -> list[Any] | None:
    """The bands as edited; None where nothing was."""
    rows = {
        "In the files": [band.held for band in found.bands],
        "Name": [band.name for band in found.bands],
        "Code": [band.code for band in found.bands],
        "Centre, nm": [band.centre for band in found.bands],
    }
    st.caption("Bands: an empty name leaves a band out. Code: what index formulas call it (B, G, R, N, S1, S2 …).")
    edited: dict[str, list[Any]] = st.data_editor(
        rows, hide_index=True, disabled=["In the files"], key=_key(found, "bands")
    )
    if edited == rows:
        return None
    return [
        {"name": str(name).strip(), "code": str(code or "").strip(), "centre": float(centre or 0)} if name else None
        for name, code, centre in zip(edited["Name"], edited["Code"], edited["Centre, nm"], strict=True)
    ]
