"""Planted faults are found, and put right; clean series are left in peace."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eodash.doctor import Fix, apply, examine, looked_at
from eodash.errors import RasterError
from eodash.sources.contract import NODATA
from tests.doctor import faults
from tests.doctor.faults import FAULTS
from tests.doctor.scenes import scene
from tests.toys import small_cube

REGIONS = ("temperate-north", "temperate-south", "winter-rain-south", "winter-rain-north")
LOST = {"scale × 10⁴ twice", "scale never", "bytes"}
"""Faults after which nothing can be put right."""
LOSSY = {"scale ÷ 10": 5, "scale ÷ 10, later dates": 5, "scale ÷ 100": 50, "one band ÷ 10": 5}
"""How far rounding may move a number (10⁻⁴)."""


@pytest.mark.parametrize("level", ["l2a", "l1c"])
@pytest.mark.parametrize("region", REGIONS)
def test_a_clean_series_gives_no_alarm(region, level):
    assert examine(scene(region, level)) == ()


@pytest.mark.parametrize(
    ("level", "fault"),
    [
        *(
            pytest.param("l1c", name, marks=pytest.mark.slow if number % 3 else [])
            for number, name in enumerate(FAULTS)
        ),
        *(("l2a", name) for name in sorted(LOST)),
    ],
)
def test_a_planted_fault_is_found(level, fault):
    kind, plant = FAULTS[fault]
    assert kind in [finding.kind for finding in examine(plant(scene("temperate-north", level)))]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in LOST])
def test_a_fault_is_found_and_its_fix_brings_back_what_survived_and_is_silent_after(fault):
    clean = scene("temperate-north", "l2a")
    kind, plant = FAULTS[fault]
    broken = plant(clean)
    found = examine(broken)
    assert kind in [finding.kind for finding in found]
    fixed = apply(broken, [finding.fix for finding in found if finding.fix])
    assert kind not in [finding.kind for finding in examine(fixed)]
    kept = clean.sel(time=fixed["time"], band=fixed["band"]).values.astype(int)
    off = np.abs(fixed.values - kept)[fixed.values != NODATA]
    assert off.size
    assert off.max() <= LOSSY.get(fault, 0)
    assert json.loads(fixed.attrs["corrections"])


def test_a_fix_of_a_slice_is_the_slice_of_the_fix():
    broken = faults.shifted(scene(), 1000, faults.later(scene()))
    fixes = [finding.fix for finding in examine(broken)]
    whole = apply(broken, fixes)
    for part in (np.s_[:, :, 3:4, 5:6], np.s_[-1:], np.s_[:, :, 3, 5]):
        np.testing.assert_array_equal(apply(broken[part], fixes).values, whole[part].values)


def test_a_fix_survives_json():
    fix = Fix("offset", {"add": -1000, "dates": ["2024-04-02T10:30:00"]})
    assert Fix.from_json(json.loads(json.dumps(fix.to_json()))) == fix
    assert hash(fix) == hash(Fix.from_json(fix.to_json()))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"kind": "erase", "parameters": {}},
        {"kind": "scale", "parameters": {"factor": float("nan")}},
        {"kind": "scale", "parameters": {"factor": 10, "more": 1}},
        {"kind": "offset", "parameters": {"add": "1000"}},
        {"kind": "drop", "parameters": {"dates": ["yesterday"]}},
        {"kind": "order", "parameters": {"names": {"B02": "B04"}}},
        {"kind": "scale", "parameters": None},
    ],
)
def test_a_hostile_fix_is_refused(said):
    with pytest.raises(RasterError, match="cannot be read") as refused:
        Fix.from_json(said)
    assert refused.value.advice


def test_findings_are_json_and_the_worst_come_first():
    broken = faults.twice(faults.cut(scene(), -32767, 3000), 1, 3)
    found = examine(broken)
    json.dumps([finding.to_json() for finding in found], allow_nan=False)
    assert [finding.severity for finding in found] == sorted(finding.severity for finding in found)


def test_too_few_pixels_are_not_judged():
    tiny = scene()[:1, :, :5, :5]
    assert examine(tiny) == ()
    assert "Too little" in looked_at(tiny)


def test_a_cube_without_any_observation_is_said_to_be_empty():
    nothing = small_cube().copy(data=np.full(small_cube().shape, NODATA, np.int16))
    assert [finding.kind for finding in examine(nothing)] == ["empty"]
