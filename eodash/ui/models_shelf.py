"""The shelf of models: one row per network, raw and preprocessed beside each other, and which one is looked at."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import streamlit as st

from eodash import cards
from eodash.card_checks import BASELINES
from eodash.cards import Card, Score
from eodash.ui import choices
from eodash.ui.page import caption, empty
from eodash.ui.regions import megabytes

QUERY = "model"
FIRST = "temp-cnn-l2a"
"""What is looked at where nobody has chosen."""
AS_IT_IS = "as it is"
LEVELS = {"l1c": "raw images", "l2a": "preprocessed images", "": "plain series"}
TRAIN = "python -m eodash train temp-cnn --data world --level l2a --out models/cards"


@dataclass(frozen=True)
class Row:
    """A network with what is on the shelf of it."""

    title: str
    about: str
    cards: tuple[Card | None, Card | None]  # raw, preprocessed


def part(title: str, about: str) -> None:
    """The head of a part of the page; what belongs to it has sections."""
    st.html(f"<h2 class='eo-part'>{html.escape(title)}</h2><p class='eo-caption'>{html.escape(about)}</p>")


def known() -> dict[str, Card]:
    """What this browser has to choose from."""
    return cards.shelf(choices.owner())


def mine() -> set[str]:
    """Names of the models that this browser brought."""
    return {card.name for card in cards.brought(choices.owner())}


def chosen() -> Card | None:
    """The model that is looked at, and the address says so; None while there is none at all."""
    offered = known()
    asked = st.query_params.get(QUERY)
    if asked is not None and asked not in offered:
        st.session_state["unknown-model"] = True
        del st.query_params[QUERY]
        asked = None
    name = asked or st.session_state.get(QUERY)
    if name not in offered:
        name = FIRST if FIRST in offered else next(iter(offered), None)
    if name is None:
        return None
    if asked is not None or st.session_state.get(QUERY) == name:
        st.session_state[QUERY] = st.query_params[QUERY] = name
    return offered[name]


def choose(name: str) -> None:
    st.session_state[QUERY] = st.query_params[QUERY] = name


def shelf() -> None:
    """Every model, and the button that opens its card."""
    offered, here = known(), chosen()
    if st.session_state.pop("unknown-model", None):
        st.warning(
            "This link names no model that this browser may see. It may have been removed.", icon=":material/link_off:"
        )
    if not offered or here is None:
        empty("The shelf is empty", "No model is here yet. Bring one below, or train one on the command line.")
        st.code(TRAIN, language="bash", wrap_lines=True)
        return
    own = mine()
    part(
        "The shelf",
        "Bars: share that is right on simulated fields of held-out scenes, and on real ones without any real label.",
    )
    with st.container(border=True, gap="small", key="shelf"):
        for place, row in enumerate(rows_of([card for card in offered.values() if card.name not in own])):
            _row(row, here, place)
    caption(
        "Simulated: held-out scenes of the world that the models learned from. Real: sets that none of them has seen; "
        "the world's ranges were chosen with the class medians of these sets in sight, so the world is a tuned prior. "
        "Whiskers: one standard deviation."
    )
    if own:
        part("Brought by you", "Their scores are claims of their author: nothing here has checked them.")
        with st.container(border=True, gap="small", key="shelf-own"):
            for place, row in enumerate(rows_of([offered[name] for name in sorted(own) if name in offered])):
                _row(row, here, 1000 + place)


def rows_of(offered: Sequence[Card]) -> list[Row]:
    """Cards whose names differ by their level alone beside each other, the best first; baselines come last."""
    groups: dict[tuple[str, str], list[Card]] = {}
    for card in sorted(offered, key=_place):
        groups.setdefault((card.architecture, _stem(card)), []).append(card)
    found = []
    for some in groups.values():
        raw = [card for card in some if card.input.level != "l2a"]
        ready = [card for card in some if card.input.level == "l2a"]
        found += [Row(_title(pair), _about(pair), pair) for pair in zip_longest(raw, ready)]
    return found


def _stem(card: Card) -> str:
    return card.name.removesuffix(f"-{card.input.level}")


def _place(card: Card) -> tuple[bool, bool, float]:
    world, _ = headline(card)
    return card.architecture in BASELINES, not card.input.level, -world.accuracy if world else 0.0


def headline(card: Card) -> tuple[Score | None, Score | None]:
    """The score on held-out worlds, and the one on real data without a real label; land cover first."""
    plain = [score for score in card.scores if score.what == AS_IT_IS]
    plain.sort(key=lambda score: score.legend != "landcover")
    world = next((score for score in plain if is_world(score)), None)
    return world, next((score for score in plain if not is_world(score)), None)


def is_world(score: Score) -> bool:
    return score.data.split(":")[0].split(" ")[0] == "world"


def counted(number: object) -> str:
    """A number of parameters: `612 k`, `1.3 M`; nothing where it is none."""
    if not isinstance(number, int | float) or number <= 0:
        return ""
    return f"{number / 1e6:.1f} M" if number >= 1e6 else f"{number / 1e3:.0f} k"


def size_of(card: Card) -> str:
    """Of its weights, in words."""
    if card.weights is None:
        return "no weights"
    return megabytes(card.weights.bytes) if card.weights.bytes >= 1e6 else f"{card.weights.bytes / 1e3:.0f} kB"


def _title(pair: tuple[Card | None, Card | None]) -> str:
    """What both titles have in common."""
    titles = [card.title.split(",")[0].strip() or card.title for card in pair if card]
    return titles[0] if len(set(titles)) == 1 else " / ".join(titles)


def _about(pair: tuple[Card | None, Card | None]) -> str:
    card = next(card for card in pair if card)
    return card.summary


def _row(row: Row, here: Card, place: int) -> None:
    if place % 1000:
        st.html("<hr class='eo-rule'>")
    words, *cells = st.columns([1.15, 1, 1], gap="medium")
    any_card = next(card for card in row.cards if card)
    kind = "answers after every date" if any_card.causal else "looks at the whole series"
    kind = "fitted to stacked dates" if any_card.architecture in BASELINES else kind
    words.html(
        f"<p class='eo-found'><b>{html.escape(row.title)}</b> <span class='eo-soft'>· {kind}</span><br>"
        f"<span class='eo-caption'>{html.escape(row.about)}</span></p>"
        f"<p class='eo-small'>{html.escape(_sizes(row))}</p>"
    )
    for column, card in zip(cells, row.cards, strict=True):
        if card is None:
            continue
        with column.container(gap="xsmall"):
            shown = card.name == here.name
            st.button(
                _label(card), key=f"open-{card.name}", on_click=choose, args=(card.name,),
                type="primary" if shown else "secondary", width="stretch",
                help="Its card stands below" if shown else f"Open the card of {card.name}",
            )  # fmt: skip
            st.html(_bars(card))


def _label(card: Card) -> str:
    """What a model is fed; of an archive of plain series, which one. Streamlit reads labels as Markdown."""
    own = card.title.partition(",")[2].strip() if not card.input.level else ""
    return escaped(own or LEVELS[card.input.level]).capitalize()


def escaped(text: str) -> str:
    """Words of others where Markdown is read."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()<>#+-.!|~$:&" else letter for letter in text)


def _bars(card: Card) -> str:
    world, real = headline(card)
    if not card.input.level:
        return f"<div>{bar('test', real, 'eo-real')}</div>"
    return f"<div>{bar('simulated', world)}{bar('real', real, 'eo-real')}</div>"


def _sizes(row: Row) -> str:
    """Parameters and megabytes; of both where they differ."""
    some = [card for card in row.cards if card]
    parameters = dict.fromkeys(each for card in some if (each := counted(card.trained.get("parameters"))))
    sizes = " / ".join(dict.fromkeys(map(size_of, some)))
    return f"{' / '.join(parameters)} parameters · {sizes}" if parameters else sizes


def bar(name: str, score: Score | None, kind: str = "") -> str:
    """An accuracy as a bar with its deviation as a whisker."""
    if score is None:
        return f"<div class='eo-bar'><span>{name}</span><i></i><em>not measured</em></div>"
    low, high = max(0.0, score.accuracy - score.deviation), min(1.0, score.accuracy + score.deviation)
    whisker = f"<s style='left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%'></s>" if score.deviation else ""
    deviation = f" ± {100 * score.deviation:.1f}" if score.deviation else ""
    filled = f"<u style='width:{100 * score.accuracy:.1f}%'></u>{whisker}"
    said = f"<b>{100 * score.accuracy:.1f} %{deviation}</b>"
    return f"<div class='eo-bar {kind}'><span>{name}</span><i>{filled}</i>{said}</div>"
