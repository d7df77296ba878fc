"""What was changed and what it changed, in words; markup only where a function says so."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from eodash.views.calendar_chart import day
from eodash.views.panel import Times
from eodash.views.whatif import Side, differing
from eodash.whatif import Band, Cloud, Drop, Edit, Haze, Noise, Shift

NAMED = 2
"""So many dates are named; of more the first and the last are."""


def edit_in_words(edit: Edit) -> str:
    """`Cloud on 6 dates, 1 May – 20 Jun`."""
    match edit:
        case Drop(dates=dates):
            return f"Without {_dates(dates)}"
        case Cloud(dates=dates):
            return f"Cloud on {_dates(dates)}"
        case Haze(amount=amount):
            return f"Haze, +{amount:.2f} in the blue{_where(edit.dates)}"
        case Noise(amount=amount):
            return f"Noise ± {amount:.3f}, draw {edit.seed + 1}{_where(edit.dates)}"
        case Shift(days=days):
            return f"Calendar {in_days(days)}"
        case Band(band=band):
            return f"Without band {band}"


def in_days(days: int) -> str:
    """`12 days later`, `1 day earlier`, `on the same date`."""
    if not days:
        return "on the same date"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'}"


def _dates(dates: Sequence[str]) -> str:
    named = [day(np.datetime64(each)) for each in dates]
    if len(named) <= NAMED:
        return " and ".join(named)
    return f"{len(named)} dates, {named[0]} – {named[-1]}"


def _where(dates: Sequence[str]) -> str:
    return f", {_dates(dates)}" if dates else ""


def verdict(before: Side, after: Side, times: Times, date: int, changed: bool) -> str:
    """What the changes did, as HTML: at the end of the season, to the day of decision, and on the chosen date."""
    if not after.answered:
        why = "Nothing usable is left" if before.answered else "No image of this pixel was usable"
        way = "Give a date back." if before.answered else "Choose another pixel."
        return f"<span class='eo-warn'>▲</span> <b>{why}, so the model says nothing.</b> {way}"
    last = len(times) - 1
    if not changed:
        stops = _stop(before, before, times)
        return f"At the end of the season: <b>{_said(before, last)}</b>. {stops}Nothing is changed yet."
    said = [f"At the end of the season: <b>{_moved(before, after, last)}</b>."]
    if stopped := _stop(before, after, times):
        said.append(stopped.strip())
    if date != last:
        said.append(f"On {day(times[date])}: {_moved(before, after, date)}.")
    where = differing(before, after)
    said.append(
        f"The class is another one after {len(where)} of {len(times)} dates, first after {day(times[where[0]])}."
        if len(where)
        else "The class is the same after every date."
    )
    return " ".join(said)


def _said(side: Side, date: int) -> str:
    """`maize 79 %`, escaped."""
    best = side.best(date)
    return "no answer yet" if best is None else f"{html.escape(side.names[best[0]])} {100 * best[1]:.0f} %"


def _moved(before: Side, after: Side, date: int) -> str:
    """`maize 79 % → sunflower 41 %`; the class once where it is the same."""
    was, now = before.best(date), after.best(date)
    same = was is not None and now is not None and was[0] == now[0]
    return f"{_said(before, date)} → " + (f"{100 * now[1]:.0f} %" if same and now else _said(after, date))


def _stop(before: Side, after: Side, times: Times) -> str:
    """The day of decision and how far it moved; nothing of a model that does not decide."""
    if not before.stops:
        return ""
    was, now = before.stop, after.stop
    if now is None:
        return "It never comes to a decision. " if was is None else "It would not come to a decision any more. "
    if was is None or before is after:
        return f"It would stop on {day(times[now])}{', where it never stopped' if was is None else ''}. "
    days = int((times[now].astype("datetime64[D]") - times[was].astype("datetime64[D]")).astype(int))
    if not days:
        return f"It would stop on the same date, {day(times[now])}. "
    return f"It would stop {in_days(days)}, on {day(times[now])}. "
