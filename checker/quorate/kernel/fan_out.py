"""How many steps an action may have from one state: what room its successors need."""

from __future__ import annotations

import math
from typing import Any

from quorate.compiler import ir
from quorate.language.compound import Map, Set


def fan_out(action: ir.ActionIR) -> int:
    """The most steps of an action from one state."""
    return math.prod((_size(choice.domain) for choice in action.choices), start=1)


def _size(domain: ir.Domain) -> int:
    match domain:
        case ir.AllOf(kind):
            return kind.cardinality
        case ir.Elements(kind, container, _):
            holder: Any = container.type
            if isinstance(holder, Map):
                return holder.key_type.cardinality
            if isinstance(holder, Set) and holder.capacity is None:
                return kind.cardinality
            return int(holder.capacity)
        case ir.Range():
            raise TypeError("an action does not range over numbers")
