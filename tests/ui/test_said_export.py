"""Take it along: what each button gives, made when it is pressed and not before."""

from __future__ import annotations

import io
import json
import shlex
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas
import pytest
import rasterio
from streamlit.testing.v1 import AppTest

from eodash.areas import parse_box
from eodash.errors import StorageError
from eodash.request import Area
from eodash.ui import cached, said_export
from eodash.ui.said import Said
from eodash.ui.said_export import command, made, ways
from tests.export.answers import NAMES
from tests.ui.test_said_compare import here

SAID: list[Said] = []

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")


def taken(key: str, said: Said | None = None) -> bytes:
    way = next(each for each in ways(said or here()) if each.key == key)
    return made(way, "valley")()


def middle() -> Said:
    """At the second of three dates."""
    return replace(here(), index=1, place=1)


def test_rasters_are_those_of_the_chosen_date() -> None:
    with zipfile.ZipFile(io.BytesIO(taken("class", middle()))) as archive:
        names = [Path(name).name for name in archive.namelist()]
        assert names == ["class-2024-04-12.tif", "class-2024-04-12.tif.aux.xml"]
        with rasterio.open(io.BytesIO(archive.read(archive.namelist()[0]))) as file:
            assert file.read(1)[0, 12] == 1
            assert json.loads(file.tags(1)["classes"]) == list(NAMES)
    with rasterio.open(io.BytesIO(taken("confidence", middle()))) as file:
        assert file.descriptions == ("confidence after 2024-04-12",)


def test_probabilities_are_those_after_the_last_date_and_say_so() -> None:
    with rasterio.open(io.BytesIO(taken("probability", middle()))) as file:
        assert file.descriptions == NAMES
        assert file.tags(1)["time"] == "2024-04-22T10:30:00Z"
    assert "after 22 Apr" in next(way.good_for for way in ways(middle()) if way.key == "probability")


def test_hectares_go_over_all_dates() -> None:
    rows = taken("hectares", middle()).decode().splitlines()
    assert [row[1:11] for row in rows[1:]] == ["2024-04-02", "2024-04-12", "2024-04-22"]


@pytest.mark.parametrize("key", ["gpkg", "parquet"])
def test_polygons_open_elsewhere(key: str, tmp_path: Path) -> None:
    path = tmp_path / f"classes.{key}"
    path.write_bytes(taken(key))
    found = geopandas.read_file(path) if key == "gpkg" else geopandas.read_parquet(path)
    assert sorted(found["name"]) == sorted(NAMES)


def test_everything_is_one_folder_with_its_item() -> None:
    with zipfile.ZipFile(io.BytesIO(taken("all"))) as archive:
        names = {Path(name).name: name for name in archive.namelist()}
        item = json.loads(archive.read(names["item.json"]))
    assert sum(name.startswith("class-") and name.endswith(".tif") for name in names) == 3
    assert {Path(asset["href"]).name for asset in item["assets"].values()} < set(names)


def test_nothing_is_said_outside_the_area() -> None:
    said = here()
    box = said.cube.odc.geobox.extent.to_crs("EPSG:4326").boundingbox
    half = Area.of(parse_box(f"{box.left},{box.bottom},{(box.left + box.right) / 2},{box.top}").geometry)
    request = replace(said.run.request, area=half)
    said = replace(said, run=replace(said.run, request=request))
    with rasterio.open(io.BytesIO(taken("confidence", said))) as file:
        values = file.read(1)
    assert (values[:, 9:] == 255).all()
    assert (values[3:, :7] != 255).all()
    last = taken("hectares", said).decode().splitlines()[-1].split(",")
    assert sum(map(float, last[1:])) == pytest.approx(0.96, abs=0.1)


def test_the_command_asks_the_same_question() -> None:
    said = here()
    words = shlex.split(command(said))
    assert words[:4] == ["python", "-m", "eodash", "predict"]
    options = dict(word.removeprefix("--").split("=", 1) for word in words[4:])
    assert parse_box(options["aoi"]).wkt == said.run.request.area.wkt
    assert options["model"] == "early-lstm-l2a"
    assert options["dates"] == "all"
    assert (options["start"], options["end"]) == ("2024-03-01", "2024-08-31")


def test_an_area_with_a_long_outline_is_a_file() -> None:
    said = here()
    round_area = Area.of(said.run.request.area.geometry.buffer(0.001))
    said = replace(said, run=replace(said.run, request=replace(said.run.request, area=round_area)))
    assert "--aoi=area.geojson" in command(said)


def test_no_file_is_made_before_its_button_is_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object) -> None:
        raise AssertionError

    monkeypatch.setattr(said_export, "_predictions", never)
    monkeypatch.setattr(cached, "preparation", lambda run: type("Nothing", (), {"to_json": dict})())
    SAID[:] = [here()]
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    assert len(app.get("download_button")) == len(ways(here())) == 7


def page() -> None:
    from eodash.ui.said_export import take
    from tests.ui.test_said_export import SAID

    take(SAID[0])


def test_a_file_that_cannot_be_written_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("eodash.export.predictions.hectares_table", full)
    with pytest.raises(StorageError) as error:
        taken("hectares")
    assert error.value.code == "full"
