"""The shipped table, and a deployment's own on top of it."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.errors import CatalogError
from eodash.sensors import SENSORS
from eodash.settings import Settings
from eodash.sources.catalogues import ProductEntry, entries, stac_sources
from eodash.sources.reading import clear
from tests.sources.asking import request

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def test_earth_search_and_planetary_computer_ship_over_https():
    shipped = entries()
    assert {"earth-search", "planetary-computer"} <= set(shipped)
    assert all(entry.url.startswith("https://") for entry in shipped.values())
    assert shipped["planetary-computer"].signing == "planetary-computer"
    assert {"sentinel-2-l2a", "landsat-c2-l2"} <= set(shipped["planetary-computer"].products)


def test_every_shipped_product_has_every_band_of_its_sensor():
    for entry in entries().values():
        for name, product in entry.products.items():
            assert set(product.assets) == set(SENSORS[name].names)


def test_level_1c_is_off_and_says_what_it_needs(monkeypatch):
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    source = stac_sources(Settings())["earth-search"]
    assert "AWS_ACCESS_KEY_ID" in source.products["sentinel-2-l1c"].missing
    with pytest.raises(CatalogError) as raised:
        source.plan(request("2023-06", product="sentinel-2-l1c"))
    assert raised.value.code == "credentials"
    for key in KEYS:
        monkeypatch.setenv(key, "x")
    assert "switched off" in stac_sources(Settings())["earth-search"].products["sentinel-2-l1c"].missing


def test_an_own_table_adds_and_overrides_single_keys(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[earth-search]\ntitle = "Ours"\n[earth-search.products.sentinel-2-l1c]\nenabled = true\n')
    entry = entries(own)["earth-search"]
    assert entry.title == "Ours"
    assert entry.products["sentinel-2-l1c"].enabled
    assert entry.url == entries()["earth-search"].url


@pytest.mark.parametrize(
    "text",
    ["[", "[x]\ntitle = 3", '[earth-search]\nsurprise = 1', '[earth-search.products.sentinel-9]\ncollection = "x"',
     '[earth-search.products.sentinel-2-l2a.assets]\nB99 = "x"', "\x00"],
)  # fmt: skip
def test_a_table_with_a_mistake_is_said_where(tmp_path, text):
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(CatalogError, match=r"own\.toml") as raised:
        entries(own)
    assert raised.value.code == "configuration"


def test_a_table_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CatalogError):
        entries(tmp_path / "none.toml")


@pytest.mark.parametrize(("bands", "product"), [(("B99",), "sentinel-2-l2a"), ((), "sentinel-2-l2a"), (("B02",), "x")])
def test_what_a_catalogue_does_not_have_is_refused_before_asking(bands, product):
    with pytest.raises(CatalogError) as raised:
        stac_sources(Settings())["earth-search"].plan(request("2023-06", bands=bands, product=product))
    assert raised.value.code in ("bands", "unknown")


def test_scene_classes_that_count_as_clear():
    entry = entries()["earth-search"].products["sentinel-2-l2a"]
    assert np.flatnonzero(clear(np.arange(12, dtype=np.uint16), entry)).tolist() == [4, 5, 6, 7, 11]


@pytest.mark.parametrize(
    ("name", "bits", "is_clear"),
    [("fill", 1, False), ("dilated cloud", 2, False), ("cirrus", 4, False), ("cloud", 8, False), ("shadow", 16, False),
     ("snow", 32, True), ("clear", 64, True), ("water", 128 + 64, True), ("typical clear land", 21824, True),
     ("typical cloud", 22280, False), ("nothing", 0, False)],
)  # fmt: skip
def test_bits_of_landsat_that_hide_the_ground(name, bits, is_clear):
    entry: ProductEntry = entries()["planetary-computer"].products["landsat-c2-l2"]
    assert clear(np.array([[bits]], np.uint16), entry).item() is is_clear, name
