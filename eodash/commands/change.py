"""`python -m eodash change`: what changed between two dates, of files or of a series, as rasters and polygons."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eodash.commands.line import app, plain_errors

if TYPE_CHECKING:
    from eodash.change.chain import Detected, Settings


@app.command()
def change(
    before: Annotated[str, typer.Option(help="PATH or PATH@DAY of files, or DAY with --aoi; a year will do for a day")],
    after: Annotated[str, typer.Option(help="the same of the later date")],
    out: Annotated[Path, typer.Option(help="folder for the files; it does not exist yet")],
    aoi: Annotated[str, typer.Option(help="of a series: a file (GeoJSON, KML …), or WEST,SOUTH,EAST,NORTH")] = "",
    source: Annotated[str, typer.Option(help="of a series: demo, or a configured catalogue")] = "demo",
    product: Annotated[str, typer.Option(help="what of it; preprocessed images by default")] = "",
    resolution: Annotated[int | None, typer.Option(min=1, max=1000, help="metres; the product's by default")] = None,
    correct: Annotated[Path | None, typer.Option(help="of files: corrections of what is understood, JSON")] = None,
    method: Annotated[
        str,
        typer.Option(
            help="cva, pca-kmeans, mad, ir-mad; learned: fc-ef, fc-siam-conc, fc-siam-diff, cover-and-change, "
            "pretext-overlap, pretext-triplet"
        ),
    ] = "cva",
    normalise: Annotated[
        str, typer.Option(help="none, z-score, histogram, pif: what makes the images similar")
    ] = "pif",
    threshold: Annotated[str, typer.Option(help="otsu, triangle, em or a number; a chance: half or a number")] = "em",
    unit: Annotated[float, typer.Option(min=0, help="hectares; smaller changes are dropped")] = 1.0,
    holes: Annotated[float, typer.Option(min=0, help="hectares; smaller holes are filled")] = 0.0,
    median: Annotated[bool, typer.Option(help="smooth the mask by the majority of nine")] = True,
    opening: Annotated[bool | None, typer.Option(help="take thin edges away; by default up to 15 m a pixel")] = None,
    season: Annotated[bool, typer.Option(help="take out what the landscape did together between two seasons")] = True,
    floor: Annotated[bool, typer.Option(help="never call change what noise, light and air reach")] = True,
) -> None:
    """What changed between two dates: hectares, magnitude and mask as GeoTIFF, polygons, settings."""
    with plain_errors():
        import numpy as np

        from eodash.backend.learned import measure
        from eodash.change.chain import Settings, detect
        from eodash.change.pair import checked, pair_of
        from eodash.change.post import Cleaning
        from eodash.commands.change_images import of_files, of_series
        from eodash.cube import geobox_of
        from eodash.export.changes import Changes, placed, write_changes
        from eodash.grid import inside

        asked = dict(_settings(method, normalise, threshold))
        settings = Settings(**asked, season=season, floor=floor, cleaning=Cleaning(median, opening, unit, holes))
        placed(out)
        if aoi:
            first, second, area = of_series(aoi, source, product, resolution, before, after)
            told: dict[str, Any] = {"aoi": area.geojson, "source": source}
        else:
            first, second = of_files(before, after, correct)
            told, area = {}, None
        pair = pair_of(first, second)
        if area is not None:
            pair = checked(replace(pair, usable=pair.usable & inside(area, geobox_of(first))))
        found = detect(pair, settings, measure)
        told |= {
            "before": before,
            "after": after,
            "requests": [json.loads(each.attrs.get("request", "null")) for each in (first, second)],
            "command": command(before, after, aoi, source, product, resolution, correct, settings),
            **_network(settings),
        }
        times = (np.datetime64(first["time"].item(), "ns"), np.datetime64(second["time"].item(), "ns"))
        for line in lines(found, times):
            typer.echo(line)
        files = write_changes(Changes(found, geobox_of(first), times, told), out)
        typer.echo(f"{out}: {', '.join(path.name for path in files)}")


def _settings(method: str, normalise: str, threshold: str) -> dict[str, Any]:
    """What was typed, as settings."""
    from eodash.change.chain import LEARNED, METHODS
    from eodash.change.normalise import WAYS
    from eodash.change.thresholds import RULES

    rules = ["half", *(rule for rule in RULES if rule != "by hand")]
    for name, typed, allowed in (("--method", method, (*METHODS, *LEARNED)), ("--normalise", normalise, WAYS)):
        if typed not in allowed:
            raise typer.BadParameter(f"'{typed[:40]}' is none of {', '.join(allowed)}", param_hint=name)
    if threshold in rules:
        return {"method": method, "normalise": normalise, "threshold": threshold}
    try:
        value = float(threshold)
    except ValueError:
        raise typer.BadParameter(
            f"'{threshold[:40]}' is neither a number nor one of {', '.join(rules)}", param_hint="--threshold"
        ) from None
    return {"method": method, "normalise": normalise, "threshold": "by hand", "by_hand": value}


def _network(settings: Settings) -> dict[str, Any]:
    """Which weights measured it, where some did."""
    from eodash.cards import change_card
    from eodash.change.chain import LEARNED

    if settings.method not in LEARNED:
        return {}
    card = change_card(settings.method)
    return {"network": {"card": card.name, "weights": card.weights.sha256 if card.weights else ""}}


def lines(found: Detected, times: tuple[Any, Any]) -> list[str]:
    """What was found, in words."""
    from eodash.export.changes import unit_of

    before, after = (str(time.astype("datetime64[D]")) for time in times)
    pair = found.normalised.pair
    unit = unit_of(found)
    said = [
        f"{before} → {after}: {found.hectares:.1f} ha changed, {found.share:.2%} of what both dates show "
        f"({found.usable.mean():.0%} of the pixels)",
        f"threshold {found.threshold.value:.4g}{'' if unit == '1' else ' ' + unit} ({found.threshold.rule}): "
        f"{found.marked.sum() * pair.hectares:.1f} ha marked",
    ]
    said += [
        f"{step.name}: −{step.removed * pair.hectares:.1f} ha, +{step.added * pair.hectares:.1f} ha "
        f"→ {step.hectares:.1f} ha"
        for step in found.steps
    ]
    return said + [f"! {notice}" for notice in found.notices]


def command(
    before: str, after: str, aoi: str, source: str, product: str, resolution: int | None, correct: Path | None,
    settings: Settings,
) -> list[str]:  # fmt: skip
    """The words that make the same files again, but for where they go."""
    words = ["change", "--before", before, "--after", after]
    if aoi:
        words += ["--aoi", aoi, "--source", source, *(("--product", product) if product else ())]
        words += ["--resolution", str(resolution)] if resolution else []
    words += ["--correct", str(correct)] if correct else []
    cleaning = settings.cleaning
    rule = repr(settings.by_hand) if settings.threshold == "by hand" else settings.threshold
    words += ["--method", settings.method, "--normalise", settings.normalise, "--threshold", rule]
    words += ["--unit", f"{cleaning.unit:g}", "--holes", f"{cleaning.holes:g}"]
    switches = {
        "median": cleaning.median,
        "opening": cleaning.opening,
        "season": settings.season,
        "floor": settings.floor,
    }
    return words + [f"--{'' if on else 'no-'}{name}" for name, on in switches.items() if on is not None]
