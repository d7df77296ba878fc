"""A date of a cube becomes the picture that lies on the map."""

import io

import numpy as np
import pytest
from PIL import Image

from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA
from eodash.views.picture import Look, index_values, layers, limits_of, rgba, warp_of, warped, webp
from tests.toys import BANDS, geobox, small_cube

SENSOR = SENSORS["sentinel-2-l2a"]


def test_what_was_not_observed_is_transparent_and_never_dark():
    cube = small_cube().copy(deep=True)
    cube.values[0, :, 3, 4] = NODATA
    for layer in ("true", "false", "ndvi"):
        image = rgba(cube, 0, Look(layer))
        assert image[3, 4, 3] == 0
        assert (np.delete(image[..., 3].ravel(), 3 * 16 + 4) == 255).all()


def test_reflectance_at_the_white_point_is_white_and_zero_is_black():
    cube = small_cube().copy(deep=True)
    cube.values[0] = 2200
    assert (rgba(cube, 0, Look("true"))[..., :3] == 255).all()
    cube.values[0] = 0
    assert (rgba(cube, 0, Look("true"))[..., :3] == 0).all()


def test_a_larger_stretch_is_brighter():
    dim, bright = (rgba(small_cube(), 0, Look("true", stretch)).astype(int) for stretch in (1.0, 2.0))
    assert (bright[..., :3] >= dim[..., :3]).all()
    assert bright[..., 0].mean() > dim[..., 0].mean()


def test_ndvi_is_the_ratio_of_the_slide():
    cube = small_cube()
    ratio, seen = index_values(cube[0], "ndvi")
    assert seen.all()
    assert ratio[0, 0] == pytest.approx((4000 - 300) / (4000 + 300))


def test_dark_pixels_have_no_ndvi():
    cube = small_cube().copy(deep=True)
    cube.values[0] = 0
    assert not index_values(cube[0], "ndvi")[1].any()


def test_the_mask_changes_cloudy_pixels_alone():
    cube = small_cube()
    plain, hatched = rgba(cube, 1, Look()), rgba(cube, 1, Look(mask=True))
    assert (plain != hatched).any()
    assert (rgba(cube, 0, Look()) == rgba(cube, 0, Look(mask=True))).all()


def test_layers_follow_the_bands_at_hand():
    assert list(layers(SENSOR, BANDS)) == ["true", "false", "urban", "swir", "ndvi", "ndwi", "moisture"]
    assert list(layers(SENSOR, ("B02", "B03", "B04"))) == ["true"]


def test_a_picture_lies_where_its_pixels_lie():
    """A UTM grid laid on a web map without warping would be degrees away."""
    box = geobox(200, 300)
    (south, west), (north, east) = warp_of(box).bounds
    corners = box.extent.to_crs("EPSG:4326").boundingbox
    assert (south, west, north, east) == pytest.approx(
        (corners.bottom, corners.left, corners.top, corners.right), abs=2e-4
    )


def test_warping_keeps_colours_and_leaves_the_rim_empty():
    image = rgba(small_cube(rows=80, columns=80), 0, Look())
    out = warped(image, warp_of(geobox(80, 80)))
    inside = out[out[..., 3] == 255]
    assert (inside[:, :3] == image[0, 0, :3]).all()
    assert 0.7 < len(inside) / out[..., 0].size <= 1


def test_a_thumbnail_is_small():
    body = webp(rgba(small_cube(rows=200, columns=300), 0, Look()), 80, 96)
    assert Image.open(io.BytesIO(body)).size == (96, 64)
    assert len(body) < 4000


def test_a_dry_index_has_the_same_colour_on_every_date():
    """Limits come from the whole series: the same value is the same colour, whatever else a date shows."""
    cube = small_cube().copy(deep=True)
    cube.values[2:, BANDS.index("B08")] = 2000
    cube.values[:, :, 0, 0] = cube.values[0, :, 0, 0]
    for layer in ("spyndex:EVI", "spyndex:DVI", "band:B08"):
        first, last = (rgba(cube, index, Look(layer)) for index in (0, 4))
        assert (first[0, 0] == last[0, 0]).all(), layer
        assert (first[5, 5] != last[5, 5]).any(), layer


def test_limits_look_at_clear_pixels_and_are_always_the_same():
    cube = small_cube(3).copy(deep=True)
    cube.values[1] = 9000  # the cloudy date
    low, high = limits_of(cube, "band:B04")
    assert high < 0.1
    assert limits_of(cube, "band:B04") == (low, high)
    cube["clear"].values[:] = False
    assert limits_of(cube, "band:B04")[1] > 0.8


def test_limits_of_nothing_and_of_one_value_are_a_range():
    cube = small_cube(1).copy(deep=True)
    cube.values[:] = 1500
    low, high = limits_of(cube, "spyndex:DVI")
    assert low < 0 < high
    cube.values[:] = NODATA
    assert limits_of(cube, "spyndex:EVI") == (0.0, 1.0)
    assert (rgba(cube, 0, Look("spyndex:EVI"))[..., 3] == 0).all()


def test_normalised_differences_have_natural_limits():
    assert limits_of(small_cube(), "spyndex:NDWI") == limits_of(small_cube(), "moisture") == (-1.0, 1.0)
    assert limits_of(small_cube(), "ndvi") == (-0.2, 1.0)


def test_digital_numbers_are_white_where_their_white_is():
    cube = small_cube().copy(deep=True).assign_attrs(units="digital numbers", white="200")
    cube.values[0] = 200
    assert (rgba(cube, 0, Look("true"))[..., :3] == 255).all()
    cube.values[0] = 50
    assert (rgba(cube, 0, Look("true"))[..., :3] < 128).all()
    assert (rgba(cube, 0, Look("true", 4.0))[..., :3] == 255).all()


@pytest.mark.parametrize("white", ["", "nan", "-3", "0", "inf", "<b>"])
def test_a_white_that_is_none_falls_back_to_the_brightest_of_the_series(white):
    cube = small_cube().copy(deep=True).assign_attrs(units="digital numbers", white=white)
    low, high = limits_of(cube, "true")
    assert low == 0
    assert 100 <= high <= 500
    assert rgba(cube, 0, Look("true"))[..., 3].all()


def test_a_large_series_is_sampled_evenly():
    cube = small_cube(2, 300, 300).copy(deep=True)
    cube.values[:, BANDS.index("B08")] = np.random.default_rng(0).integers(1000, 5000, (2, 300, 300))
    low, high = limits_of(cube, "band:B08")
    assert (low, high) == pytest.approx((0.108, 0.492), abs=0.004)
