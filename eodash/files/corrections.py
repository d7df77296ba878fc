"""What the user says better than the files: checked, and nothing else is taken."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eodash.errors import DateError, RasterError
from eodash.files.names import moment
from eodash.sensors import SENSORS


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)


Name = Annotated[str, Field(min_length=1, max_length=80)]


class SaidBand(_Table):
    """One band in the order of the files."""

    name: Name
    title: str = Field("", max_length=120)
    code: str = Field("", max_length=8, pattern=r"^[A-Z]*[0-9]*$")
    centre: float = Field(0.0, ge=0, le=1e6)
    width: float = Field(0.0, ge=0, le=1e6)
    scale: float | None = None
    offset: float | None = None


class Pattern(_Table):
    """How names write the date, as strptime does: `img_%d%m%Y`."""

    pattern: Annotated[str, Field(min_length=2, max_length=80)]


class Steps(_Table):
    """The first date, and days (or "month", "year") between one image and the next."""

    start: str
    step: Annotated[float, Field(gt=0, le=36_600)] | Literal["month", "year"]


class Place(_Table):
    """Where the upper left corner of a raster lies, and how large its pixels are, in units of the CRS."""

    crs: Annotated[str, Field(min_length=3, max_length=20_000)]
    left: float | None = None
    top: float | None = None
    pixel: Annotated[float, Field(gt=0)] | None = None


class Corrections(_Table):
    """Everything that may be said instead of what was understood."""

    sensor: str | None = None
    bands: tuple[SaidBand | Name | None, ...] | None = Field(None, min_length=1, max_length=4096)
    scale: float | None = None
    offset: float | None = None
    nodata: float | Literal["none", "nan"] | None = None
    units: Literal["reflectance", "digital numbers"] | None = None
    dates: tuple[str, ...] | Pattern | Steps | dict[str, str] | None = Field(None, union_mode="left_to_right")
    place: Literal["blank"] | Place | None = None
    align: Literal["first", "common"] = "first"
    same_day: Literal["mosaic", "keep"] | None = None
    leave_out: tuple[str, ...] = ()


def corrections(said: dict[str, Any] | None) -> Corrections:
    """Checked corrections, or a RasterError that names the wrong one."""
    if said is not None and not isinstance(said, dict):
        raise _wrong("they are not a table of names and values")
    try:
        made = Corrections.model_validate(said or {})
    except (ValidationError, RecursionError) as error:
        if isinstance(error, RecursionError):
            raise _wrong("they are nested too deeply") from error
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][:2])
        raise _wrong(f"{where or 'something'}: {first['msg']}") from error
    if made.sensor is not None and made.sensor not in SENSORS and made.sensor != "custom":
        raise _wrong(f"there is no sensor '{made.sensor[:40]}'; there are {', '.join(SENSORS)} and custom")
    if made.scale is not None and not (math.isfinite(made.scale) and made.scale != 0):
        raise _wrong("the scale is not a number other than 0")
    if made.offset is not None and not math.isfinite(made.offset):
        raise _wrong("the offset is not a finite number")
    return made


def _wrong(what: str) -> RasterError:
    return RasterError(
        f"The corrections cannot be used: {what[:300]}.",
        "Correct them; the documentation lists what may be said.",
        code="corrections",
    )


def too_few(what: str, said: int, needed: int) -> RasterError:
    return _wrong(f"{said} {what} are said, the files have {needed}")


def typed_dates(asked: Corrections, names: Sequence[str]) -> dict[str, str] | None:
    """The date of each image as the user says; None where the user says nothing."""
    dates = asked.dates
    if dates is None:
        return None
    if isinstance(dates, tuple):
        if len(dates) != len(names):
            raise too_few("dates", len(dates), len(names))
        return {name: _parsed(text) for name, text in zip(names, dates, strict=True)}
    if isinstance(dates, dict):
        return {name: _parsed(text) for name, text in dates.items()}
    if isinstance(dates, Steps):
        return dict(zip(names, _stepped(dates, len(names)), strict=True))
    return {name: _by_pattern(dates.pattern, name) for name in names}


def _parsed(text: str) -> str:
    found = moment(text)
    if found is None:
        raise DateError(f"'{text[:40]}' is not a date.", "Write year-month-day, like 2024-06-30.", code="parse")
    return found


def _stepped(steps: Steps, count: int) -> list[str]:
    first = datetime.fromisoformat(_parsed(steps.start))
    made = []
    try:
        for at in range(count):
            if isinstance(steps.step, str):
                months = at * (12 if steps.step == "year" else 1) + first.month - 1
                day = min(first.day, 28) if months else first.day
                found = first.replace(year=first.year + months // 12, month=months % 12 + 1, day=day)
            else:
                found = first + timedelta(days=at * steps.step)
            made.append(found.replace(microsecond=0).isoformat())
    except (ValueError, OverflowError) as error:
        raise DateError("The steps lead out of the calendar.", "Make them smaller.", code="parse") from error
    return made


_DIRECTIVES = {"Y": r"\d{4}", "j": r"\d{3}", "b": r"[A-Za-z]{3}"} | dict.fromkeys("mdyHMS", r"\d\d")


def _by_pattern(pattern: str, name: str) -> str:
    wanted = ""
    parts = re.split(r"%([A-Za-z])", pattern)
    for at, part in enumerate(parts):
        if at % 2 and part not in _DIRECTIVES:
            raise _wrong(f"%{part} is not known; there are {', '.join('%' + key for key in _DIRECTIVES)}")
        if at % 2:
            wanted += _DIRECTIVES[part]
        else:
            wanted += re.escape(part)
    found = re.search(wanted, name)
    try:
        if found is None:
            raise ValueError(name)
        return datetime.strptime(found[0], pattern).isoformat(timespec="seconds")
    except ValueError as error:
        raise DateError(
            f"'{name[-60:]}' holds no date of the form {pattern[:40]}.",
            "Correct the pattern, or type the dates.",
            code="parse",
        ) from error
