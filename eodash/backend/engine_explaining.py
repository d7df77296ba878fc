"""What an engine says of why a model says what it says: of one series at a click, of a sample as a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import xarray as xr

from eodash.backend.engine_answers import explanation
from eodash.backend.engine_sample import SampleRound
from eodash.backend.engine_tiles import Gate
from eodash.backend.ordering import sample_order, series_order
from eodash.backend.questions import KEEPERS, keeps, keeps_none
from eodash.backend.sample_answers import attrs_of, sample_answer, without_attention
from eodash.cards import Card
from eodash.indices import bands_of
from eodash.jobs import Progress
from eodash.sensors import by_code

Answer = TypeVar("Answer")
NEEDED = {"units": "states"}
"""What a model has to keep to be explained that way."""

SLOW = frozenset({"integrated", "occlusion", "drops"})
"""Kinds that ask the network once for every date, or more often: whoever waits for another click goes first."""
AT_ONCE, SOON = 100, 90
"""Priorities among those who wait for a worker."""


class Explaining:
    """The part of an engine that explains; the engine gives the cluster to it."""

    _gate: Gate
    _clicked: Callable[..., dict[str, Any]]
    _asked: Callable[..., Any]

    def explain_pixel(
        self, series: xr.DataArray, card: Card, legend: str, kinds: tuple[str, ...], date: int | None = None
    ) -> xr.Dataset:
        """Why a model says what it says of one series once a date (an index, the last one by default) has been seen.

        `kinds` are those of `explain.KINDS`; later dates are not shown to the network. Never waits behind a map.
        """
        for kind in kinds:
            if kind in KEEPERS and not keeps(card, kind):
                raise keeps_none(card, kind)
        times, order = series_order(series, card, legend)
        date = len(times) - 1 if date is None else date
        order = replace(order, dates=(date,), kinds=tuple(kinds))
        said = self._clicked("explain", order, card, AT_ONCE if SLOW.isdisjoint(kinds) else SOON)
        return explanation(said, times, card, legend, date)

    def explain_sample(
        self,
        sample: xr.DataArray,
        card: Card,
        legend: str,
        kind: str,
        progress: Progress | None = None,
        **options: Any,
    ) -> xr.Dataset:
        """How a model comes to what it says of a sample (see `engine_series.sample_of`), by one of `sampled.SAMPLED`.

        Options: `date`, an index, the last by default; `seed`; of "faithfulness" `head` (layer, head) instead of the
        mean of all, and `draws`; of "stress" `shares`.
        """
        needed = NEEDED.get(kind, "")
        if needed and not keeps(card, needed):
            raise keeps_none(card, needed)
        date = options.pop("date", sample.sizes["time"] - 1)
        if kind == "faithfulness" and not keeps(card, "attention"):
            return without_attention(sample, card, legend, attrs_of(card, legend, date, {}))
        order = sample_order(sample, card, legend, kind, date, options | _bands(sample, card))
        made: SampleRound | None = None

        def ask(cluster: Any) -> SampleRound:
            nonlocal made
            if made is None:
                made = SampleRound(cluster, self._gate, order, sample, card, progress)
            made.cluster = cluster
            made.run()
            return made

        done: SampleRound = self._asked(ask, progress)
        return sample_answer(
            kind, done.arrays | done.whole, done.axes, sample, card, legend, attrs_of(card, legend, date, done.facts)
        )


def _bands(sample: xr.DataArray, card: Card) -> dict[str, Any]:
    """Where the red and the near-infrared band lie among those of the card, if it has them."""
    if "sensor" not in sample.attrs:
        return {}
    codes = by_code(bands_of(sample), stand_in=False)
    pair = [card.input.bands.index(codes[code]) for code in "RN" if codes.get(code) in card.input.bands]
    return {"ndvi": pair} if len(pair) == 2 else {}
