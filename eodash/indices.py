"""Every spectral index that a sensor's bands allow, by name: what it is, and its values.

Names, formulas, constants and references are those of Awesome Spectral Indices (Montero and others 2023,
https://doi.org/10.1038/s41597-023-02096-0), computed by spyndex. spyndex evaluates formulas of its own table alone;
the name asked for is looked up in that table first, so no text of a user is ever evaluated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from eodash.errors import RasterError
from eodash.sensors import Band, by_code, sensor_of
from eodash.sources.contract import NODATA

DIGITAL = "digital numbers"
"""`units` of a cube whose scale nobody knows."""
OPTICAL = frozenset(("A", "B", "G", "G1", "Y", "R", "RE1", "RE2", "RE3", "N", "N2", "WV", "S1", "S2"))
"""Codes that a reflectance can stand for; radar, temperature and kernels need what a cube does not hold."""
_SCALE = np.float32(10_000)
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class IndexInfo:
    """One index as these bands make it."""

    name: str
    title: str
    formula: str  # in the sensor's band names
    in_codes: str  # as published
    reference: str  # where: an address, mostly a DOI
    domain: str  # vegetation, water, burn, snow, urban, soil, clouds
    bands: tuple[str, ...]
    codes: tuple[str, ...]  # of those bands
    constants: dict[str, float] = field(hash=False)  # what else the formula needs, and the values used
    difference: bool  # (a − b) / (a + b) of two bands: −1 … 1, whatever scale the two share


def known(bands: Sequence[Band]) -> dict[str, IndexInfo]:
    """Every index that these bands allow, by spyndex's short name."""
    return dict(_known(tuple(bands)))


def info(bands: Sequence[Band], name: str) -> IndexInfo:
    """One index; an unknown name, or one that needs other bands, is an error that says what is near."""
    here = _known(tuple(bands))
    if name in here:
        return here[name]
    if name in _table():
        raise RasterError(
            f"{name} needs {', '.join(_table()[name].bands)}; the bands at hand do not give all of it.",
            "Choose another index, or fetch the bands that are missing.",
            code="unknown_index",
        )
    short = name[:40]
    by_case = {key.casefold(): key for key in here}
    near = [by_case[match] for match in get_close_matches(short.casefold(), by_case, 4, 0.5)]
    advice = f"Did you mean {' or '.join(near)}?" if near else "Choose one from the list of indices."
    raise RasterError(f"There is no index {short!r}.", advice, code="unknown_index", details={"near": near})


def values(part: xr.DataArray, name: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """An index over a cube, or over a part of one with a band dimension, and where it is known."""
    index = info(bands_of(part), name)
    check_units(part.attrs, index)
    stored = [np.asarray(part.sel(band=band).values) for band in index.bands]
    given = [one.astype(np.float32) / _SCALE for one in stored]
    seen = np.logical_and.reduce([one != NODATA for one in stored])
    with np.errstate(all="ignore"):  # what divides by zero is not seen, and that is all there is to say
        made = _spyndex().computeIndex(name, dict(zip(index.codes, given, strict=True)) | index.constants)
        found = np.broadcast_to(np.asarray(made, np.float32), seen.shape)
        seen &= np.isfinite(found)
        if index.difference:  # a ratio of two bands whose sum is not positive says nothing
            seen &= given[0] + given[1] > 0
    return np.where(seen, found, np.float32(0)), seen


def check_units(attrs: Mapping[str, Any], index: IndexInfo) -> None:
    """Digital numbers have no scale: they allow the ratios that need none."""
    if attrs.get("units") == DIGITAL and not index.difference:
        raise RasterError(
            f"{index.name} needs reflectance; this series holds digital numbers without a scale.",
            "Choose a normalised difference such as NDVI, or say on import what scale the numbers have.",
            code="units",
        )


def notice(attrs: Mapping[str, Any]) -> str:
    """What to say beside an index of digital numbers; nothing beside one of reflectance."""
    if attrs.get("units") != DIGITAL:
        return ""
    return "of digital numbers: comparable within this series, not with other sensors"


def bands_of(part: xr.DataArray) -> tuple[Band, ...]:
    """The bands that a cube holds, as its sensor describes them."""
    there = set(part["band"].values.tolist())
    return tuple(band for band in sensor_of(part.attrs).bands if band.name in there)


def _spyndex() -> Any:
    """Imported when it is first asked for: it takes a fifth of a second."""
    return import_module("spyndex")


def _table() -> Any:
    return _spyndex().indices


@lru_cache(maxsize=64)
def _known(bands: tuple[Band, ...]) -> dict[str, IndexInfo]:
    named = {code: name for code, name in by_code(bands, stand_in=False).items() if code in OPTICAL}
    centres = {f"lambda{band.code}": band.centre for band in bands if named.get(band.code) == band.name}
    constants = {name: one.default for name, one in _spyndex().constants.items() if one.default is not None}
    constants |= centres
    found = {}
    for name, one in _table().items():
        codes = tuple(code for code in one.bands if code in named)
        more = {code: float(constants[code]) for code in one.bands if code not in named and code in constants}
        if not codes or len(codes) + len(more) < len(one.bands):
            continue
        found[name] = IndexInfo(
            name,
            one.long_name,
            spelt(one.formula, named),
            spelt(one.formula, {}),
            one.reference,
            one.application_domain,
            tuple(named[code] for code in codes),
            codes,
            more,
            _is_difference(one.formula),
        )
    return found


def spelt(formula: str, named: Mapping[str, str]) -> str:
    """A formula as one reads it, with bands for codes."""
    written = _WORD.sub(lambda word: named.get(word[0], word[0]), formula.replace(" ", ""))
    written = re.sub(r"\*\*2(\.0)?(?![\d.])", "²", written).replace("**", "^").replace("*", " · ")
    written = re.sub(r"(?<=[\w)²])-", " − ", written).replace("-", "−")
    return re.sub(r"(\d)\.0(?!\d)", r"\1", written.replace("+", " + ").replace("/", " / "))


def _is_difference(formula: str) -> bool:
    """Whether a formula is (a − b) / (a + b) of two single bands."""
    tree = ast.parse(formula, mode="eval").body
    match tree:
        case ast.BinOp(
            ast.BinOp(ast.Name(a), ast.Sub(), ast.Name(b)), ast.Div(), ast.BinOp(ast.Name(c), ast.Add(), ast.Name(d))
        ):
            return {a, b} == {c, d}
    return False


def total() -> int:
    """How many indices spyndex knows, for whatever sensor."""
    return len(_table())
