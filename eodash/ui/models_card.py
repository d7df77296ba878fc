"""The card of the model that is looked at: what it needs, how good it is, where it fails, how each figure is made."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from eodash import cards
from eodash.cards import Card, Score
from eodash.datasets import phiweek, victoria, world
from eodash.instruments import INSTRUMENTS
from eodash.ui.models_figures import figures
from eodash.ui.models_records import LABELS
from eodash.ui.models_shelf import LEVELS, chosen, counted, is_world, mine, part, size_of
from eodash.ui.models_tables import scrolling
from eodash.ui.page import caption, section

ORIGINS = {
    "world": world.ORIGIN,
    "victoria": victoria.ORIGIN,
    "phiweek19": phiweek.ORIGIN,
    "gunpoint": "GunPoint of the UCR archive; no dates, steps instead",
}
"""Whose the series of a set are, by the name that `evaluate --data` knows."""
LEGENDS = {"landcover": "Land cover", "breizhcrops": "BreizhCrops crops"}
_WAVELENGTH = {band.name: band.centre for band in INSTRUMENTS["sentinel-2"].bands}


def card() -> None:
    """Everything that is known of one model."""
    here = chosen()
    if here is None:
        return
    own = here.name in mine()
    with st.container(key="card"):
        part(here.title, here.summary)
        if own:
            st.html(
                "<p class='eo-found'><span class='eo-warn'>▲</span> <b>Brought by you.</b> Its scores are claims of "
                "their author; what was checked is that its file is whole, fits its card and answers.</p>"
            )
        left, right = st.columns([1, 1.28], gap="large")
        with left:
            st.html(_facts(here))
        with right:
            _legends(here)
            _limits(here)
        _scores(here)
        figures(here)
        _small_print(here)


def _facts(here: Card) -> str:
    rows = [("Needs", _needs(here)), ("Bands", _bands(here)), ("Dates", _dates(here))]
    rows += [("Answers", _answers(here)), ("Climate", here.climate or "not said")]
    rows += [(name, said) for name, said in _training(here.trained) if said]
    if here.weights:
        rows.append(("Weights", f"{size_of(here)}, {here.weights.dtype}"))
    body = "".join(f"<tr><td>{html.escape(name)}</td><td>{html.escape(text)}</td></tr>" for name, text in rows)
    return f"<table class='eo-points'>{body}</table>"


def _needs(here: Card) -> str:
    return {
        "l1c": "Raw images (L1C): clouds stay in, nothing is filled",
        "l2a": "Preprocessed images (L2A): clouds masked out, or filled",
        "": "Plain series, as its archive keeps them",
    }[here.input.level]


def _bands(here: Card) -> str:
    """In the order that the network takes them."""
    if not here.input.level:
        return ", ".join(here.input.bands)
    known = [f"{name} ({_WAVELENGTH[name]:.0f})" if name in _WAVELENGTH else name for name in here.input.bands]
    return f"{len(known)}, in this order, centre in nm: {', '.join(known)}"


def _dates(here: Card) -> str:
    few, many = here.input.dates
    dated = "with their day of the year" if here.input.dated else "as steps: the calendar does not count"
    low, high = (100 * share for share in here.input.clear_share)
    clear = f"; {low:.0f} to {high:.0f} % of them clear" if here.input.clear_share != (0.0, 1.0) else ""
    return f"{few} to {many} in training, {dated}{clear}"


def _answers(here: Card) -> str:
    if here.causal:
        return "After every date, from what was seen by then"
    return "For the whole series; at an earlier date it is asked about the series so far"


def _training(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    series, epochs, best = said.get("series"), said.get("epochs"), said.get("best_epoch")
    of = f" on {said.get('data')}" if said.get("data") else ""
    count = f"{series:,} series" if isinstance(series, int) else "series"
    kept = f", epoch {best} kept" if best is not None else ""
    seconds = said.get("seconds")
    took = f"{seconds / 60:,.0f} min" if isinstance(seconds, int | float) and seconds >= 120 else f"{seconds} s"
    rows = [
        ("Trained", f"{count}{of}" if said else ""),
        ("Epochs", f"{epochs}{kept}, seed {said.get('seed', 'not said')}" if epochs else ""),
        ("Took", f"{took} on {said.get('device', 'an unknown device')}" if seconds else ""),
        ("Parameters", counted(said.get("parameters"))),
        ("Made", str(said.get("made") or "")),
    ]
    return rows


def _legends(here: Card) -> None:
    for name, classes in here.legends.items():
        swatches = "".join(
            f"<span><i style='background:{each.colour}'></i>{html.escape(each.name)}</span>" for each in classes
        )
        title = html.escape(LEGENDS.get(name, name))
        st.html(f"<p class='eo-caption'>{title}, {len(classes)} classes</p><div class='eo-swatches'>{swatches}</div>")


def _scores(here: Card) -> None:
    """Every score of the card, held-out worlds first; the real ones beside where their series come from."""
    section("How good it is", "“As it is”: no real label, and nothing was fitted to the set that it is tested on.")
    if not here.scores:
        caption("Its card has no scores.")
        return
    simulated = [score for score in here.scores if is_world(score)]
    real = [score for score in here.scores if not is_world(score) and not LABELS.fullmatch(score.what)]
    head = ("", "series", "accuracy", "balanced", "kappa", "macro F1", "calibration", "early")
    body = ""
    for title, some in (("Simulated, held-out scenes", simulated), ("Real", real)):
        if some:
            body += f"<tr class='eo-group'><td colspan='{len(head)}'>{title}</td></tr>"
            body += "".join(_score(score) for score in some)
    names = "".join(f"<th>{name}</th>" for name in head)
    st.html(scrolling(names, body))
    caption(
        "± one standard deviation over draws, folds or fields. Kappa: agreement beyond chance. Calibration: how far "
        "confidence lies from the share that is right, 0 is best. Early: share of the dates not waited for."
    )
    for said in _origins(here.scores):
        caption(said)


def _score(score: Score) -> str:
    where = score.data.split(":")[0] if not is_world(score) else LEGENDS.get(score.legend, score.legend)
    also = f" · {LEGENDS.get(score.legend, score.legend)}" if not is_world(score) and score.legend in LEGENDS else ""
    deviation = f" ± {100 * score.deviation:.1f}" if score.deviation else ""
    draws = f" ({score.draws})" if score.draws > 1 else ""
    figures_ = (score.balanced, score.kappa, score.macro_f1, score.calibration, score.earliness)
    cells = "".join(f"<td>{'–' if value is None else f'{value:.3f}'}</td>" for value in figures_)
    name = f"{html.escape(where)}, {html.escape(score.what)}<span class='eo-soft'>{html.escape(also)}</span>"
    accuracy = f"<b>{100 * score.accuracy:.1f} %</b>{deviation}{draws}"
    return f"<tr><td class='eo-left'>{name}</td><td>{score.series:,}</td><td>{accuracy}</td>{cells}</tr>"


def _origins(scores: Iterable[Score]) -> list[str]:
    """Where the series of each set come from, once each; and what the scores note of themselves."""
    names = dict.fromkeys(score.data.split(":")[0] for score in scores)
    said = [f"{name.capitalize()}: {ORIGINS[name]}." for name in names if name in ORIGINS]
    notes = dict.fromkeys(score.note for score in scores if score.note and not score.note.startswith("±"))
    return said + [f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in list(notes)[:6]]


def _limits(here: Card) -> None:
    if here.limits:
        section("What it cannot do")
        listed = "".join(f"<li>{html.escape(each)}</li>" for each in here.limits)
        st.html(f"<ul class='eo-list'>{listed}</ul>")


def _small_print(here: Card) -> None:
    """Licence, source, checksum; and the command behind each figure."""
    weights = here.weights
    rows = [("Licence", here.licence), ("Architecture", f"{here.architecture}, after {here.citation}")]
    rows += [("Checksum", f"{weights.file}, SHA-256 {weights.sha256}")] if weights else []
    rows += [("Input", LEVELS[here.input.level].capitalize())]
    body = "".join(f"<tr><td>{name}</td><td class='eo-any'>{html.escape(text)}</td></tr>" for name, text in rows)
    with st.expander("Licence, source and checksum"):
        st.html(f"<table class='eo-points'>{body}</table>")
    with st.expander("The commands that make these figures again"):
        st.code("\n".join(commands(here)) or "The card names none.", language="bash", wrap_lines=True)
    with st.expander("The card itself"):
        st.code(card_text(here), language="toml", wrap_lines=True, height=320)


def commands(here: Card) -> list[str]:
    """Training first, then each score's, every one once."""
    told: Sequence[object] = (here.trained.get("command"), *(score.command for score in here.scores))
    return list(dict.fromkeys(str(each) for each in told if each))


def card_text(here: Card) -> str:
    """The card as the text of its file."""
    from eodash.toml_tables import toml

    return toml(cards.to_table(here))
