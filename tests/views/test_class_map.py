"""What a model says of each pixel becomes the picture that lies on the map."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from eodash.views.class_map import OPACITY, SHADES, Toned, grey_of, of_classes, of_shares, over, ramp_stops
from eodash.views.picture import Warp, warp_of
from tests.toys import geobox

RED, BLUE = "#FF0000", "#0000FF"


def drawn(toned: Toned, opacity: float = OPACITY, seen: np.ndarray | None = None, grey: int = 0) -> np.ndarray:
    """The picture as RGBA, on the cube's own grid."""
    shape = toned.tones.shape
    box = geobox(*shape)
    known = np.ones(shape, bool) if seen is None else seen
    body = over(toned, np.full(shape, grey, np.uint8), known, opacity, Warp(box, box.to_crs("EPSG:32630")))
    assert body.startswith(b"\x89PNG")
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGBA"))


def own_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    from eodash.views import class_map

    monkeypatch.setattr(class_map, "_on_the_web", lambda index, warp: index)


def test_a_class_has_exactly_the_colour_of_its_legend(monkeypatch: pytest.MonkeyPatch) -> None:
    own_grid(monkeypatch)
    image = drawn(of_classes(np.array([[0, 1], [1, 0]], np.uint8), [RED, BLUE]), opacity=1.0, grey=130)
    assert image[0, 0].tolist() == image[1, 1].tolist() == [255, 0, 0, 255]
    assert image[0, 1].tolist() == [0, 0, 255, 255]


def test_the_scene_shines_through_as_much_as_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    own_grid(monkeypatch)
    one = of_classes(np.zeros((2, 2), np.uint8), [RED])
    dark, bright = (drawn(one, 0.5, grey=grey)[0, 0, :3].astype(int) for grey in (0, 255))
    assert (dark[0], dark[1]) == (148, 20)  # half of red and half of the darkest grey, 40
    assert (bright[0], bright[1]) == (240, 112)  # … of the brightest, 225
    assert drawn(one, 0.9, grey=255)[0, 0, 1] < bright[1]


def test_what_nothing_is_known_of_is_hatched_in_two_greys(monkeypatch: pytest.MonkeyPatch) -> None:
    own_grid(monkeypatch)
    said = np.full((6, 6), 255, np.uint8)
    said[0, 0] = 0
    image = drawn(of_classes(said, [RED]), opacity=1.0)
    assert image[0, 0, :3].tolist() == [255, 0, 0]
    rest = {tuple(colour) for colour in image.reshape(-1, 4)[1:].tolist()}
    assert rest == {(0xEB, 0xEE, 0xF1, 255), (0x8A, 0x95, 0x99, 255)}


def test_outside_the_fetched_ground_the_picture_is_transparent(monkeypatch: pytest.MonkeyPatch) -> None:
    own_grid(monkeypatch)
    seen = np.ones((4, 4), bool)
    seen[1, 2] = False
    alpha = drawn(of_classes(np.zeros((4, 4), np.uint8), [RED, BLUE]), seen=seen)[..., 3]
    assert alpha[1, 2] == 0
    assert (np.delete(alpha.ravel(), 6) == 255).all()


def test_every_number_of_a_legend_of_twelve_is_drawn_at_every_grey(monkeypatch: pytest.MonkeyPatch) -> None:
    own_grid(monkeypatch)
    legend = [f"#{20 * number:02X}0000" for number in range(12)]
    for grey in (0, 128, 255):
        image = drawn(of_classes(np.arange(12, dtype=np.uint8)[None], legend), 1.0, grey=grey)
        assert image[0, :, 0].tolist() == [20 * number for number in range(12)]


def test_shares_grow_darker_by_day_and_lighter_by_night(monkeypatch: pytest.MonkeyPatch) -> None:
    own_grid(monkeypatch)
    shares = np.array([[0, 127, 254]], np.uint8)
    for mode, grows in (("light", -1), ("dark", 1)):
        image = drawn(of_shares(shares, 254, np.ones((1, 3), bool), mode), 1.0)  # type: ignore[arg-type]
        light = image[0, :, :3].astype(int).sum(1)
        assert (np.sign(np.diff(light)) == grows).all(), mode
    assert of_shares(shares, 254, np.array([[True, True, False]]), "light").tones[0, 2] >= SHADES
    assert ramp_stops("light")[0] == (0.0, "#F4F7F7")
    assert ramp_stops("light")[-1][0] == 100.0


def test_on_the_web_map_no_class_is_invented() -> None:
    said = np.random.default_rng(1).integers(0, 2, (12, 16)).astype(np.uint8)
    body = over(
        of_classes(said, [RED, BLUE]), np.zeros((12, 16), np.uint8), np.ones((12, 16), bool), 1.0, warp_of(geobox())
    )
    image = np.asarray(Image.open(io.BytesIO(body)).convert("RGBA")).reshape(-1, 4)
    assert {tuple(colour) for colour in image[image[:, 3] > 0].tolist()} == {(255, 0, 0, 255), (0, 0, 255, 255)}


def test_grey_weighs_the_channels_as_the_eye_does() -> None:
    image = np.zeros((1, 3, 4), np.uint8)
    image[0, 0, 0] = image[0, 1, 1] = image[0, 2, 2] = 100
    assert grey_of(image)[0].tolist() == [30, 59, 11]
