"""One pixel's value on its way: number in the file, radiance, reflectance at the top of the air, at the ground."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from eodash.indices import DIGITAL
from eodash.radiometry import IRRADIANCE, Stored, distance, radiance, satellite_of, stored_as
from eodash.sources.contract import NODATA, DateStatus
from eodash.views.theme import PALETTES, Mode
from eodash.world.weather import sun

TOP, GROUND = ("sentinel-2-l1c",), ("sentinel-2-l2a", "landsat-c2-l2")
"""Products above the atmosphere, and at the surface."""


@dataclass(frozen=True)
class Step:
    """One station: what the value is there, or why nobody can say."""

    title: str
    value: str  # empty: not known
    unit: str
    said: str  # the formula with its numbers, or the reason
    here: bool = False  # the product that was fetched


@dataclass(frozen=True)
class LightPath:
    """The four stations, and the constants between them as (name, value, where it comes from)."""

    steps: tuple[Step, ...]
    constants: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Light:
    """What turns reflectance at the top into radiance; `lacking` says why it cannot be done."""

    irradiance: float = 0.0
    zenith: float = 0.0
    au: float = 1.0
    satellite: str = ""
    lacking: str = ""


def light_path(cube: xr.DataArray, index: int, row: int, column: int, band: str, twin: int | None = None) -> LightPath:
    """The walk of one pixel; `twin` is the same pixel in the demo world's other level, if there is one."""
    pixel = cube[index, :, row, column].sel(band=band)
    value, status = int(pixel), status_of(cube, index)
    sensor = str(cube.attrs["sensor"])
    if value == NODATA:
        return LightPath(_blank("This pixel was not observed on this date."), ())
    if cube.attrs.get("units") == DIGITAL:
        number = Step("Number in the file", f"{value:,}", "", "as the file has it", here=True)
        return LightPath((number, *_blank("Nobody said what scale these numbers have.")[1:]), ())
    stored = stored_as(status.applied) if status else None
    light = light_of(cube, index, row, column, band, status)
    reflectance = value / 1e4
    other = None if twin is None or twin == NODATA else twin / 1e4
    at_top = reflectance if sensor in TOP else other
    at_ground = reflectance if sensor in GROUND else other
    return LightPath(
        (
            _number(reflectance, stored, sensor),
            _radiance(at_top, light),
            _top(at_top, sensor),
            _ground(at_ground, sensor, _synthetic(cube)),
        ),
        _constants(status, stored, light),
    )


def status_of(cube: xr.DataArray, index: int) -> DateStatus | None:
    """What the fetch wrote down about a date; None for a cube that does not say."""
    time = cube["time"].values[index].astype("datetime64[s]")
    try:
        said = [DateStatus.from_json(one) for one in json.loads(cube.attrs.get("dates", "[]"))]
    except (ValueError, TypeError, KeyError):  # cubes from elsewhere keep their own record, or none
        return None
    return next((one for one in said if one.time.astype("datetime64[s]") == time), None)


def light_of(cube: xr.DataArray, index: int, row: int, column: int, band: str, status: DateStatus | None) -> Light:
    """Irradiance of the band, the sun's place and distance at the moment of the image."""
    if not str(cube.attrs["sensor"]).startswith("sentinel-2"):
        return Light(lacking="The irradiance of these bands is in the level-1 metadata, which this product lacks.")
    satellite = "Sentinel-2A" if _synthetic(cube) else satellite_of(status.items if status else ())
    if satellite not in IRRADIANCE or band not in IRRADIANCE[satellite]:
        return Light(lacking=f"The irradiance of {satellite or 'this satellite'} in {band} is not held here.")
    time = cube["time"].values[index].astype("datetime64[s]")
    if time == time.astype("datetime64[D]"):
        return Light(lacking="Only the day of this image is known, not the time: the sun's place is unknown.")
    longitude, latitude = place_of(cube, row, column)
    zenith = sun(latitude, longitude, time).zenith
    if zenith >= 89:
        return Light(lacking="By its time stamp this image was taken without daylight.")
    return Light(IRRADIANCE[satellite][band], zenith, distance(time), satellite)


def place_of(cube: xr.DataArray, row: int, column: int) -> tuple[float, float]:
    """Longitude and latitude of a pixel's centre."""
    box = cube.odc.geobox[row : row + 1, column : column + 1]
    point = box.extent.centroid.to_crs("EPSG:4326")
    return float(point.coords[0][0]), float(point.coords[0][1])


def _blank(reason: str) -> tuple[Step, ...]:
    titles = ("Number in the file", "Radiance", "Reflectance above the air", "Reflectance at the ground")
    return tuple(Step(title, "", "", reason) for title in titles)


def _synthetic(cube: xr.DataArray) -> bool:
    """Whether the demo world made this series."""
    try:
        return json.loads(cube.attrs.get("provenance", "{}")).get("synthetic") is True
    except (ValueError, TypeError, AttributeError):
        return False


def _number(reflectance: float, stored: Stored | None, sensor: str) -> Step:
    title = "Number in the file"
    if stored is None:
        return Step(title, "", "", "What was applied to the numbers of this date is not on record, or scenes differ.")
    exact = math.isclose(stored.scale, 1e-4)
    number = round(stored.number(reflectance))
    where = " above the air" if sensor in TOP else " at the ground" if sensor in GROUND else ""
    return Step(title, f"{'' if exact else '≈ '}{number:,}", "", f"reflectance{where} = {stored.formula}")


def _radiance(at_top: float | None, light: Light) -> Step:
    title, unit = "Radiance", "W m⁻² sr⁻¹ µm⁻¹"
    if light.lacking:
        return Step(title, "", "", light.lacking)
    if at_top is None:
        return Step(title, "", "", "It needs the reflectance above the air, which this product no longer holds.")
    value = radiance(at_top, light.irradiance, light.zenith, light.au)
    numbers = f"{at_top:.4f} · {light.irradiance:g} · cos {light.zenith:.1f}° / (π · {light.au:.4f}²)"
    return Step(title, f"{value:.2f}", unit, f"L = ρ · E · cos θ / (π · d²) = {numbers}")


def _top(at_top: float | None, sensor: str) -> Step:
    title = "Reflectance above the air"
    if at_top is None:
        why = "Taking the correction back needs the aerosol and vapour maps it was made with; they were not fetched."
        return Step(title, "", "", why if sensor in GROUND else "The product does not say whether air is corrected.")
    said = "ρ = π · d² · L / (E · cos θ)" if sensor in TOP else "the demo world's L1C of the same moment"
    return Step(title, f"{at_top:.4f}", "", said, here=sensor in TOP)


def _ground(at_ground: float | None, sensor: str, synthetic: bool) -> Step:
    title = "Reflectance at the ground"
    if at_ground is None:
        why = "It needs aerosol and vapour of the moment: fetch L2A." if sensor in TOP else ""
        return Step(title, "", "", why or "The product does not say whether air is corrected.")
    if sensor in GROUND:
        by = "LaSRC" if sensor.startswith("landsat") else "the demo world" if synthetic else "Sen2Cor"
        said = f"light of the air taken off, its losses made good, by {by}"
        return Step(title, f"{at_ground:.4f}", "", said, here=True)
    return Step(title, f"{at_ground:.4f}", "", "the demo world's L2A of the same moment")


def _constants(status: DateStatus | None, stored: Stored | None, light: Light) -> tuple[tuple[str, str, str], ...]:
    applied = status.applied if status else {}
    decided = str(applied.get("decided", ""))
    rows: list[tuple[str, str, str]] = []
    if stored is not None:
        rows.append(("scale", f"{stored.scale:g}", f"one part in {1 / stored.scale:,.0f}"))
        rows.append(("offset", f"{stored.offset:g}", decided))
    if applied.get("baseline"):
        rows.append(("processing baseline", str(applied["baseline"]), "from 04.00 on 1000 is added to the numbers"))
    if not light.lacking:
        rows.append(("E", f"{light.irradiance:g} W m⁻² µm⁻¹", f"the sun in this band at 1 au, {light.satellite}"))
        rows.append(("θ", f"{light.zenith:.2f}°", "the sun's zenith angle, computed for place and time"))
        rows.append(("d", f"{light.au:.5f} au", "1 − 0.01672 · cos(0.9856° · (day − 4))"))
        rows.append(("1 / d²", f"{light.au**-2:.5f}", "nearer in January, farther in July: ± 3.4 %"))
    return tuple(rows)


def path_html(steps: Sequence[Step], mode: Mode) -> str:
    """The stations as boxes in a row with arrows between, one under the other on a phone; all of it escaped."""
    here = PALETTES[mode]
    boxes = []
    for place, step in enumerate(steps):
        edge, width = (here.accent, 2) if step.here else (here.border, 1)
        value, size = (html.escape(step.value), "26px;font-weight:600") if step.value else ("not known", "17px")
        arrow = f"<span aria-hidden='true' style='color:{here.ink}'>→ </span>" if place else ""
        product = f"<span style='color:{here.accent};font-size:13px'>● this product</span>" if step.here else ""
        boxes.append(
            f"<div style='border:{width}px solid {edge};border-radius:8px;padding:10px 14px'>"
            f"<div style='font-size:15px;color:{here.soft}'>{arrow}{html.escape(step.title)}</div>"
            f"<div style='font-size:{size};color:{here.ink if step.value else here.soft}'>{value}"
            f" <span style='font-size:14px;font-weight:400;color:{here.soft}'>{html.escape(step.unit)}</span></div>"
            f"<div style='font-size:14px;line-height:1.4;color:{here.soft}'>{html.escape(step.said)}</div>"
            f"{product}</div>"
        )
    grid = "display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(220px,1fr))"
    return f"<div style='{grid}'>{''.join(boxes)}</div>"


def times_of(cube: xr.DataArray) -> list[np.datetime64]:
    """The moments of a series, to the second."""
    return [np.datetime64(time, "s") for time in cube["time"].values.astype("datetime64[s]")]
