"""How values are packed into bits: one encoding for each value, equal values are equal bits.

A type whose values need at most 64 bits is *narrow*: a value is one number, its *code*, and codes order like the
values. A wider type takes whole words. No narrow value straddles a word boundary.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from quorate.compiler.coerce import Nothing
from quorate.errors import LoadError
from quorate.language.compound import Bag, Map, Record, Seq, Set, Union
from quorate.language.types import Bool, Enumeration, Int, Node, Option, Type

WORD = 64


class TooWide(LoadError):  # noqa: N818 - it says what is wrong with the type
    """A type that the packed state has no encoding for."""


@functools.cache
def most(kind: Type) -> int:
    """The largest code of a type, were its codes as wide as it takes."""
    match kind:
        case Nothing():
            return 0
        case Bool() | Int() | Enumeration() | Node():
            return kind.cardinality - 1
        case Option():
            return most(kind.of) + 1
        case Record():
            code = 0
            for field in kind.fields.values():
                code = code << width(field) | most(field)
            return code
        case Union():
            payload = payload_width(kind)
            return max(tag << payload | most(option) for tag, option in enumerate(kind.options))
        case Map():
            return _repeated(kind.value_type, kind.key_type.cardinality)
        case Set(capacity=None):
            return (1 << kind.element.cardinality) - 1
        case Set() | Bag():
            bits, code = slot_width(kind), 0
            for _ in range(int(kind.capacity)):  # type: ignore[arg-type]
                code = code << bits | (most(kind.element) + 1)
            return code
        case Seq():
            length = int(kind.max_len)  # type: ignore[arg-type]
            return length << (length * width(kind.element)) | _repeated(kind.element, length)
    raise TooWide(f"{kind.describe()} has no packed form")


def _repeated(kind: Type, times: int) -> int:
    code = 0
    for _ in range(times):
        code = code << width(kind) | most(kind)
    return code


def width(kind: Type) -> int:
    """Bits of a code of the type."""
    return most(kind).bit_length()


def narrow(kind: Type) -> bool:
    """Whether a value is one code of at most 64 bits."""
    return width(kind) <= WORD


def payload_width(kind: Union) -> int:
    """Bits behind the tag of a union."""
    return max(width(option) for option in kind.options)


def slot_width(kind: Set | Bag) -> int:
    """Bits of a slot of a bag, or of a set with a capacity: 0 for an empty slot, else the element's code plus one."""
    bits = (most(kind.element) + 1).bit_length()
    if bits > WORD:
        raise TooWide(
            f"an element of {kind.describe()} takes {bits} bits",
            hint="a bag or a set with a capacity holds elements of at most 63 bits; shorten their fields",
        )
    return bits


@dataclass(frozen=True)
class Slots:
    """Equal cells in a wide value: `count` cells of `bits` bits (`words` words each when wide), from word `first`."""

    first: int
    count: int
    bits: int
    words: int

    @property
    def per_word(self) -> int:
        return max(1, WORD // self.bits) if self.bits else self.count or 1

    @property
    def size(self) -> int:
        """Words that the cells take."""
        return self.count * self.words if self.words else -(-self.count // self.per_word)


@functools.cache
def slots(kind: Type) -> Slots:
    """The cells of a wide map, sequence, bag or set with a capacity."""
    match kind:
        case Map():
            return _cells(0, kind.key_type.cardinality, kind.value_type)
        case Seq():
            # the length has the first word to itself
            return _cells(1, int(kind.max_len), kind.element)  # type: ignore[arg-type]
        case Set() | Bag():
            return Slots(0, int(kind.capacity), slot_width(kind), 0)  # type: ignore[arg-type]
    raise TypeError(kind)


def _cells(first: int, count: int, kind: Type) -> Slots:
    return Slots(first, count, width(kind), 0) if narrow(kind) else Slots(first, count, 0, words(kind))


@functools.cache
def words(kind: Type) -> int:
    """Words that a value takes in memory of its own."""
    if narrow(kind):
        return 1
    match kind:
        case Option():
            return 1 + words(kind.of)
        case Record():
            return _pack(tuple(kind.fields.items()))[1]
        case Set(capacity=None):
            return -(-kind.element.cardinality // WORD)
        case Map() | Seq() | Set() | Bag():
            cells = slots(kind)
            return cells.first + cells.size
    raise TooWide(
        f"{kind.describe()} takes {width(kind)} bits", hint="messages take at most 64 bits; shorten their fields"
    )


def _pack(fields: tuple[tuple[str, Type], ...]) -> tuple[dict[str, tuple[int, int]], int]:
    """Place fields into words, the widest first, each where it first fits: (word, shift) by name, and the words."""
    places: dict[str, tuple[int, int]] = {}
    free: list[int] = []  # used bits of each word
    for name, kind in sorted(fields, key=lambda item: -width(item[1])):
        if not narrow(kind):
            places[name] = (len(free), 0)
            free += [WORD] * words(kind)
            continue
        bits = width(kind)
        word = next((word for word, used in enumerate(free) if used + bits <= WORD), len(free))
        if word == len(free):
            free.append(0)
        used = free[word]
        places[name] = (word, used)
        free[word] += bits
    return places, max(1, len(free))


@functools.cache
def field_place(kind: Record, name: str) -> tuple[int, int]:
    """Word and shift of a field inside a record (word 0 in a narrow one)."""
    if not narrow(kind):
        return _pack(tuple(kind.fields.items()))[0][name]
    behind = list(kind.fields)[list(kind.fields).index(name) + 1 :]
    return 0, sum(width(kind.fields[later]) for later in behind)


@dataclass(frozen=True)
class StateLayout:
    """Where each variable of a state lies: word and shift, by name, and the words of a state."""

    places: dict[str, tuple[int, int]]
    words: int

    def bits(self, name: str, kind: Type) -> dict[int, int]:
        """The bits that a variable takes, by word."""
        word, shift = self.places[name]
        if narrow(kind):
            return {word: (1 << width(kind)) - 1 << shift}
        return dict.fromkeys(range(word, word + words(kind)), (1 << WORD) - 1)


def state_layout(variables: tuple[tuple[str, Type], ...]) -> StateLayout:
    """Pack the variables of a model into a state. Raises TooWide for a type without a packed form."""
    places, size = _pack(variables)
    return StateLayout(places, size)


@dataclass(frozen=True)
class LayoutField:
    """One variable in the packed state: its type in words, its bits, the word it starts in and the bit there."""

    name: str
    type_text: str
    bits: int
    word: int
    offset: int


@dataclass(frozen=True)
class LayoutReport:
    """How a state is packed: 64-bit words and the variables in them."""

    words: int
    fields: tuple[LayoutField, ...]


def report(variables: tuple[tuple[str, Type], ...]) -> LayoutReport:
    """The packed layout for `--show-layout`."""
    layout = state_layout(variables)
    fields = (
        LayoutField(
            name,
            kind.describe(),
            width(kind) if narrow(kind) else words(kind) * WORD,
            *layout.places[name],
        )
        for name, kind in variables
    )
    return LayoutReport(layout.words, tuple(sorted(fields, key=lambda field: (field.word, field.offset))))
