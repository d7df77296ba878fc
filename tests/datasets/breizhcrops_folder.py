"""Small folders in the format of BreizhCrops, from simulated fields that a network can really learn from."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import numpy as np

from eodash.sensors import SENSORS
from eodash.world import series
from eodash.world.legend import FINE

REGIONS = ("frh01", "frh02", "frh03", "frh04")
CODES = {
    "barley": ("ORH", "ORP"), "wheat": ("BTH", "BTP"), "rapeseed": ("CZH", "CZP"), "corn": ("MID", "MIE", "MIS"),
    "sunflower": ("TRN",), "orchards": ("AGR", "PFR", "PWT", "VRG"), "nuts": ("CAB", "CTG", "NOS", "NOX", "PIS"),
    "permanent meadows": ("PPH", "PRL"), "temporary meadows": ("PTR", "RGA"),
}  # fmt: skip
GROWN = ("winter barley", "winter wheat", "rapeseed", "corn", "sunflower", "orchards", "nuts", "permanent meadows",
         "temporary meadows")  # fmt: skip
FALLOW = "J6S"  # a code without a class
ORDERS = {
    "alphabetic": "B1 B10 B11 B12 B2 B3 B4 B5 B6 B7 B8 B8A B9",
    "numeric": "B1 B2 B3 B4 B5 B6 B7 B8 B8A B9 B10 B11 B12",
}
PLACES = {
    "L1C": "breizhcrops_dataset/{year}/L1C/{region}/csv/{number}.csv",
    "L2A": "/data/BreizhCrops/L2A_img/data/{year}/L2A/{region}/csv/{number}.csv",
}
CLOUD = 6000.0


def write_folder(
    root: Path, *, parcels: int = 6, regions: tuple[str, ...] = REGIONS, levels: tuple[str, ...] = ("L1C", "L2A"),
    order: str = "alphabetic", year: int = 2017, seed: int = 0,
) -> Path:  # fmt: skip
    """So many parcels of each of the nine classes per region, and one of fallow; series differ in length."""
    root.mkdir(parents=True, exist_ok=True)
    names = [(number, name, code) for number, (name, codes) in enumerate(CODES.items()) for code in codes]
    write_csv(root / "classmapping.csv", ["", "id", "classname", "code"], [[at, *one] for at, one in enumerate(names)])
    (root / "codes.csv").write_text(
        "Code Culture;Libellé Culture;Code Groupe Culture;Libellé Groupe Culture\nORH;Orge d'hiver;3;Orge\n", "utf-8"
    )
    for level in levels:
        for place, region in enumerate(regions):
            write_region(root, level, region, place, parcels, order, year, seed)
    return root


def write_region(
    root: Path, level: str, region: str, place: int, parcels: int, order: str, year: int, seed: int
) -> None:
    """The index and the tables of one region."""
    home = root / str(year) / level
    home.mkdir(parents=True, exist_ok=True)
    rows = []
    with h5py.File(home / f"{region}.h5", "w") as file:
        for number, (code, table) in enumerate(tables(level, parcels, order, year, seed * 100 + place)):
            parcel = 1_000_000 * (place + 1) + number
            path = PLACES[level].format(year=year, region=region, number=parcel)
            file.create_dataset(path, data=table)
            rows.append([number, table[:, 11 if level == "L2A" else 15].mean(), parcel, code, path, number, len(table)])
    header = ["", "meanQA60", "id", "CODE_CULTU", "path", "idx", "sequencelength"]
    write_csv(home / f"{region}.csv", header, rows)


def tables(level: str, parcels: int, order: str, year: int, seed: int) -> list[tuple[str, np.ndarray]]:
    """Crop codes and (date, column) tables as the archive holds them."""
    rng = np.random.default_rng([seed, 5])
    n = parcels * len(GROWN)
    made = series(n, "temperate", level.lower(), seed, kinds=GROWN, start=(2, 6), days=355, filled=False)
    rest = series(1, "temperate", level.lower(), seed, kinds=("fallow",), start=(2, 6), days=355, filled=False)
    found = []
    for part in (made, rest):
        for row in range(len(part.label)):
            kept = np.sort(rng.permutation(part.day.shape[1])[: rng.integers(45, 65)])
            said = FINE[part.label[row]].breizhcrops
            code = FALLOW if said is None else CODES[said][rng.integers(len(CODES[said]))]
            values, clear = part.values[row, kept] * 1e4, part.clear[row, kept]
            found.append((code, table_of(level, values, clear, dates(part.day[row, kept], year), order, part.bands)))
    return found


def dates(day: np.ndarray, year: int) -> np.ndarray:
    """Nanoseconds since 1970."""
    return float(np.datetime64(f"{year}-01-01", "ns").astype(np.int64)) + day.astype(float) * 86_400e9


def table_of(
    level: str, values: np.ndarray, clear: np.ndarray, doa: np.ndarray, order: str, bands: tuple[str, ...]
) -> np.ndarray:
    if level == "L1C":
        wanted = [name if len(name) == 3 else f"B0{name[1:]}" for name in ORDERS[order].split()]
        zero = np.zeros_like(doa)
        columns = [*(values[:, bands.index(name)] for name in wanted), zero, zero, np.where(clear, 0, 1024.0), doa]
        return np.column_stack(columns).astype(float)
    surface = np.where(clear[:, None], values, CLOUD)
    chosen = [surface[:, bands.index(name)] for name in SENSORS["sentinel-2-l2a"].default]
    return np.column_stack([doa, *chosen, np.where(clear, 0, 1.0), np.zeros((len(doa), 2))]).astype(float)


def write_csv(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
