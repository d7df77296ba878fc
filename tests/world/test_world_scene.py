"""The demo world as a whole: what is promised of it, on small and full maps."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.ndimage import maximum_filter, minimum_filter

from eodash.errors import EodashError
from eodash.sensors import SENSORS
from eodash.world import REGIONS, make
from eodash.world.legend import BREIZHCROPS, FINE, LANDCOVER, NAMES, translate
from eodash.world.noise import field
from eodash.world.region import mercator
from eodash.world.weather import Sky, Sun, sun

NORTH = REGIONS["temperate-north"]


@pytest.fixture(scope="module")
def world():
    return make(NORTH)


@pytest.fixture(scope="module")
def small():
    return make(NORTH, size=96)


def ndvi(picture):
    red, infrared = (picture.values[picture.bands.index(name)].astype(float) for name in ("B04", "B08"))
    return (infrared - red) / (infrared + red)


def clearest(world, day):
    """The clear, snowless date nearest to a phase day."""
    days = (world.times - world.zero) / np.timedelta64(86400, "s")
    fit = [index for index, sky in enumerate(world.skies) if world.cloud_share[index] < 0.1 and sky.snow == 0]
    return min(fit, key=lambda index: abs(days[index] - day))


def test_the_same_seed_gives_the_same_bytes(small):
    again = make(NORTH, size=96)
    assert (again.times == small.times).all()
    assert (again.classes == small.classes).all()
    for level in ("l1c", "l2a"):
        first, second = small.render(3, level), again.render(3, level)
        assert first.values.tobytes() == second.values.tobytes()
        assert first.scl.tobytes() == second.scl.tobytes()


def test_another_seed_gives_another_world(small):
    other = make(replace(NORTH, seed=999), size=96)
    assert (other.classes != small.classes).mean() > 0.2


def test_the_order_of_rendering_does_not_matter(small):
    backwards = [small.render(index).values.tobytes() for index in (9, 4, 0)]
    assert backwards[::-1] == [small.render(index).values.tobytes() for index in (0, 4, 9)]


def test_about_a_hundred_and_twenty_parcels(world):
    assert 100 <= len(world.fields) <= 140
    assert world.parcels.max() == len(world.fields)
    area = sum(parcel.hectares for parcel in world.fields)
    assert area == pytest.approx((world.parcels > 0).sum() / 100)


@pytest.mark.parametrize("name", REGIONS)
def test_every_class_is_somewhere(name):
    world = make(REGIONS[name])
    assert set(np.unique(world.classes)) == set(range(len(NAMES)))


def test_truth_dates_are_ordered(world):
    for parcel in world.fields:
        assert parcel.sowing < parcel.harvest, parcel
    truth = world.truth()
    inside = world.parcels > 0
    assert (truth.sowing[inside] < truth.harvest[inside]).all()
    assert np.isnat(truth.sowing[~inside]).all()


def test_harvested_fields_lose_their_green(world):
    days = (world.times - world.zero) / np.timedelta64(86400, "s")
    wheat = [parcel for parcel in world.fields if parcel.name == "winter wheat"]
    pictures = {index: ndvi(world.render(index)) for index in {clearest(world, 140), clearest(world, 225)}}
    before, after = clearest(world, 140), clearest(world, 225)
    assert days[before] < 170
    for parcel in wheat:
        inside = world.parcels == parcel.number
        harvest = (parcel.harvest - world.zero) / np.timedelta64(86400, "s")
        assert harvest < days[after] + 20
        assert np.median(pictures[before][inside]) > np.median(pictures[after][inside])


def test_truth_knows_both_legends(world):
    truth = world.truth()
    assert set(np.unique(truth.breizhcrops)) == {*range(len(BREIZHCROPS.labels)), 255}
    assert set(np.unique(truth.landcover)) == set(range(len(LANDCOVER.labels)))


def test_legends_are_complete():
    assert len(BREIZHCROPS.labels) == 9
    assert len(LANDCOVER.labels) == 12
    assert {kind.landcover for kind in FINE} == set(LANDCOVER.names)
    assert {kind.breizhcrops for kind in FINE} - {None} == set(BREIZHCROPS.names)
    for legend in (BREIZHCROPS, LANDCOVER):
        assert len({label.colour for label in legend.labels}) == len(legend.labels)
    codes = np.array([NAMES.index("winter barley"), NAMES.index("water")], np.uint8)
    assert translate(codes, "breizhcrops").tolist() == [0, 255]
    assert translate(codes, "landcover").tolist() == [0, 9]


@pytest.mark.parametrize("size", [1, 7, 64, 130, 300])
def test_any_size_works(size):
    world = make(NORTH, size=size)
    picture = world.render(1, "l1c")
    assert picture.values.shape == (13, size, size)
    assert picture.scl.shape == picture.cloud.shape == world.classes.shape == (size, size)


def test_a_single_date_works():
    world = make(replace(NORTH, start=date(2024, 6, 1), end=date(2024, 6, 1)), size=64)
    assert len(world.times) == 1
    assert world.render(0).values.max() > 100


def test_seasons_of_several_years_work():
    world = make(replace(NORTH, start=date(2022, 11, 1), end=date(2025, 3, 1)), size=64)
    assert len(world.times) > 130
    green = [np.median(ndvi(world.render(clearest(world, day)))) for day in (515, 880)]
    assert min(green) > 0.5


def test_sampling_is_irregular_and_in_order(world):
    steps = np.diff(world.times) / np.timedelta64(86400, "s")
    assert (steps > 0.9).all()
    assert len(np.unique(np.round(steps))) > 2
    assert np.median(np.round(steps)) == 5
    assert world.times.dtype == np.dtype("datetime64[s]")


@pytest.mark.parametrize("level", ["l1c", "l2a"])
def test_bands_are_those_of_the_sensor(small, level):
    picture = small.render(2, level)
    assert picture.bands == SENSORS[f"sentinel-2-{level}"].names
    assert picture.values.dtype == np.int16
    assert picture.values.shape[0] == len(picture.bands)
    assert picture.values.min() >= 1


def test_an_unknown_level_is_refused(small):
    with pytest.raises(EodashError, match="l3"):
        small.render(0, "l3")


def test_southern_seasons_are_half_a_year_away():
    greenest = {}
    for name in ("temperate-north", "temperate-south"):
        region = replace(REGIONS[name], start=date(2023, 1, 1), end=date(2023, 12, 31))
        world = make(region, size=96)
        crops = np.isin(world.classes, [NAMES.index(kind) for kind in ("corn", "sunflower", "root crops")])
        clear = [index for index in range(len(world.times)) if world.cloud_share[index] < 0.1]
        values = [np.median(ndvi(world.render(index))[crops]) for index in clear]
        best = world.times[clear[int(np.argmax(values))]]
        greenest[name] = int(str(best)[5:7])
    assert greenest["temperate-north"] in (7, 8, 9)
    assert greenest["temperate-south"] in (12, 1, 2, 3)


def test_the_sun_stands_where_almanacs_say():
    noon = sun(48.0, 0.0, np.datetime64("2024-06-21T12:02:00"))
    assert noon.zenith == pytest.approx(48.0 - 23.44, abs=0.3)
    assert noon.azimuth == pytest.approx(180, abs=2)
    south = sun(-36.6, 143.5, np.datetime64("2017-12-21T00:56:00"))
    assert 0 < south.azimuth < 110  # in the morning of a southern summer it is east of north


def test_shadows_fall_away_from_the_sun():
    # Sun in the south-east at 45°, clouds at 400 m over pixels of 10 m: 40 pixels towards north-west.
    sky = Sky(Sun(45.0, 135.0), 0.3, 1.0, True, 400.0, 0, 0.1, 0, 1.5, 0, 0.3, seed=5)
    down, right = sky.shift(10.0)
    assert (down, right) == pytest.approx((40 / np.sqrt(2), 40 / np.sqrt(2)))
    axis = np.arange(128, dtype=np.float32)
    dense, _, shade = sky.masks(axis, axis, 10.0)
    step = round(down)
    found = np.corrcoef(shade[:-step, :-step].ravel(), dense[step:, step:].ravel())[0, 1]
    wrong = np.corrcoef(shade[step:, step:].ravel(), dense[:-step, :-step].ravel())[0, 1]
    assert found > 0.95 > 0.5 > wrong


def test_clouds_are_bright_and_shadows_dark(world):
    index = next(i for i in range(len(world.times)) if 0.3 < world.cloud_share[i] < 0.9 and world.skies[i].snow == 0)
    picture = world.render(index, "l2a")
    blue, infrared = picture.values[1], picture.values[7]
    clear = ~picture.cloud & ~picture.shadow
    assert np.median(blue[picture.cloud]) > 4 * np.median(blue[clear])
    assert np.median(infrared[picture.shadow]) < 0.85 * np.median(infrared[clear])


def test_cloud_share_is_known_before_rendering(world):
    for index in (2, 3, 8, 20):
        picture = world.render(index)
        assert world.cloud_share[index] == pytest.approx((picture.cloud | picture.shadow).mean(), abs=1e-6)


def test_cirrus_shows_in_its_own_band():
    world = make(REGIONS["temperate-south"], size=64)
    plain = next(i for i, sky in enumerate(world.skies) if sky.cirrus == 0 and sky.cover == 0)
    skies = list(world.skies)
    skies[plain] = replace(skies[plain], cirrus=0.3)
    veiled = replace(world, skies=tuple(skies))
    assert veiled.render(plain, "l1c").values[10].mean() > 5 * world.render(plain, "l1c").values[10].mean()
    assert (veiled.render(plain).scl == 10).mean() > 0.2


def test_snow_is_bright_in_the_visible_and_dark_in_the_short_wave(world):
    index = next(i for i, sky in enumerate(world.skies) if sky.snow > 0.8 and world.cloud_share[i] < 0.1)
    picture = world.render(index)
    green, swir = picture.values[2].astype(float), picture.values[picture.bands.index("B11")]
    index_map = (green - swir) / (green + swir)
    assert picture.snow.mean() > 0.4
    assert np.median(index_map[picture.snow]) > 0.4
    assert (picture.scl[picture.snow] == 11).mean() > 0.95


def test_no_snow_falls_where_winters_are_mild():
    assert all(sky.snow == 0 for sky in make(REGIONS["winter-rain-south"], size=32).skies)


def test_scene_classification_is_good_but_not_perfect(world):
    index = next(i for i in range(len(world.times)) if 0.2 < world.cloud_share[i] < 0.8)
    picture = world.render(index)
    told = np.isin(picture.scl, (3, 8, 9, 10))
    agreement = (told == (picture.cloud | picture.shadow)).mean()
    assert 0.85 < agreement < 1


def test_water_is_dark_in_the_infrared(world):
    picture = world.render(clearest(world, 170))
    deep = world.classes == NAMES.index("water")
    assert np.median(picture.values[7][deep]) < 500
    assert (picture.scl[deep] == 6).mean() > 0.5


def test_fields_vary_within_and_between(world):
    green = ndvi(world.render(clearest(world, 140)))
    wheat = [green[world.parcels == parcel.number] for parcel in world.fields if parcel.name == "winter wheat"]
    within, between = np.mean([part.std() for part in wheat]), np.std([part.mean() for part in wheat])
    assert 0.003 < within < 0.15
    core = (minimum_filter(world.parcels, 5) == maximum_filter(world.parcels, 5)) & (world.parcels > 0)
    inside = core[:, 3:] & core[:, :-3]
    numbers = np.where(core, world.parcels, 0).ravel()
    pixels = np.maximum(np.bincount(numbers, minlength=len(world.fields) + 1), 1)
    mean = np.bincount(numbers, green.ravel(), len(world.fields) + 1) / pixels
    rest = green - mean[world.parcels]
    alike = np.corrcoef(rest[:, 3:][inside], rest[:, :-3][inside])[0, 1]
    assert alike > 0.5  # patches, not grains
    assert 0.01 < between < 0.25


def test_the_grid_is_the_one_of_utm():
    pyproj = pytest.importorskip("pyproj")
    for region in REGIONS.values():
        way = pyproj.Transformer.from_crs(4326, region.epsg, always_xy=True)
        told = way.transform(region.longitude, region.latitude)
        assert mercator(region.latitude, region.longitude, region.zone) == pytest.approx(told, abs=0.01)
        a, _, west, _, e, top = region.transform
        assert (a, e) == (10, -10)
        assert west % 60 == top % 60 == 0


def test_smooth_noise_has_unit_spread_and_no_seams():
    axis = np.arange(600, dtype=np.float32)
    value = field(np.random.default_rng(1), (12.0, 6.0)).at(axis, axis)
    assert value.std() == pytest.approx(1, abs=0.1)
    assert np.abs(np.diff(value, axis=0)).max() < 1.2


@pytest.mark.alone
def test_a_season_is_rendered_in_seconds(world):
    begin = time.process_time()
    make(NORTH)
    made = time.process_time() - begin
    dates = range(0, len(world.times), 6)
    begin = time.process_time()
    for index in dates:
        world.render(index, "l2a")
    each = (time.process_time() - begin) / len(dates)
    print(f"\nmake {made:.2f} s, render {each * 1000:.0f} ms a date, 73 dates {73 * each:.1f} s")
    assert made < 1.5
    assert each < 0.137  # 73 dates in ten seconds on one thread
