"""When each image was taken: typed, or as the files say; sorted, unique, and never invented in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from eodash.errors import DateError
from eodash.files import grids
from eodash.files.corrections import Corrections, typed_dates
from eodash.files.held import Held
from eodash.files.layout import Image
from eodash.files.paths import shown
from eodash.settings import settings

FIRST = datetime(2000, 1, 1)
"""The stand-in date of a single image that bears none; a second one follows a day later."""


def dated(
    images: Sequence[Image], asked: Corrections, held: dict[str, Held], notices: list[str]
) -> tuple[list[Image], str]:
    """The images in order of time, and why they cannot be ordered, if they cannot."""
    found = _typed(images, asked)
    undated = [image for image in found if not image.time]
    if undated and len(undated) == len(found):
        if len(found) > 2:
            return list(found), f"None of the {len(found)} images bears a date: type them."
        stand_in = [image.key for image in found]
        found = [
            replace(image, time=(FIRST + timedelta(days=at)).isoformat(), how="none") for at, image in enumerate(found)
        ]
        listed = ", ".join(shown(PurePosixPath(key).name) for key in stand_in)
        notices.append(f"No date is known: {listed} stand(s) on {FIRST.date()} and after it. Type the dates.")
    elif undated:
        listed = ", ".join(shown(PurePosixPath(image.key).name) for image in undated[:4])
        more = f" and {len(undated) - 4} more" if len(undated) > 4 else ""
        notices.append(f"Left out, because no date is known: {listed}{more}.")
        found = [image for image in found if image.time]
    ordered = _unique(sorted(found, key=lambda image: (image.time, image.key)), asked, held, notices)
    late = [image.time[:10] for image in ordered if image.time > datetime.now(UTC).isoformat()]
    if late:
        notices.append(f"{_days(late)}: a date in the future. Type the dates if that is not meant.")
    limit = settings().file_dates
    if len(ordered) > limit:
        raise DateError(
            f"The files hold {len(ordered):,} dates; {limit} are the most.",
            "Choose a smaller folder, or thin the series.",
            code="too_many",
            details={"count": len(ordered), "limit": limit},
        )
    return ordered, ""


def _typed(images: Sequence[Image], asked: Corrections) -> list[Image]:
    said = typed_dates(asked, [image.key for image in images])
    if said is None:
        return list(images)
    made = []
    for image in images:
        place = PurePosixPath(image.key)
        time = next((said[key] for key in (image.key, place.name, place.stem) if key in said), "")
        made.append(replace(image, time=time, how="typed") if time else image)
    if isinstance(asked.dates, dict) and not any(image.how == "typed" for image in made):
        raise DateError(
            "The typed dates name none of the files.", "Name files as they are called in the folder.", code="parse"
        )
    return made


def _unique(images: list[Image], asked: Corrections, held: dict[str, Held], notices: list[str]) -> list[Image]:
    """One image per moment: neighbours are joined, doubles are kept a second apart."""
    made: list[Image] = []
    joined: list[str] = []
    kept: list[str] = []
    for image in images:
        before = made[-1] if made else None
        if before is None or image.time > before.time:
            made.append(image)
            continue
        way = asked.same_day or ("keep" if _same_ground(before, image, held) else "mosaic")
        day = image.time[:10]
        if way == "mosaic":
            both = {
                band: (*before.planes.get(band, ()), *image.planes.get(band, ()))
                for band in dict.fromkeys([*before.planes, *image.planes])
            }
            made[-1] = replace(before, planes=both)
            joined.append(day)
        else:
            later = datetime.fromisoformat(before.time) + timedelta(seconds=1)
            made.append(replace(image, time=later.isoformat()))
            kept.append(day)
    if joined:
        notices.append(f"{_days(joined)}: several files of one moment are joined; the first that saw a pixel gives it.")
    if kept:
        notices.append(f"{_days(kept)}: a duplicate date; the later file is kept one second after the first.")
    return made


def _same_ground(one: Image, other: Image, held: dict[str, Held]) -> bool:
    """Whether two images of one moment show the same bands on the same grid."""
    shared = set(one.planes) & set(other.planes)
    if not shared:
        return False
    band = min(shared)
    first, second = held[one.planes[band][0].file], held[other.planes[band][0].file]
    if not (first.placed and second.placed):
        return first.shape == second.shape
    return grids.same(first.geobox, second.geobox)


def _days(days: Sequence[str]) -> str:
    every = list(dict.fromkeys(days))
    return ", ".join(every[:4]) + (f" and {len(every) - 4} more" if len(every) > 4 else "")
