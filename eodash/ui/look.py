"""The look page: one date on the map, the whole season of the pinned pixels beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import streamlit as st
import xarray as xr

from eodash.sensors import Sensor, sensor_of
from eodash.store import Run
from eodash.ui import cached, choices
from eodash.ui.map import drawn_map, on_map_change
from eodash.ui.navigation import go
from eodash.ui.page import caption, empty, failed, mode, section
from eodash.ui.regions import HOME, degrees
from eodash.ui.starting import retry, under_way, watch
from eodash.views.calendar_chart import Pixel, day, move_date
from eodash.views.map import pin, pixel_at, shown
from eodash.views.picture import Look, index_values, layers, warp_of
from eodash.views.theme import CHART, PIXELS

KEY = "look-map"
STRETCHES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True)
class Viewed:
    """A run and what of it is on the screen."""

    run: Run
    cube: xr.DataArray

    @property
    def times(self) -> np.ndarray:
        return self.cube["time"].values.astype("datetime64[s]")

    @property
    def index(self) -> int:
        """The chosen date; at first the clearest of the greener half of the season."""
        asked = choices.view("date")
        if asked is None:
            return _clearest(self.cube)
        try:
            wanted = np.datetime64(str(asked)[:19], "s")
        except ValueError:
            return _clearest(self.cube)
        return int(np.abs(self.times - wanted).argmin())

    @property
    def sensor(self) -> Sensor:
        return sensor_of(self.cube.attrs)

    @property
    def layers(self) -> dict[str, str]:
        """What its bands allow to draw, with titles."""
        return layers(self.sensor, tuple(self.cube["band"].values.tolist()))

    @property
    def look(self) -> Look:
        layer, stretch = choices.view("layer", "true"), choices.view("stretch", 1.0)
        return Look(
            layer if layer in self.layers else next(iter(self.layers)),
            stretch if stretch in STRETCHES else 1.0,
            choices.view("mask") is True,
        )

    @property
    def pixels(self) -> list[Pixel]:
        """The pinned pixels that lie in the cube."""
        rows, columns = self.cube.shape[2:]
        found: list[Pixel] = []
        for place in choices.view("pixels", [])[: len(PIXELS)]:
            row, column = (int(value) for value in place)
            if 0 <= row < rows and 0 <= column < columns:
                found.append(Pixel(len(found) + 1, row, column))
        return found


def _clearest(cube: xr.DataArray) -> int:
    share = cube["clear"].values[:, ::4, ::4].mean((1, 2))
    third = len(share) // 3
    return int(third + share[third : max(2 * third, third + 1)].argmax())


def look() -> None:
    """Whatever there is to see of the session's run: nothing yet, progress, a failure, or the season."""
    opened = choices.run()
    if opened is None:
        _nothing()
        return
    if under_way(opened.key):
        watch(opened.key)
        return
    here = cached.cube(opened.key)
    if here is None:
        said = opened.error or {"message": "This run has no images yet.", "advice": "Fetch them."}
        failed(said, {"Fetch the images": lambda: retry(opened)})
        return
    viewed = Viewed(opened, here)
    playing = bool(st.session_state.get("playing"))
    st.fragment(_season, run_every=0.9 if playing else None)(viewed)


def _nothing() -> None:
    from eodash.ui.start import open_demo

    left, right = st.columns(2, gap="medium")
    with left:
        empty(
            "No region is open",
            "The demo season needs no network and no key.",
            "Open the demo season",
            lambda: open_demo(HOME, {}),
        )
    with right:
        if empty("Your own area", "Draw a box, choose dates and a source.", "Draw my own area"):
            go("area")


def _season(viewed: Viewed) -> None:
    if st.session_state.get("playing"):
        _step(viewed, 1, wrap=True)
    left, right = st.columns([1, 1.28], gap="medium")
    with left:
        _controls(viewed)
        _map(viewed)
        _layer_choice(viewed)
    with right:
        _inspector(viewed)


def _controls(viewed: Viewed) -> None:
    """‹ ▶ › and the calendar slider, directly above the map that they move."""
    times = viewed.times
    first, last = times[0].astype("datetime64[D]").item(), times[-1].astype("datetime64[D]").item()
    chosen = times[viewed.index].astype("datetime64[D]").item()
    buttons, calendar = st.columns([1, 1.3], vertical_alignment="bottom", gap="small")
    playing = bool(st.session_state.get("playing"))
    with buttons, st.container(horizontal=True, gap="small"):
        st.button("‹", key="back", help="Image before", on_click=_step, args=(viewed, -1))
        symbol = ":material/pause:" if playing else ":material/play_arrow:"
        if st.button(symbol, key="play", help="Pause" if playing else "Play the season"):
            st.session_state["playing"] = not playing
            st.rerun()
        st.button("›", key="forth", help="Next image", on_click=_step, args=(viewed, 1))
    with calendar:
        if first == last:
            caption(f"One image: {day(times[0], year=True)}")
            return
        st.session_state["look-date"] = chosen
        st.slider(
            "Date", first, last, format="D MMM", key="look-date", label_visibility="collapsed",
            on_change=_date_chosen, args=(viewed,),
        )  # fmt: skip


def _date_chosen(viewed: Viewed) -> None:
    choices.keep_view(date=str(viewed.times[nearest(viewed.times, viewed.index, st.session_state["look-date"])]))


def nearest(times: np.ndarray, current: int, wanted: date) -> int:
    """The image nearest to a day; a day next to the current image's, as an arrow key gives it, means the next image."""
    days = times.astype("datetime64[D]")
    day_wanted = np.datetime64(wanted, "D")
    index = int(np.abs(days - day_wanted).argmin())
    if index == current and day_wanted != days[current]:
        index += 1 if day_wanted > days[current] else -1
    return min(max(index, 0), len(times) - 1)


def _step(viewed: Viewed, by: int, wrap: bool = False) -> None:
    count = len(viewed.times)
    index = (viewed.index + by) % count if wrap else min(max(viewed.index + by, 0), count - 1)
    choices.keep_view(date=str(viewed.times[index]))


def _map(viewed: Viewed) -> None:
    warp = warp_of(viewed.cube.odc.geobox)
    said = f"{viewed.layers[viewed.look.layer]} on {day(viewed.times[viewed.index], year=True)}"
    picture = (cached.picture_url(viewed.run.key, viewed.times[viewed.index], viewed.look), warp.bounds, said)
    on_map_change(KEY, lambda: _clicked(viewed))
    drawn_map(
        shown(picture=picture, area=viewed.run.request.area, pixels=[pin(pixel, warp) for pixel in viewed.pixels]),
        KEY,
        bounds=warp.bounds,
        height=470,
    )


def _clicked(viewed: Viewed) -> None:
    """A click pins one more pixel; the seventh replaces the sixth."""
    answer: dict[str, Any] = st.session_state.get(KEY) or {}
    place = answer.get("last_clicked")
    found = pixel_at(place["lat"], place["lng"], warp_of(viewed.cube.odc.geobox)) if place else None
    if found is None:
        return
    pinned = [[pixel.row, pixel.column] for pixel in viewed.pixels]
    if list(found) not in pinned:
        choices.keep_view(pixels=[*pinned[: len(PIXELS) - 1], list(found)])


def _layer_choice(viewed: Viewed) -> None:
    offered = viewed.layers
    st.segmented_control(
        "Layer", list(offered), format_func=offered.__getitem__, required=True,
        default=viewed.look.layer, key="look-layer", on_change=_keep_widget, args=("layer",),
    )  # fmt: skip
    bright, cloud = st.columns([1.5, 1], vertical_alignment="bottom")
    with bright:
        st.select_slider(
            "Stretch", STRETCHES, viewed.look.stretch, format_func=lambda value: f"× {value:g}", key="look-stretch",
            on_change=_keep_widget, args=("stretch",),
            disabled=viewed.look.layer not in viewed.sensor.composites,
        )  # fmt: skip
    with cloud:
        st.toggle(
            "Cloud mask", viewed.look.mask, key="look-mask", on_change=_keep_widget, args=("mask",),
            help="Hatch what the scene classification calls cloud, shadow or snow",
        )  # fmt: skip
    share = float(viewed.cube["clear"].values[viewed.index].mean())
    image = f"Image {viewed.index + 1} of {len(viewed.times)}, {day(viewed.times[viewed.index], year=True)}"
    caption(f"{image}: {100 * share:.0f} % of it is clear. Outline: your area.")


def _keep_widget(name: str) -> None:
    choices.keep_view(**{name: st.session_state[f"look-{name}"]})


def _inspector(viewed: Viewed) -> None:
    pixels = viewed.pixels
    if not pixels:
        empty(
            "No pixel chosen",
            "Click the map to read a pixel's season.",
            "Take a green pixel",
            lambda: choices.keep_view(pixels=[list(_greenest(viewed))]),
        )
        return
    newest = pixels[-1]
    place = pin(newest, warp_of(viewed.cube.odc.geobox))
    clear = viewed.cube["clear"].values[:, newest.row, newest.column]
    section(
        f"Pixel {newest.number}: {degrees(place['lat'], place['lng'], 4)}",
        f"{int((~clear).sum())} of {len(clear)} images cloudy there. Click the map for another pixel, six at most.",
    )
    sensor = viewed.sensor
    index = next(iter(sensor.indices))
    moment = viewed.times[viewed.index]
    chart, lock = cached.chart(viewed.run.key, len(viewed.times), tuple(pixels), index, mode())
    said = f"{sensor.indices[index].title} and bands of {len(pixels)} pixels over {len(clear)} dates"
    with lock:
        move_date(chart, moment)
        st.plotly_chart(chart, theme=None, config=CHART, key="series", alt=said)
    with st.container(horizontal=True):
        for pixel in pixels:
            st.button(
                f"✕ pixel {pixel.number}", key=f"unpin-{pixel.number}", type="tertiary",
                on_click=_unpin, args=(viewed, pixel.number),
            )  # fmt: skip
    caption(f"{sensor.indices[index].title} = {sensor.indices[index].formula}. It shows green leaves, not a crop.")


def _unpin(viewed: Viewed, number: int) -> None:
    choices.keep_view(pixels=[[p.row, p.column] for p in viewed.pixels if p.number != number])


def _greenest(viewed: Viewed) -> tuple[int, int]:
    """The pixel with the highest index on the chosen date."""
    sensor = viewed.sensor
    ratio, seen = index_values(viewed.cube[viewed.index], next(iter(sensor.indices)))
    row, column = np.unravel_index(np.where(seen, ratio, -2).argmax(), ratio.shape)
    return int(row), int(column)
