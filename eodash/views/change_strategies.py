"""Strategies of semantic change: ours and the published figures under one head."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from eodash.views.change_words import percent

COLUMNS = {
    "kappa": "kappa", "dice": "Dice", "accuracy": "accuracy", "cover_kappa": "land cover, kappa",
    "cover_accuracy": "land cover, accuracy",
}  # fmt: skip
Table = Mapping[str, Any]


def rows_of(table: Table) -> list[Mapping[str, Any]]:
    return [row for row in table.get("rows") or [] if isinstance(row, dict) and row.get("strategy")]


def published_of(table: Table) -> list[Mapping[str, Any]]:
    """As a list of their own, or inside the rows."""
    own: list[Mapping[str, Any]] = [
        row for row in table.get("published") or [] if isinstance(row, dict) and row.get("strategy")
    ]
    inside: list[Mapping[str, Any]] = [{"strategy": row["strategy"], **row["published"]} for row in rows_of(table)
              if isinstance(row.get("published"), dict) and row["published"]]  # fmt: skip
    return own or inside


def strategies_table(table: Table) -> str:
    ours, theirs = rows_of(table), published_of(table)
    keys = [key for key in COLUMNS if any(_number(row.get(key)) for row in (*ours, *theirs))]
    head = "".join(f"<th>{COLUMNS[key]}</th>" for key in keys)
    body = _group(ours, keys)
    if theirs:
        body += f"<tr class='eo-group'><td colspan='{len(keys) + 1}'>Published</td></tr>" + _group(theirs, keys)
    return (
        "<div class='eo-scroll'><table class='eo-table' data-eo='change-strategies'><thead><tr><th>strategy</th>"
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def strategies_words(table: Table) -> str:
    """The best of ours, and how rare change was."""
    ours = [row for row in rows_of(table) if _number(row.get("kappa"))]
    if not ours:
        return ""
    first = max(ours, key=lambda row: float(row["kappa"]))
    rare, there = table.get("rare"), published_of(table)
    said = f"Strategy {first['strategy']} finds change best, with a kappa of {float(first['kappa']):.2f}"
    held = [row for row in there if _number(row.get("kappa"))]
    if held:
        best = max(held, key=lambda row: float(row["kappa"]))
        said += f"; published, {best['strategy']} was best with {float(best['kappa']):.2f}"
    if isinstance(rare, int | float):
        said += f". {percent(float(rare))} of the ground changed, so “no change” alone has accuracy {1 - rare:.3f}"
    return said + "."


def _group(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    return "".join(
        f"<tr><td class='eo-left'>{html.escape(str(row['strategy']))}</td>"
        + "".join(f"<td>{_number(row.get(key)) or '–'}</td>" for key in keys)
        + "</tr>"
        for row in rows
    )


def _number(value: Any) -> str:
    """`0.483`; nothing where it is no number."""
    return f"{value:.3f}".replace("-", "−") if isinstance(value, int | float) and not isinstance(value, bool) else ""
