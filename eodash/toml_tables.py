"""Frozen dataclasses ↔ TOML: read by their type hints, strictly; written so that it reads back equal."""

from __future__ import annotations

import json
import math
import re
import types
import typing
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

TEXT = 4000
"""Most characters of one text."""
ROWS = 2000
"""Most entries of one list or table."""
DEPTH = 4
"""Deepest nesting of what has no type of its own."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that make the text after them run the other way."""


class Wrong(Exception):  # noqa: N818 - translated at once by whoever reads
    """A value that does not fit: where it stands, and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


def read_as(kind: Any, said: Any, where: str = "") -> Any:
    """The value as its type hint wants it; anything else is Wrong."""
    if is_dataclass(kind):
        return _instance(kind, said, where)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):  # X | None: absent is None
        return read_as(next(each for each in arguments if each is not type(None)), said, where)
    if origin is tuple:
        return _list(arguments, said, where)
    if kind is Any:
        return _plain(said, where)
    if getattr(origin, "__name__", "") == "Mapping":
        return {
            _text(name, where): read_as(arguments[1], each, f"{where}.{name}")
            for name, each in _table(said, where).items()
        }
    return _scalar(kind, said, where)


def _instance(kind: Any, said: Any, where: str) -> Any:
    hints = typing.get_type_hints(kind)
    wanted = {each.name: each for each in fields(kind) if not each.metadata.get("beside")}
    table = _table(said, where)
    for name in table:
        if name not in wanted:
            raise Wrong(_below(where, str(name)[:40]), "nobody knows this field")
    made = {name: read_as(hints[name], each, _below(where, name)) for name, each in table.items()}
    for name, each in wanted.items():
        if name not in table and each.default is MISSING and each.default_factory is MISSING:
            if type(None) not in typing.get_args(hints[name]):
                raise Wrong(_below(where, name), "is missing")
            made[name] = None
    return kind(**made)


def _list(arguments: tuple[Any, ...], said: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(said, list | tuple):
        raise Wrong(where, "must be a list")
    if len(said) > ROWS:
        raise Wrong(where, f"has {len(said)} entries; {ROWS} are allowed")
    if arguments[-1] is Ellipsis:
        return tuple(read_as(arguments[0], each, f"{where}[{place}]") for place, each in enumerate(said))
    if len(said) != len(arguments):
        raise Wrong(where, f"must have {len(arguments)} entries")
    return tuple(
        read_as(kind, each, f"{where}[{place}]") for place, (kind, each) in enumerate(zip(arguments, said, strict=True))
    )


def _table(said: Any, where: str) -> Mapping[Any, Any]:
    if not isinstance(said, Mapping):
        raise Wrong(where or "the card", "must be a table")
    if len(said) > ROWS:
        raise Wrong(where or "the card", f"has {len(said)} entries; {ROWS} are allowed")
    return said


def _scalar(kind: Any, said: Any, where: str) -> Any:
    if kind is str:
        return _text(said, where)
    if kind is bool:
        if not isinstance(said, bool):
            raise Wrong(where, "must be true or false")
        return said
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise Wrong(where, "must be a number")
    if kind is float:
        if abs(said) > 1e300 or not math.isfinite(said):
            raise Wrong(where, "must be a finite number")
        return float(said)
    if not isinstance(said, int) or abs(said) >= 2**63:
        raise Wrong(where, "must be a whole number")
    return said


def _text(said: Any, where: str) -> str:
    if not isinstance(said, str):
        raise Wrong(where, "must be text")
    if len(said) > TEXT:
        raise Wrong(where, f"has {len(said)} characters; {TEXT} are allowed")
    if any(letter in _TURNING or unicodedata.category(letter) in ("Cc", "Cs") for letter in said if letter != "\n"):
        raise Wrong(where, "holds a control character")
    return said


def _plain(said: Any, where: str, depth: int = 0) -> Any:
    if depth > DEPTH:
        raise Wrong(where, "is nested too deep")
    if isinstance(said, Mapping):
        return {
            _text(name, where): _plain(each, f"{where}.{name}", depth + 1) for name, each in _table(said, where).items()
        }
    if isinstance(said, list | tuple):
        if len(said) > ROWS:
            raise Wrong(where, f"has {len(said)} entries; {ROWS} are allowed")
        return [_plain(each, f"{where}[{place}]", depth + 1) for place, each in enumerate(said)]
    return _scalar(type(said) if type(said) in (str, bool, int, float) else int, said, where)


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def table_of(value: Any) -> Any:
    """A dataclass as the tables that it is read from; what is None, or not of the file, is left out."""
    if is_dataclass(value):
        said = {each.name: getattr(value, each.name) for each in fields(value) if not each.metadata.get("beside")}
        return {name: table_of(each) for name, each in said.items() if each is not None}
    if isinstance(value, Mapping):
        return {name: table_of(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [table_of(each) for each in value]
    return value


def toml(table: Mapping[str, Any]) -> str:
    """A table as TOML: values first, then tables, then lists of tables."""
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[str]:
    for name, value in table.items():
        if not _headed(value):
            yield f"{_key(name)} = {_value(value)}"
    for name, value in table.items():
        here = (*above, name)
        if isinstance(value, Mapping):
            if not value or not all(_headed(each) for each in value.values()):
                yield from ("", f"[{'.'.join(map(_key, here))}]")
            yield from _lines(value, here)
        elif _tables(value):
            for row in value:
                yield from ("", f"[[{'.'.join(map(_key, here))}]]")
                yield from _lines(row, here)


def _headed(value: Any) -> bool:
    """Whether a value has a heading of its own."""
    return isinstance(value, Mapping) or _tables(value)


def _tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(name)} = {_value(each)}' for name, each in value.items())}}}"
    return repr(value)


def _quoted(text: str) -> str:
    """JSON's way of quoting is TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
