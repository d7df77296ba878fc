"""What the browser fetches from this server: where it lies on the disk."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"

FOLDERS = {
    "leaflet": MODULES / "leaflet/dist",
    "leaflet-draw": MODULES / "leaflet-draw/dist",
    "topojson": MODULES / "topojson-client/dist",
    "atlas": MODULES / "world-atlas",
    "assets": ROOT / "eodash/ui/assets",
}


def local_assets() -> bool:
    """Whether `npm ci` has installed the map assets."""
    return all(folder.is_dir() for folder in FOLDERS.values())
