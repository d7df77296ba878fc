"""Orders from what a page has: a series and a card, held against each other before anybody computes. No torch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from eodash.backend.asked import fits, places
from eodash.backend.orders import Array, Order
from eodash.cards import Card, to_table
from eodash.datasets.parcels import days_of, latitude_of
from eodash.errors import ModelError
from eodash.preprocess.units import per_unit
from eodash.toml_tables import toml


def order_of(
    cube: xr.DataArray, card: Card, legend: str, dates: tuple[int, ...], reducers: tuple[str, ...] = (),
    *, exact: bool = False,
) -> Order:  # fmt: skip
    """An order about a cube, without pixels yet; a ModelError where card and cube do not go together."""
    fits(card, cube)
    days = days_of(cube["time"].values.astype("datetime64[s]"), latitude_of(cube))
    return order_about(cube, card, legend, days, dates, reducers, exact=exact)


def order_about(
    series: xr.DataArray, card: Card, legend: str, day: Array, dates: tuple[int, ...] = (),
    reducers: tuple[str, ...] = (), *, exact: bool = False,
) -> Order:  # fmt: skip
    """The same about a series of one pixel, or whatever else has bands, with its days."""
    if legend not in card.legends:
        raise ModelError(
            f"{card.title} knows no legend of that name.", f"Choose {' or '.join(card.legends)}.", code="legend"
        )
    bands = places(card, [str(name) for name in series["band"].values.tolist()])
    return Order(
        toml(to_table(card)), card.folder, legend, bands, np.asarray(day, np.float32), 1 / per_unit(series.attrs),
        dates, reducers, exact=exact,
    )  # fmt: skip


def series_order(series: xr.DataArray, card: Card, legend: str, *, exact: bool = False) -> tuple[Array, Order]:
    """The times of one pixel's series, and an order that holds its values."""
    times = series["time"].values.astype("datetime64[s]")
    order = order_about(series, card, legend, days_of(times, float(series.attrs["latitude"])), exact=exact)
    values = np.ascontiguousarray(series.values[:, list(order.bands), None])
    return times, replace(order, values=values, clear=np.ascontiguousarray(series["clear"].values[:, None]))


def sample_order(sample: xr.DataArray, card: Card, legend: str, kind: str, date: int, options: dict[str, Any]) -> Order:
    """An order about a sample, without its pixels yet."""
    fits(card, sample)
    days = days_of(sample["time"].values.astype("datetime64[s]"), float(sample.attrs["latitude"]))
    order = order_about(sample, card, legend, days, (date,))
    return replace(order, kinds=(kind,), options=options)
