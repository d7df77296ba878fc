"""A page of scores opens by itself, and names from files stay text."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eodash import metrics
from eodash.views.score_page import SCRIPT, bins, figures, write_page

CLASSES = ("dark", "bright <b>", "never")
ROW = metrics.summary([0, 0, 1, 1], np.eye(3)[[0, 1, 1, 1]] * 0.7 + 0.1, CLASSES) | {
    "title": "<script>alert(1)</script>", "data": "csv:a.csv", "deviation": 0.1, "groups": 2, "origin": "here & there",
    "notes": ["thin"],
}  # fmt: skip


def test_a_page_holds_its_figures_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    first = write_page(tmp_path / "pages", "one", ROW, {"dark": "#222222"})
    write_page(tmp_path / "pages", "two", ROW, {})
    assert {path.name for path in first.parent.iterdir()} == {"one.html", "two.html", SCRIPT}
    text = first.read_text()
    assert "https://" not in text
    assert text.count("Plotly.newPlot") == 3
    assert "<script>alert" not in text
    assert "here &amp; there" in text


def test_the_figures_show_the_row() -> None:
    confusion, classes, reliability = figures(ROW, {})
    assert confusion.data
    assert list(classes.data[0].x) == [0.5, 1.0, 0]
    assert list(reliability.data[0].y) == [0.75]


def test_bins_that_hold_nothing_are_left_out() -> None:
    assert bins(ROW["reliability"]) == [{"confidence": 0.8, "accuracy": 0.75, "share": 1.0}]
