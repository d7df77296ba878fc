"""What an engine says of pairs of images: learned change maps, tile by tile, cancelled and restarted as maps are."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from eodash.backend.cluster import Cluster
from eodash.backend.engine_tiles import Gate, Round, Sent
from eodash.backend.image_tiles import CORE, EXACT_CORE, tiles
from eodash.backend.orders import Array, Order, place_of
from eodash.cards import Card, to_table
from eodash.change.pair import Pair, checked
from eodash.change.standard import standardised
from eodash.jobs import Progress
from eodash.toml_tables import toml

REACH = 6e4
"""Beyond what half precision holds."""


class Imaging:
    """The part of an engine that knows pairs of images; the engine gives the cluster to it."""

    _gate: Gate
    _asked: Callable[..., Any]

    def change_map(
        self, pair: Pair, card: Card, progress: Progress | None = None, *, exact: bool = False
    ) -> xr.Dataset:
        """What a learned network says of a pair, (y, x); NaN, or class 255, where not both dates show anything.

        "chance" of change; of networks that know land cover also "before" and "after", classes of the card's
        legend "landcover", with "before_confidence" and "after_confidence", 0–SURE; of pretexts "magnitude" alone.
        """
        if not pair.usable.any():
            checked(pair)  # says so
        kind = np.float32 if exact else np.float16
        made: ImageRound | None = None
        with tempfile.TemporaryDirectory(prefix="eodash-images-") as folder:
            path = Path(folder) / "pair.npy"
            np.save(path, np.clip(np.stack(standardised(pair)), -REACH, REACH).astype(kind))
            images = np.load(path, mmap_mode="r")

            def ask(cluster: Any) -> ImageRound:
                nonlocal made
                if made is None:
                    made = ImageRound(cluster, self._gate, images, card, progress, exact=exact)
                made.cluster = cluster
                made.run()
                return made

            done: ImageRound = self._asked(ask, progress)
        return _dataset(done, pair, card)


class ImageRound(Round):
    """One question about every tile of a pair of images; they stand in a row, as pixels of a map do."""

    asked = "image"

    def __init__(
        self, cluster: Cluster, gate: Gate, images: Array, card: Card, progress: Progress | None, *, exact: bool
    ) -> None:
        self.images = images
        self.tiles_of = tiles(images.shape[-2:], card.architecture, EXACT_CORE if exact else CORE)
        self.pictures: dict[str, Array] = {}
        order = Order(toml(to_table(card)), card.folder, "", (), np.zeros(0, np.float32), 1.0, exact=exact)
        super().__init__(cluster, gate, order, _row(len(self.tiles_of)), card, progress)

    def run(self) -> Round:
        super().run()
        pixels = sum(each.pixels for each in self.tiles_of)
        self.facts["pixels_per_second"] = round(pixels / max(float(self.facts["seconds"]), 1e-6))
        return self

    def _size(self) -> int:
        return 1

    def _cut(self, sent: Sent) -> Order:
        tile = self.tiles_of[sent.start]
        part = self.images[:, :, *tile.outer]
        there = None if sent.by_value else place_of(part)
        within = [(each.start, each.stop) for each in tile.within]
        return replace(self.order, values=there or np.ascontiguousarray(part), options={"within": within})

    def _keep(self, said: dict[str, Any], sent: Sent) -> None:
        for name, part in said["arrays"].items():
            if name not in self.pictures:
                self.pictures[name] = np.zeros(self.images.shape[-2:], part.dtype)
            self.pictures[name][self.tiles_of[sent.start].inner] = part
        super()._keep({**said, "arrays": {}}, sent)


def _row(count: int) -> xr.DataArray:
    """So many tiles as a region of one row."""
    clear = np.ones((1, 1, count), bool)
    return xr.DataArray(np.zeros((1, 1, 1, count), np.int8), {"clear": (("time", "y", "x"), clear)},
                        ("time", "band", "y", "x"))  # fmt: skip


def _dataset(done: ImageRound, pair: Pair, card: Card) -> xr.Dataset:
    found = {
        name: np.where(pair.usable, each, np.nan if each.dtype.kind == "f" else 255).astype(each.dtype)
        for name, each in done.pictures.items()
    }
    attrs = {"card": card.name, "title": card.title, "facts": json.dumps(done.facts)}
    coords = {}
    if "before" in found:
        classes = card.legends["landcover"]
        coords["class"] = [each.name for each in classes]
        attrs["colours"] = json.dumps([each.colour for each in classes])
    return xr.Dataset({name: (("y", "x"), each) for name, each in found.items()}, coords, attrs)
