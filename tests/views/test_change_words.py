"""The change page in words: ranges, dates against the truth, methods and strategies beside each other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eodash.change.dated import Dated
from eodash.views.change_methods import FLAGGED, best, methods_table, methods_words, named, worst
from eodash.views.change_strategies import published_of, strategies_table, strategies_words
from eodash.views.change_words import dated_words, made_of, spanned


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ((2024, 5, 1), (2024, 6, 30), "May–Jun 2024"),
        ((2024, 2, 1), (2024, 2, 29), "Feb 2024"),
        ((2023, 12, 1), (2024, 1, 31), "Dec 2023–Jan 2024"),
        ((2024, 5, 10), (2024, 6, 3), "10 May–3 Jun 2024"),
        ((2024, 5, 1), (2024, 5, 30), "1 May–30 May 2024"),
    ],
)
def test_a_range_in_words(first: tuple[int, int, int], last: tuple[int, int, int], words: str) -> None:
    assert spanned(date(*first), date(*last)) == words


def test_composites_say_what_they_are_made_of() -> None:
    assert "of 3 dates before and 5 after, 2 and 4 in the middle pixel" in made_of([3, 5], [2.0, 4.0])


def test_dates_of_change_say_how_well_they_hit() -> None:
    words = dated_words(Dated(400, 0.72, 0.8, 5.4, 0.002))
    assert "72 % of its pixels are dated within 20 days" in words
    assert "median error is 5 days" in words
    assert "0.2 % of the ground that never changed" in words
    assert "median" not in dated_words(Dated(9, 0.0, 0.0, float("nan"), 0.0))
    assert "Nothing here changed" in dated_words(Dated(0, 0.0, 0.0, float("nan"), 0.01))


def row(method: str, kappa: float | None = None, **more: Any) -> dict[str, Any]:
    known = {"kappa": kappa, "dice": kappa, "accuracy": 0.99, "rare": 0.02, "accuracy_of_no_change": 0.98}
    plain = {"method": method, "normalise": "none", "nuisances": {"light": 0.0, "haze": 0.1}, "seconds": 0.25}
    return plain | (known if kappa is not None else {"kappa": None}) | more


def test_the_highest_kappa_is_the_best_and_accuracy_never_stands_alone() -> None:
    rows = [row("cva", 0.7, default=True), row("mad", 0.9)]
    assert best(rows) is rows[1]
    words = methods_words(rows, {})
    for part in ("MAD has the highest kappa, 0.90", "2.0 % changed, so “no change” alone has accuracy 0.980",
                 "flags at most 10 % (under haze)"):  # fmt: skip
        assert part in words, part
    table = methods_table(rows, {})
    assert "<b>MAD</b>" in table
    assert "suggested" in table
    assert table.count("10 %") == 2


def test_where_nobody_knows_the_truth_the_most_silent_is_named_and_nobody_is_called_right() -> None:
    rows = [row("cva", nuisances={FLAGGED: 0.01, "light": 0.0}), row("mad", nuisances={FLAGGED: 0.2, "light": 0.3}),
            row("ir-mad", nuisances={FLAGGED: 0.0, "light": 0.0})]  # fmt: skip
    assert best(rows) is rows[0]  # who never flags anything is silent, too
    words = methods_words(rows, {})
    assert "from 0.0 % to 20 %" in words
    assert "nothing says which is right" in words
    assert "kappa" not in methods_table(rows, {})
    assert worst(rows[1]) == ("light", 0.3)


def test_a_method_that_broke_off_says_with_what() -> None:
    assert "▲ RasterError grid" in methods_table([row("cva", 0.5, failed={"shift": "RasterError grid"})], {})
    assert named(row("fc-ef"), {"fc-ef": "FC-EF"}) == "FC-EF"
    assert named(row("cva") | {"normalise": "pif"}, {}) == "Change vector (CVA), pseudo-invariant pixels"


def test_strategies_stand_beside_the_published_ones_and_say_how_rare_change_was() -> None:
    inside = {
        "rows": [{"strategy": "4.2", "kappa": 0.61, "published": {"kappa": 0.25}}, {"strategy": "1"}],
        "rare": 0.02,
    }
    own = {"rows": inside["rows"], "published": [{"strategy": "4.1", "kappa": 0.3}], "rare": 0.02}
    assert published_of(inside) == [{"strategy": "4.2", "kappa": 0.25}]
    assert published_of(own) == [{"strategy": "4.1", "kappa": 0.3}]
    words = strategies_words(own)
    for part in ("Strategy 4.2", "0.61", "published, 4.1 was best with 0.30", "“no change” alone has accuracy 0.980"):
        assert part in words, part
    table = strategies_table(own)
    assert "0.610" in table
    assert "Published" in table
    assert "accuracy" not in table  # nobody has one here
    assert strategies_words({"rows": []}) == ""
