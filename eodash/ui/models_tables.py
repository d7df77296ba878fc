"""Tables across models beside what was published: raw and preprocessed, stacked dates, accuracy against earliness."""

from __future__ import annotations

import html
import json
import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from eodash import cards
from eodash.ui.figure import figure
from eodash.ui.models_shelf import part
from eodash.ui.page import caption, empty, mode, section
from eodash.views.model_compared import Pair, Point, earliness_chart, pairs_chart

MAKE = "python -m eodash tables --help"
ORDER = ("raw-against-preprocessed", "stacked-dates", "accuracy-against-earliness")
WIDE = 8
"""Columns, deviations included, from which a table stands under its drawing."""
MOST = 2**20
"""Bytes of a table."""
_log = logging.getLogger("eodash")


def tables() -> None:
    """Every table that has been made, with a drawing where its columns allow one."""
    part(
        "Models beside each other",
        "Ours are simulated fields unless a table says otherwise; published are others' fields.",
    )
    found = read(cards.SHELF / "tables")
    if not found:
        empty("These tables have not been made yet", "Each is made by a command of its own, on the command line.")
        st.code(MAKE, language="bash")
    for name in sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER)):
        _table(name, found[name])


def _table(name: str, table: Mapping[str, Any]) -> None:
    section(str(table.get("title") or name), str(table.get("about") or ""))
    rows, published = _rows(table, "rows"), _rows(table, "published")
    drawn, room = chart(rows, published), st.container()
    if drawn is not None:
        wide = any(len(row) > WIDE for row in rows)
        left, room = (room, st.container()) if wide else st.columns(2, gap="large")
        title = str(table.get("title") or name)
        with left:
            figure(
                drawn,
                f"table-{name}",
                question=title,
                alt=f"{title}, drawn: {len(rows)} rows of ours, {len(published)} published",
                table=partial(_data, rows, published),
                heading=False,
            )
    room.html(table_html(rows, published))
    if table.get("note"):
        caption(str(table["note"]))
    for source in dict.fromkeys(str(row["source"]) for row in published if row.get("source")):
        of = ", ".join(dict.fromkeys(name_of(row) for row in published if row.get("source") == source))
        caption(f"Published, {of}: {source}.")
    if table.get("command"):
        made = f"# {table['made']}\n" if table.get("made") else ""
        with st.expander("The command that makes this table again"):
            st.code(f"{made}{table['command']}", language="bash", wrap_lines=True)


def _data(rows: Sequence[Mapping[str, Any]], published: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Every column of both kinds of rows, and which is which."""
    return pd.DataFrame(
        [*(dict(row, published=False) for row in rows), *(dict(row, published=True) for row in published)]
    )


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The tables of a folder by name; what cannot be read is passed over, and logged."""
    paths = sorted(folder.glob("*.json"))
    found = {path.stem: _read(path, path.stat().st_mtime_ns) for path in paths}
    return {name: table for name, table in found.items() if table}


@lru_cache(maxsize=32)
def _read(path: Path, written: int) -> dict[str, Any]:
    try:
        said = json.loads(path.read_bytes()) if path.stat().st_size <= MOST else None
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("%s: %s", path, error)
        return {}
    return said if isinstance(said, dict) else {}


def chart(rows: Sequence[Mapping[str, Any]], published: Sequence[Mapping[str, Any]]) -> Any:
    """What suits the columns: earliness, two inputs, or nothing."""
    if rows and all(_number(row.get("earliness")) is not None for row in rows):
        return earliness_chart(_points(rows), _points(published), mode())
    if rows and any("raw" in row and "preprocessed" in row for row in rows):
        return pairs_chart([*_pairs(rows, False), *_pairs(published, True)], mode())
    return None


def _points(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for row in rows:
        x, y = _number(row.get("earliness")), _number(row.get("accuracy"))
        if x is not None and y is not None:
            said = f"α = {row['alpha']}" if row.get("alpha") is not None else str(row.get("source", ""))
            found.setdefault(name_of(row), []).append(Point(x, y, _number(row.get("deviation")) or 0.0, said))
    return found


def _pairs(rows: Sequence[Mapping[str, Any]], published: bool) -> list[Pair]:
    return [
        Pair(
            name_of(row), _number(row.get("raw")), _number(row.get("preprocessed")),
            _number(row.get("raw_deviation")) or 0.0, _number(row.get("preprocessed_deviation")) or 0.0, published,
        )
        for row in rows
        if "raw" in row or "preprocessed" in row
    ]  # fmt: skip


def name_of(row: Mapping[str, Any]) -> str:
    """What a row is about: its model, or the set."""
    return str(next((row[key] for key in ("model", "network", "title", "name", "data") if row.get(key)), ""))


def table_html(rows: Sequence[Mapping[str, Any]], published: Sequence[Mapping[str, Any]]) -> str:
    """Both kinds of rows under one head; deviations stand beside what they belong to."""
    named = (key for row in (*rows, *published) for key in row)
    keys = list(dict.fromkeys(key for key in named if key != "source" and not _deviates(key)))
    texts = {key for row in (*rows, *published) for key in keys if isinstance(row.get(key), str)}
    head = "".join(f"<th{_side(key, texts)}>{html.escape(str(key).replace('_', ' '))}</th>" for key in keys)
    body = "".join(_line(row, keys, texts) for row in rows)
    if published:
        body += f"<tr class='eo-group'><td colspan='{len(keys)}'>Published</td></tr>"
        body += "".join(_line(row, keys, texts) for row in published)
    return scrolling(head, body)


def scrolling(head: str, body: str) -> str:
    """A table that scrolls in its own box where the page is narrow."""
    inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f"<div class='eo-scroll'><table class='eo-table'>{inner}</table></div>"


def _line(row: Mapping[str, Any], keys: Sequence[str], texts: set[str]) -> str:
    return "<tr>" + "".join(f"<td{_side(key, texts)}>{_cell(row, key)}</td>" for key in keys) + "</tr>"


def _side(key: str, texts: set[str]) -> str:
    """Words stand left, and may take several lines."""
    return " class='eo-left'" if key in texts else ""


def _cell(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if not isinstance(value, int | float):
        return html.escape(str(value))
    if isinstance(value, int):
        return f"{value:,}"
    near = row.get(f"{key}_deviation", row.get("deviation") if key == "accuracy" else None)
    said = f"{value:.3f}".replace("-", "−")
    return said + (f" ± {near:.3f}" if isinstance(near, float) and near else "")


def _deviates(key: str) -> bool:
    return key == "deviation" or key.endswith("_deviation")


def _rows(table: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    said = table.get(name)
    rows = [row for row in said if isinstance(row, dict)] if isinstance(said, list) else []
    return [{key: value for key, value in row.items() if not isinstance(value, dict | list)} for row in rows]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
