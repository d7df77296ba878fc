"""What a saliency says, in sentences: what carries the decision, what the clouds carry, and what it does not prove."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eodash.views.calendar_chart import day
from eodash.views.saliency import Method, Saliency

CAVEATS: dict[Method, str] = {
    "gradient": "A gradient is local: it says what a small change of one value would do, not what a large one does. "
    "Occlusion does. Where the model is sure its gradient is next to nothing.",
    "integrated": "Shares are counted from the model's mean spectrum on every date; another baseline gives other "
    "shares.",
    "occlusion": "One thing is taken away at a time: two dates that say the same stand in for each other, and both "
    "look unimportant.",
}
UNITS: dict[Method, str] = {
    "gradient": "∂ score / ∂ reflectance",
    "integrated": "share in the score, baseline subtracted",
    "occlusion": "fall of the score, in points",
}


def reading(found: Saliency) -> str:
    """The numbers of the picture in a sentence or two."""
    if not found.any:
        return "Nothing had been observed by this date, so no score hangs on anything."
    first = f"{_clouds(found)} {_most(found)}".strip()
    if found.method == "integrated":
        first += (
            f" All shares add up to {_signed(float(found.values.sum()))}: from {percent(found.baseline)} for the mean "
            f"spectrum to {percent(found.score)} for this series."
        )
    return first


def band_reading(found: Saliency) -> str:
    """The band that matters most, in words."""
    band = int(np.abs(found.over_band).argmax())
    title = found.titles[band]
    if found.method == "occlusion":
        return f"With {title} at its mean on every date {_moved(found, found.over_band[band])}, the largest change."
    share = found.over_band[band] / max(float(found.over_band.sum()), 1e-12)
    return f"{title[:1].upper()}{title[1:]} has {percent(share)} of it, the most of {len(found.bands)} bands."


def map_reading(values: NDArray[np.floating], name: str) -> str:
    """How a map is spread, in words."""
    known = np.abs(values[np.isfinite(values)])
    if not known.size or not known.any():
        return f"No pixel's score hangs on {name}."
    order = np.sort(known)[::-1]
    tenth = float(order[: max(1, len(order) // 10)].sum() / order.sum())
    return f"A tenth of the pixels carries {percent(tenth)} of all that hangs on {name}."


def verdict(found: Saliency) -> str:
    """What the model does with clouds, from what they carry of all."""
    share, there = found.share_on_clouds, found.cloudy_share
    if not there or not np.isfinite(share):
        return ""
    if share < 0.25 * there:
        return "the model has learnt to step over them"
    return "it weighs them like any other date" if share >= 0.75 * there else "it weighs them less than the clear ones"


def _clouds(found: Saliency) -> str:
    if not found.cloudy.any():
        return "No date is cloudy."
    if not (found.cloudy & found.seen).any():
        there = percent(found.cloudy_share)
        return f"Clouds are {there} of the dates; this model is not shown them, so nothing can hang on them."
    share = found.share_on_clouds
    if not np.isfinite(share):
        return f"Clouds are {percent(found.cloudy_share)} of the dates; no value carries anything."
    what = {
        "gradient": "the absolute gradient",
        "integrated": "the absolute shares",
        "occlusion": "what the dates are worth",
    }[found.method]
    there = percent(found.cloudy_share)
    return f"Clouds are {there} of the dates and carry {percent(share)} of {what}: {verdict(found)}."


def _most(found: Saliency) -> str:
    """The value, or the date and the band, that carries most."""
    if found.method == "occlusion":
        known = np.where(found.seen, np.abs(found.over_time), np.nan)
        if not np.isfinite(known).any():
            return "There is one date, and nothing is left without it."
        place = int(np.nanargmax(known))
        return (
            f"Without {day(found.times[place])} {_moved(found, found.over_time[place])}, more than without any other."
        )
    if not found.values.any():
        return ""
    place, band = divmod(int(np.abs(found.values).argmax()), len(found.bands))
    says = "raises" if found.values[place, band] > 0 else "lowers"
    return f"Most: {found.titles[band]} on {day(found.times[place])}, which {says} p({found.winner})."


def _moved(found: Saliency, fall: float) -> str:
    verb = "falls" if fall >= 0 else "rises"
    return f"p({found.winner}) {verb} by {abs(100 * fall):.1f} points"


def percent(share: float) -> str:
    """`43 %`, `2.1 %`, `0.04 %`."""
    per = 100 * share
    return f"{per:.0f} %" if abs(per) >= 10 or per == 0 else f"{per:.1f} %" if abs(per) >= 0.1 else f"{per:.2g} %"


def _signed(share: float) -> str:
    return f"{'+' if share >= 0 else '−'}{abs(100 * share):.0f} points"
