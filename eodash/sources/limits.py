"""How much a catalogue is asked for: dates that it can have, and not too many of them; of files, only the number."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from eodash.errors import DateError
from eodash.request import Period
from eodash.sensors import Sensor
from eodash.settings import settings


def check_period(period: Period, sensor: Sensor) -> None:
    """Raise a DateError unless the sensor flew then, and not for too long."""
    today = datetime.now(UTC).date()
    if period.start > today or period.end < sensor.since:
        raise DateError(
            f"{sensor.title} has scenes from {sensor.since} to today, {today}; "
            f"none between {period.start} and {period.end}.",
            f"Choose dates between {sensor.since} and {today}.",
            code="no_coverage",
            details={"since": sensor.since.isoformat(), "until": today.isoformat()},
        )
    longest = timedelta(days=round(settings().years * 365.2425) + 1)
    if period.end - period.start > longest:
        likely = _likely(period, sensor, today)
        raise DateError(
            f"{period.days / 365.25:.0f} years are longer than the {settings().years} that a catalogue is asked for; "
            f"that is about {likely:,} passes.",
            "Shorten the period, or thin it: one season of each year.",
            code="too_many",
            details={"count": likely, "limit": settings().dates},
        )


def _likely(period: Period, sensor: Sensor, today: date) -> int:
    return max(1, (min(period.end, today) - max(period.start, sensor.since)).days // sensor.revisit)


def check_count(dates: int) -> None:
    """Raise a DateError if files hold too many dates; their span may be any."""
    limit = settings().file_dates
    if dates > limit:
        raise DateError(
            f"The files hold {dates:,} dates; {limit} are the most.",
            "Shorten the period, or choose a smaller folder.",
            code="too_many",
            details={"count": dates, "limit": limit},
        )


def too_many(page: dict[str, Any], days: int, seen: int) -> DateError:
    """The refusal of a search that goes on, by the catalogue's own count where it gives one."""
    matched = page.get("numberMatched", page.get("context", {}))
    if isinstance(matched, dict):
        matched = matched.get("matched")
    known = isinstance(matched, int) and not isinstance(matched, bool) and matched >= seen
    count = f"{matched:,} scenes" if known else f"more than {days:,} dates ({seen:,} scenes so far)"
    return DateError(
        f"The catalogue has {count} there; {settings().dates} dates are the most.",
        "Thin them: shorten the period or allow less cloud.",
        code="too_many",
        details={"count": matched if known else seen, "limit": settings().dates},
    )
