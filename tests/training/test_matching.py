"""Model and set speak of the same classes, or say which they share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eodash.errors import ModelError
from eodash.training.carding import legends_of
from eodash.training.matching import match
from eodash.world.legend import BREIZHCROPS, FINE, LANDCOVER, NAMES, translate
from tests.training.answering import Labelled, card

WORLD = Labelled(NAMES, range(18), [0] * 18, legend="fine", level="l2a")
SHELF = replace(card(), legends=legends_of(WORLD))  # type: ignore[arg-type]


def test_a_subset_of_a_legend_is_matched_by_name() -> None:
    found = match(card(), Labelled(("grassland", "cereals"), [0, 1, -1], [0, 0, 0]))
    assert found.legend == "landcover"
    assert found.names == ("cereals", "grassland")
    assert not found.whole
    assert found.truth(np.array([0, 1, -1])).tolist() == [1, 0, -1]


def test_classes_without_a_counterpart_count_for_nothing() -> None:
    found = match(card(), Labelled(("maize", "vineyards", "cereals"), [0], [0]))
    assert found.truth(np.array([0, 1, 2])).tolist() == [1, -1, 0]


@pytest.mark.parametrize("legend", [LANDCOVER, BREIZHCROPS], ids=lambda legend: legend.name)
def test_the_fine_list_of_the_world_is_translated(legend: object) -> None:
    found = match(SHELF, WORLD, legend.name)  # type: ignore[attr-defined]
    assert found.whole
    expected = translate(np.arange(18, dtype=np.uint8), legend.name).astype(int)  # type: ignore[attr-defined]
    expected[expected == 255] = -1
    assert found.table.tolist() == expected.tolist()


def test_the_world_is_scored_in_land_cover_unless_asked_otherwise() -> None:
    assert match(SHELF, WORLD).legend == "landcover"


def test_breizhcrops_is_its_own_legend_and_can_be_read_as_land_cover() -> None:
    data = Labelled(BREIZHCROPS.names, range(9), [0] * 9, legend="breizhcrops")
    assert match(SHELF, data).legend == "breizhcrops"
    found = match(SHELF, data, "landcover")
    called = [found.names[place] for place in found.table]
    kinds = {kind.breizhcrops: kind.landcover for kind in FINE}
    assert called == [kinds[name] for name in BREIZHCROPS.names]


def test_only_some_classes_may_count() -> None:
    found = match(SHELF, WORLD, "landcover", ("cereals", "maize"))
    assert found.names == ("cereals", "maize")
    assert set(found.table.tolist()) == {-1, 0, 1}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((card(), Labelled(("a", "b"), [0], [0])), "no_class"),
        ((card(), Labelled(("maize", "b"), [0], [0])), "no_class"),
        ((card(), WORLD, "nothing"), "legend"),
        ((card(), WORLD, "landcover", ("maize", "tulips")), "classes"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[object, ...], code: str) -> None:
    with pytest.raises(ModelError) as caught:
        match(*arguments)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.advice
