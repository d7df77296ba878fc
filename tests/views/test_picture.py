"""A date of a cube becomes the picture that lies on the map."""

import io

import numpy as np
import pytest
from PIL import Image

from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA
from eodash.views.picture import Look, index_values, layers, rgba, warp_of, warped, webp
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
