"""What a model said, as files that other programs read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
from pystac import Item
from pystac.extensions.classification import Classification
from pystac.validation import validate_dict
from rio_cogeo import cog_validate

from eodash.backend.questions import NOTHING, SURE
from eodash.errors import StorageError
from eodash.export.map_polygons import polygons
from eodash.export.map_rasters import STEPS
from eodash.export.predictions import Predictions, hectares_table, outputs, write_folder
from eodash.export.stac_item import classification
from tests.export.answers import COLOURS, NAMES, answer, card
from tests.toys import geobox

GROUND = 0.01  # hectares of a pixel


def predictions(**more: object) -> Predictions:
    told = {"request": json.dumps({"source": "demo"}), "software": "eodash", "dates": "x" * 2**16}
    return Predictions(**{"answer": answer(), "geobox": geobox(), "card": card(), "key": "k" * 40, "told": told} | more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "here"
    write_folder(predictions(), out)
    return out


def test_a_probability_of_one_is_what_the_backend_says() -> None:
    assert STEPS == SURE


def test_everything_is_there(folder: Path) -> None:
    days = ("2024-04-02", "2024-04-12", "2024-04-22")
    wanted = {f"class-{day}.tif" for day in days} | {f"class-{day}.tif.aux.xml" for day in days}
    wanted |= {f"confidence-{day}.tif" for day in days} | {"probability-2024-04-22.tif", "hectares.csv"}
    wanted |= {"classes-2024-04-22.gpkg", "classes-2024-04-22.parquet", "item.json", "predictions.json"}
    assert {path.name for path in folder.iterdir()} == wanted


def test_every_raster_is_a_valid_cog(folder: Path) -> None:
    rasters = sorted(folder.glob("*.tif"))
    assert len(rasters) == 7
    for path in rasters:
        assert cog_validate(path, strict=True) == (True, [], []), path.name


def test_a_class_raster_has_its_colours_and_its_names(folder: Path) -> None:
    with rasterio.open(folder / "class-2024-04-22.tif") as file:
        assert (file.read(1) == answer()["said"].values[2]).all()
        assert file.nodata == NOTHING
        assert file.colormap(1)[2] == (0x28, 0x83, 0xEA, 255)
        assert file.colormap(1)[NOTHING][3] == 0
        assert json.loads(file.tags(1)["classes"]) == list(NAMES)
        assert file.descriptions == ("class after 2024-04-22",)
        assert file.transform == geobox().affine
        assert file.tags()["request"] == '{"source": "demo"}'
        assert "dates" not in file.tags()  # longer than a tag should be


def test_gdal_itself_reads_the_names(folder: Path) -> None:
    from rasterio.shutil import copy

    copy(folder / "class-2024-04-22.tif", folder / "seen.vrt", driver="VRT")
    text = (folder / "seen.vrt").read_text("utf-8")
    (folder / "seen.vrt").unlink()
    assert "<Category>lake &amp; shore</Category>" in text


def test_confidence_and_probability_are_between_zero_and_one(folder: Path) -> None:
    with rasterio.open(folder / "confidence-2024-04-22.tif") as file:
        assert file.read(1)[0, 0] == file.nodata == NOTHING
        assert file.read(1)[-1, 5] * file.scales[0] == pytest.approx(1)
    with rasterio.open(folder / "probability-2024-04-22.tif") as file:
        values = file.read()
        assert file.descriptions == NAMES
        assert values[:, -1, 5].tolist() == [0.25, 0.25, 0.5]
        assert np.isnan(file.nodata)
        assert np.isnan(values[:, 0, 0]).all()


def test_hectares_add_up_and_no_cell_starts_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(hectares_table(predictions()).decode())))
    assert rows[0] == ["date", "grain, ha", "'=meadow, ha", "lake & shore, ha", "nothing observed, ha"]
    assert rows[1] == ["2024-04-02T10:30:00Z", "1.88", "0.0", "0.0", "0.04"]
    assert [sum(map(float, row[1:])) for row in rows[1:]] == pytest.approx([1.92] * 3)


def test_polygons_cover_what_was_seen_and_a_lonely_pixel_joins_its_neighbours() -> None:
    found = polygons(answer(), 2, geobox())
    assert sorted(found["name"]) == sorted(NAMES)
    assert found["hectares"].sum() == pytest.approx(1.92 - 4 * GROUND)
    assert found.geometry.area.sum() / 1e4 == pytest.approx(found["hectares"].sum())
    assert found.set_index("name").loc["lake & shore", "confidence"] == pytest.approx(1)
    assert len(polygons(answer(), 2, geobox(), smallest=1)) == 4


def test_polygons_are_read_back_from_both_formats(folder: Path) -> None:
    one = geopandas.read_file(folder / "classes-2024-04-22.gpkg", layer="classes")
    other = geopandas.read_parquet(folder / "classes-2024-04-22.parquet")
    for found in (one, other):
        assert found.crs.to_epsg() == 32630
        assert set(found["colour"]) == set(COLOURS)
        assert found["hectares"].sum() == pytest.approx(1.88)


def test_a_region_that_nobody_saw_has_no_polygon(tmp_path: Path) -> None:
    nothing = answer()
    nothing["said"].values[:] = NOTHING
    write_folder(predictions(answer=nothing), tmp_path / "out")
    assert len(geopandas.read_file(tmp_path / "out" / "classes-2024-04-22.gpkg")) == 0
    assert len(geopandas.read_parquet(tmp_path / "out" / "classes-2024-04-22.parquet")) == 0


def test_the_item_is_valid_and_names_model_weights_and_dates(folder: Path) -> None:
    said = json.loads((folder / "item.json").read_bytes())
    assert validate_dict(said, extensions=[])  # the extensions' schemas lie on the internet
    about = said["properties"]
    assert about["eodash:card"] == "toy"
    assert about["eodash:weights_sha256"] == "ab" * 32
    assert len(about["eodash:dates"]) == 3
    assert about["datetime"] == "2024-04-22T10:30:00Z"
    item = Item.from_dict(said)
    for asset in item.assets.values():
        path = folder / asset.href
        assert asset.extra_fields["file:size"] == path.stat().st_size
        assert asset.media_type
    assert len(item.assets) == 7 + 3 + 3


def test_the_legend_goes_by_the_classification_extension() -> None:
    listed = [Classification(one) for one in classification(answer())]
    assert [one.value for one in listed] == [0, 1, 2, NOTHING]
    assert [one.name for one in listed] == ["grain", "meadow", "lake-shore", "nothing-observed"]
    assert listed[2].color_hint == "2883EA"
    assert listed[3].nodata


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def broken_off(after: int) -> Callable[[str, bool], None]:
        told: list[str] = []

        def on_file(name: str, new: bool) -> None:
            told.append(name)
            if len(told) == after:
                raise KeyboardInterrupt

        return on_file

    with pytest.raises(KeyboardInterrupt):
        write_folder(predictions(), out, broken_off(3))
    (out / "class-2024-04-02.tif.aux.xml").unlink()
    (out / ".eodash-left.part").mkdir()
    told: dict[str, bool] = {}
    write_folder(predictions(), out, lambda name, new: told.update({name: new}))
    old = ("confidence-2024-04-02.tif", "class-2024-04-12.tif")
    assert told == {name: name not in old for name in (*outputs(predictions()), "item.json")}
    assert not list(out.glob(".*"))
    write_folder(predictions(), out, lambda name, new: told.update({name: new}))
    assert not any(told.values())


@pytest.mark.parametrize("other", [{"key": "other"}, {"smallest": 9}])
def test_another_question_needs_another_folder(folder: Path, other: dict[str, object]) -> None:
    with pytest.raises(StorageError) as error:
        write_folder(predictions(**other), folder)
    assert error.value.code == "exists"


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StorageError, match="not from here"):
        write_folder(predictions(), tmp_path)
