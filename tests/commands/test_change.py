"""`python -m eodash change` on files and on a toy series, and the method table of `evaluate --change`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from typer.testing import CliRunner, Result

from eodash import fetch, sources
from eodash.__main__ import app
from eodash.backend import learned
from eodash.commands import evaluate_change
from eodash.commands.change_images import chosen_day, parted
from eodash.datasets import change_table
from eodash.errors import DateError
from eodash.request import Request
from eodash.settings import settings
from eodash.sources.contract import DateResult, DateStatus, Plan
from tests.change.made import planted
from tests.change.test_chain_learned import moved
from tests.files.conftest import rooted, share
from tests.files.written import tif
from tests.test_predict_command import Toy

BOX = "-2.9,48.1,-2.88,48.112"
TOLD = {"descriptions": ("blue", "green", "red", "nir"), "scales": (1e-4,) * 4}


@pytest.fixture
def root(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> Iterator[Path]:
    """A folder of two dates, one rectangle of 20 × 30 pixels of 10 m between them."""
    share(tmp_path_factory.getbasetemp(), monkeypatch, pytestconfig)
    (tmp_path / "data").mkdir()
    for folder in rooted(tmp_path / "data", monkeypatch):
        made, _ = planted(noise=0.005)
        for day, values in (("2020-06-01", made.before), ("2021-06-01", made.after)):
            tif(folder / "two" / f"{day}.tif", (1e4 * values).astype(np.int16), **TOLD)
        yield folder


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def change(before: object, after: object, out: Path, *more: object) -> Result:
    return run("change", "--before", before, "--after", after, "--out", out, *more)


def test_two_days_of_a_folder_and_two_files_give_the_same_change(root: Path, tmp_path: Path) -> None:
    here = root / "two"
    said = change(f"{here}@2020-06-01", f"{here}@2021", tmp_path / "a")
    assert said.exit_code == 0, said.output
    assert "2020-06-01 → 2021-06-01: 6.0 ha changed" in said.output
    assert "opening: −" in said.output
    assert "minimum unit 1 ha: −" in said.output
    again = change(here / "2020-06-01.tif", here / "2021-06-01.tif", tmp_path / "b")
    assert again.exit_code == 0, again.output
    masks = []
    for name in "ab":
        with rasterio.open(tmp_path / name / "mask.tif") as file:
            masks.append(file.read(1))
    assert np.array_equal(*masks)
    assert masks[0][30:50, 40:70].mean() > 0.98


def test_what_is_written_says_how_to_make_it_again(root: Path, tmp_path: Path) -> None:
    here, more = root / "two", ("--threshold", "0.15", "--unit", "0.5", "--no-median", "--normalise", "none")
    said = change(f"{here}@2020", f"{here}@2021", tmp_path / "a", *more)
    assert said.exit_code == 0, said.output
    made = json.loads((tmp_path / "a" / "settings.json").read_text())
    said = run(*made["asked"]["command"], "--out", tmp_path / "b")
    assert said.exit_code == 0, said.output
    again = json.loads((tmp_path / "b" / "settings.json").read_text())
    assert again["found"] == made["found"]
    assert again["settings"]["by_hand"] == 0.15
    assert made["asked"]["requests"][0]["source"] == "files"


def test_a_network_measures_and_what_is_written_names_its_weights(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned, "measure", moved)
    here = root / "two"
    said = change(f"{here}@2020", f"{here}@2021", tmp_path / "a", "--method", "fc-siam-diff")
    assert said.exit_code == 0, said.output
    assert "threshold 0.5 (half)" in said.output
    told = json.loads((tmp_path / "a" / "settings.json").read_text())
    assert (told["settings"]["method"], told["found"]["rule"], told["found"]["unit"]) == ("fc-siam-diff", "half", "1")
    assert told["asked"]["network"]["card"] == "fc-siam-diff"
    assert len(told["asked"]["network"]["weights"]) == 64
    assert told["found"]["hectares"] == pytest.approx(6, abs=0.3)


def test_what_is_no_pair_is_a_typed_error_and_writes_nothing(root: Path, tmp_path: Path) -> None:
    here = root / "two"
    small = np.full((4, 30, 30), 900, np.int16) + np.arange(30, dtype=np.int16)
    tif(root / "2022-06-01.tif", small, **TOLD)
    tif(root / "2023-06-01.tif", np.full((4, 96, 96), 900, np.int16), **TOLD)
    tif(root / "2024-06-01.tif", np.full((4, 96, 96), -1, np.int16), **TOLD, nodata=-1)
    tif(root / "2025-06-01.tif", np.tile(np.arange(96, dtype=np.uint8), (4, 96, 1)), descriptions=TOLD["descriptions"])
    first = f"{here}@2020"
    for after, more, name in (
        (f"{here}@1999", (), "DateError no_such_date"),
        (here, (), "DateError several_dates"),
        (root / "2022-06-01.tif", (), "RasterError grid"),
        (root / "2023-06-01.tif", (), "RasterError constant"),
        (root / "2024-06-01.tif", (), "RasterError no_common_pixel"),
        (root / "2025-06-01.tif", (), "RasterError scale"),
        ("/etc/passwd", (), "RasterError outside_root"),
        (f"{here}@2021", ("--threshold", "77"), "RasterError threshold"),
    ):
        said = change(first, after, tmp_path / "out", *more)
        assert (said.exit_code, name in said.output, "→" in said.output) == (1, True, True), said.output
        assert not (tmp_path / "out").exists()


def test_one_date_twice_has_not_changed_and_that_is_said(root: Path, tmp_path: Path) -> None:
    said = change(f"{root}/two@2020", f"{root}/two@2020", tmp_path / "out")
    assert said.exit_code == 0, said.output
    assert "0.0 ha changed" in said.output
    assert "same image" in said.output


def test_words_that_are_no_settings_are_refused(tmp_path: Path) -> None:
    for more in (("--method", "magic"), ("--normalise", "no"), ("--threshold", "high"), ("--unit", "-1")):
        said = change("a", "b", tmp_path / "out", *more)
        assert said.exit_code == 2, said.output


def test_a_folder_that_is_there_stops_it_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert "StorageError exists" in change("nowhere@2020", "nowhere@2021", tmp_path / "out").output


class Moving(Toy):
    """Images of the planted pair: before the middle of June as it was, then as it is."""

    def plan(self, request: Request) -> Plan:
        made = super().plan(request)
        days = [np.datetime64(day) for day in (request.period.start, request.period.end)]
        dates = tuple(each for each in made.dates if days[0] <= each.time.astype("datetime64[D]") <= days[1])
        if not dates:
            from eodash.cube import no_dates

            raise no_dates()
        return Plan(request, made.sensor, made.geobox, dates, (), {})

    def read(self, plan: Plan, date: object) -> DateResult:
        made, _ = planted(noise=0.005)
        shown = made.before if date.time < np.datetime64("2024-06-10") else made.after  # type: ignore[attr-defined]
        rows, columns = plan.geobox.shape
        tiled = np.tile(shown, (1, 3, 3))[:, :rows, :columns]
        bands = len(plan.request.bands)
        values = (1e4 * np.concatenate([tiled] * 3)[:bands]).astype(np.int16)
        rng = np.random.default_rng(int(date.time.astype(int)) % 1000)  # type: ignore[attr-defined]
        noisy = values + rng.normal(0, 20, values.shape).astype(np.int16)
        return DateResult(DateStatus(date.time, "used", clear=1.0), noisy, np.ones((rows, columns), bool))  # type: ignore[attr-defined]


@pytest.fixture
def series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moving]:
    monkeypatch.setenv("EODASH_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    made = Moving()
    for module in (fetch, sources):
        monkeypatch.setattr(module, "source", lambda name: made)
    yield made
    settings.cache_clear()


def test_two_days_of_a_series_are_fetched_once_and_compared(tmp_path: Path, series: Moving) -> None:
    said = change("2024-06-02", "2024-06-12", tmp_path / "out", "--aoi", BOX)
    assert said.exit_code == 0, said.output
    assert "2024-06-02 → 2024-06-12" in said.output
    assert json.loads((tmp_path / "out" / "settings.json").read_text())["found"]["hectares"] > 4
    shutil.rmtree(tmp_path / "out")
    said = change(
        "2024-06-02", "2024-06-12", tmp_path / "out", "--aoi", BOX, "--method", "ir-mad", "--threshold", "otsu"
    )
    assert said.exit_code == 0, said.output
    told = json.loads((tmp_path / "out" / "settings.json").read_text())
    assert told["settings"]["method"] == "ir-mad"
    assert told["asked"]["aoi"]["geometry"]["type"] == "Polygon"


def test_a_day_without_an_image_names_those_that_have_one(tmp_path: Path, series: Moving) -> None:
    said = change("2024-06-03", "2024-06-12", tmp_path / "out", "--aoi", BOX)
    assert said.exit_code == 1
    assert "DateError no_such_date" in said.output
    assert "2024-06-02, 2024-06-07" in said.output


def test_the_method_table_of_worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_change, "SIZE", 96)
    monkeypatch.setattr(change_table, "change_shelf", lambda: {"fc-siam-diff": None})
    monkeypatch.setattr(learned, "measure", moved)
    out = tmp_path / "rows.json"
    said = run("evaluate", "--change", "--data", "world", "--series", 1, "--json", out)
    assert said.exit_code == 0, said.output
    assert "of the labelled pixels changed, so “no change” alone has accuracy" in said.output
    assert "* cva, pif" in said.output
    assert "  fc-siam-diff" in said.output
    rows = json.loads(out.read_text())
    assert sum(row["default"] for row in rows) == 1
    assert next(row["threshold"] for row in rows if row["method"] == "fc-siam-diff") == "half"
    assert set(rows[0]["nuisances"]) == {"season", "light", "haze", "shift"}


@pytest.mark.parametrize(
    "words",
    [(), ("--model", "lstm-l2a"), ("--change", "--model", "lstm-l2a"), ("--change", "--data", "gunpoint"),
     ("--change", "--data", "world", "--split", "sunday")],
)  # fmt: skip
def test_evaluate_says_what_it_needs(words: tuple[str, ...]) -> None:
    assert run("evaluate", *words).exit_code == 2


def test_taizhou_without_its_folder_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EODASH_REAL_DATA", raising=False)
    settings.cache_clear()
    said = run("evaluate", "--change", "--data", "taizhou")
    settings.cache_clear()
    assert "RasterError no_file" in said.output
    assert "EODASH_REAL_DATA" in said.output


def test_a_path_may_hold_an_at_sign() -> None:
    assert parted("a@b/c@2020-06-01") == ("a@b/c", "2020-06-01")
    assert parted("a@b") == ("a@b", "")
    assert parted("@2020") == ("@2020", "")
    assert chosen_day(["2020-06-01", "2020-07-01"], "2020-07", "x") == "2020-07-01"
    with pytest.raises(DateError, match="2 dates of 2020"):
        chosen_day(["2020-06-01", "2020-07-01"], "2020", "x")
