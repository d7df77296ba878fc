"""`python -m eodash explain`: when models decide, when classes can be told at all, and whether attention is honest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eodash.commands.explain_lines import drop_lines, stop_lines
from eodash.commands.line import app, plain_errors
from eodash.errors import ModelError, StorageError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from eodash.cards import Card
    from eodash.store import Store
    from eodash.truth.separable import Separable

HOME = "temperate-north"
STOPPING = ("early-lstm", "causal-transformer")
ATTENDING = ("transformer", "causal-transformer", "l-tae")


@app.command()
def explain(
    data: Annotated[str, typer.Option(help="demo, or demo:REGION")] = "demo",
    model: Annotated[list[str] | None, typer.Option(
        help="a card of the shelf, like early-lstm-l1c; repeat it; all of preprocessed images by default")] = None,
    legend: Annotated[str, typer.Option(help="landcover or breizhcrops")] = "landcover",
    pixels: Annotated[int, typer.Option(min=8, max=4096, help="of the sample for the test of attention")] = 256,
    to_json: Annotated[Path | None, typer.Option("--json", help="write all figures there")] = None,
) -> None:  # fmt: skip
    """Of the demo world: when each class is decided and from when on it is separable; then the date-drop verdicts."""
    with plain_errors():
        from eodash import cards
        from eodash.commands.predict import _store

        region = _region(data)
        chosen = [cards.card(name) for name in model] if model else _all()
        useless = [card.name for card in chosen if card.architecture not in (*STOPPING, *ATTENDING)]
        if useless:
            raise ModelError(
                f"{', '.join(useless)} neither stops early nor attends to dates.",
                f"Choose among {', '.join(dict.fromkeys((*STOPPING, *ATTENDING)))}.",
                code="nothing_to_explain",
            )
        store = _store()
        stops, drops = [], []
        for card in chosen:
            cube = _cube(store, region, card)
            if card.architecture in STOPPING:
                stops.append(_stops(store, region, cube, card, legend))
            if card.architecture in ATTENDING:
                drops.append(_drops(cube, card, legend, pixels))
        for line in (*stop_lines(stops), *drop_lines(drops)):
            typer.echo(line)
        if to_json is not None:
            _write(to_json, {"data": data, "legend": legend, "stopping": stops, "date_drop": drops})


def _region(data: str) -> str:
    from eodash.world import REGIONS

    kind, _, name = data.partition(":")
    if kind != "demo" or (name or HOME) not in REGIONS:
        raise ModelError(
            "Only the demo world knows when a class can be told.",
            f"Write demo, or demo: and one of {', '.join(REGIONS)}.",
            code="unknown_data",
        )
    return name or HOME


def _all() -> list[Card]:
    """Every network of the shelf for preprocessed images that stops or attends."""
    from eodash import cards

    wanted = [f"{name}-l2a" for name in dict.fromkeys((*STOPPING, *ATTENDING))]
    return [card for name, card in cards.shelf().items() if name in wanted]


def _cube(store: Store, region: str, card: Card) -> xr.DataArray:
    """The season of a region, as the card reads it."""
    from eodash.commands.predict import _fetched
    from eodash.sources.demo import demo_request

    product = "sentinel-2-l1c" if card.input.level == "l1c" else "sentinel-2-l2a"
    return _fetched(store, demo_request(region, product))


def _stops(store: Store, region: str, cube: xr.DataArray, card: Card, legend: str) -> dict[str, Any]:
    """Per class of the truth: mean date of stopping, and from when it is separable."""
    from eodash.backend.questions import UNDECIDED, Series, map_question
    from eodash.commands.predict import _answered
    from eodash.sources.demo import demo_request
    from eodash.truth import truth_of
    from eodash.truth.separable import separable

    product = "sentinel-2-l1c" if card.input.level == "l1c" else "sentinel-2-l2a"
    request = demo_request(region, product)
    if legend not in card.legends:
        raise ModelError(f"{card.title} has no legend '{legend[:40]}'.", f"It has {', '.join(card.legends)}.",
                         code="unknown_legend")  # fmt: skip
    names = tuple(each.name for each in card.legends[legend])
    question = map_question(Series(request.key, cube.sizes["time"]), card, legend, tuple(range(cube.sizes["time"])))
    stop = _answered(store, question, cube, card)["stop"].values
    truth = truth_of(request, cube, legend, names)
    assert truth is not None
    times = cube["time"].values.astype("datetime64[s]")
    known = {one.name: one for one in separable(region, legend, tuple(times))}
    rows = []
    for place, name in enumerate(names):
        mine = stop[truth.classes == place]
        if len(mine):
            rows.append(row(name, mine, times, known.get(name), UNDECIDED))
    return {"model": card.name, "region": region, "classes": rows}


def row(name: str, stop: np.ndarray, times: np.ndarray, known: Separable | None, undecided: int) -> dict[str, Any]:
    """A class: what is never decided counts as stopped on the last date."""
    import numpy as np

    index = np.where(stop == undecided, len(times) - 1, stop).astype(np.int64)
    seconds = times.astype("datetime64[s]").astype(np.int64)
    mean = np.datetime64(round(float(seconds[index].mean())), "s")
    since = None if known is None else known.date
    return {
        "class": name,
        "pixels": len(stop),
        "mean_stop": str(mean)[:10],
        "undecided": round(float((stop == undecided).mean()), 4),
        "separable_since": None if since is None else str(since)[:10],
        "first_separable": None if known is None or known.reached is None else str(known.reached)[:10],
        "fields": 0 if known is None else known.fields,
        "separability_at_end": None if known is None or np.isnan(known.score) else round(known.score, 4),
        "days_after": None if since is None else round(float((mean - since) / np.timedelta64(1, "D"))),
    }


def _drops(cube: xr.DataArray, card: Card, legend: str, pixels: int) -> dict[str, Any]:
    """Whether the dates that a network attends to are those that its answer hangs on."""
    from eodash.backend.engine import engine
    from eodash.backend.engine_series import sample_of

    typer.echo(f"{card.name}: dropping dates of {pixels} pixels …", err=True)
    found = engine().explain_sample(sample_of(cube, pixels), card, legend, "faithfulness")
    top, random = (found[name].values if name in found else None for name in ("top", "random"))
    return {
        "model": card.name,
        "verdict": str(found.attrs["verdict"]),
        "words": str(found.attrs["words"]),
        "dropped": [] if top is None else [int(each) for each in found["k"].values],
        "most_attended": [] if top is None else [round(float(each), 4) for each in _mean(top)],
        "random": [] if random is None else [round(float(each), 4) for each in _mean(random)],
    }


def _mean(falls: np.ndarray) -> np.ndarray:
    import numpy as np

    means: np.ndarray = np.nanmean(falls, axis=-1)
    return means


def _write(path: Path, found: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False), "utf-8")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.", "Name another place.", code="full"
        ) from error
    typer.echo(str(path))
