"""Areas from KML, shapefiles and GeoPackages: what programmes write comes in as it was meant."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import pyproj
import pytest
import shapely
from typer.testing import CliRunner

from eodash.__main__ import app
from eodash.areas import parse_area
from eodash.areas.shapefile import nested
from eodash.errors import AoiError
from tests.areas.written import (
    DONUT,
    SQUARE,
    geopackage,
    kml,
    kml_polygon,
    kml_ring,
    placemark,
    shapefile,
    shp,
    written,
    zipped,
)

AWAY = shapely.box(2.2, 48.0, 2.3, 48.1)
SYSTEMS = [4326, 32631, 3857, 2154, 3035, 4258, 27700, "ESRI:102013"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_any_coordinate_system_is_brought_to_degrees(system: object) -> None:
    for data in (zipped(shapefile([DONUT], system)), geopackage([DONUT], system)):
        area = parse_area(data)
        assert area.geometry.symmetric_difference(DONUT).area < 1e-5 * DONUT.area


def test_a_long_edge_bends_as_it_does_on_the_ground() -> None:
    box = shapely.box(600_000, 5_000_000, 740_000, 5_140_000)
    prj = pyproj.CRS.from_epsg(32631).to_wkt("WKT1_ESRI")
    area = parse_area(zipped({"a.shp": shp([list(box.exterior.coords)]), "a.shx": b"", "a.prj": prj}))
    true = gpd.GeoSeries([box.segmentize(500)], crs=32631).to_crs(4326).iloc[0]
    assert area.geometry.symmetric_difference(true).area < 2e-4 * true.area


@pytest.mark.parametrize("driver", ["kml", "zip", "gpkg"])
def test_several_features_become_one_area(driver: str) -> None:
    data: bytes | str = {
        "kml": lambda: kml(placemark() + placemark(kml_polygon(AWAY))),
        "zip": lambda: zipped(shapefile([SQUARE, AWAY])),
        "gpkg": lambda: geopackage([SQUARE, AWAY]),
    }[driver]()
    assert parse_area(data).geometry.equals(SQUARE.union(AWAY))


def test_what_gdal_writes_as_kml_is_read() -> None:
    for driver in ("KML", "LIBKML"):
        area = parse_area(written([DONUT, AWAY], driver, ".kml")[".kml"])
        assert area.geometry.equals(DONUT.union(AWAY)), driver
    assert parse_area(written([DONUT], "LIBKML", ".kmz")[".kmz"]).geometry.equals(DONUT)


def test_an_area_is_called_as_its_file_calls_it() -> None:
    assert parse_area(kml(placemark(name=" Le champ "))).name == "Le champ"
    assert parse_area(kml(f"<Placemark>{kml_polygon()}</Placemark>")).name == "doc"
    assert parse_area(zipped(shapefile())).name == "fields"
    assert parse_area(geopackage()).name == "fields"
    assert parse_area(geopackage(), "mine").name == "mine"


def test_degrees_without_a_system_are_taken_and_said() -> None:
    assert "taken as longitude, latitude" in parse_area(zipped(shapefile(prj=None))).name
    assert (
        "taken as longitude, latitude"
        in parse_area(geopackage([SQUARE], 4326, "UPDATE gpkg_geometry_columns SET srs_id = 0")).name
    )


def test_points_and_lines_beside_polygons_are_passed_over() -> None:
    beside = "<Point><coordinates>2,48</coordinates></Point>"
    line = "<LineString><coordinates>2,48 3,49</coordinates></LineString>"
    assert parse_area(
        kml(placemark(f"<MultiGeometry>{beside}{kml_polygon()}{line}</MultiGeometry>") + placemark(beside))
    )
    assert parse_area(geopackage([shapely.GeometryCollection([shapely.Point(2, 48), SQUARE])])).geometry.equals(SQUARE)


def test_a_ring_before_its_outer_one_is_its_hole_all_the_same() -> None:
    inner = f"<innerBoundaryIs>{kml_ring(DONUT.interiors[0].coords)}</innerBoundaryIs>"
    text = kml(placemark(kml_polygon(SQUARE).replace("<Polygon>", f"<Polygon>{inner}")))
    assert parse_area(text).geometry.equals(DONUT)


def layers(**frames: list[shapely.Geometry]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layers.gpkg"
        for name, geometries in frames.items():
            gpd.GeoDataFrame(geometry=geometries, crs=4326).to_file(path, layer=name, driver="GPKG")
        return path.read_bytes()


def test_the_first_layer_with_polygons_counts_and_is_named() -> None:
    points = [shapely.Point(2, 48)] * 600
    area = parse_area(layers(points=points, second=[SQUARE], third=[AWAY]))
    assert (area.name, area.geometry.equals(SQUARE)) == ("second", True)
    with pytest.raises(AoiError) as caught:
        parse_area(layers(points=points))
    assert (caught.value.code, caught.value.message) == ("not_polygon", "A Point has no area.")


def test_the_first_shapefile_with_polygons_counts_and_is_named() -> None:
    points = {f"a{name}": content for name, content in shapefile([shapely.Point(2, 48)]).items()}
    assert parse_area(zipped(points | shapefile())).name == "fields"


def test_rings_are_sorted_by_what_lies_in_what() -> None:
    boxes = [shapely.box(-size, -size, size, size) for size in (1, 4, 2, 3)] + [shapely.box(9, 9, 10, 10)]
    polygons = nested([list(box.exterior.coords) for box in boxes])
    assert sorted(len(rings) for rings in polygons) == [1, 2, 2]
    area = shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in polygons])
    assert area.is_valid
    assert area.area == 64 - 36 + 16 - 4 + 1


@pytest.mark.parametrize("name", ["area.geojson", "area", "../area.txt", "area.tif"])
def test_the_command_line_takes_every_format_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    square = shapely.box(-2.905, 48.095, -2.9, 48.1)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / name
    for number, data in enumerate(
        (kml(placemark(kml_polygon(square))).encode(), zipped(shapefile([square])), geopackage([square]))
    ):
        path.write_bytes(data)
        result = CliRunner().invoke(
            app, ["fetch", "--aoi", str(path), "--from", "2026-01-01", "--to", "2025-01-01", "--out",
                  str(tmp_path / f"{number}.zarr")]
        )  # fmt: skip
        assert "AoiError" not in result.output
        assert "DateError" in result.output


def test_the_command_line_says_what_is_wrong_with_an_area(tmp_path: Path) -> None:
    (tmp_path / "a.shp").write_bytes(zipped(shapefile(shx=None)))
    arguments = ["fetch", "--aoi", str(tmp_path / "a.shp"), "--from", "2025-01-01", "--to", "2025-02-01"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "a.zarr")])
    assert result.exit_code != 0
    assert "AoiError zip_incomplete" in result.output
