"""How often each fault is found, and by which name, over regions, levels and sizes; printed with -s."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from eodash.doctor import examine
from tests.doctor.faults import FAULTS
from tests.doctor.scenes import scene

REGIONS = ("temperate-north", "temperate-south", "winter-rain-south", "winter-rain-north")
WINDOWS = (np.s_[:], np.s_[::2, :, 8:40, 4:36], np.s_[1:, :, 20:44, 20:44])
MISSED = 1
"""Most of the three windows on which a fault may be missed: the smallest may show too little."""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("level", ["l2a", "l1c"])
@pytest.mark.parametrize("region", REGIONS)
def test_faults_are_found_and_clean_series_are_not_accused(region, level):
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for window in WINDOWS:
        clean = scene(region, level, 8)[window]
        table["clean"][_named(clean)] += 1
        for fault, (_, plant) in FAULTS.items():
            table[fault][_named(plant(clean))] += 1
    for fault, found in table.items():
        print(f"{fault:30}", dict(found))
    assert set(table["clean"]) == {"nothing"}
    for fault, (kind, _) in FAULTS.items():
        hits = sum(count for names, count in table[fault].items() if kind in names.split(", "))
        assert hits >= len(WINDOWS) - MISSED, fault


def _named(cube):
    return ", ".join(finding.kind for finding in examine(cube)) or "nothing"
