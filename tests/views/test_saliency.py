"""What the saliency page draws and says: numbers known by hand, and lines of code that run."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import numpy as np
import pytest
import rioxarray  # noqa: F401
import xarray as xr

from eodash.cards import card
from eodash.sources.contract import NODATA
from eodash.views.panels import column, dates_of
from eodash.views.saliency import band_table, saliency_of, table
from eodash.views.saliency_code import code
from eodash.views.saliency_panel import band_bars, heat_panel, occlusion_panel, saliency_panel
from eodash.views.saliency_words import band_reading, map_reading, percent, reading

TIMES = np.array(["2024-04-01", "2024-05-01", "2024-06-01", "2024-07-01"], "datetime64[s]")
LIMITS = np.datetime64("2024-03-25"), np.datetime64("2024-07-08")
BANDS = ["B04", "B08", "B11"]


def series(clear=(True, False, True, True)) -> xr.DataArray:
    values = np.full((4, 3), 2000, np.int16)
    return xr.DataArray(
        values, {"time": TIMES, "band": BANDS, "clear": ("time", list(clear))}, ("time", "band"),
        attrs={"sensor": "sentinel-2-l2a", "units": "reflectance"},
    )  # fmt: skip


def explained(gradient=None, date=3, seen=(True,) * 4, **more) -> xr.Dataset:
    values = np.zeros((4, 3)) if gradient is None else np.asarray(gradient, float)
    return xr.Dataset(
        {"gradient": (("time", "band"), values), "integrated": (("time", "band"), values),
         "occlusion_time": ("time", values.sum(1)), "occlusion_band": ("band", values.sum(0))},
        {"time": TIMES, "band": BANDS, "seen": ("time", list(seen))},
        {"winner": "corn <b>", "score": 0.8, "baseline_score": 0.2, "gap": 0.001, "date": date, **more},
    )  # fmt: skip


GRADIENT = [[0.0, 1.0, 0.0], [0.0, 0.1, 0.0], [-4.0, 5.0, 0.0], [0.0, -0.1, 0.0]]


def found(method="gradient", gradient=GRADIENT, clear=(True, False, True, True), **more):
    one = series(clear)
    return saliency_of(explained(gradient, **more), one, dates_of(one), method)


def test_a_quarter_of_the_dates_is_cloudy_and_carries_a_hundredth():
    one = found()
    assert one.cloudy_share == pytest.approx(0.25)
    assert one.share_on_clouds == pytest.approx(0.1 / 10.2)
    said = reading(one)
    assert "Clouds are 25 % of the dates and carry 1.0 % of the absolute gradient" in said
    assert "learnt to step over them" in said
    assert "near-IR on 1 Jun, which raises p(corn <b>)" in said


def test_dates_after_that_of_the_score_count_for_nothing():
    one = found(date=0, gradient=[[1.0, 0, 0], *[[0.0] * 3] * 3], seen=(True, False, False, False))
    assert one.cloudy_share == 0
    assert reading(one).startswith("No date is cloudy.")


def test_of_a_model_that_is_not_shown_clouds_nothing_is_claimed_about_them():
    one = found(gradient=[[1.0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]], seen=(True, False, True, True))
    assert one.share_on_clouds == 0
    assert "is not shown them" in reading(one)


def test_colours_are_symmetric_and_the_middle_is_nothing():
    drawn = column([heat_panel(found(), "light")], found().dates, LIMITS, None, "light")
    heat = next(each for each in drawn.data if each.type == "heatmap")
    assert heat.zmin == -heat.zmax
    assert heat.colorscale[2] == (0.5, "#F6F6F4")
    assert [len(row) for row in heat.z] == [7, 7, 7]
    assert heat.z[1][4] == 5  # the third date, between gaps
    assert heat.z[1][3] is None


def test_lines_have_the_colours_of_their_bands_and_stop_at_the_score():
    one = found(date=2, seen=(True, True, True, False))
    drawn = column([saliency_panel(one, "light")], one.dates, LIMITS, TIMES[2], "light")
    red = next(each for each in drawn.data if each.name == "red")
    assert red.line.color == "#B3261E"
    assert list(red.y) == [0, 0, -4]
    titles = [note.text for note in drawn.layout.annotations]
    assert any("p(corn &lt;b&gt;)" in title for title in titles)  # names are escaped


def test_bars_of_occlusion_are_points_orange_for_and_blue_against():
    one = found("occlusion", [[0.1, 0, 0], [0, 0, 0], [0, -0.05, 0], [0, 0, 0]])
    drawn = column([occlusion_panel(one, "light")], one.dates, LIMITS, None, "light")
    bars = next(each for each in drawn.data if each.name == "without it")
    assert list(bars.y) == [10, 0, -5, 0]
    assert bars.marker.color[0] != bars.marker.color[2]
    assert "Without 1 Apr p(corn <b>) falls by 10.0 points" in reading(one)
    assert "red at its mean" in band_reading(one)
    assert list(band_bars(one, "dark").data[0].x) == [10, -5, 0]


def test_shares_add_up_in_words():
    one = found("integrated", [[0.2, 0.1, 0], [0, 0, 0], [0.3, 0, 0], [0, 0, 0]])
    assert "add up to +60 points: from 20 % for the mean spectrum to 80 %" in reading(one)


def test_one_date_has_nothing_left_without_it():
    one = found("occlusion", [[np.nan, 0, 0]] + [[0.0] * 3] * 3, date=0, seen=(True, False, False, False))
    assert "nothing is left without it" in reading(one)
    assert percent(0) == "0 %"
    assert percent(0.0004) == "0.04 %"


@pytest.mark.parametrize("method", ["gradient", "integrated", "occlusion"])
def test_nothing_seen_is_said_and_drawn_as_nothing(method):
    one = found(method, None, (False,) * 4, seen=(False,) * 4)
    assert "Nothing had been observed" in reading(one)
    column([saliency_panel(one, "dark")], one.dates, LIMITS, TIMES[0], "dark")
    assert not table(one, series())["date"]


def test_tables_hold_what_is_drawn():
    rows = table(found(), series())
    assert rows["gradient B08"] == [1.0, 0.1, 5.0, -0.1]
    assert rows["cloudy"] == [False, True, False, False]
    assert band_table(found())["sum of sizes over the dates"] == [4.0, 6.2, 0.0]


def test_a_map_says_how_much_a_tenth_carries():
    values = np.ones((10, 10), np.float32)
    values[0] = 9
    assert "carries 50 %" in map_reading(values, "1 Jun")
    assert "No pixel" in map_reading(np.full((2, 2), np.nan), "1 Jun")


@pytest.mark.parametrize("name", ["causal-transformer-l1c", "temp-cnn-l2a"])
def test_the_few_lines_run_and_say_what_the_page_says(name):
    import torch

    from eodash.backend.attribution import gradient_of
    from eodash.backend.engine import series_at
    from eodash.backend.pixels import Pixels
    from eodash.backend.weights import load
    from eodash.datasets.parcels import days_of

    model = card(name)
    draw = np.random.default_rng(3)
    values = draw.uniform(300, 4000, (9, len(model.input.bands), 2, 2)).astype(np.int16)
    values[4, :, 1, 0] = NODATA
    times = np.datetime64("2024-04-01", "ns") + np.arange(9) * np.timedelta64(12, "D")
    cube = xr.DataArray(
        values, {"time": times, "band": list(model.input.bands), "y": [48.0, 47.9], "x": [11.0, 11.1],
                 "clear": (("time", "y", "x"), draw.random((9, 2, 2)) > 0.3)}, ("time", "band", "y", "x"),
    )  # fmt: skip
    cube = cube.rio.write_crs(4326)
    series = series_at(cube, 1, 0)
    mask = (series.values != NODATA).all(1) & (series["clear"].values | (model.input.level == "l1c"))
    days = days_of(times.astype("datetime64[s]"), series.attrs["latitude"])
    pixels = Pixels(series.values[..., None], np.asarray(days, np.float32), mask[None], 1e-4)
    ours = gradient_of(load(model), model, "landcover", pixels, 6)

    ran: dict[str, object] = {"cube": cube}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(code("", model, "landcover", (1, 0), 7, "12 Jun 2024", NODATA), ran)
    theirs = ran["gradient"]
    assert isinstance(theirs, torch.Tensor)
    np.testing.assert_allclose(theirs.numpy(), ours["gradient"][:7], atol=1e-5 * np.abs(ours["gradient"]).max())
    assert model.legends["landcover"][ours["winner"]].name in said.getvalue()


def test_a_card_of_ones_own_is_named_as_it_is():
    own = replace(card("lstm-l1c"), name="it's-mine")
    assert '"it\'s-mine"' in code("cube = None", own, "landcover", (0, 0), 1, "1 May", NODATA)
