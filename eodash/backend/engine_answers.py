"""From arrays over pixels to labelled data, and what a file must say so that they can be labelled again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from odc.geo.xr import xr_coords

from eodash.backend.orders import Array
from eodash.cards import Card
from eodash.cube import geobox_of
from eodash.store.payloads import grid_from_json, grid_json


def meta_of(
    cube: xr.DataArray,
    card: Card,
    legend: str,
    dates: Sequence[int],
    axes: Mapping[str, Sequence[str]],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """All that is said of a map beside its numbers, as plain JSON."""
    times = cube["time"].values.astype("datetime64[s]")[list(dates)]
    bands = {"band": list(card.input.bands)} if any("band" in each for each in axes.values()) else {}
    return bands | {
        "grid": grid_json(geobox_of(cube)),
        "axes": {name: list(each) for name, each in axes.items()},
        "time": [str(each) for each in times],
        "index": list(dates),
        "class": [each.name for each in card.legends[legend]],
        "attrs": {
            "card": card.name,
            "title": card.title,
            "legend": legend,
            "colours": json.dumps([each.colour for each in card.legends[legend]]),
            "facts": json.dumps(dict(facts)),
        },
    }


def labelled(arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> xr.Dataset:
    """The variables of a map or a summary, (…, y, x) or (…, pixel), on its grid."""
    grid = grid_from_json(meta["grid"])
    variables: dict[str, Any] = {}
    for name, array in arrays.items():
        whole = array if array.shape[-2:] == grid.shape else array.reshape(*array.shape[:-1], *grid.shape)
        variables[name] = ((*meta["axes"][name], "y", "x"), whole)
    bands = {"band": list(meta["band"])} if "band" in meta else {}
    coords: dict[str, Any] = (
        {
            "date": np.array(meta["time"], "datetime64[ns]"),
            "index": ("date", np.array(meta["index"], np.int64)),
            "class": list(meta["class"]),
        }
        | bands
        | {str(name): each for name, each in xr_coords(grid, always_yx=True).items()}
    )
    return xr.Dataset(variables, coords, dict(meta["attrs"]))


def inspection(
    arrays: Mapping[str, Array], times: Array, card: Card, legend: str, facts: Mapping[str, Any]
) -> xr.Dataset:
    """Everything about one series, labelled; what the arrays hold beside the usual keeps its name."""
    sizes = {"time": len(times), "class": len(card.legends[legend])}
    variables: dict[str, Any] = {}
    attrs: dict[str, Any] = {}
    for name, array in arrays.items():
        if np.ndim(array) == 0:
            attrs[name] = array.item() if isinstance(array, np.generic | np.ndarray) else array
        elif np.shape(array)[:1] == (sizes["time"],):
            rest = ("class",) if np.shape(array)[1:] == (sizes["class"],) else tuple(
                f"{name}_{place}" for place in range(1, np.ndim(array))
            )  # fmt: skip
            variables[name] = (("time", *rest), array)
        else:
            variables[name] = (tuple(f"{name}_{place}" for place in range(np.ndim(array))), array)
    classes = card.legends[legend]
    coords = {"time": times.astype("datetime64[ns]"), "class": [each.name for each in classes]}
    attrs |= {"card": card.name, "title": card.title, "legend": legend,
              "colours": json.dumps([each.colour for each in classes]), "facts": json.dumps(dict(facts))}  # fmt: skip
    attrs.setdefault("stop", -1)
    made = xr.Dataset(variables, coords, attrs)
    return made.set_coords("seen") if "seen" in made else made


def explanation(said: Mapping[str, Any], times: Array, card: Card, legend: str, date: int) -> xr.Dataset:
    """Why a model says what it says of one series after that date, labelled; facts without axes go into attrs."""
    arrays: Mapping[str, Array] = said["arrays"]
    axes: Mapping[str, tuple[str, ...]] = said["axes"]
    classes = card.legends[legend]
    moments = times.astype("datetime64[ns]")
    coords: dict[str, Any] = {
        "time": moments,
        "band": list(card.input.bands),
        "class": [each.name for each in classes],
        "seen": ("time", arrays["seen"]),
    }
    if "attention" in arrays:
        once = arrays["attention"].shape[2] < len(moments)
        coords |= {"looked": moments, "asked": moments[[date]] if once else moments}
    coords |= {name: (dims, arrays[name]) for name, dims in axes.items() if dims == (name,)}
    variables = {name: (dims, arrays[name]) for name, dims in axes.items() if dims and name not in coords}
    facts = {name: arrays[name].item() for name, dims in axes.items() if not dims}
    winner = facts.pop("winner")
    return xr.Dataset(variables, coords, facts | {
        "winner": classes[winner].name if winner >= 0 else "",
        "date": date,
        "card": card.name, "title": card.title, "legend": legend,
        "colours": json.dumps([each.colour for each in classes]),
        "facts": json.dumps({**said["facts"], "seconds": said["seconds"]}),
    })  # fmt: skip
