"""cube → findings: first what is no measurement at all, then what was done to the measurements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import xarray as xr

from eodash.doctor import piles, repeats
from eodash.doctor.finding import Finding, Fix
from eodash.doctor.hypotheses import best, undone
from eodash.doctor.sample import LITTLE, Sample, sampled, spectra
from eodash.doctor.telling import blank, piled, repeated, told

_BRIGHT = (255, 10_000, 20_000, 32_767)
"""Fills that white clouds reach as well."""
_NEVER = ("hold one value everywhere", "An image varies; these were never filled.")
ROUNDS = 3
"""Most faults on top of each other that are told apart."""
_ORDER = ("scale", "missing offset", "double offset", "band order", "band scale", "level", "no data", "constant",
          "striped", "duplicate", "empty", "clipped")  # fmt: skip
"""What spoils most comes first."""


def examine(cube: xr.DataArray) -> tuple[Finding, ...]:
    """What is wrong with a series, the worst first; nothing where too little is seen to judge."""
    if cube.sizes["y"] * cube.sizes["x"] * cube.sizes["time"] < LITTLE:
        return ()
    found = list(_examined(cube))
    return tuple(sorted(found, key=lambda finding: (finding.severity != "bad", _ORDER.index(finding.kind))))


def looked_at(cube: xr.DataArray) -> str:
    """How much an examination rests on, in a sentence."""
    sample = sampled(cube)
    seen = spectra(sample)
    if seen is None:
        return "Too little to judge colours: only copies, gaps and heaps of values were looked for."
    dates = len(np.unique(seen.date))
    return f"Looked at {len(seen.values)} spectra of {len(seen.known)} bands on {dates} date{'s' * (dates != 1)}."


def _examined(cube: xr.DataArray) -> Iterator[Finding]:
    sample = sampled(cube)
    out = np.zeros(len(sample.times), bool)
    masked = np.zeros(sample.values.shape, bool)
    unscaled = _unscaled(sample)
    if unscaled is not None:
        yield unscaled
        return
    blanks, missing = repeats.constant(sample), repeats.empty(sample)
    out[blanks + missing] = True
    if blanks:
        yield blank(sample, blanks, "constant", *_NEVER)
    if missing and (len(missing) == len(out) or not _masked_on_purpose(cube)):
        yield blank(sample, missing, "empty", "hold no observation", "Every pixel is missing on these dates.")
    fills: list[int] = []
    for pile in piles.no_data(sample, out):
        bytes_end = pile.value == 255 and not sample.reflectance  # white in a stretched picture
        if bytes_end or (pile.value in _BRIGHT and _saturated(sample, pile.value)):
            continue
        fills.append(pile.value)
        yield piled(sample, pile)
        masked |= pile.at
    rest = sample.without(masked, np.zeros(len(out), bool))
    blanks = [index for index in repeats.constant(rest) if not out[index]]
    if blanks:
        out[blanks] = True
        yield blank(sample, blanks, "constant", *_NEVER)
    found = repeats.striped(cube, _finest(sample), fills)
    lines = [(index, share) for index, share in found if not out[index]]
    if lines:
        worst = max(share for _, share in lines)
        why = f"Up to {100 * worst:.0f} % of the lines hold one value from end to end: they were lost on the way."
        yield blank(sample, [index for index, _ in lines], "striped", "have lines without an image", why)
    out |= ~rest.seen.any((1, 2))
    pairs = repeats.twins(rest)
    if pairs:
        yield repeated(sample, pairs)
        out[[pair.second for pair in pairs]] = True
    if out.all():
        return
    left = sample.without(masked, out)
    verdicts = _safe(left, list(_spectral(left)))
    too_large = any(finding.fix and finding.fix.parameters.get("factor", 1) < 1 for finding in verdicts)
    yield from verdicts
    for pile in piles.clipped(left):
        if not (too_large and pile.value == 32767):  # cut off by the wrong scale; its fix takes them out
            yield piled(left, pile)


def _finest(sample: Sample) -> int:
    """The band with most different values: coarse ones repeat theirs along a line."""
    return int(np.argmax([len(np.unique(sample.values[:, :, band])) for band in range(len(sample.bands))]))


def _masked_on_purpose(cube: xr.DataArray) -> bool:
    """A chain takes clouds out, and leaves dates empty that lie before the first or after the last clear one."""
    return bool(json.loads(cube.attrs.get("chain") or "{}"))


def _saturated(sample: Sample, value: int) -> bool:
    """Some bands reach the end of the numbers where others do not: bright, not missing."""
    at = sample.values == value
    return bool((at.any(2) & ~at.all(2)).sum() > at.all(2).sum() / 4)


def _spectral(sample: Sample) -> Iterator[Finding]:
    seen = spectra(sample)
    levels = sample.sensor in ("sentinel-2-l1c", "sentinel-2-l2a")
    level = sample.level
    for _ in range(ROUNDS):
        verdict = best(seen, level, levels) if seen is not None else None
        if seen is None or verdict is None:
            return
        yield told(sample, seen, verdict)
        if verdict.kind == "level":
            return
        seen = undone(seen, verdict)


def _safe(sample: Sample, verdicts: list[Finding]) -> list[Finding]:
    """Without a fix where strange bands lie among the known ones: their places cannot be told from the others'."""
    moved = any(finding.kind == "band order" and len(finding.bands) > 2 for finding in verdicts)
    if all(sample.known) or not (moved or len(verdicts) > 1):
        return verdicts
    advice = "Import the series again and name its bands: some of them are unknown, so that no order can be computed."
    return [replace(finding, fix=None, advice=advice) for finding in verdicts]


def _unscaled(sample: Sample) -> Finding | None:
    """Whole numbers that are no reflectance × 10⁴: 0–1 written as 0 and 1, or bytes."""
    some = sample.values[sample.seen]
    if not sample.reflectance or len(some) < LITTLE:
        return None
    low, high = int(some.min()), int(some.max())
    if -4 <= low <= high <= 4:
        return Finding(
            "scale", f"All values lie between {low} and {high}: never filled, or written without the scale of 10 000.",
            "Rounded to whole numbers, nothing of the image is left.", "bad", (), (),
            {}, None, "Import the series again with the scale 10 000.",
        )  # fmt: skip
    saturated = float((np.abs(some.astype(np.int64)) >= 32767).mean())
    if saturated > 0.9:
        return Finding(
            "scale", f"{100 * saturated:.0f} % of the values are the largest that fit: the scale was applied twice.",
            "Beyond 3.2767 every reflectance looks the same, so nothing can be recovered.", "bad", (), (),
            {}, None, "Import the series again without a scale.",
        )  # fmt: skip
    if low >= 0 and 100 < high <= 255 and np.percentile(some, 99) > 60:
        return Finding(
            "scale", f"All values lie between {low} and {high}: bytes, read as reflectance up to {high / 1e4:.4f}.",
            "Bytes of a stretched picture have no known scale; as digital numbers they can be looked at, "
            "and no reflectance is claimed.", "bad", (), (), {}, Fix("units", {"units": "digital numbers"}),
        )  # fmt: skip
    return None
