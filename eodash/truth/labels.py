"""Labelled polygons → the truth of a cube: each value of a column is a class of the legend, or left out."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np
from odc.geo.geobox import GeoBox

from eodash.datasets.labelled_polygons import Polygons, polygons_of
from eodash.datasets.parcels import noticed
from eodash.datasets.polygon_pixels import pixels_of
from eodash.errors import AoiError
from eodash.truth.features import Feature, columns_of
from eodash.truth.known import UNKNOWN, Truth
from eodash.world.legend import FINE

ALIKE = 0.78
"""How similar two names are that are taken for the same."""
_SYNONYMS = {
    "cereals": ("wheat", "barley", "rye", "oats", "triticale", "spelt", "grain", "winter cereals", "summer cereals"),
    "rapeseed": ("rape", "oilseed rape", "canola", "colza"),
    "legumes": ("peas", "beans", "lentils", "chickpeas", "soy", "soybean", "soybeans", "lupins", "pulses"),
    "maize": ("corn", "silage maize", "grain maize", "mais", "maïs"),
    "root crops": ("potato", "potatoes", "sugar beet", "beet", "beets"),
    "orchards and nuts": ("orchard", "vineyard", "olives", "almonds", "fruit trees"),
    "grassland": ("grass", "meadow", "meadows", "pasture", "hay"),
    "forest": ("wood", "woods", "woodland", "trees", "broadleaf", "conifer"),
    "water": ("lake", "river", "pond"),
    "built-up": ("urban", "buildings", "road", "roads", "settlement"),
    "bare or fallow": ("bare", "bare soil", "fallow", "soil"),
}


def guessed(value: str, names: Sequence[str]) -> str:
    """The class of a legend that a value most likely means, by the same or a similar name; empty where none is near."""
    plain = _plain(value)
    order = {_plain(name): name for name in names}
    if plain in order:
        return order[plain]
    known = _known(order)
    if plain in known:
        return known[plain]
    near = difflib.get_close_matches(plain, [*order, *known], 1, ALIKE)
    if near:
        return order.get(near[0]) or known[near[0]]
    held = [name for said, name in (order | known).items() if len(said) > 3 and f" {said} " in f" {plain} "]
    return held[0] if len(set(held)) == 1 else ""


def mapped(values: Sequence[str], names: Sequence[str], said: Mapping[str, str]) -> dict[str, str]:
    """The class of every value: what was said of it, else what it most likely means; empty where it is left out."""
    return {
        value: said[value] if value in said and said[value] in ("", *names) else guessed(value, names)
        for value in values
    }


def likeliest(columns: Mapping[str, Sequence[str]], names: Sequence[str]) -> str:
    """The column that most likely holds the class: most of its values mean a class of the legend."""

    def share(column: str) -> tuple[float, int]:
        values = columns[column]
        return sum(bool(guessed(value, names)) for value in values) / max(1, len(values)), len(values)

    return max(columns, key=share)


def labelled(
    features: Sequence[Feature],
    column: str,
    classes: Mapping[str, str],
    names: Sequence[str],
    grid: GeoBox,
    source: str,
) -> Truth:
    """The truth on a grid, without the mixed pixels at the border of polygons that are wide enough."""
    kept = [one for one in features if classes.get(one["properties"].get(column, ""))]
    if not kept:
        raise AoiError(
            f"No polygon has a class: every value of '{column}' is left out.",
            "Say which class of the legend a value is.",
            code="no_class",
        )
    plain = [
        {**one, "properties": {"class": classes[one["properties"][column]]}} for one in kept
    ]  # what the legend calls it
    found = polygons_of(plain, "class", None)
    order = np.array([list(names).index(name) for name in found.classes], np.uint8)
    pixels = pixels_of(found.shapes, found.label, grid, inner=True)
    if not len(pixels.row):
        raise AoiError(
            "No pixel has its middle in a labelled polygon of one class.",
            "Draw larger polygons, and none over another of a different class.",
            code="no_pixels",
        )
    known = np.full(grid.shape, UNKNOWN, np.uint8)
    known[pixels.row, pixels.column] = order[found.label[pixels.polygon]]
    numbers, place = np.unique(pixels.polygon, return_inverse=True)
    parcels = np.zeros(grid.shape, np.uint16)
    if len(numbers) < np.iinfo(np.uint16).max:
        parcels[pixels.row, pixels.column] = place + 1
    for shared in (known, parcels):
        shared.flags.writeable = False
    return Truth(
        known, parcels, tuple(names), source, _notices(features, kept, found, noticed(found, pixels, 0), known)
    )


def _notices(
    features: Sequence[Feature], kept: Sequence[Feature], found: Polygons, said: Sequence[str], known: np.ndarray
) -> tuple[str, ...]:
    """What was left out, and what cannot be told from labels of one class."""
    without = len(features) - len(kept)
    first = (f"left out, polygons without a class of the legend: {without:,}",) if without else ()
    classes = np.unique(known[known != UNKNOWN])
    one = (
        ("all labels are of one class: how often it is recognised can be read, but no precision and no kappa",)
        if len(classes) == 1
        else ()
    )
    return (*first, *said, *one)


def values_of(features: Sequence[Feature], column: str) -> list[str]:
    """The values of a column, the commonest first."""
    return columns_of(features).get(column, [])


def _known(order: Mapping[str, str]) -> dict[str, str]:
    """Other names of the classes of a legend: those of the world's finer list, and everyday words."""
    known: dict[str, str] = {}
    for kind in FINE:
        target = next(
            (order[_plain(name)] for name in (kind.breizhcrops, kind.landcover) if name and _plain(name) in order), ""
        )
        if target:
            for name in (kind.name, kind.breizhcrops, kind.landcover):
                if name:
                    known.setdefault(_plain(name), target)
    for name, others in _SYNONYMS.items():
        target = order.get(_plain(name)) or known.get(_plain(name), "")
        for other in others if target else ():
            known.setdefault(other, target)
    return known


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
