"""The blocks of a chain and their parameters: data that checks itself."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from eodash.preprocess.parameter import Parameter, bands, choice, day, number, whole, wrong

WHITTAKER, SAVGOL = ("method", "whittaker"), ("method", "savgol")


@dataclass(frozen=True)
class Settings:
    """What one block is given; each class below is one block."""

    title: ClassVar[str]
    sentence: ClassVar[str]

    def __post_init__(self) -> None:
        for parameter in self.parameters():
            value = parameter.checked(getattr(self, parameter.name), self.title)
            object.__setattr__(self, parameter.name, value)
        self.agree()

    def agree(self) -> None:
        """Raise unless the parameters fit one another."""

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return tuple(Parameter(name=each.name, default=each.default, **each.metadata) for each in fields(cls))

    def to_json(self) -> dict[str, Any]:
        return {p.name: _plain(getattr(self, p.name), p.kind) for p in self.parameters()}

    @property
    def said(self) -> str:
        """Title and what counts, such as `Gap filling: longest gap 60 days, edges left empty`."""
        parts = []
        for parameter in self.parameters():
            value = getattr(self, parameter.name)
            if value in ("", ()) or (parameter.only and getattr(self, parameter.only[0]) != parameter.only[1]):
                continue
            if parameter.kind == "choice":
                text = dict(parameter.choices)[value].lower()
            elif parameter.kind == "bands":
                text = "given by band"
            else:
                text = f"{value:g} {parameter.unit}" if parameter.kind in ("number", "whole") else value
            parts.append(f"{parameter.title.lower()} {text}".strip())
        return f"{self.title}: {', '.join(parts)}" if parts else self.title


def _plain(value: Any, kind: str) -> Any:
    return dict(value) if kind == "bands" else value


@dataclass(frozen=True)
class Select(Settings):
    title: ClassVar[str] = "Temporal selection"
    sentence: ClassVar[str] = "Only the images from the first to the last day count."
    start: str = day("First day")
    end: str = day("Last day")

    def agree(self) -> None:
        if self.start and self.end and self.start > self.end:
            raise wrong(f"The selection starts on {self.start} and ends before that, on {self.end}.", "Swap the days.")


@dataclass(frozen=True)
class Reflectance(Settings):
    title: ClassVar[str] = "Reflectance"
    sentence: ClassVar[str] = (
        "Digital numbers become reflectance: number × scale + offset; what is reflectance already stays as it is."
    )
    scale: float = number("Scale", 0.0001, 1e-9, 1, step=1e-5)
    offset: float = number("Offset", 0.0, -10, 10, step=0.01)


@dataclass(frozen=True)
class Mask(Settings):
    title: ClassVar[str] = "Cloud and shadow mask"
    sentence: ClassVar[str] = "Values under clouds and in their shadows are taken out of the series."
    rule: str = choice("Rule", scene="Scene classification", spectral="Spectral rule")
    buffer: int = whole("Buffer", 0, 0, 20, unit="pixels")


@dataclass(frozen=True)
class Fill(Settings):
    title: ClassVar[str] = "Gap filling"
    sentence: ClassVar[str] = (
        "Missing values on the dates of images lie on a line between the neighbours, unless the gap is too long."
    )
    longest: int = whole("Longest gap", 60, 1, 366, unit="days")
    edges: str = choice("Edges", empty="Left empty", hold="Held, as far as the longest gap")


@dataclass(frozen=True)
class Interpolate(Settings):
    title: ClassVar[str] = "Equal steps"
    sentence: ClassVar[str] = (
        "The series is read at equal steps from its first date on; nothing is read inside gaps that are too long."
    )
    step: int = whole("Step", 10, 1, 366, unit="days")
    method: str = choice("Method", linear="Linear", whittaker="Whittaker", savgol="Savitzky–Golay")
    longest: int = whole("Longest gap", 60, 1, 366, unit="days")
    smoothness: float = number("Smoothness λ", 1.0, 0.001, 10_000, unit="× (10 days)³", only=WHITTAKER)
    window: int = whole("Window", 7, 3, 21, step=2, unit="steps", only=SAVGOL)
    order: int = whole("Order", 2, 0, 5, only=SAVGOL)

    def agree(self) -> None:
        _order_below_window(self.window, self.order)


@dataclass(frozen=True)
class Smooth(Settings):
    title: ClassVar[str] = "Smoothing"
    sentence: ClassVar[str] = "Values are smoothed on the dates that they have, by true days; no date comes or goes."
    method: str = choice("Method", whittaker="Whittaker", savgol="Savitzky–Golay")
    smoothness: float = number("Smoothness λ", 1.0, 0.001, 10_000, unit="× (10 days)³", only=WHITTAKER)
    window: int = whole("Window", 7, 3, 21, step=2, unit="dates", only=SAVGOL)
    order: int = whole("Order", 2, 0, 5, only=SAVGOL)

    def agree(self) -> None:
        _order_below_window(self.window, self.order)


@dataclass(frozen=True)
class Normalise(Settings):
    title: ClassVar[str] = "Normalisation"
    sentence: ClassVar[str] = (
        "Each band on a common scale: by given means and scales, or by what the pixel's own series holds."
    )
    method: str = choice("Method", zscore="Z-score", range="Range between percentiles")
    means: tuple[tuple[str, float], ...] = bands("Means", only=("method", "zscore"))
    scales: tuple[tuple[str, float], ...] = bands("Scales", only=("method", "zscore"))
    low: float = number("Low percentile", 2.0, 0, 49, unit="%", step=1, only=("method", "range"))
    high: float = number("High percentile", 98.0, 51, 100, unit="%", step=1, only=("method", "range"))

    def agree(self) -> None:
        if {name for name, _ in self.means} != {name for name, _ in self.scales}:
            raise wrong("Normalisation: means and scales name different bands.", "Give both for the same bands.")
        if any(scale <= 0 for _, scale in self.scales):
            raise wrong("Normalisation: a scale is not above zero.", "Give the standard deviation of each band.")


def _order_below_window(window: int, order: int) -> None:
    if order >= window:
        raise wrong(f"A window of {window} cannot carry order {order}.", "Take a longer window or a lower order.")


BLOCKS: dict[str, type[Settings]] = {
    "select": Select,
    "reflectance": Reflectance,
    "mask": Mask,
    "fill": Fill,
    "interpolate": Interpolate,
    "smooth": Smooth,
    "normalise": Normalise,
}
"""In the order in which they run."""
