"""Walks over the IR: which variables a body reads and writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from quorate.compiler import ir
from quorate.language.types import Type


def nodes(part: Any) -> Iterator[Any]:
    """A part of the IR and all parts below it, outermost first."""
    if isinstance(part, tuple):
        for item in part:
            yield from nodes(item)
    elif dataclasses.is_dataclass(part) and not isinstance(part, Type):
        yield part
        for field in dataclasses.fields(part):
            yield from nodes(getattr(part, field.name))


def read(part: Any) -> set[int]:
    """The indices of the state variables whose value a part of the IR asks for."""
    return {node.index for node in nodes(part) if isinstance(node, ir.Variable)}


def written(part: Any) -> set[int]:
    """The indices of the state variables that a part of the IR may change."""
    return {node.target.variable for node in nodes(part) if isinstance(node, ir.Store | ir.Update)}
