"""Files as a source: the contract that every source keeps."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eodash import fetch
from eodash.cube import describe
from eodash.errors import RasterError
from eodash.files import understand
from eodash.sensors import sensor_of
from eodash.settings import settings
from eodash.sources import source, sources
from tests.files.conftest import root  # noqa: F401 - a fixture
from tests.files.written import image, tif
from tests.toys import request


def test_files_are_listed_and_say_what_they_need(root, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    assert source("files").products["files"].missing == ""
    monkeypatch.delenv("EODASH_DATA_ROOT")
    settings.cache_clear()
    sources.cache_clear()
    assert "EODASH_DATA_ROOT" in source("files").products["files"].missing
    with pytest.raises(RasterError, match="opens no files"):
        source("files").plan(request(source="files", product="files"))


def test_without_a_recipe_there_is_nothing_to_plan(root) -> None:  # noqa: F811
    with pytest.raises(RasterError) as raised:
        source("files").plan(request(source="files", product="files", resolution=0))
    assert raised.value.code == "recipe"


def test_one_date_after_the_other_and_the_failed_one_says_why(root) -> None:  # noqa: F811
    for day in (1, 2, 3):
        tif(root / f"2020-01-0{day}.tif", image(start=day), descriptions=("red", "green", "nir"))
    planned = fetch.plan(understand(".").request())
    assert [date.items for date in planned.dates] == [(f"2020-01-0{day}.tif",) for day in (1, 2, 3)]
    (root / "2020-01-02.tif").write_bytes(b"II*\0")
    results = {str(result.status.time)[:10]: result for result in fetch.read_dates(planned)}
    assert [results[f"2020-01-0{day}"].status.state for day in (1, 2, 3)] == ["used", "failed", "used"]
    assert "2020-01-02.tif" in results["2020-01-02"].status.reason
    assert results["2020-01-03"].values[0, 0, 0] == 3
    alone = source("files").read(planned, planned.dates[0])  # without the loop's shared child
    assert np.array_equal(alone.values, results["2020-01-01"].values)


def test_a_custom_sensor_travels_in_the_attrs(root) -> None:  # noqa: F811
    tif(root / "2020-01-01.tif", descriptions=("red", "green", "nir"))
    planned = fetch.plan(understand(".").request())
    attrs = describe(planned, [])
    assert sensor_of(attrs).names == ("red", "green", "nir")
    assert attrs["units"] == "digital numbers"
    assert json.loads(attrs["provenance"])["files"]["count"] == 1
    assert all(isinstance(value, str) for value in attrs.values())
