"""What a model said, as files: rasters, hectares, polygons and a STAC item that holds them together.

    folder/  class-DATE.tif (+ .aux.xml)   confidence-DATE.tif   probability-DATE.tif   hectares.csv
             classes-DATE.gpkg   classes-DATE.parquet   item.json   predictions.json

`predictions.json` names the question: a folder that was left half made is finished, not made again.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Self

import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox

from eodash.agreement import UNKNOWN, class_hectares, pixel_hectares
from eodash.cards import Card
from eodash.errors import StorageError
from eodash.export.map_polygons import SMALLEST, geopackage, geoparquet, polygons
from eodash.export.map_rasters import class_raster, classes_of, confidence_raster, probability_raster
from eodash.export.saving import refused, saving
from eodash.export.stac_item import stac_item
from eodash.export.table import harmless
from eodash.grid import inside
from eodash.request import Area

MANIFEST = "predictions.json"
ITEM = "item.json"
SIDECAR = ".aux.xml"


@dataclass(frozen=True)
class Predictions:
    """A map (see `eodash.backend.questions`), its grid, its model, and what its series says of itself."""

    answer: xr.Dataset
    geobox: GeoBox
    card: Card
    key: str  # of the question
    told: dict[str, str] = field(default_factory=dict)
    smallest: int = SMALLEST  # pixels of a polygon
    pixels: int = 0  # inside the area

    @classmethod
    def within(
        cls, area: Area, answer: xr.Dataset, geobox: GeoBox, card: Card, key: str, told: dict[str, str],
        smallest: int = SMALLEST,
    ) -> Self:  # fmt: skip
        """The part of a map that lies in the area that was asked for; outside it nothing is said."""
        inner = inside(area, geobox)
        kept = answer.copy()
        kept["said"] = (answer["said"].dims, np.where(inner, answer["said"].values, np.uint8(UNKNOWN)))
        kept["final"] = (answer["final"].dims, np.where(inner, answer["final"].values, np.float16("nan")))
        return cls(kept, geobox, card, key, told, smallest, int(inner.sum()))

    @property
    def days(self) -> list[str]:
        """A name for each date: the day, with the time where a day has several."""
        times = self.answer["date"].values.astype("datetime64[s]")
        days = [str(time.astype("datetime64[D]")) for time in times]
        return [
            day if days.count(day) == 1 else str(time).replace(":", "") for day, time in zip(days, times, strict=True)
        ]


Make = Callable[[Path], None]


def outputs(made: Predictions) -> dict[str, Make]:
    """Every file by name, with what writes it; the item comes apart, when the others are there."""
    answer, geobox = made.answer, made.geobox
    told = {name: text for name, text in made.told.items() if len(text) < 2**15}  # a tag is no library
    last = len(made.days) - 1

    made_of: dict[str, Make] = {}
    for place, day in enumerate(made.days):
        made_of[f"class-{day}.tif"] = partial(_raster, class_raster, answer, place, geobox, told)
        made_of[f"confidence-{day}.tif"] = partial(_raster, confidence_raster, answer, place, geobox, told)
    regions = cache(partial(polygons, answer, last, geobox, made.smallest))
    return made_of | {
        f"probability-{made.days[last]}.tif": lambda path: probability_raster(answer, geobox, path, told),
        "hectares.csv": lambda path: _write(path, hectares_table(made)),
        f"classes-{made.days[last]}.gpkg": lambda path: geopackage(regions(), path),
        f"classes-{made.days[last]}.parquet": lambda path: geoparquet(regions(), path),
    }


def _raster(
    write: Callable[..., None], answer: xr.Dataset, place: int, geobox: GeoBox, told: dict[str, str], path: Path
) -> None:
    write(answer, place, geobox, path, told)


def write_folder(
    made: Predictions, folder: Path, on_file: Callable[[str, bool], None] = lambda name, new: None
) -> list[Path]:
    """All files of a question in a folder of its own; what is there already stays. `on_file` may raise."""
    _claim(made, folder)
    files: list[Path] = []
    fresh = False
    for name, make in outputs(made).items():
        path = folder / name
        new = not path.is_file() or (name.startswith("class-") and not _sidecar(path).is_file())
        if new:
            write_one(make, path)
        fresh |= new
        files += [path, *([_sidecar(path)] if _sidecar(path).is_file() else [])]
        on_file(name, new)
    item = folder / ITEM
    if fresh := fresh or not item.is_file():
        write_one(lambda path: _write(path, item_json(made, files)), item)
    on_file(ITEM, fresh)
    return [*files, item]


def write_one(make: Make, path: Path) -> None:
    """One file or none, with the names of its classes beside it where it has some."""
    with saving(path, force=True) as beside:
        make(beside)
        if _sidecar(beside).is_file():
            _sidecar(beside).replace(_sidecar(path))


def item_json(made: Predictions, files: list[Path]) -> bytes:
    """The STAC item of these files."""
    name = f"{made.card.name}-{made.days[-1]}-{made.key[:8]}"
    said = stac_item(made.answer, made.geobox, made.card, files, made.told, name)
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def hectares_table(made: Predictions) -> bytes:
    """One row for each date, one column for each class; nothing observed comes last."""
    names, _ = classes_of(made.answer)
    said = made.answer["said"].values
    ground = pixel_hectares(made.geobox)
    known = class_hectares(said, len(names), ground)
    whole = (made.pixels or said[0].size) * ground
    out = io.StringIO(newline="")
    write = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC).writerow
    write(harmless(["date", *(f"{name}, ha" for name in names), "nothing observed, ha"]))
    for time, row in zip(made.answer["date"].values.astype("datetime64[s]"), known, strict=True):
        unseen = max(whole - float(row.sum()), 0.0)
        write([f"{time}Z", *(round(float(one), 4) for one in row), round(unseen, 4)])
    return out.getvalue().encode("utf-8", "backslashreplace")


def claimable(folder: Path) -> None:
    """Raise unless files of a map may be written to a folder: it is new, empty, or from here."""
    if folder.is_dir() and not (folder / MANIFEST).is_file() and any(folder.iterdir()):
        raise StorageError(
            f"{folder} is not empty, and not from here.", "Name a folder that does not exist yet.", code="exists"
        )
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"{folder} is a file.", "Name a folder that does not exist yet.", code="exists")


def _claim(made: Predictions, folder: Path) -> None:
    """Make the folder this question's; another question's, or anybody else's, is left alone."""
    manifest = folder / MANIFEST
    try:
        claimable(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if manifest.is_file() and _question_in(manifest) != [made.key, made.smallest]:
            raise StorageError(
                f"{folder} holds the answer to another question.",
                "Name another folder, or empty it: area, dates, model or legend differ.",
                code="exists",
            )
        _clear_away(folder)
    except OSError as error:
        raise refused(folder, error) from error
    if not manifest.is_file():
        about = {"card": made.card.name, "legend": made.answer.attrs.get("legend"), "dates": made.days}
        said = json.dumps({"question": [made.key, made.smallest]} | about, indent=1, ensure_ascii=False)
        write_one(lambda path: _write(path, said.encode()), manifest)


def _clear_away(folder: Path) -> None:
    """What a killed run has left half made."""
    for entry in folder.glob(".eodash-*.part"):
        shutil.rmtree(entry, ignore_errors=True)


def _question_in(manifest: Path) -> object:
    with suppress(OSError, ValueError, AttributeError):
        return json.loads(manifest.read_bytes()).get("question")
    return None


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR)


def _write(path: Path, body: bytes) -> None:
    path.write_bytes(body)
