"""Canopy reflectance: 4SAIL (Verhoef 1984; Verhoef, Jia, Xiao & Su 2007), vectorised over canopies and bands.

A canopy is a layer of leaves over a soil. Four fluxes (sun, two diffuse, view) give the layer's reflectances and
transmittances; the soil closes the sums, so one layer serves many soils. Written from the papers' equations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eodash.world.leaf import Array

CLASSES = 9  # leaf-angle classes of 10°
HOT_STEPS = 16  # steps of the hot-spot integral


@dataclass(frozen=True)
class Geometry:
    """Where the sun and the satellite stand, in degrees: one entry per canopy, or one for all."""

    sun: Array
    view: Array
    azimuth: Array  # between them


@dataclass(frozen=True)
class Angles:
    """What leaf angles and geometry make of light: extinction and scattering weights, (canopy, 1) each."""

    sun: Array  # extinction of direct sunlight per leaf area
    view: Array  # extinction towards the satellite
    flat: Array  # mean squared cosine of the leaf angle
    back: Array  # direct scattering from sun to view by reflection
    through: Array  # the same by transmission
    apart: Array  # distance of sun and view directions, for the hot spot


@dataclass(frozen=True)
class Layer:
    """A layer of leaves without its soil; (canopy, band), or (canopy, 1) where colourless."""

    direct: Array  # reflectance sun → view
    sun_back: Array  # reflectance sun → diffuse
    view_back: Array  # reflectance diffuse → view
    back: Array  # reflectance diffuse → diffuse
    through: Array  # transmittance diffuse → diffuse
    sun_through: Array  # transmittance sun → diffuse
    view_through: Array  # transmittance diffuse → view
    sun_gap: Array  # sunlight that meets no leaf
    view_gap: Array  # soil seen between leaves
    both_gap: Array  # soil both lit and seen


def ellipsoidal(mean: Array) -> Array:
    """Share of leaves in each inclination class for an ellipsoidal distribution of this mean angle in degrees."""
    shape = np.exp(-1.6184e-5 * mean**3 + 2.1145e-3 * mean**2 - 1.2390e-1 * mean + 3.2491)[:, None]  # Campbell 1990
    shape = np.where(np.abs(shape - 1) < 1e-3, 1.001, shape)
    edge = np.tan(np.radians(np.linspace(0, 89.9, CLASSES + 1)))
    squeezed = shape / np.sqrt(1 + (edge * shape) ** 2)  # position along the ellipse
    span = shape**2 / np.abs(1 - shape**2)
    root = np.sqrt(span)
    prolate = shape > 1
    up = np.sqrt(span + squeezed**2)
    down = np.sqrt(np.maximum(span - squeezed**2, 0))
    inside = np.where(
        prolate,
        squeezed * up + span * np.log(squeezed + up),
        squeezed * down + span * np.arcsin(np.clip(squeezed / root, -1, 1)),
    )
    share = np.abs(np.diff(inside, axis=1))
    return np.asarray(share / share.sum(1, keepdims=True), dtype=np.float32)


def angles(mean: Array, where: Geometry) -> Angles:
    """Extinction and scattering weights of leaves with these mean angles (degrees)."""
    share = ellipsoidal(np.asarray(mean, np.float32))
    leaf = np.radians(np.linspace(5, 85, CLASSES, dtype=np.float32))
    sun, view, azimuth = (
        np.radians(np.asarray(angle, np.float32)).reshape(-1, 1) for angle in (where.sun, where.view, where.azimuth)
    )
    sun_level, sun_tilt = np.cos(leaf) * np.cos(sun), np.sin(leaf) * np.sin(sun)
    view_level, view_tilt = np.cos(leaf) * np.cos(view), np.sin(leaf) * np.sin(view)
    sun_turn, sun_reach = turn(sun_level, sun_tilt)
    view_turn, view_reach = turn(view_level, view_tilt)
    sun_area = 2 / np.pi * ((sun_turn - np.pi / 2) * sun_level + np.sin(sun_turn) * sun_tilt)
    view_area = 2 / np.pi * ((view_turn - np.pi / 2) * view_level + np.sin(view_turn) * view_tilt)

    near = np.abs(sun_turn - view_turn)
    far = np.pi - np.abs(sun_turn + view_turn - np.pi)
    first, last = np.minimum(near, azimuth), np.maximum(far, azimuth)
    middle = near + far + azimuth - first - last
    same = 2 * sun_level * view_level + sun_tilt * view_tilt * np.cos(azimuth)
    cross = np.sin(middle) * (2 * sun_reach * view_reach + sun_tilt * view_tilt * np.cos(first) * np.cos(last))
    reflected = np.maximum(((np.pi - middle) * same + cross) / (2 * np.pi**2), 0)
    transmitted = np.maximum((cross - middle * same) / (2 * np.pi**2), 0)

    sun_up, view_up = np.cos(sun), np.cos(view)
    tangents = np.tan(sun) ** 2 + np.tan(view) ** 2 - 2 * np.tan(sun) * np.tan(view) * np.cos(azimuth)

    def mix(value: Array) -> Array:
        return np.asarray((share * value).sum(1, keepdims=True), dtype=np.float32)

    rows = (len(share), 1)
    return Angles(
        mix(sun_area / sun_up),
        mix(view_area / view_up),
        mix(np.cos(leaf) ** 2),
        mix(reflected) * np.pi / (sun_up * view_up),
        mix(transmitted) * np.pi / (sun_up * view_up),
        np.asarray(np.broadcast_to(np.sqrt(np.maximum(tangents, 0)), rows), dtype=np.float32),
    )


def turn(level: Array, tilt: Array) -> tuple[Array, Array]:
    """Azimuth at which a leaf turns from lit to unlit, and the reach of the light that goes with it."""
    always = np.abs(level) >= np.abs(tilt)
    cosine = -level / np.where(np.abs(tilt) < 1e-6, 1e-6, tilt)
    return np.where(always, np.pi, np.arccos(np.clip(cosine, -1, 1))), np.where(always, level, tilt)


def layer(reflectance: Array, transmittance: Array, lai: Array, angle: Array, hot: Array, where: Geometry) -> Layer:
    """Fluxes of layers of leaves: optics (canopy, band), the rest (canopy,); `hot` = leaf size / height."""
    seen = angles(angle, where)
    depth = np.maximum(np.asarray(lai, np.float32), 1e-4)[:, None]
    level, upright = (1 + seen.flat) / 2, (1 - seen.flat) / 2
    back = level * reflectance + upright * transmittance
    forward = upright * reflectance + level * transmittance
    sun_b = (seen.sun + seen.flat) / 2 * reflectance + (seen.sun - seen.flat) / 2 * transmittance
    sun_f = (seen.sun - seen.flat) / 2 * reflectance + (seen.sun + seen.flat) / 2 * transmittance
    view_b = (seen.view + seen.flat) / 2 * reflectance + (seen.view - seen.flat) / 2 * transmittance
    view_f = (seen.view - seen.flat) / 2 * reflectance + (seen.view + seen.flat) / 2 * transmittance
    single = seen.back * reflectance + seen.through * transmittance

    loss = 1 - forward
    decay = np.sqrt(np.maximum(loss**2 - back**2, 1e-6))
    deep = (loss - decay) / np.maximum(back, 1e-6)  # reflectance of an endless layer
    fade = np.exp(-decay * depth)
    sun_gap, view_gap = np.exp(-seen.sun * depth), np.exp(-seen.view * depth)
    echo = 1 - (deep * fade) ** 2

    sun_1, sun_2 = between(seen.sun, decay, depth, sun_gap, fade), beyond(seen.sun, decay, sun_gap, fade)
    view_1, view_2 = between(seen.view, decay, depth, view_gap, fade), beyond(seen.view, decay, view_gap, fade)
    sun_down, sun_up = (sun_f + sun_b * deep) * sun_1, (sun_f * deep + sun_b) * sun_2
    view_down, view_up = (view_f + view_b * deep) * view_1, (view_f * deep + view_b) * view_2
    sun_through = (sun_down - deep * fade * sun_up) / echo
    sun_back = (sun_up - deep * fade * sun_down) / echo
    view_through = (view_down - deep * fade * view_up) / echo
    view_back = (view_up - deep * fade * view_down) / echo

    common = (1 - sun_gap * view_gap) / (seen.sun + seen.view)
    first = (common - sun_1 * view_gap) / (seen.view + decay)
    second = (common - view_1 * sun_gap) / (seen.sun + decay)
    many = (
        (view_f * deep + view_b) * first * (sun_f + sun_b * deep)
        + (view_f + view_b * deep) * second * (sun_f * deep + sun_b)
        - (view_back * sun_up + view_through * sun_down) * deep
    ) / (1 - deep**2)
    once, both_gap = hot_spot(seen, depth, np.asarray(hot, np.float32).reshape(-1, 1))
    return Layer(
        single * once + many,
        sun_back,
        view_back,
        deep * (1 - fade**2) / echo,
        (1 - deep**2) * fade / echo,
        sun_through,
        view_through,
        sun_gap,
        view_gap,
        both_gap,
    )


def between(k: Array, m: Array, depth: Array, gap: Array, fade: Array) -> Array:
    """∫ exp(−k x) exp(−m (L − x)) dx over the layer."""
    apart = k - m
    close = np.abs(apart * depth) < 1e-2
    exact = (fade - gap) / np.where(close, 1, apart)
    return np.where(close, depth * (gap + fade) / 2 * (1 - (apart * depth) ** 2 / 12), exact)


def beyond(k: Array, m: Array, gap: Array, fade: Array) -> Array:
    """∫ exp(−(k + m) x) dx over the layer."""
    return (1 - gap * fade) / (k + m)


def hot_spot(seen: Angles, depth: Array, size: Array) -> tuple[Array, Array]:
    """Leaf area both lit and seen, and soil both lit and seen (Kuusk's overlap function, integrated in steps)."""
    pace = np.clip(2 * seen.apart / ((seen.sun + seen.view) * np.maximum(size, 1e-4)), 1e-3, 200)
    share = np.arange(HOT_STEPS + 1, dtype=np.float32) / HOT_STEPS
    step = -np.log(1 - share[:-1] * (1 - np.exp(-pace))) / pace  # dense where the overlap fades quickly
    step = np.concatenate([step, np.ones_like(pace)], axis=1)
    overlap = np.sqrt(seen.sun * seen.view) * (1 - np.exp(-pace * step)) / pace
    level = (overlap - (seen.sun + seen.view) * step) * depth
    height = np.exp(level)
    rise = np.diff(level, axis=1)
    mean = np.where(np.abs(rise) < 1e-3, height[:, 1:], np.diff(height, axis=1) / np.where(rise == 0, 1, rise))
    return depth * (mean * np.diff(step, axis=1)).sum(1, keepdims=True), height[:, -1:]


def over_soil(leaves: Layer, soil: Array, sky: Array) -> Array:
    """Reflectance of canopies over their soils under a sky with this diffuse share: (canopy, band)."""
    echo = 1 - soil * leaves.back
    direct = (
        leaves.direct
        + leaves.both_gap * soil
        + (
            (leaves.sun_gap + leaves.sun_through) * leaves.view_through
            + (leaves.sun_through + leaves.sun_gap * soil * leaves.back) * leaves.view_gap
        )
        * soil
        / echo
    )
    diffuse = leaves.view_back + leaves.through * soil * (leaves.view_through + leaves.view_gap) / echo
    return np.asarray((1 - sky) * direct + sky * diffuse, dtype=np.float32)


def sky_share(wavelength: NDArray[np.float64]) -> Array:
    """Diffuse share of the light on a clear day, by wavelength in nm."""
    return np.asarray(np.minimum(0.35 * (wavelength / 490.0) ** -1.3, 1), dtype=np.float32)
