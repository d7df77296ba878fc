"""The Sentinel-2 offset of processing baseline 04.00, per item, with known numbers."""

from __future__ import annotations

import numpy as np
import pytest

from eodash.sources.catalogues import ProductEntry, entries
from eodash.sources.offsets import Calibration, baseline, calibration
from tests.sources.asking import request, results

ENTRY = entries()["planetary-computer"].products["sentinel-2-l2a"]


@pytest.mark.server
@pytest.mark.parametrize(
    ("month", "offset", "policy", "reflectance", "said"),
    [
        ("2020-06", 0, "kept", 2000, "baseline 02.14; no offset before 04.00"),
        ("2020-06", 0, "removed", 2000, "baseline 02.14; no offset before 04.00"),
        ("2022-02", -1000, "kept", 2000, "baseline 04.00; this catalogue is known to keep the offset"),
        ("2022-02", 0, "removed", 3000, "baseline 04.00; this catalogue is known to remove the offset"),
        ("2022-03", -1000, "kept", 2000, "baseline 04.00; this catalogue is known to keep the offset"),
        ("2022-04", 0, "kept", 2000, "baseline 05.09; the item says that the offset is already removed"),
        ("2022-05", -1000, "removed", 2000, "baseline 05.09; the item says that the offset is not removed"),
        ("2022-06", -1000, "kept", 2000, "assumed from the date (from 2022-01-25)"),
        ("2021-07", 0, "kept", 2000, "assumed from the date (before 2022-01-25)"),
        ("2022-09", -1000, "removed", 2000, "the item states scale 0.0001 and offset -0.1"),
    ],
)
def test_each_item_gets_the_offset_that_it_needs(make_source, month, offset, policy, reflectance, said):
    (result,) = results(make_source(policy), request(month))
    assert set(np.unique(result.values)) == {reflectance}
    assert result.status.applied["offset"] == offset
    assert said in result.status.applied["decided"]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("04.00", 4.0), ("05.09", 5.09), ("N0400", 4.0), ("n0511", 5.11), ("02.14", 2.14), (4, 4.0), (5.1, 5.1),
        ("4", 4.0), (None, None), ("", None), ("latest", None), (True, None), ([4], None), ("NaN", None),
    ],
)  # fmt: skip
def test_a_baseline_is_read_however_it_is_written(said, number):
    assert baseline({"s2:processing_baseline": said}) == number


def test_the_product_name_tells_the_baseline_where_nothing_else_does():
    name = "S2B_MSIL2A_20220801T105619_N0400_R094_T31TBK_20220801T140000.SAFE"
    assert baseline({"s2:product_uri": name}) == 4.0


@pytest.mark.parametrize("offset", [float("nan"), 1e9, "-0.1", None, True])
def test_an_offset_that_is_no_reflectance_is_not_believed(offset):
    asset = {"raster:bands": [{"scale": 0.0001, "offset": offset}]}
    found = calibration(ENTRY, {"s2:processing_baseline": "05.09"}, asset, np.datetime64("2023-01-01"), "x")
    assert found.offset == pytest.approx(-0.1)


def test_landsat_has_its_own_scale_and_offset():
    entry: ProductEntry = entries()["planetary-computer"].products["landsat-c2-l2"]
    found = calibration(entry, {}, {}, np.datetime64("2020-01-01"), "LC08")
    assert found.table()[10_000] == round((10_000 * 2.75e-5 - 0.2) * 10_000)


def test_number_zero_is_no_data_and_dark_water_is_not():
    table = Calibration(1e-4, -0.1, "05.09", "").table()
    assert table[0] == -32768
    assert table[900] == -100
    assert table[65_535] == 32_767
