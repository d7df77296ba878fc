"""The drawings of the change page: pictures, histogram, directions, scatter, flows; answers known by hand."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from eodash.change.chain import Settings, detect
from eodash.change.normalise import Fit, Normalised
from eodash.change.post import Step
from eodash.change.scored import FALSE_ALARM, HIT, MISS, NOT_KNOWN, REJECTED, scores, verdicts
from eodash.views.change_chip import HALF, TIMES, chip
from eodash.views.change_flow import flows, sankey, transition_frame, transition_table
from eodash.views.change_histogram import BARS, binned, magnitude_table, magnitudes
from eodash.views.change_map import (
    NOTHING,
    UNSEEN,
    mask_key,
    of_classes,
    of_dates,
    of_mask,
    of_verdicts,
    painted,
    verdict_key,
)
from eodash.views.change_polar import Moved, angles, polar, restricted, sector_name
from eodash.views.change_scatter import fit_table, fit_words, scatter
from eodash.views.change_spectra import Shown, spectra, spectra_table
from eodash.views.change_words import cleaned, percent, scored, unscored
from eodash.views.picture import Look, warp_of
from eodash.views.theme import PALETTES
from tests.change.made import pair, planted
from tests.toys import geobox, small_cube

MODES = ("light", "dark")


def test_hit_false_alarm_and_miss_have_their_colours_and_the_rest_is_the_scene_in_dark() -> None:
    found = np.full((12, 16), REJECTED, np.uint8)
    found[2:4, 2:4], found[2:4, 6:8], found[2:4, 10:12] = HIT, FALSE_ALARM, MISS
    found[8:10] = NOT_KNOWN
    tones, colours = of_verdicts(found)
    assert [colours[tones[2, x]] for x in (2, 6, 10)] == ["#FFFFFF", "#00A65A", "#D633A1"]
    grey, seen = np.full((12, 16), 200, np.uint8), np.ones((12, 16), bool)
    picture = Image.open(io.BytesIO(painted(tones, colours, grey, seen, warp_of(geobox()))))
    shown = {tone for _, tone in picture.convert("RGB").getcolors(10**6)}
    assert {(255, 255, 255), (0, 0xA6, 0x5A), (0xD6, 0x33, 0xA1)} <= shown
    dark = round(0.28 * 200 + 14)
    assert (dark, dark, dark) in shown
    assert (200, 200, 200) not in shown


def test_tones_say_what_changed_what_did_not_and_what_nobody_saw() -> None:
    mask, usable = np.array([[True, False, False]]), np.array([[True, True, False]])
    assert of_mask(mask, usable)[0].tolist() == [[0, NOTHING, UNSEEN]]
    times = np.datetime64("2023-01-01", "s") + np.arange(3) * np.timedelta64(30, "D")
    tones, colours = of_dates(np.array([[2, 65535, 0]], np.uint16), times, (times[0], times[-1]), usable)
    assert tones.tolist() == [[2, NOTHING, UNSEEN]]
    assert (colours[0], colours[2]) == ("#1B0C6B", "#F3F075")
    tones, _ = of_classes(np.array([[4, 4, 4]], np.uint8), mask, usable, ["#000000"] * 5)
    assert tones.tolist() == [[4, NOTHING, UNSEEN]]


def test_the_keys_count_hectares() -> None:
    found = np.array([[HIT] * 20, [FALSE_ALARM] * 20, [MISS] * 20, [REJECTED] * 20], np.uint8)
    said = verdict_key(found[:, :10], 2.0)
    assert said.count("20 ha") == 4
    assert [said.index(each) for each in ("hit", "false alarm", "unchanged", "miss")] == sorted(
        said.index(each) for each in ("hit", "false alarm", "unchanged", "miss")
    )
    assert "not seen" not in mask_key(1, 2, 0)
    assert "not seen on both 3.0 ha" in mask_key(1, 2, 3)


@pytest.mark.parametrize("mode", MODES)
def test_the_histogram_is_of_square_roots_and_changes_its_colour_at_the_threshold(mode) -> None:
    found = detect(planted(0.004)[0], Settings(normalise="none"))
    edges, counts = binned(found)
    drawn = magnitudes(found, mode)
    bars = drawn.data[0]
    assert len(counts) == BARS
    assert counts.sum() == np.isfinite(found.magnitude).sum()
    assert np.allclose(bars.y, np.sqrt(counts))
    above = (edges[1:] + edges[:-1]) / 2 > found.threshold.value
    assert [tone == PALETTES[mode].accent for tone in bars.marker.color] == above.tolist()
    assert f"threshold {found.threshold.value:.3g}" in [note.text for note in drawn.layout.annotations]
    assert {"no change", "change"} <= {note.text for note in drawn.layout.annotations}
    assert list(magnitude_table(found)) == ["from", "to", "pixels", "fitted, no change", "fitted, change"]


def test_two_equal_dates_can_be_drawn() -> None:
    still = planted()[0]
    found = detect(replace(still, after=still.before))
    assert magnitudes(found, "light").data[0].y.sum() > 0


def moved() -> Moved:
    """Four pixels that moved right, up, left and down; the last was not seen."""
    first = (np.zeros((1, 5)), np.array([[1.0, 0, -1, 0, 1]]))
    second = (np.zeros((1, 5)), np.array([[0.0, 1, 0, -1, 1]]))
    usable = np.array([[True, True, True, True, False]])
    return Moved(np.array([[1.0, 2, 3, 4, np.nan]]), angles(first, second, usable), usable, 0.5, 2.0, ("red", "NDVI"))


def test_directions_are_counted_in_sectors_and_restrict_the_map() -> None:
    found = moved()
    assert found.sector.tolist() == [[0, 2, 4, 6, -1]]
    assert found.hectares().tolist() == [2, 0, 2, 0, 2, 0, 2, 0]
    assert restricted(found.changed, found, (0, 6)).tolist() == [[True, False, False, True, False]]
    assert restricted(found.changed, found, ()).tolist() == found.changed.tolist()
    assert [sector_name(each, found.names) for each in (0, 3, 6)] == ["red up", "red down, NDVI up", "NDVI down"]


def test_the_louder_of_two_changes_does_not_drown_the_other() -> None:
    quiet = (np.zeros((1, 2)), np.array([[0.01, -0.01]]))
    loud = (np.zeros((1, 2)), np.array([[50.0, -50.0]]))
    assert np.allclose(angles(quiet, loud, np.ones((1, 2), bool)), [[np.pi / 4, -3 * np.pi / 4]])


@pytest.mark.parametrize("mode", MODES)
def test_the_arrows_of_the_scatter_name_their_sectors(mode) -> None:
    drawn = polar(moved(), (2,), mode)
    arrows = drawn.data[-1]
    assert list(arrows.customdata) == list(range(8))
    assert "NDVI up: 2.0 ha" in arrows.hovertext
    assert np.hypot(drawn.data[1].x, drawn.data[1].y).max() <= 1 + 1e-9


def test_the_line_is_told_with_its_error_on_pixels_held_out() -> None:
    made = pair(np.zeros((2, 4, 4)), np.ones((2, 4, 4)))
    fits = (Fit("b0", 1.25, -0.01, 0.02, 0.005), Fit("b1", 1.0, 0.0, 0.002, 0.003))
    similar = Normalised(made, "pif", fits, np.eye(4, dtype=bool))
    assert fit_words(similar, "b0") == (
        "before = 1.250 · after − 0.01. On a third of the pixels, held out, the dates differ by 0.02 as they are and "
        "0.005 with the line: less."
    )
    assert fit_words(similar, "b1").endswith("not less.")
    assert "no line" in fit_words(Normalised(made, "z-score"), "b0")
    assert fit_table(similar)["slope"].tolist() == [1.25, 1.0]
    drawn = scatter(made, similar, "b0", "light")
    assert [len(trace.x) for trace in drawn.data[:2]] == [12, 4]
    line = drawn.data[-1]
    assert np.allclose(line.y, -0.01 + 1.25 * np.asarray(line.x))


HECTARES = np.array([[50.0, 20.0, 0.0], [0.0, 30.0, 0.01], [5.0, 0.0, 0.0]])
NAMES, TONES = ("maize", "<b>", "water"), ("#FF8415", "#257B54", "#2883EA")


@pytest.mark.parametrize("mode", MODES)
def test_only_what_changed_flows(mode) -> None:
    assert flows(HECTARES) == [(0, 1, 20.0), (2, 0, 5.0)]
    (drawn,) = sankey(HECTARES, NAMES, TONES, mode).data
    assert list(drawn.node.label) == ["maize 20", "water 5.0", "maize 5.0", "<b> 20"]
    assert list(drawn.link.value) == [20, 5]
    assert (list(drawn.link.source), list(drawn.link.target)) == ([0, 1], [3, 2])


def test_the_table_of_transitions_escapes_names_and_leaves_out_next_to_nothing() -> None:
    said = transition_table(HECTARES, NAMES, TONES)
    assert "<b>20</b>" in said
    assert "&lt;b&gt;" in said
    assert "0.0" not in said
    assert transition_frame(HECTARES, NAMES).loc["maize", "<b>"] == 20
    assert "water" not in transition_table(np.diag([1.0, 2.0, 3.0]), NAMES, TONES)  # nothing goes anywhere


def test_spectra_of_both_dates_in_reflectance() -> None:
    one = small_cube()[:, :, 3, 4]
    shown = [Shown(0, "before", "#000000"), Shown(1, "after", "#FF0000", "dot")]
    drawn = spectra(one, shown, "light")
    first, second = (trace for trace in drawn.data if len(trace.x) > 1)
    assert first.y[0] == pytest.approx(0.01)
    assert second.name.endswith("cloudy")
    assert spectra_table(one, shown)["before, 2024-04-02"].tolist()[0] == pytest.approx(0.01)


def test_a_chip_at_the_edge_is_grey_where_the_picture_ends() -> None:
    picture = Image.open(io.BytesIO(chip(small_cube(), 0, Look(), (0, 0)))).convert("RGB")
    assert picture.size == ((2 * HALF + 1) * TIMES,) * 2
    assert np.abs(np.array(picture.getpixel((3, 3))) - 140).max() < 12


def test_accuracy_never_stands_without_how_rare_change_is() -> None:
    truth, mask = np.zeros(100, bool), np.zeros(100, bool)
    truth[:2], mask[1:5] = True, True
    said = scored(scores(mask, truth, np.ones(100, bool)))
    for part in ("kappa <b>0.32</b>", "accuracy <b>0.960</b>", "2.0 % changed", "accuracy 0.980", "3.1 % of the unch"):
        assert part in said
    nothing = scored(scores(mask, np.zeros(100, bool), np.ones(100, bool)))
    assert "nothing changed" in nothing
    assert "Nobody knows the truth" in unscored(12, 0.2, 0.9)
    assert verdicts(mask, truth, np.ones(100, bool)).max() == MISS
    assert [percent(each) for each in (0, 0.0004, 0.025, 0.41)] == ["0.0 %", "under 0.1 %", "2.5 %", "41 %"]


def test_each_step_of_cleaning_says_what_it_took() -> None:
    said = cleaned(50, [Step("median 3 × 3", 100, 20, 42), Step("minimum unit 1 ha", 10, 0, 41)], 0.1)
    assert "−10 ha, +2.0 ha" in said
    assert "<td>−1.0 ha</td><td>41 ha</td>" in said
