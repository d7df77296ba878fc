"""The section that holds the input against the training data: doubts in words, figures, pixels outside."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from eodash import cards
from eodash.input_check import BandCheck, check
from eodash.preparation import Preparation
from eodash.ui import asking, cached, navigation, said_input
from eodash.ui.said import Said
from eodash.views.input_check import bands_chart, verdict_of
from tests.toys import small_cube

HERE: dict[str, Said] = {}
"""What the page of these tests is about."""


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """No queue behind the page: the first pixel lies outside, the others do not."""
    asked: list[Any] = []

    def summary(run: Any, card: Any, legend: str, dates: Any, reducers: Any, key: str) -> xr.Dataset:
        asked.append((dates, reducers))
        outside = np.full((12, 16), 0.5, np.float32)
        outside[:3] = 0.999
        return xr.Dataset({"outside": (("y", "x"), outside)})

    monkeypatch.setattr(asking, "summary_or_progress", summary)
    monkeypatch.setattr(cached, "preparation", lambda run: Preparation())
    said_input._checked.cache_clear()
    yield asked
    said_input._checked.cache_clear()


def usual(times: float = 1.0) -> xr.DataArray:
    """Every band at its training mean, times something, on nine dates in half a year; every third is cloudy."""
    card = cards.card("early-lstm-l2a")
    cube = small_cube(9)
    means = np.array(card.input.mean)[:, None, None] * np.linspace(0.2, 1.8, 16)
    cube.values[:] = np.rint(1e4 * times * means).astype(np.int16)
    clear = np.ones(cube["clear"].shape, bool)
    clear[::3] = False
    return cube.assign_coords(
        time=cube["time"].values[0] + np.arange(9) * np.timedelta64(20, "D"), clear=(("time", "y", "x"), clear)
    )


def page(cube: xr.DataArray) -> AppTest:
    run: Any = SimpleNamespace(key=str(float(cube.values.mean())))
    HERE["said"] = Said(run, cube, cards.card("early-lstm-l2a"), "landcover", 0, None, None)

    def script() -> None:
        from eodash.ui.said_input import input_check
        from tests.ui.test_said_input import HERE

        input_check(HERE["said"])

    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return " ".join(str(getattr(element, "value", "")) for element in app.main)


def test_an_input_like_the_training_raises_no_doubt_and_shows_its_figures(answers: list[Any]) -> None:
    shown = text(page(usual()))
    assert "like those of the training series" in shown
    assert "That does not make an answer right." in shown
    for words in ("<td>6 of 9</td><td>3–73</td>", "<td>160 days</td>", "<td>67 %</td><td>38–100 %</td>"):
        assert words in shown, words
    assert "▲" not in shown
    assert answers == [((8,), ("outside",))]
    assert "25 % of the pixels lie further from the training world" in shown
    assert "Not what it was trained on." in shown


def test_a_factor_is_said_in_plain_words_and_leads_to_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    led: list[str] = []
    monkeypatch.setattr(said_input, "lead", led.append)
    app = page(usual(0.1))
    assert "Your reflectances are a tenth of those the model knows." in text(app)
    (button,) = app.button
    button.click().run()
    assert led == ["series"]
    assert "series" in navigation.GROUPS["What was seen"]


def test_a_series_without_a_usable_date_is_said() -> None:
    cube = usual()
    shown = text(page(cube.assign_coords(clear=(("time", "y", "x"), np.zeros(cube["clear"].shape, bool)))))
    assert "No pixel has a date that the model can use" in shown
    assert "not known" in shown


def test_each_band_has_a_verdict_in_words() -> None:
    assert [verdict_of(BandCheck("B02", median, 0, 0, 0.1, 0.05))[2] for median in (0.12, 0.18, 0.3, np.nan)] == [
        "as usual", "unusual", "far off", "not seen",
    ]  # fmt: skip
    cube = usual()
    drawn = bands_chart(check(cube, cards.card("early-lstm-l2a"), per_unit=10_000, latitude=48.1), "dark")
    box = next(trace for trace in drawn.data if trace.type == "bar")
    dots = next(trace for trace in drawn.data if trace.type == "scatter")
    means = np.array(cards.card("early-lstm-l2a").input.mean)
    assert np.allclose(np.array(box.base) + np.array(box.x) / 2, means)
    assert np.allclose(dots.x, means, atol=1e-3)
    assert sum("as usual" in note.text for note in drawn.layout.annotations) == len(means)
