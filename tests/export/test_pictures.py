"""Pictures that leave the app: right colours in the right place, a date on every frame, provenance inside."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import numpy as np
import pytest
import rasterio
import xarray as xr
from PIL import Image
from rio_cogeo import cog_validate

from eodash.errors import CapacityError, RasterError
from eodash.export import cog
from eodash.views.film import FOOT, HEAD, film, frame, shared_palette
from eodash.views.ground_scale import Ground, bar, ground
from eodash.views.layer_names import layer_name, offered
from eodash.views.layer_raster import layer_raster
from eodash.views.legend_strip import draw_legend, legend_height
from eodash.views.lettering import font
from eodash.views.picture import Look, index_values, limits_of, rgba
from eodash.views.sheet import MARGIN, sheet
from tests.export.cubes import KINDS, TOLD, degrees, digital, nothing_seen, plain

Make = Callable[[], xr.DataArray]
each_kind = pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))


def opened(made: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(made))
    picture.load()
    return picture


def as_seen(cube: xr.DataArray, index: int, look: Look) -> np.ndarray:
    """The colours of a date over the grey of an empty map."""
    drawn = rgba(cube, index, look, limits_of(cube, look.layer))
    return np.where(drawn[..., 3:] == 255, drawn[..., :3], np.array([0xDD, 0xE2, 0xE0]))


@each_kind
def test_the_picture_is_the_layer_enlarged_without_new_colours(make: Make) -> None:
    cube = make()
    look = Look(layer_name(cube))
    picture = np.asarray(opened(sheet(cube, 0, look)).convert("RGB"))
    rows, columns = cube.shape[2:]
    wide = picture.shape[1] - 2 * MARGIN
    tall = round(rows * wide / columns * ground(cube.odc.geobox).stretch)
    middles = (
        76 + np.round((np.arange(rows) + 0.5) * tall / rows).astype(int),
        MARGIN + np.round((np.arange(columns) + 0.5) * wide / columns).astype(int),
    )
    np.testing.assert_array_equal(picture[np.ix_(*middles)], as_seen(cube, 0, look))


def test_a_picture_says_where_it_comes_from() -> None:
    cube = plain()
    text = opened(sheet(cube, 1, Look("ndvi", mask=True), "Fields <b> near 川")).text  # type: ignore[attr-defined]
    said = json.loads(text["Provenance"])
    for name in TOLD:
        assert said[name] == cube.attrs[name]
    assert said["shown"] == {"layer": "ndvi", "stretch": 1.0, "mask": True}
    assert "UTM zone 30N" in said["crs"]
    assert text["Title"] == "NDVI · 12 April 2024"


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    assert bar(10.0, 120) == (100, "1 km")
    assert bar(10.0, 99) == (50, "500 m")
    assert bar(None, 320) == (200, "200 px")
    utm, geographic, modis = ground(plain().odc.geobox), ground(degrees().odc.geobox), ground(digital().odc.geobox)
    assert utm.across == pytest.approx(10, rel=2e-3)
    assert geographic.stretch == pytest.approx(2, rel=0.01)  # at 60° north a degree of latitude is twice as long
    assert modis.across == pytest.approx(250, rel=5e-3)
    assert Ground(None, None).stretch == 1


def test_the_colour_bar_has_the_colours_of_the_map() -> None:
    cube = plain()
    page = Image.new("RGB", (500, 120), "white")
    limits = limits_of(cube, "ndvi")
    draw_legend(page, (10, 10), 480, cube, Look("ndvi"), limits)
    values, seen = index_values(cube[1], "ndvi")
    value = float(values[10, 10])
    column = 10 + round((value - limits[0]) / (limits[1] - limits[0]) * 319)
    drawn = rgba(cube, 1, Look("ndvi"), limits)[10, 10, :3].astype(int)
    assert seen[10, 10]
    assert np.abs(np.asarray(page)[16, column].astype(int) - drawn).max() <= 3
    assert legend_height(cube, Look("true")) < legend_height(cube, Look("true", mask=True))


def test_the_font_has_the_signs_that_are_written() -> None:
    missing = bytes(font(20).getmask("\uffff"))
    for sign in "−·×°é₂²λ…":
        assert bytes(font(20).getmask(sign)) != missing, sign


@each_kind
def test_the_layer_is_a_valid_cog_of_what_is_seen(make: Make, tmp_path_factory: pytest.TempPathFactory) -> None:
    cube, folder = make(), tmp_path_factory.mktemp("layer")
    for name in offered(cube):
        if name.startswith("spyndex:") and name != "spyndex:NDVI":
            continue
        path = folder / f"{name.replace(':', '-').replace('/', '-')}.tif"
        cog(layer_raster(cube, 0, Look(name)), path)
        assert cog_validate(path)[0]
        with rasterio.open(path) as file:
            assert file.tags()["provenance"] == cube.attrs["provenance"]
            assert json.loads(file.tags()["shown"])["layer"] == name
            if file.count == 4:
                np.testing.assert_array_equal(np.moveaxis(file.read(), 0, -1), rgba(cube, 0, Look(name)))
                assert [each.name for each in file.colorinterp] == ["red", "green", "blue", "alpha"]
            else:
                values, seen = index_values(cube[0], name)
                read = file.read(1, masked=True)
                np.testing.assert_array_equal(np.ma.getmaskarray(read), ~seen)
                np.testing.assert_array_equal(read.compressed(), values[seen])
                assert (file.nodata, file.dtypes) == (-32768, ("float32",))


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_film_shows_every_chosen_date_as_long_as_asked(kind: str) -> None:
    cube = plain(5)
    made = opened(film(cube, Look("ndvi"), kind, [0, 2, 3, 4], seconds=0.4))  # type: ignore[arg-type]
    assert (made.format, made.n_frames) == (kind.upper(), 4)  # type: ignore[attr-defined]
    shown = []
    for place in range(4):
        made.seek(place)
        made.load()  # a WebP tells how long a frame is shown once it is decoded
        assert made.info["duration"] == 400
        shown.append(np.asarray(made.convert("RGB"))[:HEAD, :60].tobytes())
    assert len(set(shown)) == 4  # the day in the head differs
    told = made.info.get("comment", b"").decode() or str(made.getexif()[0x010E])
    assert json.loads(told)["chain"] == cube.attrs["chain"]


def test_a_colour_means_the_same_on_every_frame() -> None:
    cube = plain(6)
    cube.values[:] = cube.values[1]  # a season in which nothing changes
    cube["clear"].values[:] = True
    made = opened(film(cube, Look("true"), "gif"))
    pictures = []
    for place in range(made.n_frames):  # type: ignore[attr-defined]
        made.seek(place)
        pictures.append(np.asarray(made.convert("RGB"))[HEAD:-FOOT])
    assert all(np.array_equal(pictures[0], other) for other in pictures)
    exact = np.asarray(frame(cube, 0, Look("true"), limits_of(cube, "true")))[HEAD:-FOOT].astype(int)
    assert np.abs(pictures[0].astype(int) - exact).mean() < 4


def test_one_palette_holds_the_letters() -> None:
    cube = plain()
    palette = shared_palette([frame(cube, i, Look("ndvi"), limits_of(cube, "ndvi")) for i in range(3)])
    colours = np.array(palette.getpalette()).reshape(-1, 3)
    assert np.abs(colours - np.array([0x1A, 0x21, 0x26])).sum(1).min() < 12


def test_a_film_is_drawn_smaller_until_it_fits_and_says_when_it_cannot() -> None:
    cube = plain(6, 120, 160)
    rng = np.random.default_rng(0)
    cube.values[:] = rng.integers(0, 3000, cube.shape)
    large = film(cube, Look("true"))
    small = film(cube, Look("true"), most_bytes=len(large) // 3)
    assert len(small) <= len(large) // 3
    assert opened(small).width < opened(large).width
    with pytest.raises(CapacityError) as refusal:
        film(cube, Look("true"), most_bytes=3000)
    assert refusal.value.advice
    with pytest.raises(RasterError):
        film(cube, Look("true"), dates=[])


def test_an_unseen_date_is_grey_and_still_a_picture() -> None:
    cube = nothing_seen()
    picture = np.asarray(opened(sheet(cube, 0, Look("ndvi"))).convert("RGB"))
    assert (picture[100:200, MARGIN + 2 : MARGIN + 100] == np.array([0xDD, 0xE2, 0xE0])).all()


def test_an_unknown_layer_names_what_there_is() -> None:
    assert layer_name(plain(), "EVI") == "spyndex:EVI"
    assert layer_name(plain(), "B04") == "band:B04"
    with pytest.raises(RasterError) as refusal:
        layer_name(plain(), "<script>")
    assert "true, false" in refusal.value.advice
