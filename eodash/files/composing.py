"""From planes to the understanding: bands, numbers, dates and grid put together, and the recipe that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from odc.geo.geobox import GeoBox

from eodash.errors import RasterError
from eodash.files import grids
from eodash.files.calibration import NUMBERS, REFLECTANCE, Calibration, calibrate
from eodash.files.corrections import Corrections
from eodash.files.figures import OVER
from eodash.files.held import Held, Plane
from eodash.files.layout import Image, Layout, lay
from eodash.files.moments import dated
from eodash.files.paths import shown
from eodash.files.recipes import Ingredients, recipe
from eodash.files.sensing import Sensing, sense
from eodash.files.tables import Table
from eodash.files.understood import FoundBand, FoundDate, Understood


def compose(
    name: str, held: Sequence[Held], tables: Sequence[Table], asked: Corrections, notices: list[str]
) -> Understood:
    """The understanding of examined files."""
    layout = lay(held, tables, len(asked.dates) if isinstance(asked.dates, tuple) else 0)
    if not layout.bands:
        raise RasterError("The files hold no band of measurements.", "Choose other files.", code="bands")
    notices = [*notices, *layout.notices]
    by_file = {one.file: grids.placed(one, asked) for one in held}
    images, undated = dated(layout.images, asked, by_file, notices)
    first = {band: planes[0] for image in reversed(images) for band, planes in image.planes.items()}
    names = [band for band in layout.bands if band in first]
    used = [by_file[file] for file in dict.fromkeys(plane.file for image in images for plane in _planes(image))]
    unplaced = [one.file for one in used if not one.placed]
    grid = None if unplaced else grids.common(used, [plane.file for plane in _planes(images[0])], asked.align)
    metres = round(grids.pixel_metres(grid)) if grid is not None else 0
    sensing = sense(names, first, used, max(1, metres), asked)
    notices += sensing.notices
    numbers, units = _calibrated(images, names, sensing, by_file, asked, notices)
    if grid is not None:
        _note_grids(grid, used, notices)
    if units == NUMBERS:
        notices.append("The values are digital numbers: no scale is known. Say the scale, if you know it.")
    _note_clipped(images, names, numbers, units, notices)
    refused, code = (undated, "dates") if undated else _unplaced(unplaced)
    if not refused and (lost := _lost(numbers, units, asked)):
        refused, code = lost, "scale"
    ingredients = Ingredients(
        layout.kind, sensing.sensor, dict(zip(names, sensing.bands, strict=True)), images, by_file, numbers, units,
        _white(images, names, units), grid, asked.place == "blank", tuple(dict.fromkeys(notices)),
    )  # fmt: skip
    return Understood(
        path=name,
        kind=layout.kind,
        sensor=sensing.sensor,
        bands=_found_bands(names, sensing, first, numbers),
        scale=_one([one.scale for one in numbers.values()]),
        offset=_one([one.offset for one in numbers.values()]),
        nodata=_one([one.nodata for one in numbers.values()]),
        units=units,
        dates=tuple(FoundDate(image.time, _files(image), image.how) for image in images),
        grid=grid,
        blank=asked.place == "blank" and grid is not None,
        notices=ingredients.notices,
        refused=refused,
        refused_code=code,
        how=_how(layout, sensing, numbers, images, used, asked),
        recipe="" if refused else recipe(ingredients),
    )


def _planes(image: Image) -> list[Plane]:
    return [plane for planes in image.planes.values() for plane in planes]


def _files(image: Image) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plane.file for plane in _planes(image)))


def _one(values: Sequence[Any]) -> Any:
    return values[0] if values and all(value == values[0] for value in values) else None


def _calibrated(
    images: Sequence[Image],
    names: Sequence[str],
    sensing: Sensing,
    held: dict[str, Held],
    asked: Corrections,
    notices: list[str],
) -> tuple[dict[Plane, Calibration], str]:
    """The calibration of every plane; bands whose units are not those of most are refused or left out."""
    numbers: dict[Plane, Calibration] = {}
    for image in images:
        for band, kept in zip(names, sensing.bands, strict=True):
            for plane in image.planes.get(band, ()) if kept is not None else ():
                wanted = _for_band(asked, names.index(band))
                numbers[plane] = calibrate(plane, held[plane.file], sensing.product, sensing.modis, band, wanted)
    kinds = {one.units for one in numbers.values()}
    if len(kinds) > 1:
        for plane, one in numbers.items():  # plain numbers beside reflectance would be lost in its scale
            numbers[plane] = Calibration(1.0, 0.0, one.nodata, NUMBERS, one.how) if one.scale == 1 else one
        notices.append("Some bands are reflectance, others have no known scale: say the scale of all.")
    return numbers, REFLECTANCE if kinds == {REFLECTANCE} else NUMBERS


def _for_band(asked: Corrections, at: int) -> Corrections:
    """The corrections with the scale and offset of one band, where it has its own."""
    said = asked.bands[at] if asked.bands is not None else None
    if said is None or isinstance(said, str):
        return asked
    own = {key: value for key in ("scale", "offset") if (value := getattr(said, key)) is not None}
    return asked.model_copy(update=own) if own else asked


def _note_grids(grid: GeoBox, used: Sequence[Held], notices: list[str]) -> None:
    """Say which files are aligned; those that share no ground with the rest cannot be."""
    other: dict[tuple[Any, ...], list[Held]] = {}
    for one in used:
        if not grids.same(grid, grids.upright(one.geobox)):
            other.setdefault((one.shape, one.transform, one.crs), []).append(one)
    for files in other.values():
        first = files[0]
        if not grids.overlap(grid, first.geobox):
            raise RasterError(
                f"'{shown(first.file)}' shares no ground with the grid of the series.",
                "Leave it out, or correct its place.",
                code="grid_mismatch",
                details={"files": [one.file for one in files[:20]]},
            )
        crs, size = first.geobox.crs, abs(first.transform[0])
        where = f"EPSG:{crs.to_epsg()}" if crs is not None and crs.to_epsg() else "another projection"
        listed = ", ".join(shown(PurePosixPath(one.file).name) for one in files[:3])
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""
        notices.append(
            f"Aligned to the grid of the series: {listed}{more} ({first.shape[1]} × {first.shape[0]} px of {size:g}, "
            f"{where}); nearest pixel for 8-bit numbers, else bilinear."
        )


def _note_clipped(
    images: Sequence[Image], names: Sequence[str], numbers: dict[Plane, Calibration], units: str, notices: list[str]
) -> None:
    """Count what a cube cannot hold."""
    most = OVER[0] if units == REFLECTANCE else OVER[1]
    count, more = 0, ""
    for plane, one in numbers.items():
        stored = [value for key in ("low", "high") if (value := plane.figures.get(key, 0.0)) != one.nodata]
        if max((abs(value * one.scale + one.offset) for value in stored), default=0.0) > most:
            exact = plane.figures["over"][0 if units == REFLECTANCE and one.scale == 1 else 1]
            count += max(1, exact)
            more = more if exact else " or more"
    if count:
        notices.append(f"{count:,} values{more} are too large for a cube: clipped to {most:g}.")


STEPS = 20
"""Fewer different numbers than this are left of an image that its units do not suit."""


def _lost(numbers: dict[Plane, Calibration], units: str, asked: Corrections) -> str:
    """Why numbers would not survive as whole ones; empty if they do, or if the user chose the scale."""
    factor = 1e4 if units == REFLECTANCE else 1.0
    for plane, one in numbers.items():
        if "p2" not in plane.figures or (one.how == "typed" and asked.units is None):
            continue
        step = abs(one.scale) * factor
        spread = (plane.figures["high"] - plane.figures["low"]) * step
        kept = step == round(step) >= 1 and plane.figures.get("whole", True)
        if not kept and spread < STEPS and (units == NUMBERS or 0 < spread < 1):
            name = f"'{shown(PurePosixPath(plane.file).name)}'"
            low, high = (plane.figures[key] * one.scale + one.offset for key in ("low", "high"))
            return (
                f"The numbers of {name}, {low:.4g} to {high:.4g}, would be rounded away in a cube of {units}: say a "
                "scale for all files, or leave out those of other units."
            )
    return ""


def _white(images: Sequence[Image], names: Sequence[str], units: str) -> str:
    """What is drawn as white where reflectance is not known: the highest of the bands' 98th percentiles."""
    if units != NUMBERS:
        return ""
    tops = []
    for name in names:
        said = [
            plane.figures["p98"] for image in images for plane in image.planes.get(name, ()) if "p98" in plane.figures
        ]
        tops.append(float(np.median(said)) if said else 0.0)
    return f"{max([*tops, 1.0]):g}"


def _unplaced(files: Sequence[str]) -> tuple[str, str]:
    if not files:
        return "", ""
    which = f"'{shown(PurePosixPath(files[0]).name)}'" + (f" and {len(files) - 1} more" if len(files) > 1 else "")
    verb = "have" if len(files) > 1 else "has"
    return f"{which} {verb} no coordinate system: say where it lies, or place it on a blank grid.", "no_crs"


def _found_bands(
    names: Sequence[str], sensing: Sensing, first: dict[str, Plane], numbers: dict[Plane, Calibration]
) -> tuple[FoundBand, ...]:
    made = []
    for name, band in zip(names, sensing.bands, strict=True):
        plane = first[name]
        one = numbers.get(plane)
        low, high = plane.figures.get("p2"), plane.figures.get("p98")
        if band is None or one is None:
            made.append(FoundBand(name, low=low, high=high, how="left out"))
            continue
        told = (band.name, band.title, band.code, band.centre, one.scale, one.offset, one.nodata, low, high, one.how)
        made.append(FoundBand(name, *told))
    return tuple(made)


def _how(
    layout: Layout,
    sensing: Sensing,
    numbers: dict[Plane, Calibration],
    images: Sequence[Image],
    used: Sequence[Held],
    asked: Corrections,
) -> dict[str, str]:
    """The evidence of each field."""
    ways = list(dict.fromkeys(image.how.partition(" (")[0] for image in images))
    scales = list(dict.fromkeys(one.how for one in numbers.values()))
    stated = any(plane.nodata is not None for plane in numbers)
    where = "the files" if all(one.placed for one in used) else "not said"
    return {
        "kind": f"{len(used)} file{'s' if len(used) > 1 else ''}",
        "sensor": sensing.how,
        "bands": "typed" if asked.bands is not None else sensing.how,
        "scale": "; ".join(scales[:3]),
        "units": "; ".join(scales[:3]),
        "nodata": "typed" if asked.nodata is not None else "the files" if stated else "none stated",
        "dates": "; ".join(ways[:3]),
        "grid": f"typed: {asked.place if asked.place == 'blank' else 'a place'}" if asked.place else where,
    }
