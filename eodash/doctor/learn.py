"""Makes `spectra.csv`, what is plausible at each level: `python -m eodash.doctor.learn`.

Learned from worlds that are none of the demo's.

Mixtures of normal distributions over asinh(reflectance / 0.02), which is linear around zero and logarithmic above;
what those worlds lack (deserts, snow, open sea, bright clouds, conifers) is added with wide spreads by hand.
Band means by hand: typical values of the ECOSTRESS and USGS spectral libraries, rounded.
"""

from __future__ import annotations

import csv
from datetime import date

import numpy as np
from sklearn.mixture import GaussianMixture

from eodash.doctor.library import KNEE, PATH
from eodash.sensors import SENSORS
from eodash.sources.contract import NODATA
from eodash.sources.demo import CLEAR_CODES
from eodash.world import Region, make

PLACES = (
    (52, 10, "temperate"), (45, 2, "temperate"), (-40, 175, "temperate"), (49, 20, "temperate"), (58, 15, "temperate"),
    (43, -80, "temperate"), (38, -5, "winter-rain"), (-33, 18, "winter-rain"), (35, 36, "winter-rain"),
    (-31, 117, "winter-rain"),
)  # fmt: skip
SIZE, EVERY, PER_DATE, COMPONENTS = 96, 4, 500, 14
NAMES = SENSORS["sentinel-2-l1c"].names
PATH_RADIANCE = np.array([0.085, 0.062, 0.036, 0.020, 0.016, 0.013, 0.010, 0.008, 0.007, 0.003, 0, 0.001, 0.0005])
THROUGH = np.array([0.80, 0.84, 0.88, 0.92, 0.92, 0.94, 0.95, 0.95, 0.96, 0.35, 0.01, 0.94, 0.93])
BY_HAND = {  # weight, spread of brightness, spread of each band, then B01 … B12 at the surface
    "sand": (0.04, 0.30, 0.15, ".10 .13 .21 .31 .34 .36 .38 .40 .41 .42 .45 .50 .46"),
    "pale desert": (0.03, 0.25, 0.12, ".18 .22 .28 .34 .36 .38 .39 .40 .41 .42 .44 .47 .42"),
    "dry savanna": (0.04, 0.30, 0.18, ".04 .05 .08 .12 .15 .18 .20 .22 .24 .25 .30 .32 .22"),
    "conifers": (0.04, 0.30, 0.25, ".012 .016 .028 .018 .045 .12 .15 .16 .17 .17 .10 .075 .033"),
    "jungle": (0.03, 0.20, 0.25, ".014 .020 .042 .022 .065 .22 .28 .30 .31 .31 .16 .13 .05"),
    "sea": (0.03, 0.45, 0.45, ".035 .035 .022 .010 .008 .007 .006 .005 .005 .004 .003 .003 .002"),
    "muddy river": (0.02, 0.35, 0.35, ".05 .06 .09 .10 .08 .05 .05 .035 .03 .02 .004 .006 .004"),
    "snow": (0.03, 0.30, 0.15, ".80 .82 .82 .81 .80 .79 .78 .76 .74 .65 .25 .10 .08"),
    "wet snow": (0.01, 0.45, 0.25, ".45 .46 .45 .43 .42 .41 .40 .38 .36 .28 .10 .05 .04"),
    "cloud": (0.05, 0.40, 0.12, ".62 .60 .60 .62 .63 .64 .65 .66 .66 .60 .40 .48 .38"),
    "ice cloud": (0.02, 0.40, 0.30, ".55 .52 .51 .52 .52 .53 .54 .54 .54 .50 .35 .30 .22"),
}


def spectra(level: str) -> np.ndarray:
    """Pixels of the worlds, the cloudy ones among them thinned: (pixel, band), reflectance."""
    rng, parts = np.random.default_rng(0), []
    for number, (latitude, longitude, climate) in enumerate(PLACES):
        name = f"place {number}"
        region = Region(name, name, climate, latitude, longitude, 900 + number, date(2022, 1, 5), date(2022, 12, 20))
        world = make(region, SIZE)
        for index in range(1, len(world.times), EVERY):
            seen = world.render(index, level)
            pick = rng.choice(SIZE * SIZE, PER_DATE, replace=False)
            clear = np.isin(seen.scl, CLEAR_CODES).ravel()[pick]
            pick = pick[clear | (rng.random(PER_DATE) < 0.4)]
            parts.append(seen.values.reshape(len(seen.bands), -1)[:, pick].T)
    values = np.concatenate(parts)
    return np.asarray(values[(values != NODATA).all(1)] / 1e4)


def by_hand(level: str) -> tuple[list[float], list[np.ndarray], list[np.ndarray]]:
    """Weights, means and covariances of what the worlds lack."""
    weights, means, covariances = [], [], []
    for name, (weight, bright, each, said) in BY_HAND.items():
        mean = np.array(said.split(), dtype=float)
        if level == "l1c":
            cloud = "cloud" in name
            mean = mean if cloud else PATH_RADIANCE + THROUGH * mean
            mean[NAMES.index("B10")] = {"cloud": 0.01, "ice cloud": 0.2}.get(name, 0.0015)
        kept = [index for index, band in enumerate(NAMES) if band in SENSORS[f"sentinel-2-{level}"].names]
        size, mean = len(kept), mean[kept]
        slope = mean / np.sqrt(mean**2 + KNEE**2)  # of asinh against the logarithm
        weights.append(weight)
        means.append(np.arcsinh(mean / KNEE))
        covariances.append(np.outer(slope, slope) * bright**2 + np.eye(size) * each**2 * np.maximum(slope, 0.3) ** 2)
    return weights, means, covariances


def learned(level: str) -> list[list[object]]:
    """Rows of the table for one level."""
    pixels = np.arcsinh(spectra(level) / KNEE)
    mixture = GaussianMixture(COMPONENTS, reg_covar=4e-3, random_state=0, max_iter=100).fit(pixels)
    weights, means, covariances = by_hand(level)
    rows: list[list[object]] = []
    share = 1 - sum(weights)
    everything = [
        *zip(mixture.weights_ * share, mixture.means_, mixture.covariances_, strict=True),
        *zip(weights, means, covariances, strict=True),
    ]
    for weight, mean, covariance in everything:
        lower = covariance[np.tril_indices(len(mean))]
        rows.append([level, f"{weight:.4f}", *(f"{value:.3f}" for value in mean), *(f"{v:.4f}" for v in lower)])
    return rows


def main() -> None:
    with PATH.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(row for level in ("l2a", "l1c") for row in learned(level))


if __name__ == "__main__":
    main()
