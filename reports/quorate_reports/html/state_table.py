"""A state as tables: variables that are maps over the same keys side by side, all others a row each.

What changed against the state before is marked, down to the elements of sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from quorate.trace import Data
from quorate_reports.values import printable, show

MOST_KEYS = 9
"""A map with more keys than this is listed, not laid out in columns."""
SHORT = 44
"""A collection whose text is no longer stands on one line."""


@dataclass(frozen=True)
class Item:
    """An element of a listed collection: there as before, "new", or "gone"."""

    text: str
    mark: Literal["same", "new", "gone"] = "same"


@dataclass(frozen=True)
class Cell:
    """A value. `old` is the text of what it was, if that is another; a long collection has `items` too."""

    text: str
    old: str | None = None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Row:
    """A variable with its cells: one, or one for each key of its table."""

    variable: str
    cells: tuple[Cell, ...]
    changed: bool


@dataclass(frozen=True)
class Table:
    """Rows under the keys of their maps, or, without keys, rows of one cell."""

    keys: tuple[str, ...]
    rows: tuple[Row, ...]


def state_tables(state: Mapping[str, Data], before: Mapping[str, Data] | None = None) -> tuple[Table, ...]:
    """The tables of a state, with what changed since the state before."""
    rows: dict[tuple[str, ...], list[Row]] = {}
    for name, value in state.items():
        keys = _columns(value)
        old = value if before is None else before.get(name)
        rows.setdefault(keys, []).append(_row(name, value, old, keys))
    return tuple(Table(keys, tuple(found)) for keys, found in rows.items())


def _columns(value: Data) -> tuple[str, ...]:
    """The keys of a map that can head columns."""
    match value:
        case {"#map": [_, _, *_] as pairs} if len(pairs) <= MOST_KEYS:
            plain = not any(isinstance(key, dict | list) for key, _ in pairs)
            return tuple(show(key) for key, _ in pairs) if plain else ()
    return ()


def _row(name: str, value: Data, old: Data, keys: tuple[str, ...]) -> Row:
    if keys:
        was = {show(key): item for key, item in old["#map"]} if _columns(old) == keys else {}
        cells = tuple(_cell(item, was.get(show(key), item) if was else item) for key, item in value["#map"])
    else:
        cells = (_cell(value, old),)
    return Row(printable(name), cells, value != old)


def _cell(value: Data, old: Data) -> Cell:
    text = show(value)
    changed = value != old
    items = _items(value, old if changed else value) if len(text) > SHORT else ()
    return Cell(text, show(old) if changed else None, items)


def _items(value: Data, old: Data) -> tuple[Item, ...]:
    """The elements of a collection, those that are gone after the others."""
    now, was = _elements(value), _elements(old)
    items = []
    for text in now:
        if text in was:
            was.remove(text)
            items.append(Item(text))
        else:
            items.append(Item(text, "new"))
    return (*items, *(Item(text, "gone") for text in was))


def _elements(value: Data) -> list[str]:
    match value:
        case {"#map": list(pairs)}:
            return [f"{show(key)}: {show(item)}" for key, item in pairs]
        case {"#set": list(items)} | {"#bag": list(items)} | list(items):
            return [show(item) for item in items]
        case {"tag": _, "value": _}:
            return []
        case dict():
            return [f"{printable(key)}: {show(item)}" for key, item in value.items()]
    return []
