"""`python -m eodash teach`: what ten labelled pixels of each class are worth, features by features, head by head."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from eodash.commands.line import app, plain_errors
from eodash.errors import ModelError, StorageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eodash.teach.trial import Pool

MATO_GROSSO = "modis_mato_grosso"
TESTED = 4000
"""Pixels of the demo that are asked, drawn evenly over the region."""
BLOCK = 16
"""Side in pixels of what counts as one field where there is none: woods, water, villages."""


@app.command()
def teach(
    data: Annotated[str, typer.Option(help=f"{MATO_GROSSO} (below EODASH_REAL_DATA) or demo")] = "demo",
    model: Annotated[list[str] | None, typer.Option(help="networks whose features are used; repeat it")] = None,
    level: Annotated[str, typer.Option(help="of the demo: l1c, raw with its clouds, or l2a")] = "l1c",
    region: Annotated[str, typer.Option(help="of the demo")] = "temperate-north",
    per_class: Annotated[int, typer.Option(min=1, max=1000, help="labelled pixels of each class")] = 10,
    draws: Annotated[int, typer.Option(min=1, max=100, help="how often they are drawn")] = 5,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    to_json: Annotated[Path | None, typer.Option("--json", help="write the table there")] = None,
) -> None:
    """Teach heads a few labelled pixels and print how they do on the rest."""
    with plain_errors():
        from eodash.teach.trial import trial

        networks = model or ["l-tae"]
        if data == MATO_GROSSO:
            pool, said = _mato_grosso(networks)
        elif data == "demo":
            pool, said = _demo(region, level, networks, per_class, draws, seed)
        else:
            raise ModelError(f"There is no set '{data[:40]}'.", f"Take {MATO_GROSSO} or demo.", code="unknown_data")
        typer.echo(said)
        rows = trial(pool, per_class, draws, seed)
        for line in lines(rows):
            typer.echo(line)
        if to_json is not None:
            _write(to_json, {"data": data, "about": said, "rows": rows})
            typer.echo(str(to_json))


def lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The table as it is printed."""
    wide = max(len(row["features"]) for row in rows) + 2
    titles = f"{'the rest':>15}{'balanced':>10}{'other fields':>14}{'left out':>10}{'s':>6}"
    made = [f"{'features':<{wide}}{'method':<46}{titles}"]
    for row in rows:
        cells = [
            f"{row[name]:.3f}" if row[name] is not None else "–" for name in ("balanced", "other_fields", "left_out")
        ]
        made.append(
            f"{row['features']:<{wide}}{row['method']:<46}{row['accuracy']:>7.3f} ± {row['deviation']:.3f}"
            f"{cells[0]:>10}{cells[1]:>14}{cells[2]:>10}{row['seconds']:>6.1f}"
        )
    return made


def _mato_grosso(networks: Sequence[str]) -> tuple[Pool, str]:
    """Labelled seasons; bands that MODIS lacks lie between those that it has."""
    from eodash import cards
    from eodash.datasets.parcels import days_of
    from eodash.sensors import SENSORS
    from eodash.settings import settings
    from eodash.teach.courses import course
    from eodash.teach.mato_grosso import open_seasons
    from eodash.teach.trial import Pool

    root = settings().real_data
    if root is None or not (root / MATO_GROSSO).is_dir():
        raise ModelError(
            f"The folder {MATO_GROSSO} is not known.",
            "Set EODASH_REAL_DATA to the folder of real data that holds it.",
            code="no_real_data",
        )
    here = open_seasons(root / MATO_GROSSO)
    known = here.known
    middle = 16.0 * np.arange(
        here.values.shape[1], dtype=np.float64
    )  # composites lie sixteen days apart, whenever each was seen
    series = course(np.nan_to_num(here.values), known, middle, [(2, 1), (2, 3)])
    raw = {"series": series}
    for name in networks:
        card = cards.card(f"{name}-l2a")
        sensor = SENSORS["sentinel-2-l2a"]
        values = here.as_sensor(np.array([sensor.band(band).centre for band in card.input.bands]))
        day = np.zeros(known.shape, np.float32)
        for first in np.unique(here.times[:, 0].astype("datetime64[Y]")):
            mine = here.times[:, 0].astype("datetime64[Y]") == first
            times = here.times[mine]
            zero = days_of(np.sort(times[0]), here.latitude)[0]
            day[mine] = zero + (times - times[0].min()) / np.timedelta64(86400, "s")
        raw = {name: _asked(name, "l2a", np.nan_to_num(values), day, known), **raw}
    counts = ", ".join(f"{name} {int((here.label == at).sum())}" for at, name in enumerate(here.names))
    said = (
        f"{MATO_GROSSO} (vwmaus/dtwSat, GPL-3): {len(here.label)} labelled seasons of {len(np.unique(here.place))} "
        f"pixels: {counts}. Networks read bands interpolated by wavelength: they never saw MODIS."
    )
    return Pool(raw, here.label, here.place, here.names), said


def _demo(
    name: str, level: str, networks: Sequence[str], per_class: int, draws: int, seed: int
) -> tuple[Pool, str]:  # fmt: skip
    """Pixels of a demo region: those that may be drawn, and an even share of it that is asked."""
    from eodash.sources.demo import demo_request, demo_world
    from eodash.teach.courses import course_at
    from eodash.teach.trial import Pool, drawn
    from eodash.world import REGIONS
    from eodash.world.legend import LANDCOVER

    if name not in REGIONS or level not in ("l1c", "l2a"):
        raise ModelError("There is no such demo.", f"Take {', '.join(REGIONS)}; l1c or l2a.", code="unknown_data")
    truth = demo_world(name).truth()
    label = truth.landcover.ravel().astype(np.int64)
    size = truth.landcover.shape[1]
    row, column = np.divmod(np.arange(label.size), size)
    block = 100_000 + row // BLOCK * (size // BLOCK + 1) + column // BLOCK
    field = np.where(truth.parcels.ravel() > 0, truth.parcels.ravel(), block).astype(np.int64)
    asked = np.random.default_rng(seed).permutation(label.size)[:TESTED]
    picked = [drawn(label, per_class, seed + draw) for draw in range(draws)]
    at = np.unique(np.concatenate([asked, *picked]))
    cube = _pixels_of(demo_request(name, f"sentinel-2-{level}"), at)
    raw = {"series": course_at(cube, np.arange(len(at)))}
    for network in networks:
        raw = {network: _of_cube(network, level, cube), **raw}
    pool = Pool(raw, label[at], field[at], LANDCOVER.names, np.isin(at, asked))
    clouds = "raw, clouds left in" if level == "l1c" else "preprocessed, clouds masked"
    return pool, f"demo {name} ({clouds}): {len(asked):,} pixels asked, {len(LANDCOVER.names)} classes."


def _pixels_of(request: Any, at: NDArray[np.int64]) -> Any:
    """A cube of one row that holds some pixels of a request, in order."""
    from dataclasses import replace

    from odc.geo.geobox import GeoBox

    from eodash import cube, fetch
    from eodash.sources.demo import DemoSource

    request = replace(request, bands=DemoSource.products[request.product].sensor.default)
    plan = fetch.plan(request)
    made = [DemoSource().read(plan, date) for date in plan.dates]
    pairs = [(one.values, one.clear) for one in made if one.values is not None and one.clear is not None]
    values = np.stack([values.reshape(len(values), -1)[:, at] for values, _ in pairs])[:, :, None]
    clear = np.stack([clear.ravel()[at] for _, clear in pairs])[:, None]
    grid = GeoBox((1, len(at)), plan.geobox.affine, plan.geobox.crs)
    times = np.array([one.status.time for one in made], "datetime64[s]")
    return cube.carrier(values, clear, times, request.bands, grid, {"sensor": request.product})


def _of_cube(name: str, level: str, cube: Any) -> NDArray[np.float32]:
    from eodash import cards
    from eodash.backend.asked import sample

    pixels = sample(cube, cards.card(f"{name}-{level}"), cube.sizes["x"] ** 2)
    mask = pixels.mask[0]
    return _asked(name, level, pixels.values[0], np.broadcast_to(pixels.day, mask.shape), mask)


def _asked(
    name: str, level: str, values: NDArray[np.float32], day: NDArray[np.float32], mask: NDArray[np.bool_]
) -> NDArray[np.float32]:  # fmt: skip
    """What the network makes of each series."""
    from eodash import cards
    from eodash.backend.forward import answer
    from eodash.backend.weights import load
    from eodash.datasets.contract import Batch

    card = cards.card(f"{name}-{level}")
    nobody = np.zeros(len(mask), np.int64)
    return answer(load(card), card.input, Batch(values, day, mask, nobody, nobody)).features


def _write(path: Path, said: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False), "utf-8")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.", "Name another place.", code="full"
        ) from error
