"""The panels that say why: attention, saliency, gates and states; each comes on its own after the beliefs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eodash.cards import Card
from eodash.ui.explaining import Explained
from eodash.views.attention import head_of, looks_of, named
from eodash.views.attention_panel import attention_panel
from eodash.views.panel import Panel, dates_of
from eodash.views.saliency import METHODS, saliency_of
from eodash.views.saliency_panel import saliency_panel
from eodash.views.states import QUANTITIES, Unit, layers_of, unit_of
from eodash.views.states_panel import states_panel
from eodash.views.theme import Mode


def why_panels(name: str, card: Card, found: Explained, chosen: dict[str, Any], mode: Mode) -> list[Panel]:
    """The panels of an explanation, of the head or the unit that is chosen on its own page."""
    if name == "attention":
        return [_attention(card, found, chosen.get("head"), mode)]
    if name == "states":
        return _states(found, chosen.get("unit"), mode)
    method = next(each for each in METHODS if each in found.explained or f"{each}_time" in found.explained)
    return [saliency_panel(saliency_of(found.explained, found.series, dates_of(found.series), method), mode)]


def _attention(card: Card, found: Explained, wanted: object, mode: Mode) -> Panel:
    looks = looks_of(found.series, found.explained, causal=card.causal, masks=card.input.level != "l1c")
    head = head_of(looks, wanted)
    panel = attention_panel(looks, head, mode)
    return replace(panel, title=f"{panel.title}, {named(head, looks.layers).lower()}")


def _states(found: Explained, wanted: object, mode: Mode) -> list[Panel]:
    """All six of the chosen unit's layer."""
    unit = shown_unit(found, wanted)
    dates = dates_of(found.series)
    panels = [
        states_panel(found.explained, Unit(letter, unit.layer, unit.unit), mode, dates=dates) for letter in QUANTITIES
    ]
    return [replace(panels[0], unit=f"{panels[0].unit}; strong: {unit.title}"), *panels[1:]]


def shown_unit(found: Explained, wanted: object) -> Unit:
    """The unit that is chosen on its own page; the first of the last layer where none is."""
    layers = layers_of(found.explained)
    return unit_of(wanted, layers, found.explained.sizes["unit"]) or Unit("c", layers[-1], 0)
