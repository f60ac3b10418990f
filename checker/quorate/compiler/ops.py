"""The operator table: one row for each operator of the language, its meaning in every engine side by side.

`python` is the reference. `llvm` emits machine code for operands in register form (bool: i1, anything else: i64), given
a builder with the methods of `quorate.kernel.builder.Builder`. `z3` builds a term, given z3 operands of one sort and
what differs between sorts: `quorate.prove.terms.BitVectors` (wide enough for the result) or `Integers`; the two
engines' emissions share nothing, so that each can confirm the other. `bitwise` operators have no meaning over unbounded
integers. `partial` names the kind of fault where the operator is
not defined and `defined` emits the condition under which it is. `interval` gives the range of an integer result.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Interval = tuple[int, int]


@dataclass(frozen=True)
class Operator:
    """One row of the table. `operands` and `result` are "int", "bool" or "scalar" (anything of one word)."""

    name: str
    symbol: str
    operands: tuple[str, ...]
    result: str
    python: Callable[..., Any]
    llvm: Callable[..., Any]
    z3: Callable[..., Any]
    interval: Callable[..., Interval] | None = None
    partial: str | None = None
    defined: Callable[..., Any] | None = None
    bitwise: bool = False


def _corners(function: Callable[[int, int], int]) -> Callable[[Interval, Interval], Interval]:
    """The range of a function that is monotone in each argument: its extremes lie in the corners."""

    def interval(x: Interval, y: Interval) -> Interval:
        values = [function(a, b) for a in x for b in y]
        return min(values), max(values)

    return interval


def _nonzero(y: Interval) -> list[int]:
    """The divisors nearest to and farthest from zero."""
    return [d for d in {y[0], y[1], -1, 1} if d != 0 and y[0] <= d <= y[1]]


def _floordiv_interval(x: Interval, y: Interval) -> Interval:
    values = [a // d for a in x for d in _nonzero(y)]
    return (min(values), max(values)) if values else (0, 0)


def _mod_interval(x: Interval, y: Interval) -> Interval:
    if x[0] >= 0 and x[1] < y[0]:
        return x
    return min(0, y[0] + 1), max(0, y[1] - 1)


def _bits_interval(x: Interval, y: Interval) -> Interval:
    """A range that holds every bitwise combination: the powers of two around both operands."""
    width = max(abs(v).bit_length() for v in (*x, *y))
    negative = min(x[0], y[0]) < 0
    return (-(1 << width) if negative else 0, (1 << width) - 1)


def _shift_left_interval(x: Interval, y: Interval) -> Interval:
    # by more places it is a fault, or 0 shifted; the bound is never computed with
    y = (min(62, max(0, y[0])), min(62, max(0, y[1])))
    return _corners(lambda a, s: a << s)(x, y)


def _shift_right_interval(x: Interval, y: Interval) -> Interval:
    return _corners(lambda a, s: a >> s)(x, (max(0, y[0]), max(0, min(y[1], 64))))


def _floordiv(b: Any, x: Any, y: Any) -> Any:
    """LLVM's division truncates; where the remainder is not zero and the signs differ, the floor is one below."""
    quotient, remainder = b.sdiv(x, y), b.srem(x, y)
    differ = b.icmp_signed("<", b.xor(remainder, y), b.i64(0))
    adjust = b.and_(b.icmp_signed("!=", remainder, b.i64(0)), differ)
    return b.sub(quotient, b.zext(adjust, b.i64_type))


def _mod(b: Any, x: Any, y: Any) -> Any:
    """Python's modulo has the sign of the divisor."""
    remainder = b.srem(x, y)
    differ = b.icmp_signed("<", b.xor(remainder, y), b.i64(0))
    adjust = b.and_(b.icmp_signed("!=", remainder, b.i64(0)), differ)
    return b.select(adjust, b.add(remainder, y), remainder)


def _smaller(b: Any, x: Any, y: Any) -> Any:
    return b.select(b.icmp_signed("<=", x, y), x, y)


def _larger(b: Any, x: Any, y: Any) -> Any:
    return b.select(b.icmp_signed(">=", x, y), x, y)


def _shift_left(b: Any, x: Any, y: Any) -> Any:
    """By 63 at most, as LLVM leaves more undefined: zero stays zero, and for any other number that is an overflow."""
    return b.shl(x, _smaller(b, y, b.i64(63)))


def _shift_right(b: Any, x: Any, y: Any) -> Any:
    """LLVM leaves shifts by 64 and more undefined; Python's right shift reaches the sign by 63 already."""
    return b.ashr(x, _smaller(b, y, b.i64(63)))


def _compare(symbol: str) -> Callable[[Any, Any, Any], Any]:
    return lambda b, x, y: b.icmp_signed(symbol, x, y)


def _nonzero_divisor(b: Any, x: Any, y: Any) -> Any:
    return b.icmp_signed("!=", y, b.i64(0))


def _shift_count(b: Any, x: Any, y: Any) -> Any:
    return b.icmp_signed(">=", y, b.i64(0))


def _floordiv_term(t: Any, x: Any, y: Any) -> Any:
    """The quotient rounded towards zero, less one where it was rounded up: the quotient is negative and not exact."""
    inexact = t.remainder(x, y) != t.number(0)
    return t.quotient(x, y) - t.choose(t.both(inexact, (x < 0) != (y < 0)), t.number(1), t.number(0))


def _mod_term(t: Any, x: Any, y: Any) -> Any:
    """The remainder, moved by the divisor where their signs differ."""
    rest = t.remainder(x, y)
    return t.choose(t.both(rest != t.number(0), (rest < 0) != (y < 0)), rest + y, rest)


def _shift_left_term(t: Any, x: Any, y: Any) -> Any:
    """By 63 at most: any number but zero is beyond every range by then."""
    return x << t.choose(y > t.number(63), t.number(63), y)


INT2 = ("int", "int")

_ROWS = (
    Operator(
        "add",
        "+",
        INT2,
        "int",
        operator.add,
        lambda b, x, y: b.add(x, y),
        lambda t, x, y: x + y,
        _corners(operator.add),
    ),
    Operator(
        "sub",
        "-",
        INT2,
        "int",
        operator.sub,
        lambda b, x, y: b.sub(x, y),
        lambda t, x, y: x - y,
        _corners(operator.sub),
    ),
    Operator(
        "mul",
        "*",
        INT2,
        "int",
        operator.mul,
        lambda b, x, y: b.mul(x, y),
        lambda t, x, y: x * y,
        _corners(operator.mul),
    ),
    Operator(
        "floordiv",
        "//",
        INT2,
        "int",
        operator.floordiv,
        _floordiv,
        _floordiv_term,
        _floordiv_interval,
        "division",
        _nonzero_divisor,
    ),
    Operator("mod", "%", INT2, "int", operator.mod, _mod, _mod_term, _mod_interval, "division", _nonzero_divisor),
    Operator(
        "neg",
        "-",
        ("int",),
        "int",
        operator.neg,
        lambda b, x: b.sub(b.i64(0), x),
        lambda t, x: -x,
        lambda x: (-x[1], -x[0]),
    ),
    Operator(
        "invert",
        "~",
        ("int",),
        "int",
        operator.invert,
        lambda b, x: b.not_(x),
        lambda t, x: -x - 1,
        lambda x: (~x[1], ~x[0]),
    ),
    Operator(
        "abs",
        "abs",
        ("int",),
        "int",
        abs,
        lambda b, x: _larger(b, x, b.sub(b.i64(0), x)),
        lambda t, x: t.choose(x < 0, -x, x),
        lambda x: (0 if x[0] <= 0 <= x[1] else min(map(abs, x)), max(map(abs, x))),
    ),
    Operator(
        "lshift",
        "<<",
        INT2,
        "int",
        operator.lshift,
        _shift_left,
        _shift_left_term,
        _shift_left_interval,
        "shift",
        _shift_count,
        bitwise=True,
    ),
    Operator(
        "rshift",
        ">>",
        INT2,
        "int",
        operator.rshift,
        _shift_right,
        lambda t, x, y: x >> y,
        _shift_right_interval,
        "shift",
        _shift_count,
        bitwise=True,
    ),
    Operator(
        "bitand",
        "&",
        INT2,
        "int",
        operator.and_,
        lambda b, x, y: b.and_(x, y),
        lambda t, x, y: x & y,
        _bits_interval,
        bitwise=True,
    ),
    Operator(
        "bitor",
        "|",
        INT2,
        "int",
        operator.or_,
        lambda b, x, y: b.or_(x, y),
        lambda t, x, y: x | y,
        _bits_interval,
        bitwise=True,
    ),
    Operator(
        "bitxor",
        "^",
        INT2,
        "int",
        operator.xor,
        lambda b, x, y: b.xor(x, y),
        lambda t, x, y: x ^ y,
        _bits_interval,
        bitwise=True,
    ),
    Operator("min2", "min", INT2, "int", min, _smaller, lambda t, x, y: t.choose(x <= y, x, y), _corners(min)),
    Operator("max2", "max", INT2, "int", max, _larger, lambda t, x, y: t.choose(x >= y, x, y), _corners(max)),
    Operator("lt", "<", INT2, "bool", operator.lt, _compare("<"), lambda t, x, y: x < y),
    Operator("le", "<=", INT2, "bool", operator.le, _compare("<="), lambda t, x, y: x <= y),
    Operator("gt", ">", INT2, "bool", operator.gt, _compare(">"), lambda t, x, y: x > y),
    Operator("ge", ">=", INT2, "bool", operator.ge, _compare(">="), lambda t, x, y: x >= y),
    Operator("not", "not", ("bool",), "bool", operator.not_, lambda b, x: b.not_(x), lambda t, x: t.negation(x)),
    Operator(
        "int",
        "int",
        ("bool",),
        "int",
        int,
        lambda b, x: b.zext(x, b.i64_type),
        lambda t, x: t.choose(x, t.number(1), t.number(0)),
        lambda x: (0, 1),
    ),
)

OPERATORS = {row.name: row for row in _ROWS}

# Operators on values with parts work on the packed layout, which is the kernel's: their emission stands in
# `quorate.kernel.collections`, their meaning here.
COLLECTION_OPERATORS: dict[str, Callable[..., Any]] = {
    "eq": operator.eq,
    "contains": lambda container, item: item in container,
    "len": len,
    "count": lambda container, item: sum(1 for x in container if x == item),
    "union": operator.or_,
    "intersection": operator.and_,
    "difference": operator.sub,
    "symmetric_difference": operator.xor,
    "subset": operator.le,
    "concat": operator.add,
    "full": set,
    "as_set": set,
}
