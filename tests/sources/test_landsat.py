"""Landsat Collection 2, read from files: its own scale and offset, its own mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from eodash.request import Area, Period, Request
from eodash.sensors import SENSORS
from eodash.sources.catalogues import entries
from eodash.sources.contract import NODATA
from eodash.sources.stac import StacSource
from tests.servers import catalogue, cogs, items

pytestmark = pytest.mark.server
TILE = cogs.Tile("203025", 32630, 500_010, 5_400_000, 3_000)
SENSOR = SENSORS["landsat-c2-l2"]
CLEAR, CLOUD = 21_824, 22_280
"""QA_PIXEL of clear land, and of cloud with high confidence, as in the Collection 2 handbook."""


def scene(folder: Path) -> None:
    """One scene: 0.1 everywhere, but the left third is cloud, the right third was never seen."""
    number = round((0.1 + 0.2) / 2.75e-5)
    values = np.full(TILE.shape(30), number, np.uint16)
    values[:, 67:] = 0
    quality = np.full(TILE.shape(30), CLEAR, np.uint16)
    quality[:, :33], quality[:, 67:] = CLOUD, 1
    files = {}
    for key, image in {**dict.fromkeys(SENSOR.names, values), "qa_pixel": quality}.items():
        files[key] = f"LC08/{key}.tif"
        cogs.write(folder / files[key], image, TILE, 30)
    made = items.item("LC08_L2SP_203025_20200615", "2020-06-15T11:00:00Z", TILE, files)
    made["collection"] = "landsat-c2-l2"
    items.save(folder, [made])


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopback: object):
    scene(tmp_path)
    with catalogue.serve(tmp_path) as here:
        assets = "\n".join(f'{name} = "{name}"' for name in SENSOR.names)
        toml = tmp_path / "own.toml"
        toml.write_text(
            f"""[landsat]
title = "Landsat on loopback"
url = "{here.stac_url}"
[landsat.products.landsat-c2-l2]
collection = "landsat-c2-l2"
resolutions = [30, 60]
offset = "fixed"
scale = 2.75e-5
add = -0.2
mask = {{ asset = "qa_pixel", kind = "qa_pixel" }}
[landsat.products.landsat-c2-l2.assets]
{assets}
"""
        )
        source = StacSource("landsat", entries(toml)["landsat"])
        degrees = Transformer.from_crs(TILE.epsg, 4326, always_xy=True).transform
        ring = [degrees(x, y) for x, y in ((500_310, 5_397_300), (502_710, 5_397_300), (502_710, 5_399_700))]
        period = Period.parse("2020-06-01", "2020-06-30")
        asked = Request(Area.of(shapely.Polygon(ring).envelope), period, "landsat", SENSOR.name, SENSOR.default, 30)
        plan = source.plan(asked)
        yield source.read(plan, plan.dates[0])


def test_numbers_become_reflectance_by_the_product_s_own_scale(result):
    assert result.status.state == "used"
    assert set(np.unique(result.values)) == {NODATA, 1000}
    assert result.status.applied["scale"] == pytest.approx(2.75e-5)


def test_cloud_and_what_was_never_seen_are_not_clear(result):
    rows, columns = result.clear.shape
    middle = result.clear[rows // 2]
    assert not middle[2]
    assert middle[columns // 2]
    assert not middle[-3]
    assert 0.3 < result.status.clear < 0.5
