"""Every method beside the others: how good it is where the truth is known, what it flags where nothing changed."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from eodash.views.change_words import METHODS, WAYS, percent

FLAGGED = "flagged"
"""Stands among the nuisances where nobody knows the truth: the share of the pair itself that is flagged."""
NUISANCES = {"light": "light", "haze": "haze", "shift": "shift", "season": "next date"}
"""What differs although nothing changed; in the order of the columns."""
Row = Mapping[str, Any]


def named(row: Row, titles: Mapping[str, str]) -> str:
    """`Change vector (CVA), z-score`."""
    method = titles.get(row["method"], METHODS.get(row["method"], str(row["method"])))
    way = row.get("normalise", "none")
    return f"{method}, {WAYS[way].lower() if way != 'z-score' else way}" if way in WAYS and way != "none" else method


def scored(rows: Sequence[Row]) -> bool:
    """Whether the truth was known."""
    return any(row.get("kappa") is not None for row in rows)


def worst(row: Row) -> tuple[str, float]:
    """The nuisance that most is flagged under, and how much."""
    alarms = {name: share for name, share in row["nuisances"].items() if name in NUISANCES and share is not None}
    name = max(alarms, key=alarms.__getitem__, default="")
    return NUISANCES.get(name, ""), float(alarms.get(name, 0.0))


def best(rows: Sequence[Row]) -> Row | None:
    """The highest kappa; where nobody knows the truth, the fewest false alarms of those that flag anything."""
    if scored(rows):
        return max((row for row in rows if row.get("kappa") is not None), key=lambda row: float(row["kappa"]))
    some = [row for row in rows if row["nuisances"].get(FLAGGED)]
    return min(some, key=lambda row: worst(row)[1], default=None)


def methods_table(rows: Sequence[Row], titles: Mapping[str, str]) -> str:
    """A line for each method; the best kappa and what is suggested are marked."""
    known, first = scored(rows), best(rows)
    there = [name for name in NUISANCES if any(name in row["nuisances"] for row in rows)]
    heads = ["kappa", "Dice", "accuracy"] if known else ["flagged"]
    head = "".join(f"<th>{each}</th>" for each in ("method", *heads, *(NUISANCES[name] for name in there), "seconds"))
    over = (
        f"<tr><th></th><th colspan='{len(heads)}'>this pair</th><th colspan='{len(there)}'>flagged where nothing "
        "changed</th><th></th></tr>"
    )
    body = "".join(_line(row, titles, known, there, row is first) for row in rows)
    return (
        f"<div class='eo-scroll'><table class='eo-table' data-eo='change-methods'><thead>{over}<tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _line(row: Row, titles: Mapping[str, str], known: bool, there: Sequence[str], first: bool) -> str:
    name = html.escape(named(row, titles))
    name = f"<b>{name}</b>" if first else name
    note = " <span class='eo-soft'>suggested</span>" if row.get("default") else ""
    if row.get("failed"):
        note += f" <span class='eo-soft'>▲ {html.escape(', '.join(sorted(set(row['failed'].values()))))}</span>"
    own = [_number(row.get("kappa"), 2), _number(row.get("dice"), 2), _number(row.get("accuracy"), 3)]
    own = own if known else [_share(row["nuisances"].get(FLAGGED))]
    cells = [*own, *(_share(row["nuisances"].get(each)) for each in there), _number(row.get("seconds"), 2)]
    return f"<tr><td>{name}{note}</td>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def methods_words(rows: Sequence[Row], titles: Mapping[str, str]) -> str:
    """What the table says, in a sentence; accuracy never without how rare change is."""
    first = best(rows)
    if first is None:
        return "No method found anything here."
    nuisance, alarm = worst(first)
    under = f"under {nuisance}" if nuisance != NUISANCES["season"] else "on the next date"
    false = f"it flags at most {percent(alarm)} ({under})" if alarm else "it flags nothing"
    if not scored(rows):
        shares = sorted(float(row["nuisances"][FLAGGED]) for row in rows if row["nuisances"].get(FLAGGED) is not None)
        return (
            f"Nobody knows the truth here: methods flag from {percent(shares[0])} to {percent(shares[-1])}, and "
            f"nothing says which is right. Where nothing changed {named(first, titles)} is the most silent: {false}."
        )
    rare = float(first["rare"])
    return (
        f"{named(first, titles)} has the highest kappa, {first['kappa']:.2f}; Dice {first['dice']:.2f}, accuracy "
        f"{first['accuracy']:.3f}. {percent(rare)} changed, so “no change” alone has accuracy "
        f"{first['accuracy_of_no_change']:.3f}. Where nothing changed {false}."
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value) if value else "0 %"
