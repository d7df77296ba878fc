"""Patches that change networks learn from: pairs of worlds with known change, and all that looks like change.

Each scene gives pairs in which things happened, a year apart or at any later date, and pairs in which nothing did. All
of them are spoiled as images are: light, haze, a shift of the grid, other gains, digital numbers, coarse pixels. Half
of the patches lie around something that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eodash.change.pair import Floats, Mask, Pair, checked
from eodash.change.standard import BANDS, places, standardised
from eodash.datasets import nuisance
from eodash.datasets.cache import keep, shelf
from eodash.datasets.change_pairs import SIZE, SPLITS, TRIES, KnownPair, Scene, known_pair, scene_of
from eodash.errors import RasterError

STATE = "1"
"""Another one where the same arguments give other patches."""
UNKNOWN = 255
HAPPENED, STILL = 3, 3
"""Pairs of a scene with change, and without."""
AROUND, ANYWHERE = 2, 1
"""Patches of a pair with change: around a changed pixel, and wherever."""
WAVELENGTHS = np.array([1, 0.75, 0.55, 0.4, 0.2, 0.15], np.float32)
"""How much haze adds, relative to the blue."""
OnDone = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Patches:
    """Squares of pairs, standardised by the whole scene's pair."""

    before: NDArray[np.float16]  # (N, 6, S, S)
    after: NDArray[np.float16]
    usable: NDArray[np.bool_]  # (N, S, S)
    changed: NDArray[np.bool_]
    cover_before: NDArray[np.uint8]  # index in the land-cover legend, 255 where unknown
    cover_after: NDArray[np.uint8]
    scene: NDArray[np.int32]  # (N,)

    def __len__(self) -> int:
        return len(self.scene)


def patches(split: str, scenes: int, seed: int = 0, side: int = 96, on_done: OnDone | None = None) -> Patches:
    """Patches of so many scenes; made once and kept below home, then read as they are needed."""
    folder = shelf("change-patches", STATE, f"{split}-{seed}-{scenes}-{side}")
    names = [field.name for field in fields(Patches)]
    found = {name: _mapped(folder / f"{name}.npy") for name in names}
    if any(array is None for array in found.values()):
        made = [_scene_patches(split, seed, scene, side, on_done, scenes) for scene in range(scenes)]
        for name in names:
            keep(folder / f"{name}.npy", np.concatenate([getattr(each, name) for each in made]))
            found[name] = _mapped(folder / f"{name}.npy")
    return Patches(**{name: array for name, array in found.items() if array is not None})


def _scene_patches(split: str, seed: int, scene: int, side: int, on_done: OnDone | None, scenes: int) -> Patches:
    """Those of one scene: of the first try with clear dates enough."""
    rng = np.random.default_rng([SPLITS[split], seed, scene, 1])
    if on_done is not None:
        on_done(scene, scenes)
    for _ in range(TRIES):
        cut: list[dict[str, Any]] = []
        for known in _pairs(rng, scene_of(rng, f"{split} {seed}.{scene}", max(SIZE, 2 * side))):
            cut += _cut(rng, spoiled(rng, known, side), side)
        if cut:
            names = [field.name for field in fields(Patches)][:-1]
            stacked = {name: np.stack([each[name] for each in cut]) for name in names}
            return Patches(**stacked, scene=np.full(len(cut), scene, np.int32))
    raise RasterError(
        f"The weather of scene {scene} leaves no clear dates in {TRIES} tries.", "Take another seed.", code="no_dates"
    )


def _pairs(rng: np.random.Generator, scene: Scene) -> Iterator[KnownPair]:
    """Pairs with change, a year apart and at any later date, then without, before and after it all."""
    early, clear, world = scene.early, scene.clear, scene.world
    late = clear[world.times[clear] > scene.middle + np.timedelta64(20, "D")]
    yearly = [(int(one), other) for one in early if (other := scene.anniversary(int(one))) is not None]
    if len(early) < 2 or len(late) < 2 or not yearly:
        return
    changed = [yearly[place] for place in rng.permutation(len(yearly))[: HAPPENED - 1]]
    changed += [(int(rng.choice(early)), int(rng.choice(late))) for _ in range(HAPPENED - len(changed))]
    still = []
    for some in (early, early, late)[:STILL]:
        place = int(rng.integers(len(some) - 1))
        still.append((int(some[place]), int(some[min(place + int(rng.integers(0, 5)), len(some) - 1)])))
    for before, after in (*changed, *still):
        known = known_pair(world, before, after, "")
        if before == after:
            known = replace(known, pair=replace(known.pair, after=nuisance.noisy(rng, known.pair.after)))
        yield replace(known, pair=_six(known))


def _six(known: KnownPair) -> Pair:
    """The six bands alone."""
    chosen = places(known.pair.bands)
    return replace(known.pair, before=known.pair.before[chosen], after=known.pair.after[chosen], bands=BANDS)


def spoiled(rng: np.random.Generator, known: KnownPair, side: int) -> KnownPair:
    """The same pair as a worse day, or another sensor, would have taken it; the truth stays."""
    images: list[Floats] = [known.pair.before, known.pair.after]
    which = int(rng.integers(2))
    chance = rng.random(6)
    if chance[0] < 0.35:
        images[which] = nuisance.lit(rng, images[which], 0.65, 1.15)
    if chance[1] < 0.3:
        images[1 - which] = nuisance.hazed(rng, images[1 - which], 0.005, WAVELENGTHS)
    if chance[2] < 0.4:
        images[which] = nuisance.shifted(rng, images[which], 0.0, 1.0)
    if chance[3] < 0.35:
        images[1 - which] = nuisance.regained(rng, images[1 - which])
    factor = known.pair.usable.shape[0] // side if chance[4] < 0.25 else 1
    if factor > 1:
        known, images = _coarse(known, images, factor)
    if chance[5] < 0.3:
        images = list(nuisance.digital(rng, (images[0], images[1])))
    return replace(known, pair=replace(known.pair, before=images[0], after=images[1]))


def _coarse(known: KnownPair, images: list[Floats], factor: int) -> tuple[KnownPair, list[Floats]]:
    """Pixels so many times as wide; one counts as changed where most of it did, and is known where all of it is one."""

    def share(mask: Mask) -> Floats:
        shares: Floats = nuisance.coarse(mask[None].astype(np.float32), factor)[0]
        return shares

    changed, usable = share(known.changed), share(known.pair.usable)
    every = (slice(factor // 2, None, factor),) * 2
    covers = None if known.covers is None else (known.covers[0][every], known.covers[1][every])
    pair = replace(known.pair, usable=usable > 0.99, hectares=known.pair.hectares * factor**2)
    smaller = replace(known, pair=pair, changed=changed > 0.5, known=np.ones(changed.shape, bool), covers=covers)
    return smaller, [nuisance.coarse(image, factor) for image in images]


def _cut(rng: np.random.Generator, known: KnownPair, side: int) -> Iterator[dict[str, Any]]:
    """Patches of one pair."""
    try:
        before, after = standardised(checked(known.pair))
    except RasterError:  # clouded over, or a band gone flat
        return
    rows, columns = known.changed.shape
    touched = np.argwhere(known.changed & known.pair.usable)
    centres = [touched[rng.integers(len(touched))] for _ in range(AROUND) if len(touched)]
    corners = [centre - side // 2 + rng.integers(-side // 3, side // 3 + 1, 2) for centre in centres]
    corners += [rng.integers(0, (rows, columns)) for _ in range(ANYWHERE)]
    for corner in corners[: 1 if rows == side else None]:
        y, x = np.clip(corner, 0, (rows - side, columns - side))
        here = (slice(int(y), int(y) + side), slice(int(x), int(x) + side))
        covers = known.covers or (np.full((rows, columns), UNKNOWN, np.uint8),) * 2
        yield {
            "before": before[(..., *here)].astype(np.float16),
            "after": after[(..., *here)].astype(np.float16),
            "usable": known.pair.usable[here],
            "changed": known.changed[here],
            "cover_before": covers[0][here],
            "cover_after": covers[1][here],
        }


def _mapped(path: Path) -> NDArray[Any] | None:
    """A kept array, read as it is needed; None where there is none."""
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found
