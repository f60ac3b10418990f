"""Values of the language as z3 terms: each is a Python structure of the parts of its type, with terms at its leaves.

| type | structure |
|---|---|
| Bool | a truth value (`quorate.prove.terms`) |
| Int, an enum, a node | a number; of an enum member or node its rank |
| Option | `Maybe` |
| Record, Message | a tuple of its fields |
| Union | `Tagged` |
| Map | a tuple of its values in the order of the keys |
| Set | a tuple of truth values, one for each possible element; with a capacity as a Bag |
| Bag | a tuple of `Maybe`, as many as its capacity: those that are there first, in ascending order |
| Seq | `Row` |
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import z3

from quorate.compiler.coerce import Nothing
from quorate.errors import QuorateError
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set, Union
from quorate.language.types import Bool, Enumeration, Int, Node, Option, Type
from quorate.language.values import BagValue, MapValue, RecordValue, SeqValue, SetValue
from quorate.prove.terms import (
    Number,
    Truth,
    and_,
    between,
    bits,
    if_,
    implies,
    integer,
    less,
    narrowed,
    not_,
    or_,
    pick,
    same,
    truth,
)

Value = Any


class CannotEncode(QuorateError):  # noqa: N818 - it says what is so
    """A part of a model that has no formula."""


@dataclass(frozen=True)
class Maybe:
    """A value that may be absent; then `value` means nothing (None if it never is there)."""

    present: Truth
    value: Value


@dataclass(frozen=True)
class Tagged:
    """A message of one of several kinds: the position of its kind, and for each kind its fields (None if unknown)."""

    tag: Number
    options: tuple[Value, ...]


@dataclass(frozen=True)
class Row:
    """A sequence: its length, and as many items as it ever has; those from the length on mean nothing."""

    length: Number
    items: tuple[Value, ...]


def is_bits(kind: Type) -> bool:
    """Whether a type is a set with a truth value for each possible element."""
    return isinstance(kind, Set) and kind.capacity is None


def ends(kind: Type) -> tuple[int, int]:
    """The least and greatest number of a type with one."""
    if isinstance(kind, Int):
        return int(kind.lo), int(kind.hi)  # type: ignore[arg-type]
    return 0, kind.cardinality - 1


def literal(kind: Type, value: Any) -> Value:
    """A native value of a type."""
    match kind:
        case Bool():
            return bool(value)
        case Int():
            return int(value)
        case Enumeration() | Node():
            return kind.rank(value)
        case Option():
            return Maybe(False, None) if value is None else Maybe(True, literal(kind.of, value))
        case Record():
            return tuple(literal(f, item) for f, item in zip(kind.fields.values(), value._items, strict=True))
        case Union():
            tag = [option.name for option in kind.options].index(value._type.name)
            return _tagged(kind, tag, literal(kind.options[tag], value))
        case Map():
            return tuple(literal(kind.value_type, item) for item in value._items)
        case Set(capacity=None):
            inside = {kind.element.rank(item) for item in value}
            return tuple(rank in inside for rank in range(kind.element.cardinality))
        case Set() | Bag():
            filled = [Maybe(True, literal(kind.element, item)) for item in value]
            room = int(kind.capacity) - len(filled)  # type: ignore[arg-type]
            return (*filled, *[Maybe(False, None)] * room)
        case Seq():
            return Row(len(value), tuple(literal(kind.element, item) for item in value))
    raise TypeError(kind)


def _tagged(kind: Union, tag: int, payload: Value) -> Tagged:
    return Tagged(tag, tuple(payload if place == tag else None for place in range(len(kind.options))))


def inject(kind: Union, option: Message, payload: Value) -> Tagged:
    """A message as one of several kinds."""
    return _tagged(kind, [other.name for other in kind.options].index(option.name), payload)


@lru_cache(maxsize=64)
def literals(kind: Type) -> tuple[Value, ...]:
    """All values of a type, in order. `CannotEncode` if they are too many to go through."""
    if kind.cardinality > MOST_ELEMENTS:
        raise CannotEncode(f"{kind.describe()} has too many values to go through one by one")
    return tuple(literal(kind, value) for value in kind.values())


MOST_ELEMENTS = 4096


def zero(kind: Type) -> Value:
    """Some value of a type: the least."""
    match kind:
        case Bool():
            return False
        case Int() | Enumeration() | Node():
            return ends(kind)[0]
        case Option():
            return Maybe(False, None)
        case Record():
            return tuple(zero(part) for part in kind.fields.values())
        case Union():
            return _tagged(kind, 0, zero(kind.options[0]))
        case Map():
            return (zero(kind.value_type),) * kind.key_type.cardinality
        case Set(capacity=None):
            return (False,) * kind.element.cardinality
        case Set() | Bag():
            return (Maybe(False, None),) * int(kind.capacity)  # type: ignore[arg-type]
        case Seq():
            return Row(0, ())
    raise TypeError(kind)


# -- comparing and merging


def merge(condition: Truth, then: Value, otherwise: Value) -> Value:
    """A value by cases. Where one side says nothing, the other's is taken."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if then is otherwise or otherwise is None:
        return then
    if then is None:
        return otherwise
    match then:
        case Maybe(present, value):
            return Maybe(if_(condition, present, otherwise.present), merge(condition, value, otherwise.value))
        case Tagged(tag, options):
            pairs = zip(options, otherwise.options, strict=True)
            return Tagged(pick(condition, tag, otherwise.tag), tuple(merge(condition, a, b) for a, b in pairs))
        case Row(length, items):
            most = max(len(items), len(otherwise.items))
            first, second = _padded(items, most), _padded(otherwise.items, most)
            merged = tuple(merge(condition, a, b) for a, b in zip(first, second, strict=True))
            return Row(pick(condition, length, otherwise.length), merged)
        case tuple():
            return tuple(merge(condition, a, b) for a, b in zip(then, otherwise, strict=True))
    if isinstance(then, bool) or isinstance(otherwise, bool) or z3.is_bool(then):
        return if_(condition, then, otherwise)
    return pick(condition, then, otherwise)


def _padded(items: tuple[Value, ...], most: int) -> tuple[Value, ...]:
    return (*items, *[None] * (most - len(items)))


def equal(kind: Type, left: Value, right: Value) -> Truth:
    """Whether two values of a type are the same. One that says nothing is not looked at: it stands where none is."""
    if left is right or left is None or right is None:
        return True
    match kind:
        case Nothing():
            return True
        case Bool():
            return if_(left, right, not_(right))
        case Int() | Enumeration() | Node():
            return same(left, right)
        case Option():
            return _equal_maybe(kind.of, left, right)
        case Record():
            parts = zip(kind.fields.values(), left, right, strict=True)
            return and_(*(equal(part, a, b) for part, a, b in parts))
        case Union():
            alike = [same(left.tag, right.tag)]
            for place, option in enumerate(kind.options):
                if left.options[place] is not None and right.options[place] is not None:
                    here = same(left.tag, place)
                    if here is not False:
                        inside = equal(option, left.options[place], right.options[place])
                        alike.append(implies(here, inside))
            return and_(*alike)
        case Map():
            return and_(*(equal(kind.value_type, a, b) for a, b in zip(left, right, strict=True)))
        case Set(capacity=None):
            return and_(*(if_(a, b, not_(b)) for a, b in zip(left, right, strict=True)))
        case Set() | Bag():
            return and_(*(_equal_maybe(kind.element, a, b) for a, b in zip(left, right, strict=True)))
        case Seq():
            alike = [same(left.length, right.length)]
            for place, (a, b) in enumerate(zip(left.items, right.items, strict=False)):
                alike.append(or_(not_(less(place, left.length)), equal(kind.element, a, b)))
            return and_(*alike)
    raise TypeError(kind)


def _equal_maybe(kind: Type, left: Maybe, right: Maybe) -> Truth:
    if left.present is False or right.present is False:
        return and_(not_(left.present), not_(right.present))
    alike = equal(kind, left.value, right.value)
    return and_(if_(left.present, right.present, not_(right.present)), or_(not_(left.present), alike))


def precedes(kind: Type, left: Value, right: Value) -> Truth:
    """Whether one value of a type comes before another in its order (that of ranks)."""
    if left is None or right is None:
        return False
    match kind:
        case Bool():
            return and_(not_(left), right)
        case Int() | Enumeration() | Node():
            return less(left, right)
        case Option():
            if left.value is None or right.value is None:
                return and_(not_(left.present), right.present)
            return and_(right.present, or_(not_(left.present), precedes(kind.of, left.value, right.value)))
        case Record():
            return _lexical(list(zip(kind.fields.values(), left, right, strict=True)))
        case Map():
            return _lexical([(kind.value_type, a, b) for a, b in zip(left, right, strict=True)])
        case Set(capacity=None):
            # the greatest element in which they differ decides
            return _lexical([(Bool(), a, b) for a, b in zip(reversed(left), reversed(right), strict=True)])
        case Union():
            first = less(left.tag, right.tag)
            for place, option in enumerate(kind.options):
                a, b = left.options[place], right.options[place]
                if a is not None and b is not None:
                    first = or_(first, and_(same(left.tag, place), same(right.tag, place), precedes(option, a, b)))
            return first
        case Seq():
            shorter = less(left.length, right.length)
            items = [(kind.element, a, b) for a, b in zip(left.items, right.items, strict=False)]
            before: Truth = False
            for place in reversed(range(len(items))):
                part, a, b = items[place]
                here = or_(precedes(part, a, b), and_(equal(part, a, b), before))
                before = and_(less(place, left.length), here)
            return or_(shorter, and_(same(left.length, right.length), before))
    raise TypeError(kind)


def _lexical(parts: list[tuple[Type, Value, Value]]) -> Truth:
    before: Truth = False
    for kind, left, right in reversed(parts):
        before = or_(precedes(kind, left, right), and_(equal(kind, left, right), before))
    return before


# -- unknown values


class Unknowns:
    """Makes unknown values, and keeps what they must satisfy to be values of their types.

    `name` begins the names of all. `lifted` gives the ends of an integer type some of which are not plain numbers.
    """

    def __init__(self, name: str, lifted: Any = None) -> None:
        self.name, self.lifted = name, lifted
        self.constraints: list[Truth] = []
        self._count = 0

    def _fresh(self, label: str) -> str:
        self._count += 1
        return f"{self.name}{self._count}.{label}"

    def value(self, kind: Type, label: str) -> Value:
        """An unknown value of a type."""
        match kind:
            case Nothing():
                return None
            case Bool():
                return z3.Bool(self._fresh(label))
            case Int() | Enumeration() | Node():
                return self._number(kind, label)
            case Option():
                return Maybe(z3.Bool(self._fresh(f"{label}?")), self.value(kind.of, label))
            case Record():
                return tuple(self.value(part, f"{label}.{name}") for name, part in kind.fields.items())
            case Union():
                tag = self._number(Int(0, len(kind.options) - 1), f"{label}#")
                return Tagged(tag, tuple(self.value(option, f"{label}.{option.name}") for option in kind.options))
            case Map():
                keys = range(kind.key_type.cardinality)
                return tuple(self.value(kind.value_type, f"{label}[{key}]") for key in keys)
            case Set(capacity=None):
                count = kind.element.cardinality
                if count > MOST_ELEMENTS:
                    raise CannotEncode(f"the set {label} has too many possible elements")
                return tuple(z3.Bool(self._fresh(f"{label}{{{rank}}}")) for rank in range(count))
            case Set() | Bag():
                return self._slots(kind, label)
            case Seq():
                most = int(kind.max_len)  # type: ignore[arg-type]
                items = tuple(self.value(kind.element, f"{label}[{place}]") for place in range(most))
                return Row(self._number(Int(0, most), f"len({label})"), items)
        raise TypeError(kind)

    def _number(self, kind: Type, label: str) -> Number:
        lo, hi = ends(kind)
        if self.lifted is not None and self.lifted.lifts(kind):
            number: Number = z3.Int(self._fresh(label))
            self.constraints.append(self.lifted.inside(number, kind))
            return number
        if lo == hi:
            return lo
        number = z3.BitVec(self._fresh(label), bits(lo, hi))
        self.constraints.append(between(number, lo, hi))
        return number

    def _slots(self, kind: Set | Bag, label: str) -> tuple[Maybe, ...]:
        element = kind.element
        slots: list[Maybe] = []
        for place in range(int(kind.capacity)):  # type: ignore[arg-type]
            here = Maybe(z3.Bool(self._fresh(f"{label}[{place}]?")), self.value(element, f"{label}[{place}]"))
            if slots:
                last = slots[-1]
                self.constraints.append(implies(here.present, last.present))
                if isinstance(kind, Set):
                    ascending = precedes(element, last.value, here.value)
                else:
                    ascending = not_(precedes(element, here.value, last.value))
                self.constraints.append(implies(here.present, ascending))
            slots.append(here)
        return tuple(slots)


# -- out of a solver's model


def native(kind: Type, value: Value, model: Any) -> Any:
    """The native value that a solver's model gives a value of a type."""
    match kind:
        case Bool():
            return decided(value, model)
        case Int() | Enumeration() | Node():
            number = whole(value, model)
            return number if isinstance(kind, Int) else kind.unrank(number)
        case Option():
            return native(kind.of, value.value, model) if decided(value.present, model) else None
        case Record():
            items = (native(part, item, model) for part, item in zip(kind.fields.values(), value, strict=True))
            return RecordValue(kind, tuple(items))
        case Union():
            tag = whole(value.tag, model)
            return native(kind.options[tag], value.options[tag], model)
        case Map():
            return MapValue(kind, tuple(native(kind.value_type, item, model) for item in value))
        case Set(capacity=None):
            ranks = (rank for rank, inside in enumerate(value) if decided(inside, model))
            return SetValue(kind, frozenset(kind.element.unrank(rank) for rank in ranks))
        case Set() | Bag():
            held = tuple(native(kind.element, slot.value, model) for slot in value if decided(slot.present, model))
            return SetValue(kind, frozenset(held)) if isinstance(kind, Set) else BagValue(kind, held)
        case Seq():
            length = whole(value.length, model)
            return SeqValue(kind, tuple(native(kind.element, item, model) for item in value.items[:length]))
    raise TypeError(kind)


def decided(value: Truth, model: Any) -> bool:
    """The truth value that a solver's model gives."""
    return value if isinstance(value, bool) else z3.is_true(model.eval(truth(value), model_completion=True))


def whole(value: Number, model: Any) -> int:
    """The number that a solver's model gives."""
    if isinstance(value, int):
        return value
    found = model.eval(value, model_completion=True)
    return int(found.as_signed_long() if z3.is_bv(found) else found.as_long())


def fitted(kind: Type, value: Number, lifted: Any = None) -> Number:
    """A number within a type's range, in the sort of the type."""
    if lifted is not None and lifted.lifts(kind):
        return integer(value)
    return narrowed(value, bits(*ends(kind)))
