"""Cheaper questions: each costs what it says, keeps what it promises, and fits where it says so."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from eodash import fetch, shrink
from eodash.areas import parse_box
from eodash.errors import AoiError, CapacityError, CatalogError, DateError
from eodash.request import THIN, Area, Period, Request, grouped
from eodash.settings import Settings
from eodash.sources.contract import Plan, Planned
from eodash.sources.demo import demo_request
from eodash.sources.limits import check_period
from tests import toys

ROOMY = Settings()
INSIDE = toys.area(-2.912, 48.092, -2.888, 48.108)
"""An area that lies in the demo region as a whole."""


def plan_of(*dates: tuple[str, float | None], thin: str = "", **changes: object) -> Plan:
    """A plan of the toy request with these dates and their cloud."""
    request = toys.request(thin=thin, **changes)
    planned = tuple(Planned(np.datetime64(day, "s"), cloud, (day,)) for day, cloud in dates)
    return Plan(request, fetch.plan(demo_request()).sensor, toys.geobox(), planned)


def days(plan: Plan) -> list[str]:
    return [str(one.time.astype("datetime64[D]")) for one in plan.dates]


MARCH = (("2024-03-04", 50.0), ("2024-03-09", 10.0), ("2024-03-10", 10.0), ("2024-03-11", None), ("2024-04-01", 90.0))


@pytest.mark.parametrize(
    ("thin", "kept"),
    [
        ("", [day for day, _ in MARCH]),
        ("2", ["2024-03-09", "2024-03-10", "2024-04-01"]),
        ("week", ["2024-03-09", "2024-03-11", "2024-04-01"]),  # a week begins on Monday, 4 March 2024 was one
        ("month", ["2024-03-09", "2024-04-01"]),
    ],
)
def test_thinning_keeps_the_clearest_of_each_stretch_and_says_why_the_rest_is_left_out(
    thin: str, kept: list[str]
) -> None:
    before = plan_of(*MARCH, thin=thin)
    after = fetch.thinned(before)
    assert days(after) == kept
    out = {status.time for status in after.skipped}
    assert out == {one.time for one in before.dates} - {one.time for one in after.dates}
    assert {(status.state, status.reason) for status in after.skipped} <= {("skipped", THIN.get(thin, ""))}
    assert fetch.thinned(after).dates == after.dates or thin == "2"


def test_a_fetch_is_thinned_as_its_request_says() -> None:
    whole, thin = (fetch.plan(replace(demo_request(), thin=how)) for how in ("", "month"))
    months = {one.time.astype("datetime64[M]") for one in whole.dates}
    assert len(thin.dates) == len(months)
    for one in thin.dates:
        month = one.time.astype("datetime64[M]")
        same = [other.cloud for other in whole.dates if other.time.astype("datetime64[M]") == month]
        assert one.cloud == min(same)
    assert len(thin.dates) + len(thin.skipped) == len(whole.dates) + len(whole.skipped)
    assert [status.time for status in thin.skipped] == sorted(status.time for status in thin.skipped)


def test_thinning_is_part_of_the_question_and_of_nothing_older() -> None:
    plain, thin = toys.request(), toys.request(thin="week")
    assert "thin" not in plain.to_json()
    assert Request.from_json(thin.to_json()) == thin
    assert plain.key != thin.key
    with pytest.raises(DateError) as caught:
        fetch.plan(replace(demo_request(), thin="<script>"))
    assert caught.value.code == "thin"
    assert grouped([], "week") == []


def exactly(offer: shrink.Offer) -> None:
    """The offer's numbers are those of its own plan."""
    real = fetch.plan(offer.request)
    assert offer.after.exact
    assert (len(real.dates), *real.geobox.shape, real.bytes) == (
        offer.after.dates, offer.after.rows, offer.after.columns, offer.after.bytes,
    )  # fmt: skip
    assert offer.after.seconds == pytest.approx(shrink.price(real).seconds)
    assert offer.after.bytes < 0.76 * offer.before.bytes


@pytest.mark.parametrize("thin", ["", "2", "week"])
def test_every_offer_costs_what_it_says(thin: str) -> None:
    request = replace(demo_request(), area=INSIDE, thin=thin)
    made = shrink.offers(request, fetch.plan(request), ROOMY)
    assert {offer.kind for offer in made} == set(shrink.KINDS)
    for offer in made:
        assert offer.fits
        exactly(offer)


def test_an_offer_changes_one_thing() -> None:
    request = replace(demo_request(), area=INSIDE)
    for offer in shrink.offers(request, fetch.plan(request), ROOMY):
        same = {"dates": {"area", "resolution"}, "pixels": {"area", "max_cloud", "thin"}, "box": {"resolution", "thin"}}
        assert all(getattr(offer.request, name) == getattr(request, name) for name in same[offer.kind])
        if offer.kind == "box":
            before, after = request.area.geometry, offer.request.area.geometry
            assert before.buffer(1e-6).covers(after)
            assert before.envelope.centroid.distance(after.envelope.centroid) < 1e-6


def refused(request: Request, limit_mib: int, monkeypatch: pytest.MonkeyPatch) -> tuple[CapacityError, Settings]:
    limits = Settings(cube_mib=limit_mib)
    monkeypatch.setattr(fetch, "settings", lambda: limits)
    with pytest.raises(CapacityError) as caught:
        fetch.plan(request)
    return caught.value, limits


@pytest.mark.parametrize("thin", ["", "2"])
def test_what_was_too_large_gets_offers_that_are_not(thin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = replace(demo_request(), area=INSIDE, thin=thin)
    error, limits = refused(request, 4, monkeypatch)
    assert shrink.too_much(error)
    made = shrink.offers(request, error, limits)
    best = shrink.suggested(made)
    assert [offer.kind for offer in best if offer.fits] == [offer.kind for offer in best][: sum(o.fits for o in best)]
    assert {offer.kind for offer in best} == set(shrink.KINDS)
    assert sum(offer.fits for offer in best) >= 2
    for offer in made:
        if offer.fits:
            exactly(offer)  # with the limit in force: it would raise
        else:
            with pytest.raises(CapacityError):
                fetch.plan(offer.request)


def test_an_area_half_outside_is_only_estimated() -> None:
    request = replace(demo_request(), area=toys.area(-3.0, 48.09, -2.88, 48.11))
    plan = fetch.plan(request)
    assert plan.provenance["clipped"]
    made = [offer for offer in shrink.offers(request, plan, ROOMY) if offer.kind != "dates"]
    assert made
    assert not any(offer.after.exact for offer in made)
    coarse = next(offer for offer in made if offer.kind == "pixels")
    real = fetch.plan(coarse.request)
    assert abs(real.geobox.shape[0] - coarse.after.rows) <= 1
    assert abs(real.geobox.shape[1] - coarse.after.columns) <= 1


def too_many(period: Period) -> DateError:
    with pytest.raises(DateError) as caught:
        check_period(period, fetch.plan(demo_request()).sensor)
    return caught.value


@pytest.mark.parametrize(
    ("period", "error"),
    [
        (Period(date(2016, 1, 1), date(2024, 12, 31)), None),
        (Period(date(1990, 1, 1), date(2024, 12, 31)), too_many),
    ],
)
def test_too_many_dates_get_fewer(period: Period, error: Any) -> None:
    said = error(period) if error else DateError("Too many.", "Thin.", code="too_many", details={"count": 900})
    request = toys.request(period=period)
    made = shrink.offers(request, said, ROOMY)
    assert {offer.kind for offer in made} == {"dates"}
    assert not any(offer.after.exact for offer in made)
    fitting = [offer for offer in shrink.suggested(made) if offer.fits]
    assert fitting
    for offer in fitting:
        assert offer.after.dates <= ROOMY.dates
        check_period(offer.request.period, fetch.plan(demo_request()).sensor)
        assert offer.request.period.end == period.end
    assert any(offer.request.period != period for offer in made)
    assert any(offer.request.thin == "month" for offer in made)


def test_a_slow_question_is_told_from_a_fast_one(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = fetch.plan(demo_request())
    assert not shrink.too_much(plan)
    assert not shrink.too_much(None)
    monkeypatch.setattr("eodash.sources.demo.DemoSource.seconds", lambda self, plan: 4.0 * len(plan.dates))
    assert shrink.too_much(plan)
    best = shrink.suggested(shrink.offers(plan.request, plan, ROOMY))
    assert best[0].fits
    assert best[0].kind == "dates"
    assert best[0].after.seconds <= shrink.SLOW
    assert not any(offer.fits for offer in best if offer.kind != "dates")


@pytest.mark.parametrize(
    "found",
    [
        None, CatalogError("x", "y", code="unreachable"), AoiError("x", "y", code="outside_demo"),
        CapacityError("x", "y", code="too_large"), CapacityError("x", "y", code="busy"), ValueError("x"),
    ],
)  # fmt: skip
def test_nothing_is_offered_where_nothing_is_known(found: BaseException | None) -> None:
    assert shrink.offers(toys.request(), found, ROOMY) == ()


def test_a_place_without_a_grid_and_a_source_that_is_gone_get_no_offer() -> None:
    error = DateError("x", "y", code="too_many")
    assert shrink.offers(toys.request(area=toys.area(0, 88, 1, 89)), error, ROOMY) == ()
    assert shrink.offers(toys.request(source="gone"), error, ROOMY) == ()
    assert shrink.offers(toys.request(product="gone"), error, ROOMY) == ()


def test_a_tiny_question_gets_nothing_silly() -> None:
    request = replace(demo_request(), area=toys.area(-2.9, 48.1, -2.8995, 48.1003))
    plan = fetch.plan(request)
    assert min(plan.geobox.shape) < 10
    for offer in shrink.offers(request, plan, ROOMY):
        assert offer.after.dates >= 3
        assert min(offer.after.rows, offer.after.columns) >= 1
        exactly(offer)
    one = replace(plan, dates=plan.dates[:1])
    assert all(offer.after.dates == 1 for offer in shrink.offers(request, one, ROOMY))


@effort(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.none() | st.floats(0, 100)), min_size=1, max_size=60),
    st.sampled_from(["", *THIN]), st.integers(0, 100), st.integers(1, 3),
)  # fmt: skip
def test_whatever_the_plan_offers_are_cheaper_and_ordered(
    dates: list[tuple[int, float | None]], thin: str, cloud: int, limit: int
) -> None:
    days = sorted(dict(dates).items())
    named = tuple((str(np.datetime64("2022-01-01") + day), share) for day, share in days)
    plan = fetch.thinned(plan_of(*named, thin=thin, max_cloud=cloud))
    made = shrink.offers(plan.request, plan, Settings(cube_mib=limit))
    for offer in made:
        assert offer.after.bytes < offer.before.bytes
        assert offer.request != plan.request
        assert offer.before == shrink.price(plan)
    for kind in shrink.KINDS:
        sizes = [offer.after.bytes for offer in made if offer.kind == kind]
        assert sizes == sorted(sizes, reverse=True)
    assert len(shrink.suggested(made)) <= 3


def test_the_memory_that_is_said_is_about_what_a_fetch_takes() -> None:
    request = replace(demo_request(), thin="month")
    plan = fetch.plan(request)
    fetch.source("demo").read(plan, plan.dates[0])
    tracemalloc.start()
    try:
        results = fetch.read_dates(plan)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(results) == len(plan.dates)
    assert 0.4 < peak / shrink.price(plan).memory < 1.5


def test_the_middle_of_an_area_that_is_too_large() -> None:
    with pytest.raises(AoiError) as caught:
        parse_box("-10, 40, 20, 60")
    error = caught.value
    assert shrink.smaller_area(AoiError("x", "y", code="not_polygon")) is None
    error.details["wkt"] = shapely.box(-10, 40, 20, 60).wkt
    smaller = shrink.smaller_area(error)
    assert isinstance(smaller, Area)
    assert smaller.geometry.centroid.distance(shapely.Point(5, 50)) < 0.01
    assert smaller.hectares > 1e6
    error.details["wkt"] = "POLYGON EMPTY"
    assert shrink.smaller_area(error) is None
