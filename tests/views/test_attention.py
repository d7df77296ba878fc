"""Attention drawn: shares, heads, lines, matrix and tests, on toy arrays with answers known by hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
import xarray as xr

from eodash.sources.contract import NODATA
from eodash.views.agreement_map import calendar_colours
from eodash.views.attention import Looks, cloud_shares, head_of, looks_of, scaled, share
from eodash.views.attention_clouds import clouds_chart, clouds_table, clouds_verdict, nothing_to_skip, sorted_heads
from eodash.views.attention_drops import agreement, drops_chart, drops_table, drops_verdict
from eodash.views.attention_heads import CELLS, heads_chart, heads_table, small
from eodash.views.attention_map import NONE, gradient, looked_chart, looked_hectares, looked_words
from eodash.views.attention_matrix import matrix_chart, matrix_table
from eodash.views.attention_panel import (
    LINES,
    OPACITIES,
    attention_panel,
    bundles,
    change_panel,
    in_words,
    lines_panel,
    traced,
)
from eodash.views.panels import column, dates_of
from eodash.views.theme import PALETTES
from tests.toys import small_cube

SEASON = np.datetime64("2024-04-02T10:30", "s")
REAL = os.environ.get("EODASH_REAL_DATA")


def days(count: int, step: int = 5) -> np.ndarray:
    return SEASON + np.arange(count) * np.timedelta64(step, "D")


def limits(looks: Looks) -> tuple[np.datetime64, np.datetime64]:
    week = np.timedelta64(7, "D")
    first, last = looks.times[[0, -1]].astype("datetime64[D]")
    return first - week, last + week


def four(causal: bool = False, cloudy: tuple[int, ...] = (1, 2)) -> Looks:
    """Two layers of two heads over four dates, half of them cloudy: evenly, one clear date, one cloudy date, itself."""
    even, first, clouds, itself = np.full((4, 4), 0.25), np.zeros((4, 4)), np.zeros((4, 4)), np.eye(4)
    first[:, 0], clouds[:, 1] = 1, 1
    if causal:
        even = np.tril(np.ones((4, 4))) / np.arange(1, 5)[:, None]
    where = np.isin(np.arange(4), cloudy)
    return Looks(np.array([[even, first], [clouds, itself]]), days(4), where, np.arange(4), causal=causal)


def once() -> Looks:
    """Three heads that ask once: mostly of the last of four dates, of the cloudy ones, evenly."""
    scores = np.array([[0.1, 0.1, 0.1, 0.7], [0.1, 0.4, 0.4, 0.1], [0.25] * 4])[None, :, None, :]
    return Looks(scores, days(4), np.array([False, True, True, False]), np.arange(4))


def long(dates: int = 365) -> Looks:
    random = np.random.default_rng(0)
    scores = random.dirichlet(np.full(dates, 0.05), (3, 3, dates))
    return Looks(scores, days(dates, 1), random.random(dates) < 0.5, np.arange(dates))


def alone() -> Looks:
    return Looks(np.ones((1, 2, 1, 1)), days(1), np.array([False]), np.arange(1))


def drawn(looks: Looks, asking: int | None = None) -> go.Figure:
    """The column of a series that was seen on every date."""
    count = int(looks.index.max()) + 1
    series = small_cube(count)[:, :, 2, 3].load()
    shown = [lines_panel(looks, (0, 0), asking, "light"), attention_panel(looks, (0, 0), "light")]
    return column(shown, dates_of(series), limits(looks), None, "light")


def named(figure: go.Figure, name: str) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.name == name]


def test_a_share_is_the_sum_of_the_columns_of_cloudy_dates() -> None:
    assert four().on_clouds == pytest.approx(np.array([[0.5, 0], [1, 0.5]]))
    assert cloud_shares(np.array([[0.2, 0.8], [0.6, 0.4]]), np.array([False, True])) == pytest.approx(0.6)
    assert four().columns.sum(-1) == pytest.approx(np.ones((2, 2)))


def test_an_even_head_is_the_share_of_cloudy_dates_unless_it_cannot_look_ahead() -> None:
    assert four().even == 0.5
    assert four(causal=True).even == pytest.approx((0 + 1 / 2 + 2 / 3 + 1 / 2) / 4)
    assert four(causal=True).on_clouds[0, 0] == pytest.approx(four(causal=True).even)


@pytest.mark.skipif(not REAL, reason="EODASH_REAL_DATA is not set: the published attention is not here")
def test_the_published_attention_gives_the_published_shares_on_clouds() -> None:
    folder = Path(REAL or "") / "phiweek19"
    scores = np.load(folder / "published_attention.npz")["attention"]
    cloudy = np.load(folder / "parcels.npz")["reflectance"][0, :, 4] > 0.3  # B2 of parcel 0
    looks = Looks(scores.astype(float), days(50), cloudy, np.arange(50))
    assert cloudy.mean() == 0.5
    assert np.round(100 * looks.on_clouds[0], 2).tolist() == [2.75, 0.63, 0.04]
    clicked = heads_chart(looks, (0, 0), "light").data[-1].customdata
    assert [each[2] for each in clicked[:3]] == [
        "Layer 1, head 1: 2.75 % on clouds", "Layer 1, head 2: 0.63 % on clouds", "Layer 1, head 3: 0.04 % on clouds",
    ]  # fmt: skip
    bars = dict(zip(sorted_heads(looks), clouds_chart(looks, "light").data[0].x, strict=True))
    assert [round(bars[0, head], 2) for head in range(3)] == [2.75, 0.63, 0.04]
    assert clouds_verdict(looks).bold == "9 of 9 heads skip clouds"
    assert clouds_verdict(looks).good


def test_heads_are_drawn_each_with_its_share_and_a_warning_above_the_cloudy_share() -> None:
    figure = heads_chart(four(), (0, 1), "light")
    pictures = [trace for trace in figure.data if trace.type == "heatmap"]
    assert len(pictures) == 4
    words = [note.text for note in figure.layout.annotations]
    assert words[:4] == ["50 %", "0 %", "▲ 100 %", "50 %"]
    assert figure.layout.annotations[2].font.color == PALETTES["light"].warn
    assert [list(each[:2]) for each in figure.data[-1].customdata] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    (frame,) = named(figure, "chosen")
    assert (min(frame.x), max(frame.x), min(frame.y), max(frame.y)) == pytest.approx((1.07, 2.07, 0, 1))
    assert list(heads_table(four())["attention on cloudy dates"]) == [0.5, 0, 1, 0.5]


def test_a_head_that_asks_once_is_a_strip_under_its_own_name() -> None:
    figure = heads_chart(once(), (0, 0), "dark")
    assert once().single
    assert [trace.z.shape for trace in figure.data if trace.type == "heatmap"] == [(1, 4)] * 3
    assert [note.text for note in figure.layout.annotations] == ["H1  20 %", "H2  ▲ 80 %", "H3  50 %"]


def test_small_matrices_keep_the_strongest_of_their_neighbours() -> None:
    scores = np.zeros((365, 365))
    scores[200, 77] = 1
    made = small(scores)
    assert made.shape == (CELLS, CELLS)
    assert made.max() == 255
    assert (made > 0).sum() == 1


def test_lines_run_from_the_date_that_asks_to_the_date_looked_at() -> None:
    scores = np.eye(16)[:, ::-1] * 0.9 + 0.1 / 16
    looks = Looks(scores[None, None], days(16), np.zeros(16, bool), np.arange(16))
    figure = drawn(looks)
    traces = named(figure, "looks")
    assert [trace.opacity for trace in traces] == list(OPACITIES)
    assert [len(trace.x) for trace in traces] == [0, 0, 0, 16 * 3]
    strongest = traces[-1]
    ends = {(str(a)[:10], str(b)[:10]) for a, b in zip(strongest.x[0::3], strongest.x[1::3], strict=True)}
    assert ends == {(str(days(16)[each])[:10], str(days(16)[15 - each])[:10]) for each in range(16)}
    assert list(strongest.y[:2]) == [0, 1]  # asks below, looked at above


def test_four_steps_of_opacity_from_an_even_share_to_all_of_it() -> None:
    row = np.array([0.0625, 0.125, 0.25, 0.5, 0.0624] + [0.0] * 11)  # 1/16 to the power of 1, ¾, ½, ¼
    found = bundles(row[None])
    assert [pairs.tolist() for pairs in found] == [[[0, 0]], [[0, 1]], [[0, 2]], [[0, 3]]]


def test_a_traced_date_stands_before_the_others() -> None:
    looks = four()
    figure = drawn(looks, asking=3)
    assert len(named(figure, "traced")) == len(traced(looks.scores[0, 0][3])) == 4
    assert [trace.opacity for trace in named(figure, "looks")] == [each / 4 for each in OPACITIES]
    assert named(drawn(looks, asking=99), "traced") == []


def test_one_question_stands_in_the_middle_and_is_always_traced() -> None:
    figure = drawn(once())
    below, above = named(figure, "asks once")[0], named(figure, "looked at")[0]
    assert len(below.x) == 1
    assert len(above.x) == 4
    assert named(figure, "traced")


def test_stems_are_as_high_as_the_attention_and_pale_where_there_is_little() -> None:
    scores = np.tile([0.5, 0.25, 0.25, 0], (4, 1))
    looks = Looks(scores[None, None], days(4), np.array([False, True, False, False]), np.arange(4))
    (stems,) = named(drawn(looks), "Attention received")
    assert list(stems.y) == [0.5, 0.25, 0.25, 0]
    assert list(stems.marker.opacity) == [1, 0.625, 0.625, 0.25]
    assert in_words(looks, (0, 0), np.array([0.125, 0, 0, 0])) == (
        "Head 1 looks most at 2 Apr: 50 %. Without that date 12 % of the probability moves to other classes."
    )


def test_what_moves_without_a_date_is_drawn_at_the_dates_that_were_read() -> None:
    looks = Looks(np.full((1, 1, 2, 2), 0.5), days(4)[[0, 3]], np.zeros(2, bool), np.array([0, 3]))
    panel = change_panel(looks, np.array([0.25, np.nan, np.nan, 0.5]), "light")
    series = small_cube(4)[:, :, 2, 3].load()
    (stems,) = named(column([panel], dates_of(series), limits(looks), None, "light"), "Without this date")
    assert list(stems.y) == [0.25, 0.5]


def test_the_matrix_has_a_square_per_pair_at_true_dates() -> None:
    times = days(4)
    times[3] += np.timedelta64(60, "D")
    looks = Looks(four().scores, times, four().cloudy, np.array([0, 1, 5, 7]))
    figure = matrix_chart(looks, (0, 1), limits(looks), None, "light")
    (squares,) = named(figure, "rows")
    assert squares.marker.symbol == "square"
    assert len(squares.x) == 16
    assert [each[0] for each in squares.customdata[::4]] == [0, 1, 5, 7]  # of the series, not of what was read
    assert squares.customdata[0][1] == "2 Apr looks at 2 Apr: 100 %"
    assert squares.x.max() == times[3]
    assert list(figure.layout.yaxis.range) == list(figure.layout.xaxis.range)[::-1]
    assert list(named(figure, "cloudy")[0].x) == list(times[1:3])
    assert matrix_table(looks, (0, 1)).shape == (4, 4)


def test_nothing_stands_above_the_diagonal_of_a_network_that_cannot_look_ahead() -> None:
    looks = four(causal=True)
    (squares,) = named(matrix_chart(looks, (0, 0), limits(looks), None, "light"), "rows")
    assert len(squares.x) == 10
    assert (squares.x <= squares.y).all()


def test_of_heads_that_ask_once_the_matrix_has_a_row_per_head() -> None:
    looks = once()
    figure = matrix_chart(looks, (0, 2), limits(looks), None, "light")
    (squares,) = named(figure, "rows")
    assert len(squares.x) == 12
    assert [list(each[:2]) for each in squares.customdata[::4]] == [[0, 0], [0, 1], [0, 2]]
    assert list(named(figure, "traced")[0].y) == [2]
    assert list(figure.layout.yaxis.ticktext) == ["H1", "H2", "H3"]


def test_a_year_of_daily_images_is_drawn_with_fewer_lines_and_all_of_its_data() -> None:
    looks = long()
    thumbnails = heads_chart(looks, (0, 0), "light")
    picture = matrix_chart(looks, (0, 0), limits(looks), 40, "light")
    lines = drawn(looks)
    assert sum(len(trace.x) for trace in named(lines, "looks")) <= 3 * LINES
    assert len(named(picture, "rows")[0].x) == 365  # one mark takes the clicks of a row
    (heat,) = [trace for trace in picture.data if trace.type == "heatmap"]
    assert (heat.z > 0).sum() == 365 * 365
    assert len(thumbnails.to_json()) < 400_000
    assert len(picture.to_json()) < 400_000
    assert matrix_table(looks, (0, 0)).shape == (365, 365)


def test_one_date_looks_at_itself() -> None:
    looks = alone()
    assert not looks.single
    figure = drawn(looks)
    assert len(named(figure, "looks")[-1].x) == 3
    assert len(named(matrix_chart(looks, (0, 0), limits(looks), 0, "light"), "rows")[0].x) == 1
    assert in_words(looks, (0, 0)).startswith("Head 1 looks most at 2 Apr: 100 %")
    assert agreement(looks, None, np.array([np.nan])) is None
    assert nothing_to_skip(looks)[0] == "One date only"  # type: ignore[index]


def test_where_nothing_or_everything_is_cloudy_no_share_is_said() -> None:
    assert nothing_to_skip(four()) is None
    assert nothing_to_skip(four(cloudy=(0, 1, 2, 3)))[0] == "Every date is cloudy"  # type: ignore[index]
    clear = four(cloudy=())
    assert nothing_to_skip(clear)[0] == "No date is cloudy here"  # type: ignore[index]
    assert "%" not in "".join(note.text for note in heads_chart(clear, (0, 0), "light").layout.annotations)
    masked = Looks(clear.scores, clear.times, clear.cloudy, clear.index, hidden=3)
    title, sentence = nothing_to_skip(masked)  # type: ignore[misc]
    assert title == "It never sees a cloud"
    assert "3 cloudy dates are masked out" in sentence


def test_heads_are_sorted_by_their_share_on_clouds_with_a_line_at_an_even_one() -> None:
    looks = four()
    assert sorted_heads(looks)[0] == (1, 0)
    figure = clouds_chart(looks, "light")
    bars, line = figure.data
    assert list(bars.x) == [100, 50, 50, 0]
    assert list(bars.marker.color)[:2] == [PALETTES["light"].warn, PALETTES["light"].accent]
    assert list(line.x) == [50, 50]
    assert list(figure.layout.yaxis.ticktext) == ["L2 H1", "L1 H1", "L2 H2", "L1 H2"]
    assert clouds_table(looks)["head"][0] == "Layer 2, head 1"


def test_the_verdict_on_clouds_says_who_skips_them_and_who_does_not() -> None:
    found = clouds_verdict(four())
    assert (found.bold, found.warning) == ("1 of 4 heads skip clouds", "Layer 2, head 1 does the opposite.")
    assert found.rest == "; 2 look at them, but less than evenly."
    everywhere = Looks(np.tile([0.0, 0.5, 0.5, 0.0], (1, 2, 4, 1)), days(4), four().cloudy, np.arange(4))
    found = clouds_verdict(everywhere)
    assert not found.good
    assert found.bold == "No head skips clouds"
    assert found.warning == "2 heads look at them more than evenly, head 1 most."


def test_dropped_dates_are_drawn_as_falls_from_nothing_dropped() -> None:
    found = dropped(top=0.4, random=0.1, verdict="passes")
    figure = drops_chart(found, "light")
    (top,) = named(figure, "top")
    assert list(top.x) == [0, 1, 2, 3]
    assert list(top.y) == pytest.approx([0, -40, -80, -120])
    assert list(named(figure, "random")[0].y) == pytest.approx([0, -10, -20, -30])
    assert list(drops_table(found)["most attended, mean"]) == pytest.approx([0.4, 0.8, 1.2])


@pytest.mark.parametrize(
    ("top", "random", "verdict", "good", "bold"),
    [(0.4, 0.1, "passes", True, "Passes."), (0.01, 0.02, "fails", False, "Not faithful here.")],
)
def test_attention_that_is_not_faithful_is_shown_with_a_warning(
    top: float, random: float, verdict: str, good: bool, bold: str
) -> None:
    found = drops_verdict(dropped(top, random, verdict))
    assert (found.good, found.bold, bool(found.warning)) == (good, bold, not good)


def test_the_costs_are_said_in_points() -> None:
    said = drops_verdict(dropped(0.4, 0.1, "passes")).rest
    assert said == "The 3 most attended dates cost 120 points, 3 random ones 30 points."
    few = dropped(np.nan, np.nan, "fails")
    assert drops_verdict(few).bold == "Cannot tell."


def test_attention_and_change_are_compared_by_their_ranks() -> None:
    scores = np.tile([0.1, 0.2, 0.3, 0.4], (4, 1))[None, None]
    looks = Looks(scores, days(4), np.zeros(4, bool), np.arange(4))
    assert agreement(looks, None, np.array([0.0, 0.001, 0.002, 0.9])) == pytest.approx(1)
    assert agreement(looks, (0, 0), np.array([0.9, 0.5, 0.2, 0.1])) == pytest.approx(-1)
    assert agreement(looks, None, np.zeros(4)) is None


def dropped(top: float, random: float, verdict: str) -> xr.Dataset:
    """Two pixels, one to three dates; each costs the same again."""
    steps = np.arange(1, 4)
    values = {
        name: (("k", "pixel"), np.outer(steps, [each, each])) for name, each in (("top", top), ("random", random))
    }
    return xr.Dataset(values, {"k": steps}, {"verdict": verdict, "k": 3, "pixels": 2})


def explained(asked: int, seen: np.ndarray) -> xr.Dataset:
    scores = np.full((1, 2, asked, 5), np.nan)
    scores[..., seen] = 1 / seen.sum()
    return xr.Dataset({"attention": (("layer", "head", "asked", "looked"), scores)}, {"seen": ("time", seen)})


def test_only_dates_that_the_network_read_ask_and_are_looked_at() -> None:
    series = small_cube()[:, :, 2, 3].load()  # the second of five dates is cloudy
    seen = np.array([True, False, True, True, True])
    masked = looks_of(series, explained(5, seen), causal=False, masks=True)
    assert masked.scores.shape == (1, 2, 4, 4)
    assert masked.scores.sum(-1) == pytest.approx(np.ones((1, 2, 4)))
    assert (masked.hidden, masked.cloudy.any(), masked.index.tolist()) == (1, False, [0, 2, 3, 4])
    assert masked.row(2) == 1
    assert masked.row(1) is None
    raw = looks_of(series, explained(1, np.ones(5, bool)), causal=False, masks=False)
    assert raw.single
    assert raw.on_clouds == pytest.approx(np.full((1, 2), 0.2))


def test_dates_without_observation_are_no_clouds() -> None:
    series = small_cube()[:, :, 2, 3].load().copy()
    series.values[1] = NODATA
    seen = np.array([True, False, True, True, True])
    assert looks_of(series, explained(5, seen), causal=False, masks=False).hidden == 0


@pytest.mark.parametrize("nonsense", [None, 5, [], [9, 0], [0], ["a", "b"], "<script>", {"a": 1}, [0, -1]])
def test_a_choice_that_means_nothing_opens_the_head_that_looks_least_at_clouds(nonsense: object) -> None:
    assert head_of(four(), nonsense) == (0, 1)
    assert head_of(four(), [1, 0]) == (1, 0)
    assert head_of(four(cloudy=()), nonsense) == (0, 1)  # all of it on one date


def test_shares_keep_two_figures() -> None:
    assert [share(each) for each in (0, 1e-6, 0.0004, 0.0063, 0.0275, 0.738, 1)] == [
        "0 %", "< 0.01 %", "0.04 %", "0.6 %", "2.8 %", "74 %", "100 %",
    ]  # fmt: skip


def test_colours_end_at_the_strongest_and_nothing_stays_nothing() -> None:
    assert scaled(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert scaled(np.array([0.0, 1.0])) == pytest.approx([0, 1])


def test_ground_is_counted_by_the_date_it_looks_at() -> None:
    looked = np.array([[0, 2], [2, NONE]], np.uint16)
    hectares = looked_hectares(looked, 4, 0.01)
    assert hectares.tolist() == [0.01, 0, 0.02, 0]
    words = looked_words(days(4), hectares)
    assert words.startswith("67 % of the ground")
    assert "looks at 12 Apr most; 2 dates" in words
    season = np.datetime64("2024-01-01", "s"), np.datetime64("2024-12-31", "s")
    chart = looked_chart(days(4), hectares, limits(four()), season, "light")
    assert list(chart.data[0].y) == hectares.tolist()
    assert list(chart.data[0].marker.color) == calendar_colours(days(4), season)
    assert looked_words(days(4), np.zeros(4)) == "Nothing usable was seen of any pixel."
    assert "&lt;b&gt;" in gradient("<b>", [("0 %", "#000000"), ("1 %", "#FFFFFF")])
