"""Own cubes and labelled polygons: the right pixels with the right class, and errors that say what to do."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
import shapely
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords
from rasterio.features import geometry_mask

from eodash.cube import carrier
from eodash.datasets.labelled_polygons import polygons_of
from eodash.datasets.parcels import LabelsDataset, from_polygons
from eodash.datasets.polygon_pixels import pixels_of
from eodash.errors import EodashError
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA
from tests.datasets.labelled import EDGE, collection, feature, named, rectangle, two
from tests.toys import BANDS, small_cube


@pytest.fixture
def cube() -> xr.DataArray:
    return small_cube()


def places(data: LabelsDataset) -> set[tuple[int, int]]:
    return set(zip(data._row.tolist(), data._column.tolist(), strict=True))


def test_pixels_in_a_polygon_have_its_class_and_its_number(cube):
    data = from_polygons(cube, two(cube), "crop", inner=False)
    assert data.classes == ("corn", "wheat")
    assert Counter(data.label.tolist()) == {1: 20, 0: 16}
    assert Counter(data.group.tolist()) == {0: 20, 1: 16}
    wheat = {(row, column) for row in range(2, 6) for column in range(3, 8)}
    assert places(data) == wheat | {(row, column) for row in range(5, 9) for column in range(10, 14)}
    assert {
        at for at, label in zip(zip(data._row, data._column, strict=True), data.label, strict=True) if label
    } == wheat
    assert data.legend == ""
    assert not data.notices


def test_pixels_at_the_border_are_left_out(cube):
    data = from_polygons(cube, two(cube), "crop")
    inside = {(row, column) for row in (3, 4) for column in (4, 5, 6)}
    assert places(data) == inside | {(row, column) for row in (6, 7) for column in (11, 12)}


def test_the_edge_of_the_cube_is_no_border(cube):
    data = from_polygons(cube, [feature(cube, "wheat", (-5, -5, 4 - EDGE, 3 - EDGE))], "crop")
    assert places(data) == {(row, column) for row in (0, 1) for column in (0, 1, 2)}


def test_a_polygon_too_narrow_for_that_keeps_its_border(cube):
    data = from_polygons(cube, [feature(cube, "wheat", rectangle(3, 2, 5, 2))], "crop")
    assert len(data) == 10
    assert data.notices == ("polygons too narrow to leave out their border: 1",)
    assert data.notices[0] in data.origin


def test_values_are_reflectance_and_clouds_are_masked(cube):
    data = from_polygons(cube, two(cube), "crop")
    batch = data.read(np.array([4, 0]))
    assert batch.values.shape == (2, 5, 10)
    expected = np.array([0.01 * (band + 1) for band in range(10)])
    expected[BANDS.index("B08")] = 0.4
    np.testing.assert_allclose(batch.values[0, 0], expected, rtol=1e-6)
    assert batch.mask.tolist() == [[True, False, True, True, True]] * 2
    assert (batch.values[~batch.mask] == 0).all()
    np.testing.assert_allclose(batch.day[0], 92.4375 + 10 * np.arange(5), atol=1e-3)  # 2 April 2024, half past ten
    assert (data.level, data.bands) == ("l2a", BANDS)
    assert batch.label.tolist() == data.label[[4, 0]].tolist()


def test_each_pixel_reads_its_own_values(cube):
    cube.values[:, :] = np.arange(12 * 16).reshape(12, 16)
    data = from_polygons(cube, two(cube), "crop", inner=False)
    rows = np.random.default_rng(0).permutation(len(data))
    got = data.read(rows).values[:, 0, 3] * 1e4
    np.testing.assert_allclose(got, (data._row * 16 + data._column)[rows], rtol=1e-5)


def test_a_missing_number_in_one_band_is_no_observation(cube):
    cube.values[3, 7] = NODATA
    batch = from_polygons(cube, two(cube), "crop").read(np.arange(3))
    assert batch.mask.tolist() == [[True, False, True, False, True]] * 3
    assert (batch.values[:, 3] == 0).all()


def raw(cube: xr.DataArray) -> xr.DataArray:
    """The same above the atmosphere, in thirteen bands that lie in another order."""
    names = [*reversed(SENSORS["sentinel-2-l1c"].names)]
    values = np.repeat(cube.values[:, :1], 13, axis=1) + 10 * np.arange(13, dtype=np.int16)[:, None, None]
    attrs = cube.attrs | {"sensor": "sentinel-2-l1c"}
    return carrier(values, cube["clear"].values, cube["time"].values, names, cube.odc.geobox, attrs)


def test_raw_cubes_keep_their_clouds_and_bring_their_bands_in_order(cube):
    data = from_polygons(raw(cube), two(cube), "crop")
    assert (data.level, data.bands) == ("l1c", SENSORS["sentinel-2-l1c"].names)
    batch = data.read(np.array([0]))
    assert batch.mask.all()
    np.testing.assert_allclose(batch.values[0, 0], (100 + 10 * np.arange(12, -1, -1)) * 1e-4, rtol=1e-5)


def test_numbers_that_are_no_reflectance_have_no_level(cube):
    data = from_polygons(cube.assign_attrs(units="digital numbers"), two(cube), "crop")
    assert data.level == ""
    assert data.read(np.array([0])).values[0, 0, 0] == 100


def test_bands_that_are_needed_are_chosen_or_missed_by_name(cube):
    data = from_polygons(cube, two(cube), "crop", bands=("B08", "B02"))
    assert data.bands == ("B08", "B02")
    np.testing.assert_allclose(data.read(np.array([0])).values[0, 0], [0.4, 0.01], rtol=1e-6)
    with pytest.raises(EodashError, match="B10") as error:
        from_polygons(cube, two(cube), "crop", bands=("B02", "B10"))
    assert named(error) == "ModelError bands"


@pytest.mark.parametrize(
    ("epsg", "north", "first", "expected"),
    [
        (32630, 5e6, "2024-01-01", 0),
        (32730, 5e6, "2024-07-01T12", 0),
        (32730, 5e6, "2024-01-01", 182.5),
        (32630, 5e6, "2023-10-01", -92),
    ],
)
def test_days_are_those_of_the_hemisphere_in_the_year_that_the_middle_lies_in(cube, epsg, north, first, expected):
    grid = GeoBox((12, 16), Affine(10, 0, 506_000, 0, -10, north), f"EPSG:{epsg}")
    times = np.datetime64(first, "s") + np.arange(5) * np.timedelta64(60, "D")
    moved = carrier(cube.values, cube["clear"].values, times, BANDS, grid, cube.attrs)
    batch = from_polygons(moved, two(moved), "crop").read(np.array([0]))
    np.testing.assert_allclose(batch.day[0], expected + 60 * np.arange(5), atol=1e-3)


def test_pixels_claimed_by_two_classes_are_left_out_and_those_claimed_twice_by_one_are_not(cube):
    shapes = [*two(cube), feature(cube, "barley", rectangle(7, 2, 2, 4)), feature(cube, "corn", rectangle(13, 5, 2, 4))]
    data = from_polygons(cube, shapes, "crop", inner=False)
    assert Counter(data.group.tolist()) == {0: 16, 1: 16, 2: 4, 3: 4}
    assert "left out, pixels in polygons of different classes: 4" in data.notices
    assert not any((row, 7) in places(data) for row in range(2, 6))
    again = from_polygons(cube, shapes[::-1], "crop", inner=False)
    assert len(again) == len(data)


def test_labels_outside_are_refused_and_counted(cube):
    far = [feature(cube, "wheat", rectangle(300 + at, 2, 5, 4)) for at in range(3)]
    with pytest.raises(EodashError, match="All 3 ") as error:
        from_polygons(cube, far, "crop")
    assert named(error) == "AoiError labels_outside"
    assert "left out, polygons outside the area: 3" in from_polygons(cube, [*two(cube), *far], "crop").notices


def test_swapped_coordinates_are_told(cube):
    swapped = json.loads(collection(two(cube)))["features"]
    for one in swapped:
        one["geometry"]["coordinates"] = [[[y, x] for x, y in ring] for ring in one["geometry"]["coordinates"]]
    with pytest.raises(EodashError, match="swapped") as error:
        from_polygons(cube, swapped, "crop")
    assert named(error) == "AoiError labels_outside"


def test_polygons_without_a_pixel_are_counted_and_alone_refused(cube):
    small = feature(cube, "wheat", (3.6, 2.6, 4.4, 3.4))
    assert (
        "left out, polygons without a pixel of their own: 1" in from_polygons(cube, [*two(cube), small], "crop").notices
    )
    with pytest.raises(EodashError) as error:
        from_polygons(cube, [small], "crop")
    assert named(error) == "RasterError no_pixels"


def test_pixels_that_are_never_seen_are_left_out(cube):
    cube["clear"].values[:, 3, 4] = False
    data = from_polygons(cube, two(cube), "crop")
    assert "left out, pixels without a usable date: 1" in data.notices
    assert (3, 4) not in places(data)
    assert data.read(np.arange(len(data))).mask.any(1).all()
    cube["clear"].values[:] = False
    with pytest.raises(EodashError) as error:
        from_polygons(cube, two(cube), "crop")
    assert named(error) == "RasterError no_observation"
    assert len(from_polygons(raw(cube), two(cube), "crop"))


def test_one_class_and_a_class_of_one_pixel_can_be_opened(cube):
    assert from_polygons(cube, two(cube)[:1], "crop").classes == ("wheat",)
    data = from_polygons(cube, [*two(cube), feature(cube, "nuts", rectangle(0, 0, 1, 1))], "crop")
    assert Counter(data.label.tolist())[data.classes.index("nuts")] == 1


@pytest.mark.parametrize("legend", ["landcover", "breizhcrops", "fine"])
def test_names_are_those_of_a_legend_whatever_their_case(cube, legend):
    said = {"landcover": ("Winter Wheat", "CORN"), "breizhcrops": ("wheat", "Corn"), "fine": ("winter wheat", "corn")}
    meant = {"landcover": ("cereals", "maize"), "breizhcrops": ("wheat", "corn"), "fine": ("winter wheat", "corn")}
    shapes = two(cube)
    for one, name in zip(shapes, said[legend], strict=True):
        one["properties"]["crop"] = name
    data = from_polygons(cube, [*shapes, feature(cube, "lettuce", rectangle(0, 8, 2, 2))], "crop", legend=legend)
    assert data.legend == legend
    assert [data.classes[data.label[data.group == number][0]] for number in (0, 1)] == list(meant[legend])
    assert data.notices == ("left out, polygons without a class of the legend (lettuce): 1",)


def test_legends_and_classes_that_do_not_fit_are_refused(cube):
    for legend, expected in (("crops", "ModelError unknown_legend"), ("landcover", "ModelError classes")):
        with pytest.raises(EodashError) as error:
            from_polygons(cube, [feature(cube, "lettuce", rectangle(3, 2, 5, 4))], "crop", legend=legend)
        assert named(error) == expected


def test_classes_may_be_numbers_and_are_cleaned_as_text(cube):
    names = [7, 7.0, " a\n\u202eb ", 2.5]
    shapes = [feature(cube, name, rectangle(4 * at, 2, 3, 3)) for at, name in enumerate(names)]
    assert from_polygons(cube, shapes, "crop").classes == ("2.5", "7", "a b")


def test_polygons_without_a_class_are_left_out_and_a_missing_column_names_what_there_is(cube):
    shapes = [*two(cube), *(feature(cube, name, rectangle(0, 8, 3, 3)) for name in (None, "", True, ["x"]))]
    data = from_polygons(cube, shapes[::-1], "crop")
    assert "left out, polygons without a class: 4" in data.notices
    assert set(data.group.tolist()) == {4, 5}  # numbers of features in their file
    with pytest.raises(EodashError, match="crop") as error:
        from_polygons(cube, shapes, "kind")
    assert named(error) == "AoiError no_column"
    assert from_polygons(cube, shapes).classes == ("corn", "wheat")
    shapes[0]["properties"]["area"] = 3
    with pytest.raises(EodashError, match="crop, area") as error:
        from_polygons(cube, shapes)
    assert named(error) == "AoiError no_column"


def test_several_parts_are_one_group_and_holes_are_left_out(cube):
    parts = shapely.union_all([shapely.box(*rectangle(0, 0, 3, 3)), shapely.box(*rectangle(8, 0, 3, 3))])
    hole = shapely.Polygon(
        shapely.box(*rectangle(0, 5, 7, 7)).exterior.coords, [shapely.box(2, 7, 5, 10).exterior.coords]
    )
    shapes = [feature(cube, "wheat", parts), feature(cube, "corn", hole)]
    data = from_polygons(cube, shapes, "crop", inner=False)
    assert Counter(data.group.tolist()) == {0: 18, 1: 49 - 9}


def test_a_polygon_that_crosses_itself_is_mended(cube):
    bow = shapely.Polygon([(1, 1), (9, 9), (9, 1), (1, 9)])
    assert len(from_polygons(cube, [feature(cube, "wheat", bow)], "crop", inner=False)) > 20


@pytest.mark.parametrize("crs", ["EPSG:32630", "EPSG:3035", "EPSG:4326"])
def test_the_same_pixels_as_a_rasterizer_would_choose(crs):
    step = 10.0 if crs != "EPSG:4326" else 1e-4
    corner = {"EPSG:32630": (506_000, 5_328_000), "EPSG:3035": (3_300_000, 2_900_000), "EPSG:4326": (-2.9, 48.1)}[crs]
    grid = GeoBox((60, 80), Affine(step, 0, corner[0], 0, -step, corner[1]), crs)
    rng = np.random.default_rng(1)
    for number in range(6):
        middle = rng.uniform((10, 10), (70, 50))
        drawn = shapely.concave_hull(shapely.MultiPoint(middle + rng.normal(0, 8, (12, 2))), 0.4)
        if drawn.geom_type != "Polygon":
            continue
        cube = xr.DataArray(np.zeros(grid.shape), xr_coords(grid, always_yx=True), ("y", "x"))
        found = polygons_of([feature(cube, "a", drawn)], "crop", None)
        pixels = pixels_of(found.shapes, found.label, grid, inner=False)
        mask = np.zeros(grid.shape, bool)
        mask[pixels.row, pixels.column] = True
        expected = geometry_mask([drawn], grid.shape, Affine.identity(), invert=True)
        assert (mask != expected).sum() <= 1, number
