"""What a file's name says: its date, the satellite and the product, the band."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

EARLIEST, LATEST = 1900, 2200


def plain(text: str) -> str:
    """A name in a foreign file, as it may stand anywhere: no line breaks, no marks that steer a terminal or a page."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())


@dataclass(frozen=True)
class Said:
    """A moment, how exactly it was said (day, month, year), and by what."""

    time: str  # ISO
    exact: str
    how: str


_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)"
    r"(?:[T_ ]?([01]\d|2[0-3]):?([0-5]\d):?([0-5]\d)(?!\d))?"
)
_OF_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(?:doy|DOY)?[-_.]?([0-3]\d\d)(?!\d)")
_SCENE = re.compile(r"(?<![A-Z0-9])L[COTEM]\d{7}((?:19|20)\d\d)(\d{3})[A-Z]{3}\d\d")
_OLD_SCENE = re.compile(r"(?<![A-Z0-9])L[1-7][0-9]?\d{6}_\d{3}((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.](0[1-9]|1[0-2])(?!\d)")
_YEAR = re.compile(r"(?<!\d)(19[5-9]\d|20\d\d)(?!\d)")


def date_in(text: str) -> Said | None:
    """The most exact date in a name: a day, else a month, else a year."""
    return next(_dates_in(text), None)


def _dates_in(text: str) -> Iterator[Said]:
    for found in _SCENE.finditer(text):
        yield from _said(_of_year(int(found[1]), int(found[2])), "day", found[0])
    for found in _OLD_SCENE.finditer(text):
        yield from _said(_day(int(found[1]), int(found[2]), int(found[3])), "day", found[0])
    for found in _DAY.finditer(text):
        day = _day(int(found[1]), int(found[3]), int(found[4]))
        if day is not None and found[5] is not None:
            day = day.replace(hour=int(found[5]), minute=int(found[6]), second=int(found[7]))
        yield from _said(day, "day", found[0])
    for found in _OF_YEAR.finditer(text):
        yield from _said(_of_year(int(found[1]), int(found[2])), "day", f"{found[0]}, day of the year")
    for found in _MONTH.finditer(text):
        yield from _said(_day(int(found[1]), int(found[2]), 1), "month", f"{found[0]}, taken as its first day")
    for found in _YEAR.finditer(text):
        yield from _said(_day(int(found[1]), 1, 1), "year", f"{found[0]}, taken as 1 January")


def _said(moment: datetime | None, exact: str, what: str) -> Iterator[Said]:
    if moment is not None and EARLIEST <= moment.year < LATEST:
        yield Said(moment.isoformat(timespec="seconds"), exact, what)


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day)
    except ValueError:
        return None


def _of_year(year: int, day: int) -> datetime | None:
    first = date(year, 1, 1)
    found = first + timedelta(days=day - 1)
    return datetime(found.year, found.month, found.day) if day >= 1 and found.year == year else None


def moment(text: str) -> str | None:
    """An ISO moment, UTC, from text that is a date and nothing else."""
    clean = text.strip().strip("\"'").replace("/", "-").replace("UTC", "").strip()
    exif = re.fullmatch(r"(\d{4}):(\d\d):(\d\d)( .*)?", clean)
    if exif:
        clean = f"{exif[1]}-{exif[2]}-{exif[3]}{exif[4] or ''}"
    if re.fullmatch(r"\d{4}", clean):
        clean += "-01-01"
    elif re.fullmatch(r"\d{4}-\d{1,2}", clean):
        clean += "-01"
    if short := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", clean):
        clean = f"{short[1]}-{int(short[2]):02d}-{int(short[3]):02d}"
    try:
        found = datetime.fromisoformat(clean)
    except ValueError:
        return None
    if found.tzinfo is not None:
        found = (found - (found.utcoffset() or timedelta())).replace(tzinfo=None)
    return found.replace(microsecond=0).isoformat() if EARLIEST <= found.year < LATEST else None


_SENSORS = (
    (re.compile(r"S2[A-D]_MSIL2A|_MSIL2A_|^L2A_T\d\d[A-Z]{3}", re.I), "sentinel-2-l2a"),
    (re.compile(r"S2[A-D]_MSIL1C|_MSIL1C_|^T\d\d[A-Z]{3}_\d{8}T\d{6}_B", re.I), "sentinel-2-l1c"),
    (re.compile(r"(?:^|[^A-Z])L[CO]0[89]_L2S[PR]", re.I), "landsat-c2-l2/oli"),
    (re.compile(r"(?:^|[^A-Z])L[TE]0[4-7]_L2S[PR]", re.I), "landsat-c2-l2/tm"),
)


def product_in(name: str) -> str:
    """The product that a name follows; for Landsat with the kind of its band numbers."""
    return next((product for pattern, product in _SENSORS if pattern.search(name)), "")


_BAND = re.compile(
    r"(?:^|[_.\- ])((?:SR_|ST_)?B(?:\d{1,2}|8A|d\d)|B8A|SCL|QA_PIXEL|QA_RADSAT|SR_QA_AEROSOL|AOT|WVP|TCI|CLD|CLDPRB|"
    r"coastal|aerosol|blue|green|red|rededge[1-3]?|nir(?:08|09)?|swir(?:1|2|16|22)|mir|evi|ndvi|savi|ndwi|doy|"
    r"pan|thermal|lwir11|fmask|clear|cloud)(?:_(?:10|20|30|60)m)?$",
    re.I,
)


def band_in(stem: str) -> tuple[str, str]:
    """The band that ends a name, and the rest; empty if it names none."""
    found = _BAND.search(stem)
    return (found[1], stem[: found.start()]) if found else ("", stem)


def baseline_in(name: str) -> float | None:
    """The processing baseline in the name of a Sentinel-2 product."""
    found = re.search(r"_N(\d{2})(\d{2})_", name)
    return int(found[1]) + int(found[2]) / 100 if found else None
