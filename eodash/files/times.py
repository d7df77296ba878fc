"""In the sandbox: time axes that xarray cannot read: other calendars, years before 1, months, dates as numbers or text.

Calendars as the CF conventions (section 4.4.1) define them; a date that the common calendar does not have, such as
30 February of a year of 360 days, becomes the next day that it has.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Any

from numpy.typing import NDArray

from eodash.files.names import moment

_SECONDS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1, "hr": 3_600, "h": 3_600, "min": 60}
_SECONDS |= {"sec": 1, "s": 1, "d": 86_400}
_SINCE = re.compile(
    r"^\s*([A-Za-z]+?)s?\s+since\s+(-?\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?", re.I
)
_COMMON = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS = {
    "360_day": (30,) * 12,
    "noleap": _COMMON,
    "365_day": _COMMON,
    "all_leap": (31, 29, *_COMMON[2:]),
    "366_day": (31, 29, *_COMMON[2:]),
}


def read(values: NDArray[Any], units: str, calendar: str) -> list[str]:
    """ISO moments, empty where a value is none."""
    if values.dtype.kind in "OUST":
        texts = [value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values]
        return [moment(text) or "" for text in texts]
    if values.dtype.kind not in "iuf":
        return [""] * values.size
    since = _SINCE.match(units)
    if since is None:
        written = "%y%m%d" in units.lower() or "yyyymmdd" in units.lower().replace("-", "")
        return [_written(float(value)) if written else "" for value in values]
    return [_counted(float(value), since, calendar.lower()) for value in values]


def _written(value: float) -> str:
    """A day written as one number: 20200131."""
    text = f"{int(value):08d}" if math.isfinite(value) and 0 < value < 1e8 else ""
    return moment(f"{text[:4]}-{text[4:6]}-{text[6:]}") or "" if text else ""


def _counted(value: float, since: re.Match[str], calendar: str) -> str:
    year, month, day, hour, minute, second = (int(part or 0) for part in since.groups()[1:])
    unit = since[1].lower()
    if not math.isfinite(value) or abs(value) > 1e12 or not 1 <= month <= 12 or not 1 <= day <= 31:
        return ""
    if unit in ("month", "year"):
        whole = math.floor(value) * (12 if unit == "year" else 1) + month - 1
        return _iso(year + whole // 12, whole % 12 + 1, day, 0) if value == math.floor(value) else ""
    if unit not in _SECONDS:
        return ""
    seconds = value * _SECONDS[unit] + hour * 3600 + minute * 60 + second
    days, rest = math.floor(seconds / 86_400), seconds % 86_400
    lengths = _MONTHS.get(calendar)
    if lengths is None:
        known = calendar in (*_MIXED, "proleptic_gregorian", "julian")
        return _real(year, month, day, days, rest, calendar) if known else ""
    total = year * sum(lengths) + sum(lengths[: month - 1]) + day - 1 + days
    year, left = divmod(total, sum(lengths))
    month = 1
    while left >= lengths[month - 1]:
        left -= lengths[month - 1]
        month += 1
    return _iso(year, month, left + 1, rest)


_MIXED = ("", "standard", "gregorian")
"""Julian before 15 October 1582."""


def _real(year: int, month: int, day: int, days: int, rest: float, calendar: str) -> str:
    """Counted in a calendar of real days, by the number of the day since 4713 BC."""
    early = calendar == "julian" or (calendar in _MIXED and (year, month, day) < (1582, 10, 15))
    before = (14 - month) // 12
    years, months = year + 4800 - before, month + 12 * before - 3
    number = day + (153 * months + 2) // 5 + 365 * years + years // 4
    number += -32_083 if early else years // 400 - years // 100 - 32_045
    try:
        return _iso_of(datetime.fromordinal(number + days - 1_721_425) + timedelta(seconds=round(rest)))
    except (ValueError, OverflowError):
        return ""


def _iso(year: int, month: int, day: int, rest: float) -> str:
    if not 1 <= year <= 9999:
        return ""
    return _iso_of(datetime(year, month, 1) + timedelta(days=day - 1, seconds=round(rest)))


def _iso_of(found: datetime) -> str:
    return moment(found.isoformat()) or ""
