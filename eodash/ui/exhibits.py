"""Guided exhibits: founding figures on the demo world, each with what to look at and what it does not prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from eodash.request import Request
from eodash.sources.demo import demo_request, region_area
from eodash.store import Run
from eodash.ui.regions import HOME
from eodash.ui.said_models import INPUTS, PRODUCTS


@dataclass(frozen=True)
class Exhibit:
    """A page with everything chosen on it, and the words that go with it."""

    page: str
    question: str  # on its card, and over its note
    line: str  # on its card
    look: str  # what to look at
    open: str  # what it does not prove
    input: str  # raw or preprocessed
    pixel: str  # the class in whose largest field the inspected pixel lies
    beside: str = ""  # that of a second pixel, pinned
    view: Mapping[str, object] = field(default_factory=dict)  # everything else that is chosen
    clouded: tuple[int, int] | None = None  # first and last month whose dates are painted over

    @property
    def request(self) -> Request:
        """The demo season that it is shown on: raw ones keep every date, however cloudy."""
        asked = demo_request(HOME, PRODUCTS[INPUTS[self.input]])
        return replace(asked, max_cloud=100) if self.input == "raw" else asked

    def stands_on(self, run: Run) -> bool:
        """Whether a run shows it as well: the same world, the same kind of images."""
        asked = run.request
        here = asked.source == "demo" and asked.product == self.request.product
        return here and bool(asked.area.geometry.intersects(region_area(HOME).geometry))


RAW_SEASON = "Demo season, raw"
SEASON = "Demo season"

EXHIBITS: dict[str, Exhibit] = {
    "raw-or-preprocessed": Exhibit(
        "dates", "Does it need clean images?",
        "Raw against preprocessed: two maps of one season.",
        "Left, the network that read the images with their clouds; right, its twin that read them corrected and "
        "masked. The swaps below say which classes change. The page Which model? asks every network both ways; on "
        "49,000 real fields (Φ-week 2019) deep networks lost 5 points at most on raw images.",
        "Two maps that agree can both be wrong, and one season says little of the next. Simulated clouds may be kinder "
        "or harsher than real ones: how far the two inputs lie apart belongs to this world.",
        "raw", "maize", view={"model": "early-lstm", "part": "compare", "against": "early-lstm-l2a"},
    ),
    "skips-clouds": Exhibit(
        "attention", "Does a head skip the clouds?",
        "Attention over a cloudy series: one head looks away.",
        "Two dates in five are cloudy here, and nobody told the network what a cloud is. Yet the third head of its "
        "first layer draws nearly all it takes from clear dates. The first head does the opposite: not every head "
        "looks away.",
        "Where a head looks is not yet why the class came out: the two tests below take dates away and see what moves. "
        "Deeper layers read what earlier ones have mixed, so that their share on clouds says less.",
        "raw", "grassland", view={"model": "transformer", "head": [0, 2]},
    ),
    "gradients-vanish": Exhibit(
        "saliency", "Do gradients vanish under clouds?",
        "Which date and band would move the score, and which would not.",
        "Hatched dates are cloudy, and the lines are flatter there: they carry less of the absolute gradient than "
        "their number would give them. Published, on 100 real parcels (Φ-week 2019): 49 % of the dates are cloudy "
        "and carry 2.5 % of it. The two shares of this pixel stand in the sentence with the numbers.",
        "A small gradient says that a small change would change nothing, not that the date was ignored: a score that "
        "is sure has hardly any. On simulated fields more is left under clouds than was published.",
        "raw", "grassland", view={"model": "causal-transformer", "method": "gradient"},
    ),
    "meadow-and-maize": Exhibit(
        "early", "When does it make up its mind?",
        "Stopping curves of a meadow and of maize on one calendar.",
        "A meadow is asked about, and maize is pinned beside it. P(t) is the chance that the network stops at a date; "
        "where half of it lies behind, it has stopped. A meadow is green before anything else; maize looks like bare "
        "soil until June, and the network waits for it.",
        "The date is that of this network and of its setting between early and right, not of the crop. It can stop "
        "early and be wrong: how often it is right when it stops is drawn further down.",
        "preprocessed", "grassland", "maize", view={"model": "causal-transformer"},
    ),
    "cloud-cell": Exhibit(
        "inside", "Is there a cell for clouds?",
        "A gate of a recurrent network that closes under clouds.",
        "The input gate of this unit closes when a cloud passes, and what the cell remembers stays as it was. It was "
        "found by rank: of all units it goes most closely with the clouds of many pixels. Nobody asked it to mask.",
        "Of hundreds of gates some follow anything by chance: see how far the first rank lies above the next. A unit "
        "that follows clouds is not shown to be needed, and one that follows brightness would look much the same.",
        "raw", "grassland", view={"model": "early-lstm", "unit": ["i", "1", 21]},
    ),
    "cloudier-year": Exhibit(
        "whatif", "Would it stand a cloudier year?",
        "Cloud over more and more dates, and see which network falls first.",
        "June and July are painted over with clouds: what the network then says of this pixel stands beside what it "
        "said. Click a date to take its cloud away, or paint another. The stress test below clouds more and more dates "
        "of many pixels, and says which network falls first.",
        "A painted cloud is a bright spectrum without shadow, haze or rim, put at random dates; weather clouds come in "
        "spells. What holds here would hold on real fields only if their clouds were alike.",
        "raw", "maize", clouded=(6, 7),
        view={"model": "transformer", "tool": "cloud", "stressed": ["transformer-l1c", "temp-cnn-l1c"]},
    ),
}  # fmt: skip


def after(name: str) -> str:
    """The next one; after the last comes the first."""
    names = list(EXHIBITS)
    return names[(names.index(name) + 1) % len(names)]
