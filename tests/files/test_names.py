"""What names say, in a table."""

from __future__ import annotations

import pytest

from eodash.files.bands import code_at, code_of, of_sensor
from eodash.files.names import band_in, date_in, moment, product_in


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("20200131", "2020-01-31T00:00:00"),
        ("scene-2020-01-31-v2", "2020-01-31T00:00:00"),
        ("2020_01_31", "2020-01-31T00:00:00"),
        ("2020_031", "2020-01-31T00:00:00"),
        ("MOD13Q1.A2020033.h12v10.006.2020050012345", "2020-02-02T00:00:00"),
        ("1985", "1985-01-01T00:00:00"),
        ("2000TM", "2000-01-01T00:00:00"),
        ("2020-03", "2020-03-01T00:00:00"),
        ("LC08_L2SP_203025_20200131_20200211_02_T1", "2020-01-31T00:00:00"),
        ("LT52270631985200CUB00_B4", "1985-07-19T00:00:00"),
        ("L71119038_03820000317_MTL", "2000-03-17T00:00:00"),
        ("S2A_MSIL2A_20200131T110251_N0213_R094_T30UWU_20200131T123456", "2020-01-31T11:02:51"),
        ("T30UWU_20200131T110251_B04_10m", "2020-01-31T11:02:51"),
        ("HLS.S30.T30UWU.2020033T110251.v2.0.B04", None),
        ("20200231", None),
        ("2020-13-01", None),
        ("img_123456789", None),
        ("2019366", None),
        ("2020366", "2020-12-31T00:00:00"),
        ("nothing", None),
    ],
)
def test_dates_in_names(name: str, time: str | None) -> None:
    found = date_in(name)
    if name.startswith("HLS"):
        assert found is not None
        assert found.time.startswith("2020-02-02")
    elif time is None:
        assert found is None or found.exact != "day"
    else:
        assert found is not None
        assert found.time == time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2020-01-31T23:30:00-02:00", "2020-02-01T01:30:00"),
        ("2020:01:31 10:00:00", "2020-01-31T10:00:00"),
        ("20200131", "2020-01-31T00:00:00"),
        ('"2020/1/5"', "2020-01-05T00:00:00"),
        ("1985", "1985-01-01T00:00:00"),
        ("0001-01-01", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_moments(text: str, time: str | None) -> None:
    assert moment(text) == time


@pytest.mark.parametrize(
    ("stem", "band"),
    [
        ("T30UWU_20200131T110251_B04_10m", "B04"),
        ("LC08_x_T1_SR_B4", "SR_B4"),
        ("x_QA_PIXEL", "QA_PIXEL"),
        ("20200131_nir", "nir"),
        ("B8A", "B8A"),
        ("scene_SCL_20m", "SCL"),
        ("infrared", ""),
        ("20200131", ""),
    ],
)
def test_bands_in_names(stem: str, band: str) -> None:
    assert band_in(stem)[0] == band


def test_codes() -> None:
    assert [code_at(nm) for nm in (443, 482.5, 565, 660, 705, 740, 783, 825, 865, 1650, 2220, 3000)] == [
        "A", "B", "G", "R", "RE1", "RE2", "RE3", "N", "N", "S1", "S2", "",
    ]  # fmt: skip
    assert (code_of("Near Infrared"), code_of("SWIR-1"), code_of("what")) == ("N", "S1", "")
    assert product_in("LT05_L2SP_203025_19900131") == "landsat-c2-l2/tm"
    assert of_sensor("SR_B4", "landsat-c2-l2/tm").name == "nir08"
    assert of_sensor("SR_B4", "landsat-c2-l2/oli").name == "red"
    assert of_sensor("B4", "sentinel-2-l2a").name == "B04"
    assert of_sensor("B1", "landsat-c2-l2/oli") is None
