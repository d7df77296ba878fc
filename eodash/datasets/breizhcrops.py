"""BreizhCrops: Sentinel-2 series of the farm parcels of Brittany, in the folder that its authors' package fills.

FOLDER/classmapping.csv               id, classname, code
FOLDER/2017/L1C/frh01.csv, frh01.h5   an index (CODE_CULTU, path, id, sequencelength …), and a table for each path

Trained on three regions and tested on the fourth; a tenth of the training parcels, by their id, is `valid`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eodash.datasets.breizhcrops_index import class_mapping, read_index
from eodash.datasets.breizhcrops_parcels import BreizhcropsDataset
from eodash.datasets.breizhcrops_table import BANDS, CLOUDS
from eodash.errors import DateError, ModelError, RasterError

SPLITS = ("train", "valid", "test", "all")
PARTS = ("belle-ile", "kermaux")
"""Pieces of frh04 that come as files of their own."""
ORIGIN = "BreizhCrops (Rußwurm et al. 2020), parcel labels of IGN and ASP (Licence Ouverte), Copernicus Sentinel-2"


def open_breizhcrops(
    folder: str | Path, *, regions: str | Sequence[str] = (), level: str = "", split: str = "test",
    test_region: str = "frh04", year: int | str = 0, order: str = "auto", clouds: str = "flags",
) -> BreizhcropsDataset:  # fmt: skip
    """One split of such a folder.

    `regions`: those that take part, else all but pieces of others. `order`: of the bands in L1C files (auto,
    alphabetic, numeric, or 13 names). `clouds`: L2A dates count by their flags, or where blue is dark ("blue").
    """
    if split not in SPLITS:
        raise ModelError(f"There is no split {split!r}.", f"Take one of {', '.join(SPLITS)}.", code="unknown_split")
    if clouds not in CLOUDS:
        raise ModelError(f"Clouds cannot be told by {clouds!r}.", f"Take {' or '.join(CLOUDS)}.", code="clouds")
    root = Path(folder)
    home = _level_folder(root, level.lower(), _year(year))
    named = regions.split(",") if isinstance(regions, str) else regions
    chosen = _regions(home, tuple(name.strip() for name in named if name.strip()), split, test_region)
    legend, classes, codes = class_mapping(root / "classmapping.csv")
    parts = {region: (_h5(home, region), read_index(home / f"{region}.csv", codes)) for region in chosen}
    where = f"{home.parent.name} {home.name}, {split}: {', '.join(chosen)}"
    return BreizhcropsDataset(
        home.name.lower(), legend, classes, parts, f"{ORIGIN}; {where}", part=partial(belongs, split), order=order,
        clouds=clouds,
    )  # fmt: skip


def belongs(split: str, group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which parcels, by their ids alone, a split takes of its regions."""
    if split not in ("train", "valid"):
        return np.ones(len(group), bool)
    tenth = np.array([zlib.crc32(b"%d" % number) % 10 == 0 for number in group.tolist()], bool)
    return tenth if split == "valid" else ~tenth


def _year(said: int | str) -> int:
    try:
        return int(said or 0)
    except ValueError as error:
        raise DateError(f"{str(said)[:40]!r} is no year.", "Write it like 2017.", code="parse") from error


def _level_folder(root: Path, level: str, year: int) -> Path:
    """The folder of one year and level."""
    there = sorted(path for path in root.glob("[12][0-9][0-9][0-9]/L[12][AC]") if path.is_dir())
    levels = sorted({path.name.lower() for path in there})
    if not there:
        raise RasterError(
            f"{root} is no folder of BreizhCrops.", "It holds folders such as 2017/L1C.", code="not_found"
        )
    if level not in ("", *BANDS):
        raise DateError(f"There is no level {level!r}.", "Take l1c or l2a.", code="unknown_level")
    if not level and len(levels) > 1:
        raise DateError(f"{root} holds {' and '.join(levels)}.", "Say which level.", code="unknown_level")
    found = [path for path in there if path.name.lower() == (level or levels[0])]
    years = {int(path.parent.name): path for path in found}
    wanted = year or (2017 if 2017 in years else min(years, default=0))
    if wanted not in years:
        raise RasterError(
            f"{root} holds no {level or 'series'} of {wanted or 'any year'}.",
            f"It holds {', '.join(f'{path.parent.name}/{path.name}' for path in there)}.",
            code="not_found",
        )
    return years[wanted]


def _regions(home: Path, wanted: tuple[str, ...], split: str, test: str) -> list[str]:
    """The regions of a split."""
    found = sorted({path.stem for path in home.iterdir() if path.suffix in (".csv", ".h5") and path.is_file()})
    missing = sorted({*wanted, *([test] if split == "test" else [])} - set(found))
    if missing or not all(re.fullmatch(r"[\w-]+", name) for name in (*wanted, test)):
        raise RasterError(
            f"{home} has no region {', '.join(missing) or test!r}.",
            f"It has {', '.join(found) or 'none'}.",
            code="unknown_region",
        )
    taking = [name for name in found if (name in wanted if wanted else name not in PARTS)]
    chosen = [test] if split == "test" else taking if split == "all" else [name for name in taking if name != test]
    if not chosen:
        raise ModelError(
            f"{home} has no region but {test}, which is the one to test on.",
            "Add a region, or test on another one.",
            code="unknown_region",
        )
    return chosen


def _h5(home: Path, region: str) -> Path:
    """The tables of a region; some archives unpack into a longer path."""
    year, level = home.parent.name, home.name
    long = home / "data" / "BreizhCrops" / f"{level}_img" / "data" / year / level / f"{region}.h5"
    return long if long.is_file() else home / f"{region}.h5"
