"""The JSON Schemas (draft 2020-12) of everything that Quorate writes as JSON.

Objects are open: a later Quorate may add keys, never rename one, so a reader that holds a report against a schema of an
earlier one still accepts it. The tests close them, so that every key of today is in its schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quorate.errors import UsageError, nearest

FOLDER = Path(__file__).parent
URN = "urn:quorate:schema:"
COMMON = "common"


def names() -> tuple[str, ...]:
    """The names of the reports that have a schema: the commands, and "trace" for trace files."""
    found = sorted(path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json"))
    return tuple(name for name in found if name != COMMON)


def schema(name: str) -> dict[str, Any]:
    """The schema of one report, whole: those that it refers to are among its `$defs`. Raises UsageError for no name."""
    if name not in names():
        raise UsageError(f"there is no schema {name}", hint=nearest(name, names()) or f"there are {', '.join(names())}")
    whole = _read(name)
    others: dict[str, Any] = {}
    waiting = [whole]
    while waiting:
        for other in sorted(set(_referred(waiting.pop())) - {name} - others.keys()):
            others[other] = _read(other)
            waiting.append(others[other])
    return {**whole, "$defs": {**whole.get("$defs", {}), **{f"{URN}{other}": others[other] for other in others}}}


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    return data


def _referred(part: Any) -> Iterator[str]:
    """The names of the other schemas that a part of one refers to."""
    if isinstance(part, dict):
        target = part.get("$ref")
        if isinstance(target, str) and target.startswith(URN):
            yield target.removeprefix(URN).partition("#")[0]
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _referred(inner)
