"""Change in feature space beside change in reflectance, in figures."""

from __future__ import annotations

import html
from collections.abc import Mapping

from eodash.change.pair import Mask
from eodash.change.scored import Scores
from eodash.views.change_words import percent
from eodash.views.hectares import in_words

HEAD = ("", "kappa", "Dice", "accuracy", "false alarm")


def compared(rows: Mapping[str, Scores]) -> str:
    """A line for each way; accuracy never without kappa, Dice and how rare change is."""
    head = "".join(f"<th>{name}</th>" for name in HEAD)
    body = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{each.kappa:.2f}</td><td>{each.dice:.2f}</td>"
        f"<td>{each.accuracy:.3f}</td><td>{percent(each.false_alarm)}</td></tr>"
        for name, each in rows.items()
    )
    one = next(iter(rows.values()))
    rare = "Nothing changed" if one.rare == 0 else f"{percent(one.rare)} changed"
    return (
        f"<table class='eo-table' data-eo='learnt-scores'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<p class='eo-caption'>{rare}, so “no change” alone has accuracy {one.still:.3f}. False alarm: share of the "
        "unchanged ground that is flagged. Features know no more of change than reflectance does: they were taught "
        "what a place looks like, not what counts as change.</p>"
    )


def agreement(vectors: Mask, features: Mask, cell: float) -> str:
    """The same where nobody knows the truth."""
    both, alone, other = (
        in_words(float(each.sum()) * cell) for each in (vectors & features, vectors & ~features, features & ~vectors)
    )
    return (
        f"<p class='eo-found' data-eo='learnt-scores'><b>{both}</b> changed by either; {alone} by reflectance alone, "
        f"{other} by features alone. <span class='eo-soft'>Nobody knows the truth here: where both agree, change is "
        "the likelier.</span></p>"
    )
