"""Planes → images: which plane is which band of which date, from how files and folders are arranged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from eodash.files.bands import LEFT_OUT, MASKS
from eodash.files.held import Held, Plane
from eodash.files.magic import ARRAYS
from eodash.files.names import Said, band_in, date_in, moment
from eodash.files.tables import Table

ACQUIRED = (
    *("acquisition_date", "date_acquired", "acquisitiondate", "acquisition_time", "acquisitiondatetime"),
    *("sensing_time", "sensing_date", "datatake_sensing_start", "product_start_time", "datetime", "date", "time"),
)
"""Tags that say when an image was taken; TIFFTAG_DATETIME may be the day on which the file was written."""


@dataclass(frozen=True)
class Image:
    """Everything of one moment: band → its planes, more than one where files overlap."""

    key: str
    time: str = ""
    how: str = "none"
    planes: dict[str, tuple[Plane, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """The kind of arrangement, its images in order of name, and the bands in order."""

    kind: str
    images: tuple[Image, ...]
    bands: tuple[str, ...]
    notices: tuple[str, ...] = ()


def lay(held: Sequence[Held], tables: Sequence[Table], typed: int = 0) -> Layout:
    """The arrangement of some files; `typed` is how many dates the user lists."""
    if held[0].driver in ARRAYS:
        return _of_arrays(held)
    counts = [len(one.planes) for one in held]
    listed = next((table for table in tables if len(table.listed) > 1 and len(table.listed) in counts), None)
    long = len(listed.listed) if listed else typed if typed > 1 and typed in counts and typed != len(held) else 0
    if long and all(date_in(PurePosixPath(one.file).stem) is None for one in held if len(one.planes) == long):
        return _of_variables([one for one in held if len(one.planes) == long], listed, len(held))
    if all(len(one.planes) > 1 and _plane_times(one) for one in held):
        return _of_dated_bands(held)
    return _of_files(held, tables)


def _of_arrays(held: Sequence[Held]) -> Layout:
    rows = []
    for one in held:
        places = _in_time(one)
        many = len(set(places.values())) > 1
        said = None if many else date_in(PurePosixPath(one.file).stem)
        for plane in one.planes:
            time, how = (plane.time, "the file's time axis") if plane.time else _from_name(said)
            at = places.get(plane.source, 0)
            rows.append((f"{one.file}@{at + 1:05d}" if many else one.file, time, how, plane.name, plane))
    kind = {"Zarr": "Zarr", "HDF5": "NetCDF", "NetCDF3": "NetCDF"}[held[0].driver]
    return _laid(kind, rows)


def _in_time(one: Held) -> dict[int | str, int]:
    """The place of each plane along the axis of time; a plane without one is at its beginning."""
    return {plane.source: plane.moment for plane in one.planes}


def _of_variables(held: Sequence[Held], table: Table | None, all_files: int) -> Layout:
    rows = []
    for one in held:
        stem = PurePosixPath(one.file).stem
        for at, plane in enumerate(one.planes):
            time, how = (table.listed[at], f"the table {table.file} (line {at + 1})") if table else ("", "none")
            rows.append((f"{at + 1:05d}", time, how, band_in(stem)[0] or stem, plane))
    made = _laid("one multi-band file per variable and a list of dates", rows)
    if len(held) < all_files:
        notice = f"{all_files - len(held)} files have another number of bands than there are dates: left out."
        return Layout(made.kind, made.images, made.bands, (notice,))
    return made


def _of_dated_bands(held: Sequence[Held]) -> Layout:
    rows = []
    for one in held:
        stem = PurePosixPath(one.file).stem
        for plane, time in zip(one.planes, _plane_times(one), strict=True):
            rows.append((time, time, "the name of the band in the file", band_in(stem)[0] or stem, plane))
    return _laid("one file with time", rows)


def _plane_times(one: Held) -> list[str]:
    """A different day for each plane of a file, as its band names or tags say; empty otherwise."""
    said = [moment(plane.time) if plane.time else None for plane in one.planes]
    if None in said:
        named = [date_in(plane.name) for plane in one.planes]
        said = [found.time if found and found.exact == "day" else None for found in named]
    times = [time for time in said if time]
    return times if len(set(times)) == len(one.planes) else []


def _of_files(held: Sequence[Held], tables: Sequence[Table]) -> Layout:
    rows = []
    dated = 0
    ordered = next((table for table in tables if table.listed), None)
    keys = list(dict.fromkeys(_slot(one)[0] for one in held))
    in_order = dict(zip(keys, ordered.listed, strict=True)) if ordered and len(ordered.listed) == len(keys) else {}
    for one in held:
        key, band = _slot(one)
        time, how = _dated(one, tables, in_order.get(key, ""), ordered)
        dated += bool(time)
        for at, plane in enumerate(one.planes):
            name = band if band and len(one.planes) == 1 else plane.name if _tells(plane.name, one) else f"band{at + 1}"
            rows.append((key, time, how, name, plane))
    driver = held[0].driver
    if not dated or len(held) == 1 or driver in ("PNG", "JPEG", "BMP"):
        kind = "ENVI raw and header" if driver == "ENVI" else "single images"
    else:
        kind = "ENVI raw and header, by date" if driver == "ENVI" else "a folder of GeoTIFFs by date"
    return _laid(kind, rows)


def _slot(one: Held) -> tuple[str, str]:
    """What the bands of one image have in common, and the band: of the file's name, or of its folder."""
    place = PurePosixPath(one.file)
    band, rest = band_in(place.stem)
    if not band and len(one.planes) == 1:
        band = band_in(place.parent.name)[0]
        if band:
            return f"{place.parent.parent}/{place.stem}", band
    if not band or len(one.planes) > 1:
        return str(place), ""
    return f"{place.parent}/{rest}".rstrip("_.-"), band


def _tells(name: str, one: Held) -> bool:
    """Whether a description names a band: it differs from the others, and is short."""
    names = [plane.name for plane in one.planes]
    return bool(name) and len(name) <= 40 and names.count(name) == 1


def _dated(one: Held, tables: Sequence[Table], in_order: str, ordered: Table | None) -> tuple[str, str]:
    """A file's date: from a table, its name, a tag, the text of its header; a mere year comes last."""
    for table in tables:
        if time := table.of(one.file):
            return time, f"the table {table.file}"
    if in_order and ordered:
        return in_order, f"the table {ordered.file}, in the order of names"
    place = PurePosixPath(one.file)
    named = date_in(place.stem) or None
    if named is None or named.exact != "day":
        folder = next((said for part in reversed(place.parts[:-1]) if (said := date_in(part))), None)
        named = folder if folder and (named is None or folder.exact == "day") else named
    if named and named.exact == "day":
        return _from_name(named)
    tags = {key.lower().rsplit("#", 1)[-1]: value for key, value in one.tags.items()}
    for tag in ACQUIRED:
        if time := moment(tags.get(tag, "")) or _day_in(tags.get(tag, "")):
            return time, f"the tag {tag.upper()}"
    for plane in one.planes:
        said = date_in(plane.name)
        if said and said.exact == "day":
            return said.time, f"the band names in the header ({said.how})"
    written = moment(tags.get("tifftag_datetime", ""))
    if written and (named is None or named.time[:4] == written[:4]):
        return written, "the tag TIFFTAG_DATETIME"
    return _from_name(named)


def _day_in(text: str) -> str:
    said = date_in(text)
    return said.time if said and said.exact == "day" else ""


def _from_name(said: Said | None) -> tuple[str, str]:
    return (said.time, f"the name ({said.how})") if said else ("", "none")


def _laid(kind: str, rows: list[tuple[str, str, str, str, Plane]]) -> Layout:
    """Rows of (image, time, how, band, plane) as images, bands that are none of reflectance left out."""
    images: dict[str, dict[str, list[Plane]]] = defaultdict(lambda: defaultdict(list))
    said: dict[str, tuple[str, str]] = {}
    notices: dict[str, None] = {}
    bands: dict[str, None] = {}
    for key, time, how, band, plane in rows:
        why = LEFT_OUT.get(band.lower())
        if why:
            notices[f"{band} is left out: it holds {why}."] = None
            continue
        if band.lower() not in MASKS:
            bands[band] = None
        images[key][band].append(plane)
        if time or key not in said:
            said[key] = (time, how)
    made = tuple(
        Image(key, *said[key], {band: tuple(planes) for band, planes in found.items()}) for key, found in images.items()
    )
    return Layout(kind, made, tuple(bands), tuple(notices))
