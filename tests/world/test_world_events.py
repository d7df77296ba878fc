"""What changes in a world: rare, known to the pixel, seen by the satellite, and nothing else moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from eodash.world import Region, World, make
from eodash.world.events import KINDS
from eodash.world.legend import INDEX

DAYS = {
    "buildings": "2023-10-10", "lake": "2023-12-01", "felling": "2024-02-01", "flood": "2024-03-20",
    "fire": "2024-07-25", "rotation": "2024-02-15",
}  # fmt: skip
STILL = Region("changing", "Changing", "temperate", 49.0, 1.2, 57, date(2023, 6, 1), date(2024, 9, 30), size=128)


@pytest.fixture(scope="module")
def worlds() -> tuple[World, World]:
    """The same valley, where nothing happens and where everything does."""
    events = tuple((kind, np.datetime64(day, "s")) for kind, day in DAYS.items())
    return make(STILL), make(replace(STILL, events=events))


def near(world: World, day: str) -> int:
    return int(np.abs(world.times - np.datetime64(day, "s")).argmin())


def test_every_kind_happens_and_change_is_rare(worlds: tuple[World, World]) -> None:
    _, changing = worlds
    assert {event.kind for event in changing.events} == set(KINDS)
    share = sum(len(event.pixels) for event in changing.events) / changing.size**2
    assert 0.005 < share <= 0.04
    found = changing.changed(np.datetime64("2023-07-01"), np.datetime64("2024-09-01"))
    assert set(np.unique(found)) == {0, *(1 + KINDS.index(kind) for kind in KINDS if kind != "flood")}  # it has gone


def test_a_flood_comes_and_goes(worlds: tuple[World, World]) -> None:
    _, changing = worlds
    during = changing.classes_at(np.datetime64("2024-04-01"))
    where = changing.changed(np.datetime64("2024-03-01"), np.datetime64("2024-04-01")) == 1 + KINDS.index("flood")
    assert (during[where] == INDEX["water"]).all()
    assert not (changing.classes_at(np.datetime64("2024-06-01"))[where] == INDEX["water"]).any()


def test_what_changed_is_seen_where_it_changed_and_hardly_anywhere_else(worlds: tuple[World, World]) -> None:
    """The same valley, with only the crop rotating, on the same day."""
    _, changing = worlds
    still = make(replace(STILL, events=(("rotation", np.datetime64("2024-02-15", "s")),)))
    clear = [i for i in range(len(still.times)) if still.cloud_share[i] < 0.02 and str(still.times[i]) > "2024-08"]
    place, early = clear[0], near(still, "2023-08-20")
    assert np.array_equal(still.render(early).values, changing.render(early).values)  # before anything happens
    apart = np.abs(still.render(place).values.astype(int) - changing.render(place).values).max(0)
    where = (changing.changed(still.times[0], still.times[place]) > 0) & (
        still.changed(still.times[0], still.times[place]) == 0
    )
    inner = where & np.roll(where, 3, 0) & np.roll(where, -3, 0) & np.roll(where, 3, 1) & np.roll(where, -3, 1)
    outer = ~(where | np.roll(where, 4, 0) | np.roll(where, -4, 0) | np.roll(where, 4, 1) | np.roll(where, -4, 1))
    assert np.median(apart[inner]) > 300
    assert np.percentile(apart[outer], 98) < 50  # what coarse bands carry further


def test_fields_keep_their_crop_but_the_one_that_rotates(worlds: tuple[World, World]) -> None:
    _, changing = worlds
    first, second = (changing.classes_at(np.datetime64(day)) for day in ("2023-07-01", "2024-07-01"))
    rotated = changing.changed(np.datetime64("2023-07-01"), np.datetime64("2024-07-01")) == 1 + KINDS.index("rotation")
    assert rotated.any()
    assert (first[rotated] != second[rotated]).all()
    other = changing.changed(np.datetime64("2023-07-01"), np.datetime64("2024-07-01")) == 0
    assert np.array_equal(first[other], second[other])


def test_the_crop_of_another_year_is_known(worlds: tuple[World, World]) -> None:
    still, _ = worlds
    first, second = still.classes_at(np.datetime64("2023-07-01")), still.classes_at(np.datetime64("2024-07-01"))
    fields = still.parcels > 0
    assert np.array_equal(first[~fields], second[~fields])
    rotated = (first != second)[fields].mean()
    assert 0.2 < rotated < 0.9
    assert any(np.array_equal(each, still.classes) for each in (first, second))
