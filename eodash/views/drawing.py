"""A figure of plain parts: plotly's own objects check every one of them, which takes twenty times as long."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from eodash.views.theme import Mode, figure


class Part(dict[str, Any]):
    """A part of a layout; what it holds are its attributes, too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, Part(value) if isinstance(value, dict) else value)


class Canvas:
    """What panels draw on as on a figure, until it is one."""

    def __init__(self, mode: Mode, height: int, **layout: Any) -> None:
        self.traces: list[dict[str, Any]] = []
        self.layout = Part(annotations=[], shapes=[], images=[])
        self.update_layout(**(_empty(mode) | {"height": height} | layout))

    def update_layout(self, **parts: Any) -> None:
        for name, part in parts.items():
            self.layout[name] = part

    def add_traces(self, traces: list[dict[str, Any]]) -> None:
        self.traces += traces

    def add_scatter(self, **trace: Any) -> None:
        self.traces.append({"type": "scatter"} | trace)

    def add_bar(self, **trace: Any) -> None:
        self.traces.append({"type": "bar"} | trace)

    def add_heatmap(self, **trace: Any) -> None:
        self.traces.append({"type": "heatmap"} | trace)

    def add_annotation(self, **note: Any) -> None:
        self.layout.annotations.append(note)

    def add_shape(self, **shape: Any) -> None:
        self.layout.shapes.append(shape)

    def add_layout_image(self, **image: Any) -> None:
        self.layout.images.append(image)

    def drawing(self) -> Drawing:
        """The figure; its layout names what it has."""
        layout = {name: part for name, part in self.layout.items() if not isinstance(part, list) or part}
        return Drawing(self.traces, plain(layout))


class Drawing(go.Figure):  # type: ignore[misc]  # plotly has no types
    """A figure that stays plain on its way to the browser; whoever asks for its parts gets plotly's objects."""

    def __init__(self, traces: list[dict[str, Any]], layout: dict[str, Any]) -> None:
        self.__dict__ |= {"traces": traces, "parts": layout}

    def __getattr__(self, name: str) -> Any:
        """Something of plotly's own is wanted, so it becomes a figure like any other."""
        if not name.startswith("_") or name.startswith("__") or "parts" not in self.__dict__:
            raise AttributeError(name)
        super().__init__(self.__dict__.pop("traces"), self.__dict__.pop("parts"))
        return getattr(self, name)

    def __reduce__(self) -> Any:
        return go.Figure, (self.to_dict(),)

    def to_dict(self) -> Any:
        if "parts" not in self.__dict__:
            return super().to_dict()
        if "sent" not in self.__dict__:
            self.__dict__["sent"] = plain(self.traces)
        return {"data": self.sent, "layout": self.parts}


def layout_of(drawn: go.Figure) -> Any:
    """The layout as it is: of a plain figure plain parts, which can be changed; of any other plotly's."""
    parts = drawn.__dict__.get("parts")
    return drawn.layout if parts is None else parts


def plain(value: Any) -> Any:
    """Lists, numbers and words, as JSON knows them; what is None is left out."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, np.ndarray):
        return _listed(value)
    if isinstance(value, np.generic):
        return _listed(value.reshape(1))[0]
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def _listed(values: np.ndarray) -> list[Any]:
    if values.dtype.kind == "M":
        fine = values.dtype == np.dtype("datetime64[s]") or values.dtype == np.dtype("datetime64[D]")
        texts = np.datetime_as_string(values if fine else values.astype("datetime64[ms]"))
        return [None if each == "NaT" else each for each in texts.tolist()]
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return [each if np.isfinite(each) else None for each in values.tolist()]
    found: list[Any] = values.tolist()
    return found


@lru_cache(maxsize=2)
def _empty(mode: Mode) -> dict[str, Any]:
    """The layout of an empty figure in the house's look."""
    layout: dict[str, Any] = figure(mode, 100).to_dict()["layout"]
    return {name: part for name, part in layout.items() if name != "height"}
