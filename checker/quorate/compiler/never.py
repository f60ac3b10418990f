"""What the types alone say of a condition: whether it is false in every state."""

from __future__ import annotations

from quorate.compiler import ir
from quorate.language.types import Int, Type


def never_true(condition: ir.Expr) -> bool:
    """Whether a condition is false whatever the values of its variables; False where that is not plain."""
    return _truth(condition) is False


def _truth(condition: ir.Expr) -> bool | None:
    match condition:
        case ir.Const(_, bool(value)):
            return value
        case ir.Lazy(_, operator, parts):
            known = [_truth(part) for part in parts]
            decisive = operator == "or"
            if decisive in known:
                return decisive
            return None if None in known else not decisive
        case ir.Operate(_, "not", (inner,)):
            truth = _truth(inner)
            return None if truth is None else not truth
        case ir.Operate(_, operator, (left, right)):
            return _comparison(operator, _range(left), _range(right))
    return None


def _comparison(operator: str, left: tuple[int, int] | None, right: tuple[int, int] | None) -> bool | None:
    """The answer where the ranges alone give it."""
    if left is None or right is None:
        return None
    match operator:
        case "lt":
            return True if left[1] < right[0] else False if left[0] >= right[1] else None
        case "le":
            return True if left[1] <= right[0] else False if left[0] > right[1] else None
        case "gt" | "ge":
            return _comparison("lt" if operator == "gt" else "le", right, left)
        case "eq":
            return False if left[1] < right[0] or right[1] < left[0] else None
    return None


def _range(value: ir.Expr) -> tuple[int, int] | None:
    """The least and greatest value of an integer, before it was made wider for a comparison."""
    while isinstance(value, ir.Convert):
        if not isinstance(value.value.type, Int):
            break
        value = value.value
    kind: Type = value.type
    if not isinstance(kind, Int):
        return None
    assert isinstance(kind.lo, int)
    assert isinstance(kind.hi, int)
    return kind.lo, kind.hi
