"""A figure: its question, its words, its data and what takes it along, in Streamlit's own test runner."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from eodash.ui import figure as under_test
from eodash.ui.figure import buttons, figure
from eodash.ui.folders import FOLDERS
from tests.ui.test_frame import said

HOSTILE = "'\"><img src=x onerror=alert(1)>"
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")


def numbers() -> pd.DataFrame:
    return pd.DataFrame({"date": np.array(["2024-05-01", "2024-05-06"], "datetime64[s]"), "share": [0.25, 0.5]})


def drawn(**more: Any) -> AppTest:
    """A page with one figure."""

    def page(given: dict) -> None:  # type: ignore[type-arg]  # runs alone, without the names of this file
        import plotly.graph_objects as go

        from eodash.ui.figure import figure

        figure(go.Figure(), "shares", **given)

    given = {"question": "How much?", "caption": "Little.", "alt": "Two shares", "table": numbers} | more
    return AppTest.from_function(page, kwargs={"given": given}, default_timeout=30).run()


class Opened:
    """A popover that somebody has opened."""

    open = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        pass

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_it_asks_and_says_in_words_what_it_shows() -> None:
    app = drawn()
    assert not app.exception
    assert "<h2 class='eo-section'>How much?</h2><p class='eo-caption'>Little.</p>" in said(app).replace('\\"', '"')
    assert "Two shares" in said(app)


def test_the_question_may_stand_elsewhere_on_the_page() -> None:
    assert "eo-section" not in said(drawn(heading=False))
    assert "Little." in said(drawn(heading=False))


def test_png_svg_and_a_large_view_are_buttons_that_say_what_they_do() -> None:
    html = buttons("shares", "How much?", "Two shares")
    assert re.findall(r"<button type='button'[^>]*data-take='(\w+)'", html) == ["png", "svg", "large"]
    assert re.findall(r"aria-label='([^']+)'", html) == [
        "Download as PNG: How much?",
        "Download as SVG: How much?",
        "Show large: How much?",
    ]
    assert "data-name='shares'" in html


def test_the_script_of_the_buttons_lies_where_they_look_for_it() -> None:
    assert under_test.SCRIPT == "/eodash/assets/figure.js"
    assert "eo-take" in (FOLDERS["assets"] / "figure.js").read_text()


def test_words_of_others_stay_words() -> None:
    html = buttons(HOSTILE, HOSTILE, HOSTILE)
    assert "<img" not in html
    assert html.count("'") == buttons("a", "b", "c").count("'")


def test_data_is_made_when_somebody_opens_it_and_not_before() -> None:
    made: list[int] = []

    def table() -> pd.DataFrame:
        made.append(1)
        return numbers()

    drawn(table=table)
    assert made == []


@pytest.mark.parametrize("table", [numbers, numbers()])
def test_data_is_a_table_and_a_file_of_the_figures_name(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[Callable[[], bytes], str]] = []
    monkeypatch.setattr(under_test.st, "popover", Opened)
    monkeypatch.setattr(
        under_test.st, "download_button", lambda label, data, name, mime, **options: taken.append((data, name))
    )
    app = drawn(table=table)
    assert not app.exception
    assert app.dataframe[0].value["share"].tolist() == [0.25, 0.5]
    (bytes_of, name), *rest = taken
    assert (name, rest) == ("shares.csv", [])
    assert bytes_of().decode().splitlines() == ["date,share", "2024-05-01,0.25", "2024-05-06,0.5"]


def test_names_of_rows_are_kept_where_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Callable[[], bytes]] = []
    monkeypatch.setattr(under_test.st, "popover", Opened)
    monkeypatch.setattr(under_test.st, "download_button", lambda label, data, *_, **options: taken.append(data))
    drawn(table=lambda: pd.DataFrame({"right": [0.9]}, pd.Index(["maize"], name="class")))
    assert taken[0]().decode().splitlines() == ["class,right", "maize,0.9"]


def test_it_answers_with_what_is_selected(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def chart(*arguments: Any, **options: Any) -> str:
        asked.update(options)
        return "chosen"

    monkeypatch.setattr(under_test.st, "plotly_chart", chart)
    given = {"question": "How much?", "alt": "Two shares", "table": numbers}
    assert figure(go.Figure(), "one", **given) == "chosen"  # type: ignore[arg-type]
    assert (asked["on_select"], asked["key"], asked["alt"]) == ("ignore", "one", "Two shares")
    figure(go.Figure(), "two", on_select="rerun", **given)  # type: ignore[arg-type]
    assert asked["on_select"] == "rerun"
