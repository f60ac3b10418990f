"""Types of expressions: how two join, and when a value of one fits another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quorate.language.compound import Bag, Map, Message, Record, Seq, Set, Union
from quorate.language.types import Bool, Int, Option, Type

MOST_BITS = 4096
"""Sets of a type with more values than this have slots."""

WIDE = Int(-(2**61), 2**61)
"""The range of an integer about which nothing better is known; results outside it are an "overflow" fault."""


class Nothing(Type):
    """The type without values: of the elements of an empty display, and of what `None` would otherwise hold."""

    def resolve(self, resolver: Any) -> Nothing:
        return self

    def key(self) -> tuple[Any, ...]:
        return ()

    def describe(self) -> str:
        return "nothing"

    @property
    def cardinality(self) -> int:
        return 0

    def values(self) -> Iterator[Any]:
        return iter(())


NOTHING = Nothing()
BOOL = Bool()


def integers(lo: int, hi: int) -> Int:
    """The integer type of a range, no wider than `WIDE`."""
    return WIDE if lo < WIDE.lo or hi > WIDE.hi else Int(lo, hi)  # type: ignore[operator]


def join(left: Type, right: Type) -> Type | None:
    """The least type that holds the values of both, or None if no type does."""
    if left == right:
        return left
    if isinstance(left, Nothing):
        return right
    if isinstance(right, Nothing):
        return left
    if isinstance(left, Option) or isinstance(right, Option):
        inner = join(
            left.of if isinstance(left, Option) else left,
            right.of if isinstance(right, Option) else right,
        )
        return None if inner is None else Option(inner)
    match left, right:
        case Int(), Int():
            return integers(min(left.lo, right.lo), max(left.hi, right.hi))  # type: ignore[type-var, arg-type]
        case Set(), Set():
            element = join(left.element, right.element)
            if element is None:
                return None
            if isinstance(left.element, Nothing) or isinstance(right.element, Nothing):
                return right if isinstance(left.element, Nothing) else left
            return sets(element, max(most_elements(left), most_elements(right)))
        case Seq(), Seq():
            element = join(left.element, right.element)
            return None if element is None else Seq(element, max(left.max_len, right.max_len))  # type: ignore[type-var]
        case Map(), Map() if left.key_type == right.key_type:
            value = join(left.value_type, right.value_type)
            return None if value is None else Map(left.key_type, value)
        case Message(), Union() if any(left.name == option.name for option in right.options):
            return right
        case Union(), Message() if any(right.name == option.name for option in left.options):
            return left
    return None


def in_words(kind: Type, constant: object = None) -> str:
    """A type in a message: "a Role", "an integer (0..3)"; a constant of it, where one is known: "the number 1"."""
    match kind:
        case Int() if isinstance(constant, int):
            return f"the number {constant}"
        case Int() if kind.lo == kind.hi:
            return f"the number {kind.lo}"
        case Int():
            return "an integer" if kind == WIDE else f"an integer ({kind.describe()})"
        case Bool():
            return "a boolean"
        case Option(of=Nothing()):
            return "None"
        case Set() | Seq() | Bag() | Map():
            return _collection_in_words(kind)
    name = kind.describe()
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _collection_in_words(kind: Set | Seq | Bag | Map) -> str:
    if isinstance(kind, Map):
        return f"a map from {kind.key_type.describe()} to {kind.value_type.describe()}"
    what = {Set: "set", Seq: "sequence", Bag: "bag"}[type(kind)]
    return f"an empty {what}" if isinstance(kind.element, Nothing) else f"a {what} of {kind.element.describe()}"


def bounds(kind: Type) -> tuple[int, int]:
    """The least and the greatest integer of a type."""
    assert isinstance(kind, Int)
    return int(kind.lo), int(kind.hi)  # type: ignore[arg-type]


def sets(element: Type, most: int) -> Set:
    """The type of sets of at most so many elements: a bit for each possible one, or slots where those are many."""
    return Set(element) if element.cardinality <= MOST_BITS else Set(element, capacity=most)


def most_elements(kind: Set) -> int:
    """The most elements a set of the type can have."""
    return kind.element.cardinality if kind.capacity is None else int(kind.capacity)  # type: ignore[arg-type]


def united(left: Set, right: Set) -> Set | None:
    """The type of the union of two sets, and of what else set operators make of them."""
    element = join(left.element, right.element)
    return None if element is None else sets(element, most_elements(left) + most_elements(right))


def fits(source: Type, target: Type) -> bool:
    """Whether values of `source` may be used where `target` is wanted, with a check of range where needed."""
    if source == target or isinstance(source, Nothing):
        return True
    if isinstance(target, Option):
        return fits(source.of if isinstance(source, Option) else source, target.of)
    if isinstance(source, Option):
        return fits(source.of, target)
    match source, target:
        case Int(), Int():
            return True
        case (Set(), Set()) | (Seq(), Seq()) | (Bag(), Bag()):
            return fits(source.element, target.element)  # type: ignore[attr-defined]
        case Map(), Map():
            return source.key_type == target.key_type and fits(source.value_type, target.value_type)
        case Message(), Union():
            return any(source.name == option.name for option in target.options)
        case Record(), Record():
            return source.name == target.name and source.name is not None
    return False


def scalar(kind: Type) -> bool:
    """Whether values are a bool, an integer, or a rank in register form."""
    return not isinstance(kind, Option | Record | Union | Map | Set | Seq | Bag | Nothing)
