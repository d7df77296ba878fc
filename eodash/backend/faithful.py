"""Whether attention passes the date-drop test, and the sentence that says so."""

from __future__ import annotations

from typing import Any

import numpy as np

from eodash.backend.orders import Array

ASKED = (3, 5)
"""How many dates are taken away where the verdict is read."""
ERRORS, LEAST, FEWEST = 3.0, 0.01, 10
"""A difference counts if it lies so many standard errors above 0, is at least so large, and holds of so many pixels."""


def verdict(top: Array, random: Array, title: str) -> dict[str, Any]:
    """verdict and words, from falls (k, pixel) without the k most attended dates and without k random ones.

    Passes where, at k = 3 or 5, the mean of the paired differences is clearly above 0. Neighbouring pixels are no
    independent draws, hence three standard errors and not two.
    """
    found = [_difference(top, random, k) for k in ASKED]
    clear = [
        each for each in found if each["pixels"] >= FEWEST and each["mean"] >= LEAST
        and each["mean"] > ERRORS * each["error"]
    ]  # fmt: skip
    enough = [each for each in found if each["pixels"] >= FEWEST]
    best = max(clear or enough or found, key=lambda each: (each["pixels"] >= FEWEST, each["mean"]))
    said = {"verdict": "passes" if clear else "fails", "k": best["k"], "pixels": best["pixels"]}
    if not enough:
        few = f"Only {best['pixels']} pixels have more than {ASKED[0]} usable dates: too few to tell."
        return said | {"words": f"{few} Do not read the attention of {title} as a reason."}
    numbers = (
        f"Without its {best['k']} most attended dates the probability of what {title} says falls by "
        f"{_points(best['top'])} on average, without {best['k']} random ones by {_points(best['random'])}"
    )
    spread = f"difference {_number(best['mean'])} ± {_points(best['error'])}, {best['pixels']} pixels"
    if clear:
        return said | {"words": f"{numbers} ({spread}): the dates that it looks at matter."}
    return said | {"words": f"{numbers} ({spread}): no clear difference. Do not read this attention as a reason."}


def _difference(top: Array, random: Array, k: int) -> dict[str, Any]:
    """The paired differences at k dates: their mean, its standard error, and over how many pixels."""
    if k > len(top):
        return {"k": k, "pixels": 0, "mean": 0.0, "error": 0.0, "top": 0.0, "random": 0.0}
    apart = top[k - 1].astype(np.float64) - random[k - 1]
    known = np.isfinite(apart)
    count = int(known.sum())
    some = apart[known]
    return {
        "k": k,
        "pixels": count,
        "mean": float(some.mean()) if count else 0.0,
        "error": float(some.std(ddof=1) / np.sqrt(count)) if count > 1 else 0.0,
        "top": float(top[k - 1][known].mean()) if count else 0.0,
        "random": float(random[k - 1][known].mean()) if count else 0.0,
    }


def _points(share: float) -> str:
    """A share in percentage points."""
    return f"{_number(share)} points"


def _number(share: float) -> str:
    """The same without the word, with a true minus."""
    return f"{100 * share:.1f}".replace("-", "−")
