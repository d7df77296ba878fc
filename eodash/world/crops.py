"""Calendars, leaf areas and leaves of each class in each climate: the table of the world. Data, not code.

Days are phase days: day of year in the north, half a year shifted in the south. Ranges are uniform (low, high),
dates normal (mean, spread). They were chosen with published calendars and class medians of real series in sight.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

Range = tuple[float, float]
Normal = tuple[float, float]
NEVER = 9999.0


@dataclass(frozen=True)
class Crop:
    """How one class grows: dates in phase days, leaf area in m²/m², widths in days."""

    emergence: Normal  # first leaves
    winter: Range  # leaf area before stem growth
    green_up: Normal  # half of the growth
    pace: Range  # width of the growth
    lai: Range  # largest leaf area
    senescence: Normal  # half of the leaves dead
    fading: Range  # width of the senescence
    harvest: Range  # days from the end of senescence to harvest; cut-off of perennials
    chlorophyll: Range = (30, 60)  # µg/cm²
    angle: Range = (45, 65)  # mean leaf angle, degrees
    water: Range = (10, 25)  # 10⁻³ cm
    dry: Range = (3, 8)  # 10⁻³ g/cm²
    layers: Range = (1.3, 1.9)  # PROSPECT's N
    loss: Range = (0.45, 0.45)  # share of leaf area lost in senescence
    straw: Range = (0.3, 0.8)  # soil covered by straw after harvest
    base: Range = (0, 0)  # evergreen leaf area
    litter: Range = (0, 0.03)  # dead share while green
    weeds: float = 0.0  # chance of weeds before the crop
    catch: float = 0.0  # chance of volunteers or a catch crop afterwards
    cuts: tuple[int, int] = (0, 0)
    thinning: Range = (0, 0)  # share of leaf area lost after the first flush
    ending: float = 1.2  # width of the end, days
    flower: Normal = (NEVER, 1)
    cover: Range = (1, 1)  # ground under crowns
    shade: Range = (0, 0)
    under: Range = (0, 0)  # leaf area below or between crowns


_T, _M = "temperate", "winter-rain"
_CEREAL = {
    _T: Crop((-55, 12), (0.15, 1.2), (98, 10), (8, 13), (1.4, 6.5), (183, 8), (6, 10), (2, 26),
             (34, 62), (50, 76), (13, 30), (3, 7), (1.15, 1.65), catch=0.5, shade=(0.0, 0.16)),
    _M: Crop((-21, 14), (0.08, 0.5), (25, 18), (11, 18), (1.4, 5.5), (121, 9), (6, 10), (2, 30),
             (36, 66), (54, 76), (14, 32), (3, 7), (1.1, 1.55), catch=0.1, shade=(0.08, 0.3)),
}  # fmt: skip
_SUMMER_CEREAL = {
    _T: Crop((94, 9), (0, 0), (122, 9), (6, 10), (1.3, 5), (190, 8), (6, 9), (8, 28),
             (36, 64), (50, 72), (12, 26), (3, 7), (1.15, 1.65), weeds=0.5, catch=0.4, shade=(0.04, 0.22)),
    _M: Crop((0, 12), (0, 0), (40, 16), (10, 16), (1.3, 4.5), (131, 9), (6, 9), (8, 28),
             (36, 64), (50, 72), (12, 26), (3, 7), (1.1, 1.55), weeds=0.3, catch=0.1, shade=(0.08, 0.3)),
}  # fmt: skip
_MEADOW = {
    _T: Crop((0, 1), (0, 0), (98, 11), (8, 11), (1.2, 4.5), (NEVER, 1), (10, 10), (305, 325),
             (28, 62), (46, 70), (7, 26), loss=(0, 0), straw=(0, 0.3), base=(0.25, 1.1), litter=(0.03, 0.34),
             thinning=(0.2, 0.85), shade=(0, 0.12), ending=18, cuts=(0, 3)),
    _M: Crop((-38, 20), (0.5, 1.6), (45, 22), (12, 20), (0.6, 4.7), (120, 10), (5, 10), (365, 385),
             (28, 62), (36, 66), (11, 28), loss=(0.7, 0.96), straw=(0.3, 0.85), litter=(0, 0.22), ending=15,
             shade=(0, 0.2)),
}  # fmt: skip
_BROADLEAF = {
    _T: Crop((0, 1), (0, 0), (112, 7), (5, 8), (2.8, 6), (292, 8), (6, 10), (12, 22),
             (30, 58), (38, 62), (8, 20), (4, 11), loss=(0.2, 0.5), straw=(0.3, 0.6), ending=5, base=(0.1, 0.3),
             shade=(0.1, 0.38), under=(0.3, 1.2), cover=(0.92, 1)),
    _M: Crop((0, 1), (0, 0), (60, 25), (18, 30), (0.1, 0.5), (NEVER, 1), (10, 10), (290, 330),
             (34, 60), (55, 74), (6, 15), (10, 20), (1.5, 2.2), (0, 0), (0.4, 0.8), ending=25, base=(0.8, 2.2),
             shade=(0.22, 0.48), under=(0.05, 0.7), cover=(0.5, 0.85), litter=(0.06, 0.2)),
}  # fmt: skip
_ORCHARD = replace(
    _BROADLEAF[_T], cover=(0.25, 0.6), under=(0.8, 2.6), lai=(1.8, 3.8), shade=(0.05, 0.25), green_up=(104, 6),
    senescence=(298, 8),
)  # fmt: skip

CROPS: dict[str, dict[str, Crop]] = {
    "winter barley": {
        _T: replace(_CEREAL[_T], green_up=(90, 9), senescence=(171, 7), angle=(48, 62), chlorophyll=(34, 58)),
        _M: replace(_CEREAL[_M], senescence=(112, 8), angle=(50, 64), chlorophyll=(34, 60)),
    },
    "winter wheat": {
        _T: replace(_CEREAL[_T], green_up=(101, 9), senescence=(188, 7), angle=(58, 76)),
        _M: replace(_CEREAL[_M], senescence=(118, 8), angle=(58, 76)),
    },
    "summer barley": {c: replace(crop, angle=(48, 62)) for c, crop in _SUMMER_CEREAL.items()},
    "summer wheat": {
        _T: replace(_SUMMER_CEREAL[_T], green_up=(127, 9), senescence=(200, 8), angle=(56, 72)),
        _M: replace(_SUMMER_CEREAL[_M], green_up=(44, 15), senescence=(136, 8), angle=(56, 72)),
    },
    "rapeseed": {
        _T: Crop((-105, 10), (0.5, 2.2), (82, 9), (7, 11), (2.8, 6), (175, 7), (7, 10), (4, 24),
                 (36, 66), (28, 55), (20, 44), catch=0.6, flower=(121, 7), shade=(0.02, 0.14)),
        _M: Crop((-34, 12), (0.2, 0.9), (4, 15), (11, 18), (2, 6), (124, 8), (6, 8), (4, 26),
                 (38, 66), (28, 55), (22, 46), catch=0.1, flower=(85, 7), shade=(0.02, 0.16)),
    },
    "corn": {
        _T: Crop((135, 9), (0, 0), (166, 8), (8, 10), (1.8, 5.5), (256, 15), (8, 13), (-36, 18),
                 (38, 62), (45, 62), (11, 24), weeds=0.55, straw=(0.15, 0.5), catch=0.2),
        _M: Crop((135, 12), (0, 0), (165, 13), (8, 11), (2.5, 5.5), (255, 13), (8, 13), (-10, 20),
                 (38, 62), (45, 62), (11, 24), weeds=0.4, straw=(0.2, 0.6)),
    },
    "sunflower": {
        _T: Crop((124, 9), (0, 0), (156, 9), (8, 10), (1.8, 4.2), (232, 10), (7, 11), (12, 35),
                 (32, 52), (25, 48), (13, 28), weeds=0.5, straw=(0.1, 0.4), flower=(196, 7), catch=0.2),
        _M: Crop((105, 12), (0, 0), (140, 13), (8, 10), (1.3, 3.8), (215, 12), (7, 11), (12, 35),
                 (32, 52), (25, 48), (13, 28), weeds=0.4, straw=(0.1, 0.4), flower=(180, 9)),
    },
    "legumes": {
        _T: Crop((102, 12), (0, 0.1), (135, 13), (8, 10), (1.8, 5), (200, 16), (7, 10), (2, 22),
                 (30, 60), (35, 58), (12, 30), weeds=0.4, catch=0.4),
        _M: Crop((0, 14), (0.03, 0.2), (75, 13), (10, 14), (0.9, 3.5), (129, 7), (5, 8), (2, 22),
                 (36, 64), (35, 58), (12, 30), catch=0.08, shade=(0.02, 0.2), straw=(0.2, 0.6)),
    },
    "root crops": {
        _T: Crop((126, 10), (0, 0), (158, 10), (9, 11), (2.5, 5.5), (266, 18), (10, 16), (0, 35),
                 (40, 64), (25, 48), (15, 32), weeds=0.3, straw=(0, 0.2), shade=(0, 0.15)),
        _M: Crop((116, 15), (0, 0), (150, 16), (9, 11), (2.5, 5.5), (262, 20), (10, 16), (0, 35),
                 (38, 62), (25, 48), (15, 32), weeds=0.3, straw=(0, 0.2)),
    },
    "fallow": {
        _T: Crop((60, 30), (0.1, 0.4), (110, 25), (10, 16), (0.2, 2.2), (170, 50), (4, 8), (10, 60),
                 loss=(0.5, 0.8), straw=(0.05, 0.4), ending=12, catch=0.6),
        _M: Crop((-20, 20), (0.06, 0.3), (10, 18), (10, 16), (0.06, 0.7), (60, 40), (5, 12), (10, 60),
                 loss=(0.6, 0.9), straw=(0.02, 0.3), ending=10, catch=0.06),
    },
    "orchards": {
        _T: _ORCHARD,
        _M: replace(_BROADLEAF[_M], cover=(0.3, 0.65), base=(1.4, 3.2), under=(0.1, 1.2), shade=(0.08, 0.3),
                    dry=(6, 14), layers=(1.5, 2.2)),
    },
    "nuts": {
        _T: replace(_ORCHARD, cover=(0.4, 0.8), lai=(2.4, 4.6), green_up=(122, 6), senescence=(286, 8),
                    angle=(30, 50), shade=(0.1, 0.3)),
        _M: replace(_ORCHARD, cover=(0.3, 0.65), green_up=(68, 8), senescence=(285, 12), under=(0.2, 1.5)),
    },
    "permanent meadows": _MEADOW,
    "temporary meadows": {
        _T: replace(_MEADOW[_T], cuts=(2, 5), lai=(2, 5), chlorophyll=(34, 62), green_up=(92, 11), litter=(0.01, 0.08)),
        _M: replace(_MEADOW[_M], emergence=(-32, 16), winter=(0.4, 1.4), lai=(1.1, 6), senescence=(123, 10),
                    loss=(0.75, 0.97), chlorophyll=(30, 62), angle=(34, 64), layers=(1.3, 1.9)),
    },
    "broadleaf forest": _BROADLEAF,
    "conifer forest": {
        climate: Crop((0, 1), (0, 0), (130, 12), (14, 20), (0.2, 0.8), (NEVER, 1), (10, 10), (290, 320),
                      (32, 60), (50, 65), (12, 30), (12, 25), (1.6, 2.4), (0, 0), (0.3, 0.6), ending=25,
                      base=(2.2, 4.2), shade=(0.28, 0.52), under=(0.2, 0.9), cover=(0.92, 1))
        for climate in (_T, _M)
    },
}  # fmt: skip
