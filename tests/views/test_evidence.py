"""Evidence is drawn from the finding alone."""

from __future__ import annotations

import pytest

from eodash.doctor import Finding, examine
from eodash.views.evidence import caption, evidence
from tests.doctor import faults
from tests.doctor.scenes import scene


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_fault_of_bands_is_drawn_as_histograms_over_the_expected_range(mode):
    (finding,) = examine(faults.shifted(scene(), -1000))
    drawn = evidence(finding, mode)
    assert [trace.type for trace in drawn.data] == ["bar"] * len(finding.evidence["histograms"])
    assert sum(shape.type == "rect" for shape in drawn.layout.shapes) == len(drawn.data)
    assert "Shaded" in caption(finding)


def test_a_fault_of_dates_is_drawn_on_the_calendar():
    (finding,) = examine(faults.twice(scene(), 1, 3))
    meant = evidence(finding, "light").data[1]
    assert [str(time)[:19] for time in meant.x] == list(finding.dates)


def test_names_from_files_are_not_read_as_markup():
    histogram = {"band": "<b>", "title": "<b>", "edges": [0, 1], "counts": [1], "expected": None, "measured": [0, 1]}
    finding = Finding("clipped", "", "", "warn", evidence={"histograms": [histogram]})
    assert "&lt;b&gt;" in evidence(finding, "light").layout.annotations[0].text


def test_a_finding_without_evidence_gives_an_empty_figure():
    assert not evidence(Finding("scale", "", "why", "bad"), "dark").data
