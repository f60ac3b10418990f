"""Booleans and integers that are either Python constants or z3 terms; what is constant is computed, not built.

A truth value is a `bool` or a z3 Boolean. A number is an `int`, a signed z3 bit-vector as wide as its values need, or a
z3 integer where its type has no upper end. Every operation widens its operands first, so that none ever wraps.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import z3

from quorate.compiler.coerce import WIDE
from quorate.compiler.ops import OPERATORS

Truth: TypeAlias = Any
Number: TypeAlias = Any


def not_(x: Truth) -> Truth:
    """Whether a truth value is false."""
    if isinstance(x, bool):
        return not x
    return x.arg(0) if z3.is_not(x) else z3.Not(x)


def and_(*parts: Truth) -> Truth:
    """Whether all are true."""
    kept = _without(parts, neutral=True)
    if kept is None:
        return False
    return True if not kept else kept[0] if len(kept) == 1 else z3.And(kept)


def or_(*parts: Truth) -> Truth:
    """Whether any is true."""
    kept = _without(parts, neutral=False)
    if kept is None:
        return True
    return False if not kept else kept[0] if len(kept) == 1 else z3.Or(kept)


def _without(parts: tuple[Truth, ...], *, neutral: bool) -> list[Any] | None:
    """The parts that matter to a conjunction or disjunction; None if one of them decides it."""
    kept = []
    for part in parts:
        if not isinstance(part, bool):
            kept.append(part)
        elif part is not neutral:
            return None
    return kept


def implies(x: Truth, y: Truth) -> Truth:
    """Whether y is true wherever x is."""
    return or_(not_(x), y)


def if_(condition: Truth, x: Truth, y: Truth) -> Truth:
    """A truth value by cases."""
    if isinstance(condition, bool):
        return x if condition else y
    if x is y:
        return x
    if isinstance(x, bool):
        return or_(condition, y) if x else and_(not_(condition), y)
    if isinstance(y, bool):
        return or_(not_(condition), x) if y else and_(condition, x)
    return z3.If(condition, x, y)


def truth(x: Truth) -> Any:
    """A z3 Boolean."""
    return z3.BoolVal(x) if isinstance(x, bool) else x


# -- numbers


def bits(lo: int, hi: int) -> int:
    """Bits of a signed bit-vector that holds lo..hi."""
    return max((lo if lo >= 0 else ~lo).bit_length(), (hi if hi >= 0 else ~hi).bit_length()) + 1


def widened(x: Number, width: int) -> Any:
    """A number as a bit-vector of at least its own width."""
    if isinstance(x, int):
        return z3.BitVecVal(x, width)
    return z3.SignExt(width - x.size(), x) if x.size() < width else x


def narrowed(x: Number, width: int) -> Any:
    """A number that is known to fit as a bit-vector of exactly this width, or a constant."""
    if isinstance(x, int) or z3.is_int(x) or x.size() == width:
        return x
    return z3.Extract(width - 1, 0, x) if x.size() > width else z3.SignExt(width - x.size(), x)


def integer(x: Number) -> Any:
    """A number as a z3 integer."""
    if isinstance(x, int):
        return z3.IntVal(x)
    return z3.BV2Int(x, is_signed=True) if z3.is_bv(x) else x


def _alike(x: Number, y: Number, width: int = 0) -> tuple[Any, Any]:
    """Two numbers in one sort, at least `width` bits wide if bit-vectors."""
    if z3.is_int(x) or z3.is_int(y):
        return integer(x), integer(y)
    width = max([width, *(bits(v, v) if isinstance(v, int) else v.size() for v in (x, y))])
    return widened(x, width), widened(y, width)


def same(x: Number, y: Number) -> Truth:
    """Whether two numbers are equal."""
    if isinstance(x, int) and isinstance(y, int):
        return x == y
    if x is y:
        return True
    left, right = _alike(x, y)
    return left == right


def less(x: Number, y: Number) -> Truth:
    """Whether x < y."""
    if isinstance(x, int) and isinstance(y, int):
        return x < y
    left, right = _alike(x, y)
    return left < right


def pick(condition: Truth, x: Number, y: Number) -> Number:
    """A number by cases."""
    if isinstance(condition, bool):
        return x if condition else y
    if x is y or (isinstance(x, int) and isinstance(y, int) and x == y):
        return x
    return z3.If(condition, *_alike(x, y))


def between(x: Number, lo: Number, hi: Number) -> Truth:
    """Whether lo <= x <= hi; both ends are dropped that the width of x rules out."""
    if z3.is_bv(x) and isinstance(lo, int) and isinstance(hi, int):
        half = 1 << (x.size() - 1)
        return and_(lo <= -half or not_(less(x, lo)), hi >= half - 1 or not_(less(hi, x)))
    return and_(not_(less(x, lo)), not_(less(hi, x)))


def operate(name: str, operands: list[Any], lo: int, hi: int) -> Any:
    """An operator of the table on numbers, or `not` and `int` on a truth value; its result lies in lo..hi."""
    row = OPERATORS[name]
    if all(isinstance(operand, int) for operand in operands):
        return row.python(*operands)
    if row.operands == ("bool",):
        return row.z3(BitVectors(bits(lo, hi)), truth(operands[0]))
    if any(map(z3.is_int, operands)):
        return row.z3(Integers(), *map(integer, operands))
    width = max([bits(lo, hi), *(bits(v, v) if isinstance(v, int) else v.size() for v in operands)])
    if row.bitwise:
        # the most places that a shift moves a number by, 63, must fit too
        width = max(width, 8)
    if (lo, hi) == (WIDE.lo, WIDE.hi) and name in ("mul", "lshift"):
        # a product of two numbers within the range, and a shift by at most 63, before anyone looks whether it is beyond
        width = 128
    return row.z3(BitVectors(width), *(widened(operand, width) for operand in operands))


class BitVectors:
    """What the operator table's z3 column is written with, over bit-vectors of one width that holds every result."""

    def __init__(self, width: int) -> None:
        self.width = width

    def number(self, value: int) -> Any:
        return z3.BitVecVal(value, self.width)

    def quotient(self, x: Any, y: Any) -> Any:
        """The quotient rounded towards zero."""
        return x / y

    def remainder(self, x: Any, y: Any) -> Any:
        """The remainder of that, with the sign of x."""
        return z3.SRem(x, y)

    def choose(self, condition: Any, x: Any, y: Any) -> Any:
        return z3.If(condition, x, y)

    def negation(self, x: Any) -> Any:
        return z3.Not(x)

    def both(self, x: Any, y: Any) -> Any:
        return z3.And(x, y)


class Integers(BitVectors):
    """The same over the unbounded integers, which have no bits."""

    def __init__(self) -> None:
        super().__init__(0)

    def number(self, value: int) -> Any:
        return z3.IntVal(value)

    def quotient(self, x: Any, y: Any) -> Any:
        # z3's division leaves a remainder that is never negative
        whole = z3.If(x >= 0, x, -x) / z3.If(y >= 0, y, -y)
        return z3.If((x >= 0) == (y >= 0), whole, -whole)

    def remainder(self, x: Any, y: Any) -> Any:
        return x - y * self.quotient(x, y)
