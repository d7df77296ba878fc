"""Sentinel-2 over Victoria, Australia: 400 labelled pixels, or another file of the same columns.

Dates are not published with it. A grid of five days from about 1 August is assumed (± 15 days, from where the sun
makes forest and soil brightest); the year is not known and does not matter. Gaps were filled before it was published.
"""

from __future__ import annotations

from pathlib import Path

from eodash.datasets.table import Layout, TableDataset

FILE = "sentinel2_victoria/train_dataset.csv.gz"
CLASSES: tuple[str, ...] = (
    "bare or fallow",
    "rapeseed",
    "cereals",
    "legumes",
    "forest",
    "grassland",
    "water",
    "built-up",
)
LAYOUT = Layout(start="2017-08-01", step=5, latitude=-36.6, classes=CLASSES)
ORIGIN = (
    "charlotte-pel/igarss2019-dl4sits @ 836d7fb, GPL-3; Sentinel-2 L2A over Victoria, gap-filled; dates assumed: every "
    "fifth day from 1 August"
)


def open_victoria(path: Path) -> TableDataset:
    """The pixels of one file, in the names of the land-cover legend."""
    return TableDataset(path, LAYOUT, name="victoria", legend="landcover", origin=ORIGIN)
