"""The same in Python: the lines run as shown and make the same cube."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from eodash.choice import Choice
from eodash.doctor import Fix
from eodash.export import snippet
from eodash.fetch import fetch
from eodash.preparation import Preparation, prepare
from eodash.preprocess import Chain
from eodash.request import Area, Period, Request
from tests.toys import request


def small(**changes: Any) -> Request:
    period = Period.parse("2024-05-10", "2024-06-05")
    near = Area.of(request().area.geometry.buffer(-0.008), "L'été \"près\" de <b>là</b>\n'''")
    return request(**{"period": period, "area": near} | changes)


def made_by(text: str) -> xr.DataArray:
    names: dict[str, Any] = {}
    exec(compile(text, "snippet.py", "exec"), names)
    cube: xr.DataArray = names["cube"]
    return cube


PREPARED = Preparation(
    Choice(clear=40),
    (Fix("offset", {"add": -100}),),
    Chain.from_json({"fill": {}, "smooth": {}}),
)


@pytest.mark.parametrize("preparation", [Preparation(), PREPARED], ids=["raw", "prepared"])
def test_the_lines_make_the_cube_of_the_run(preparation: Preparation) -> None:
    asked = small()
    text = snippet(asked, preparation)
    assert len(text.splitlines()) <= 15
    xr.testing.assert_identical(made_by(text), prepare(fetch(asked).cube, preparation))


def test_a_preparation_changes_what_the_lines_make() -> None:
    raw = made_by(snippet(small()))
    first = str(raw.time.values[0].astype("datetime64[s]"))
    prepared = made_by(snippet(small(), replace(PREPARED, choice=Choice(left_out=(first,)))))
    assert prepared.sizes["time"] == raw.sizes["time"] - 1
    assert "corrections" in prepared.attrs
    assert not np.array_equal(prepared.values, raw.sel(time=prepared.time).values)


def test_files_and_every_field_fit_into_fifteen_lines() -> None:
    asked = replace(small(), source="files", recipe='{"folder":"a b"}', thin="week")
    text = snippet(asked, PREPARED)
    assert len(text.splitlines()) <= 15
    assert "EODASH_DATA_ROOT" in text
    names: dict[str, Any] = {}
    exec(text.rsplit("\n", 2)[0], names)
    assert names["request"] == asked
