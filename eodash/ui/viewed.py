"""What of a run is on the screen: its dates, its layers, its pinned pixels, on one side or on two."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import xarray as xr

from eodash.sensors import Sensor, sensor_of
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.views.calendar_chart import Pixel, panel_layer
from eodash.views.map import Compare
from eodash.views.picture import Look, band_layers, index_layers, layers
from eodash.views.theme import PIXELS

Side = Literal["a", "b"]
"""The first date is on the left, the second on the right."""

STRETCHES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True)
class Viewed:
    """A run and what of it is on the screen."""

    run: Run
    cube: xr.DataArray
    after: bool = False  # the chain has run

    @property
    def times(self) -> np.ndarray:
        return self.cube["time"].values.astype("datetime64[s]")

    @property
    def compare(self) -> Compare:
        """One date, or how two are compared."""
        asked = choices.view("compare")
        return next((way for way in get_args(Compare) if way == asked), "one")

    @property
    def sides(self) -> tuple[Side, ...]:
        return ("a",) if self.compare == "one" else ("a", "b")

    @property
    def index(self) -> int:
        """The chosen date; at first the clearest of the greener half of the season."""
        found = self._asked("a")
        return clearest(self.cube) if found is None else found

    def index_on(self, side: Side) -> int:
        """The date on a side; at first the right-hand one is the clearest well apart from the left-hand one."""
        if side == "a":
            return self.index
        found = self._asked("b")
        return apart(self.cube, self.index) if found is None else found

    def _asked(self, side: Side) -> int | None:
        """The image nearest to what was chosen for a side; None where nothing, or nonsense, was."""
        asked = choices.view(view_name("date", side))
        try:
            wanted = np.datetime64("" if asked is None else str(asked)[:19], "s")
        except ValueError:
            return None
        return None if np.isnat(wanted) else int(np.abs(self.times - wanted).argmin())

    def time_on(self, side: Side) -> np.datetime64:
        moment: np.datetime64 = self.times[self.index_on(side)]
        return moment

    @property
    def sensor(self) -> Sensor:
        return sensor_of(self.cube.attrs)

    @property
    def bands(self) -> tuple[str, ...]:
        return tuple(self.cube["band"].values.tolist())

    @cached_property
    def layers(self) -> dict[str, str]:
        """The few layers that most people want, with titles."""
        return layers(self.sensor, self.bands)

    @cached_property
    def more(self) -> dict[str, str]:
        """Every index that the bands allow, and each band by itself."""
        units = str(self.cube.attrs.get("units", ""))
        return index_layers(self.sensor, self.bands, units) | band_layers(self.sensor, self.bands)

    @cached_property
    def titles(self) -> dict[str, str]:
        """Everything that can be drawn."""
        return self.layers | self.more

    @property
    def on_chart(self) -> str:
        """What the series of the pixels shows: the layer on the map if it is no composite, else the first index."""
        looked_at = [self.look_on(side).layer for side in self.sides]
        return panel_layer(self.cube, next((name for name in looked_at if name not in self.sensor.composites), ""))

    @property
    def look(self) -> Look:
        return self.look_on("a")

    def look_on(self, side: Side) -> Look:
        """How a side is drawn; the right-hand one like the left-hand one until somebody changes it."""
        offered = self.titles
        wanted = [choices.view(view_name("layer", each)) for each in (("b", "a") if side == "b" else ("a",))]
        layer = next((str(name) for name in wanted if isinstance(name, str) and name in offered), next(iter(offered)))
        stretch = choices.view("stretch", 1.0)
        return Look(layer, float(stretch) if stretch in STRETCHES else 1.0, choices.view("mask") is True)

    @property
    def pixels(self) -> list[Pixel]:
        """The pinned pixels that lie in the cube."""
        rows, columns = self.cube.shape[2:]
        said = choices.view("pixels")
        found: list[Pixel] = []
        for place in said[: len(PIXELS)] if isinstance(said, list) else ():
            match place:
                case [int(row), int(column)] if 0 <= row < rows and 0 <= column < columns:
                    found.append(Pixel(len(found) + 1, row, column))
        return found


def offers_chain(opened: Run) -> bool:
    """Whether there is a chain whose result can be looked at; normalised numbers are no reflectance."""
    chain = cached.preparation(opened).chain
    return bool(chain.on) and chain.normalise is None


def shows_chain(opened: Run) -> bool:
    """Whether the images are looked at after the chain."""
    return choices.view("after") is True and offers_chain(opened)


def view_name(name: str, side: Side) -> str:
    """What a choice for a side is called in a run's view."""
    return name if side == "a" else f"{name}_b"


def _clear_share(cube: xr.DataArray) -> np.ndarray:
    share: np.ndarray = cube["clear"].values[:, ::4, ::4].mean((1, 2))
    return share


def clearest(cube: xr.DataArray) -> int:
    """The clearest image of the middle third of the season."""
    share = _clear_share(cube)
    third = len(share) // 3
    return int(third + share[third : max(2 * third, third + 1)].argmax())


def apart(cube: xr.DataArray, index: int) -> int:
    """The clearest image at least a quarter of the season away from another; later ones first, as time runs."""
    times = cube["time"].values
    distance = np.abs(times - times[index])
    far = distance >= min((times[-1] - times[0]) / 4, distance.max())
    share = np.where(far, _clear_share(cube), -1)
    return int(len(share) - 1 - share[::-1].argmax())
