"""Colours of indices: one ramp per domain, with zero in the middle for normalised differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NDVI_RAMP = np.array(
    [
        (-0.2, 0x5B, 0x6E, 0x86),
        (0.0, 0xB9, 0xA9, 0x93),
        (0.2, 0xE3, 0xD6, 0xB4),
        (0.4, 0xB7, 0xCF, 0x7E),
        (0.6, 0x6D, 0xA8, 0x4F),
        (0.8, 0x24, 0x77, 0x3B),
        (1.0, 0x06, 0x3F, 0x2A),
    ]
)
"""Index value, red, green, blue: from water over soil to dense green; lightness falls all the way above zero."""

GREY = ("#101010", "#F4F4F4")
_GREEN = ("#E3D6B4", "#B7CF7E", "#6DA84F", "#24773B", "#063F2A")
_ONE_WAY: dict[str, tuple[str, ...]] = {
    "vegetation": ("#B9A993", *_GREEN),
    "water": ("#F1EBDD", "#BBD9E6", "#6FAFD6", "#2B78B8", "#08306B"),
    "snow": ("#6E665C", "#B0AAA2", "#E4E8EC", "#B5DCF5", "#5AA9E6"),
    "burn": ("#F5EBDD", "#EBC08A", "#D9803C", "#9C3617", "#3B0F0A"),
    "urban": ("#F0EBE2", "#CFC0AC", "#A58D78", "#76604F", "#3E3129"),
    "soil": ("#F3EAD8", "#DCC294", "#BC935A", "#8A6236", "#4B3119"),
}
"""From little to much; clouds and whatever else there is are grey."""
_LOW: dict[str, tuple[str, ...]] = {
    "vegetation": ("#5B6E86", "#738093", "#8A939F", "#A29F99"),
    "water": ("#5A3A17", "#8F6A3B", "#BF9E70", "#DEC9A8"),
    "snow": ("#2F2A25", "#47413A", "#5A534A", "#645C52"),
    "burn": ("#0B4A38", "#3C7C5D", "#85AE8C", "#C3D3B9"),
    "urban": ("#155A45", "#4B8468", "#8DB097", "#CAD6C4"),
    "soil": ("#1D5B56", "#558B81", "#97B8AB", "#D0DBCB"),
}
"""The side below zero of a normalised difference, from −1 up."""


def ramp_of(domain: str, low: float, high: float, signed: bool) -> NDArray[np.float64]:
    """Value, red, green, blue of each stop between two limits."""
    if domain not in _ONE_WAY:
        colours: tuple[str, ...] = GREY
    else:
        colours = (*_LOW[domain], *_ONE_WAY[domain]) if signed else _ONE_WAY[domain]
    stops = np.linspace(low, high, len(colours))
    if signed and domain in _ONE_WAY:  # as many colours below zero as they are, zero itself the first of the others
        below = np.linspace(low, 0, len(_LOW[domain]), endpoint=False)
        stops = np.concatenate([below, np.linspace(0, high, len(_ONE_WAY[domain]))])
    return np.column_stack([stops, [_rgb(colour) for colour in colours]])


def colours(values: NDArray[np.floating], ramp: NDArray[np.float64]) -> NDArray[np.float64]:
    """Red, green and blue of values along a ramp, in a last dimension."""
    return np.stack([np.interp(values, ramp[:, 0], ramp[:, i]) for i in (1, 2, 3)], -1)


def css(stop: NDArray[np.float64]) -> str:
    """The colour of a stop as #RRGGBB."""
    return "#" + "".join(f"{round(part):02X}" for part in stop[1:])


def _rgb(colour: str) -> tuple[int, int, int]:
    number = int(colour[1:], 16)
    return number >> 16, number >> 8 & 255, number & 255
