"""Verdicts in words, with the numbers that show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from eodash.cube import SCALE
from eodash.doctor.finding import Finding, Fix
from eodash.doctor.hypotheses import Verdict
from eodash.doctor.library import expected
from eodash.doctor.piles import Pile
from eodash.doctor.repeats import Twins
from eodash.doctor.sample import Sample, Spectra

BINS = 48
OTHER = {"l2a": "sentinel-2-l1c", "l1c": "sentinel-2-l2a"}
TITLES = {"l2a": "at the surface", "l1c": "above the atmosphere"}


def told(sample: Sample, seen: Spectra, verdict: Verdict) -> Finding:
    """The finding of a verdict on spectra."""
    dates = tuple(sample.times[index] for index in verdict.dates)
    when = f"On {_count(len(dates), 'date')} of {len(sample.times)}" if dates else "On all dates"
    return _TELLERS[verdict.kind](sample, seen, verdict, dates, when)


def _scale(sample: Sample, seen: Spectra, verdict: Verdict, dates: tuple[str, ...], when: str) -> Finding:
    column = _near(seen)
    median, (low, high) = _median(seen, verdict, column), expected(sample.level, seen.known[column])
    name = sample.bands[seen.columns[column]]
    wrong = "small" if verdict.number > 1 else "large"
    times = verdict.number if verdict.number > 1 else 1 / verdict.number
    parameters: dict[str, Any] = {"factor": verdict.number}
    return Finding(
        "scale",
        f"{when} reflectance is {times:.0f} times too {wrong}: the median of {name} is {median:.3f}, "
        f"expected {low:.2f}–{high:.2f}.",
        "Land reflects between a few and some sixty per cent of the light, differently in each band. These numbers "
        f"fit no ground, and fit ordinary ground once they are multiplied by {verdict.number:g}: a scale was applied "
        "twice or not at all.",
        "bad",
        dates,
        (),
        _evidence(sample, seen, verdict, _shown(seen)),
        Fix("scale", parameters | _at(dates)),
    )


def _offset(sample: Sample, seen: Spectra, verdict: Verdict, dates: tuple[str, ...], when: str) -> Finding:
    add, column = round(verdict.number), _darkest(seen, verdict)
    dark = float(np.percentile(_rows(seen, verdict)[:, column], 5))
    name = sample.bands[seen.columns[column]]
    if add > 0:
        kind, said = "double offset", f"dark ground is negative: 5 % of {name} lie below {dark:.3f}"
        why = (
            "Water, shadow and plants reflect little, but never less than nothing. Sentinel-2 adds 1000 to its numbers "
            "since processing baseline 04.00 (25 January 2022), and that has been subtracted once too often."
        )
    else:
        kind, said = "missing offset", f"nothing is dark: 95 % of {name} lie above {dark:.3f}"
        why = (
            "Plants reflect 2–8 % of red light, water and shadow less; here even those are brighter by 0.1 in every "
            "band. Sentinel-2 adds 1000 to its numbers since processing baseline 04.00 (25 January 2022), "
            "and nobody has subtracted it."
        )
    return Finding(
        kind, f"{when} {said}.", why, "bad", dates, (), _evidence(sample, seen, verdict, _shown(seen)),
        Fix("offset", {"add": add} | _at(dates)),
    )  # fmt: skip


def _level(sample: Sample, seen: Spectra, verdict: Verdict, dates: tuple[str, ...], when: str) -> Finding:
    other = OTHER[sample.level]
    column = next(index for index, name in enumerate(seen.known) if name in ("B02", "B01"))
    dark, name = float(np.percentile(_rows(seen, verdict)[:, column], 5)), sample.bands[seen.columns[column]]
    true = TITLES["l1c" if sample.level == "l2a" else "l2a"]
    return Finding(
        "level",
        f"{when} this is reflectance {true}, not {TITLES[sample.level]}: the darkest 5 % of {name} reach {dark:.3f}.",
        "Air scatters blue light: seen from above, even dark ground has a reflectance of 0.06–0.12 in blue; at the "
        "surface it is 0.01–0.05. The spectra fit the other level far better.",
        "bad" if not dates else "warn",
        dates,
        (),
        _evidence(sample, seen, verdict, [index for index, name in enumerate(seen.known) if name in _VISIBLE]),
        Fix("drop", {"dates": list(dates)}) if dates else Fix("level", {"sensor": other}),
        "A fix leaves these dates out; to keep them, fetch the whole series at one level." if dates else "",
    )


def _order(sample: Sample, seen: Spectra, verdict: Verdict, dates: tuple[str, ...], when: str) -> Finding:
    bands = [sample.bands[column] for column in seen.columns]
    names = {bands[place]: bands[index] for index, place in enumerate(verdict.order) if place != index}
    pairs = ", ".join(f"{old} holds {new}" for old, new in list(names.items())[:4])
    return Finding(
        "band order",
        f"{len(names)} of {len(bands)} bands are under wrong names: {pairs}{' …' * (len(names) > 4)}.",
        "Plants are dark in blue and red and bright in near-infrared, soils rise steadily, water falls: the order of "
        "brightness tells bands apart. Under these names the spectra fit no ground; exchanged they do.",
        "bad",
        dates,
        tuple(names),
        _evidence(sample, seen, verdict, list(verdict.columns[:6])),
        Fix("order", {"names": names}),
    )


def _band(sample: Sample, seen: Spectra, verdict: Verdict, dates: tuple[str, ...], when: str) -> Finding:
    column = verdict.columns[0]
    name = sample.bands[seen.columns[column]]
    low, high = expected(sample.level, seen.known[column])
    return Finding(
        "band scale",
        f"{name} is on another scale than the other bands: its median is {_median(seen, verdict, column):.3f}, "
        f"expected {low:.2f}–{high:.2f}.",
        f"All other bands fit ordinary ground; {name} does once it is multiplied by {verdict.number:g}.",
        "bad",
        dates,
        (name,),
        _evidence(sample, seen, verdict, [column]),
        Fix("scale", {"factor": verdict.number, "bands": [name]}),
    )


_TELLERS = {"scale": _scale, "offset": _offset, "level": _level, "order": _order, "band": _band}
_VISIBLE = ("B01", "B02", "B03", "B04")


def repeated(sample: Sample, pairs: Sequence[Twins]) -> Finding:
    second = tuple(sample.times[pair.second] for pair in pairs)
    first = pairs[0]
    at = f"{sample.times[first.first][:10]} and {sample.times[first.second][:10]}"
    more = f", and {_count(len(pairs) - 1, 'more pair')}" if len(pairs) > 1 else ""
    return Finding(
        "duplicate",
        f"The same image stands under {at}{more}: {100 * first.agree:.1f} % of the values agree.",
        "Two overflights never give the same numbers: sun, air, plants and the sensor's noise differ. One image was "
        "written under two dates, and counts twice wherever dates are weighed.",
        "bad",
        second,
        (),
        {"dates": _dates(sample, second)},
        Fix("drop", {"dates": list(second)}),
    )


def piled(sample: Sample, pile: Pile) -> Finding:
    bands = tuple(sample.bands[index] for index in pile.bands)
    everywhere = len(pile.dates) == len(sample.times)
    dates = () if everywhere else tuple(sample.times[index] for index in pile.dates)
    shown = list(pile.bands or range(len(sample.bands)))[:6]
    evidence = {"histograms": [_histogram(sample, band, None) for band in shown], "pile": pile.value / SCALE}
    share = f"{100 * pile.share:.1f} %"
    on = f" on {_count(len(pile.dates), 'date')}"
    if pile.kind == "no-data":
        where = "in every band at once" if not bands else f"in {', '.join(bands)}"
        title = f"{share} of the pixels hold {pile.value} {where}{on}: that is no measurement."
        why = "No ground has the same number in every band: this value stands for missing data and was read as data."
        parameters: dict[str, Any] = {"value": pile.value}
        parameters |= {"bands": list(bands)} if bands else {"together": True}
        return Finding("no data", title, why, "bad", dates, bands, evidence, Fix("mask", parameters | _at(dates)))
    title = f"{', '.join(bands[:4])}{' …' * (len(bands) > 4)}: up to {share} of the values lie at exactly {pile.value}."
    why = (
        "Measured values spread; a heap at one end means that everything beyond it was cut off and is lost. "
        "The fix reads those values as no data, so that nothing is computed from them."
    )
    return Finding(
        "clipped", title, why, "warn", dates, bands, evidence,
        Fix("mask", {"value": pile.value, "bands": list(bands)} | _at(dates)),
    )  # fmt: skip


def blank(sample: Sample, indices: Sequence[int], kind: str, said: str, why: str) -> Finding:
    """Dates that show nothing; left out by the fix unless no date would remain."""
    dates = tuple(sample.times[index] for index in indices)
    fix = Fix("drop", {"dates": list(dates)}) if len(dates) < len(sample.times) else None
    return Finding(
        kind, f"{_count(len(dates), 'date')} of {len(sample.times)} {said}.", why, "bad" if kind != "empty" else "warn",
        dates, (), {"dates": _dates(sample, dates)}, fix, "" if fix else "Fetch or import the series again.",
    )  # fmt: skip


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _at(dates: tuple[str, ...]) -> dict[str, Any]:
    return {"dates": list(dates)} if dates else {}


def _rows(seen: Spectra, verdict: Verdict) -> np.ndarray:
    return seen.values[np.isin(seen.date, verdict.dates)] if verdict.dates else seen.values


def _median(seen: Spectra, verdict: Verdict, column: int) -> float:
    return float(np.median(_rows(seen, verdict)[:, column]))


def _near(seen: Spectra) -> int:
    return next((index for name in ("B08", "B8A", "B04") for index, n in enumerate(seen.known) if n == name), 0)


def _darkest(seen: Spectra, verdict: Verdict) -> int:
    names = [index for index, name in enumerate(seen.known) if name in ("B02", "B04", "B12")]
    levels = np.percentile(_rows(seen, verdict), 5, axis=0)
    return min(names or range(len(seen.known)), key=lambda index: float(levels[index]))


def _shown(seen: Spectra) -> list[int]:
    return [index for index, name in enumerate(seen.known) if name in ("B02", "B03", "B04", "B08", "B8A", "B11")][:5]


def _evidence(sample: Sample, seen: Spectra, verdict: Verdict, columns: Sequence[int]) -> dict[str, Any]:
    dates = verdict.dates
    bands = [seen.columns[column] for column in columns]
    said: dict[str, Any] = {"histograms": [_histogram(sample, band, dates) for band in bands]}
    if dates:
        column = columns[0] if verdict.kind == "level" else _darkest(seen, verdict)
        said["dates"] = _dates(sample, tuple(sample.times[index] for index in dates), seen.columns[column])
    return said


def _histogram(sample: Sample, band: int, dates: Sequence[int] | None) -> dict[str, Any]:
    """Counts of one band's reflectance on the dates concerned, and the range it should lie in."""
    values = sample.values[list(dates)] if dates else sample.values
    some = values[:, :, band]
    some = some[some != -32768] / SCALE
    low, high = np.percentile(some, [1, 99]) if len(some) else (0.0, 1.0)
    known = sample.known[band]
    range_ = expected(sample.level, known) if known and sample.reflectance else None
    left, right = min(float(low), 0.0), max(float(high) * 1.1, range_[1] * 1.1 if range_ else 0.0, 0.01)
    counts, edges = np.histogram(some, BINS, (left, right))
    return {
        "band": sample.bands[band],
        "title": sample.titles[band],
        "edges": [round(float(edge), 5) for edge in edges],
        "counts": counts.tolist(),
        "expected": list(range_) if range_ else None,
        "measured": [round(float(low), 4), round(float(high), 4)],
    }


def _dates(sample: Sample, flagged: Sequence[str], band: int | None = None) -> dict[str, Any]:
    """How dark the darkest twentieth of each date is, in the band that tells most; which dates are meant."""
    if band is None:
        band = next((i for i, name in enumerate(sample.known) if name in ("B04", "B02")), 0)
    values: list[float | None] = []
    for index in range(len(sample.times)):
        some = sample.values[index][:, band]
        some = some[some != -32768]
        values.append(round(float(np.percentile(some, 5)) / SCALE, 4) if len(some) else None)
    return {
        "times": list(sample.times),
        "values": values,
        "flagged": [time in set(flagged) for time in sample.times],
        "band": sample.bands[band],
        "title": sample.titles[band],
        "what": "darkest 5 % of the pixels",
    }
