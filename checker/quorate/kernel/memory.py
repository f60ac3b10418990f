"""Emission of access to packed values: places, their parts, codes, ranks.

In registers a bool is an i1; an integer, the rank of a node or enum member, and the code of any other narrow value an
i64; a wide value the address of its words, which nobody writes while it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from quorate.compiler.coerce import scalar
from quorate.kernel.builder import I64, Builder, Value, i64
from quorate.kernel.layout import WORD, TooWide, field_place, narrow, payload_width, slot_width, slots, width, words
from quorate.language.compound import Map, Message, Record, Seq, Set, Union
from quorate.language.types import Bool, Int, Option, Type


@dataclass(frozen=True)
class Place:
    """A packed value in memory: the address of its (first) word and, of a narrow one, the bit it starts at."""

    type: Type
    address: Value
    shift: Value | int = 0


class Memory:
    """Emits loads, stores and address computations through a builder."""

    def __init__(self, builder: Builder) -> None:
        self.b = builder

    # -- places

    def room(self, kind: Type) -> Place:
        """New memory for a value, undefined at first."""
        b = self.b
        here = b.block
        b.position_at_start(b.function.entry_basic_block)
        address = b.alloca(I64, size=i64(words(kind)))
        b.position_at_end(here)
        return Place(kind, address)

    def zeroed(self, kind: Type) -> Place:
        """New memory that holds the value of all zeros, set so each time the code passes here."""
        place = self.room(kind)
        for word in range(words(kind)):
            self.b.store_at(place.address, word, i64(0))
        return place

    def spilled(self, kind: Type, value: Value) -> Place:
        """A place for a value in registers."""
        if not narrow(kind):
            return Place(kind, value)
        place = self.room(kind)
        self.b.store(self.code(kind, value), place.address)
        return place

    def load(self, place: Place) -> Value:
        """The value at a place, in register form."""
        if not narrow(place.type):
            return place.address
        return self.from_code(place.type, self.load_bits(place.address, place.shift, width(place.type)))

    def store(self, place: Place, value: Value) -> None:
        """Put a value in register form into a place."""
        if not narrow(place.type):
            for word in range(words(place.type)):
                self.b.store_at(place.address, word, self.b.load_at(value, word))
            return
        self.store_bits(place.address, place.shift, width(place.type), self.code(place.type, value))

    def load_bits(self, address: Value, shift: Value | int, bits: int) -> Value:
        b = self.b
        if bits == 0:
            return i64(0)
        word = b.load(address, typ=I64)
        if shift != 0:
            word = b.lshr(word, i64(shift) if isinstance(shift, int) else shift)
        return word if bits == WORD else b.and_(word, i64((1 << bits) - 1))

    def store_bits(self, address: Value, shift: Value | int, bits: int, code: Value) -> None:
        b = self.b
        if bits == 0:
            return
        if bits == WORD:
            b.store(code, address)
            return
        amount = i64(shift) if isinstance(shift, int) else shift
        mask = b.shl(i64((1 << bits) - 1), amount)
        kept = b.and_(b.load(address, typ=I64), b.not_(mask))
        b.store(b.or_(kept, b.shl(code, amount)), address)

    def moved(self, place: Place, kind: Type, word: int, shift: Value | int) -> Place:
        """The place of a part, some words and bits behind the whole's."""
        address = place.address if word == 0 else self.b.at(place.address, word)
        return Place(kind, address, self.plus(place.shift, shift))

    def plus(self, left: Value | int, right: Value | int) -> Value | int:
        if isinstance(left, int) and isinstance(right, int):
            return left + right
        if isinstance(left, int):
            return right if left == 0 else self.b.add(right, i64(left))
        if isinstance(right, int):
            return left if right == 0 else self.b.add(left, i64(right))
        return self.b.add(left, right)

    # -- parts

    def field(self, place: Place, name: str) -> Place:
        """The place of a record's field."""
        record = place.type
        assert isinstance(record, Record)
        word, shift = field_place(record, name)
        return self.moved(place, record.fields[name], word, shift)

    def cell(self, place: Place, element: Type, index: Value) -> Place:
        """The place of a map's or sequence's cell, by rank or position."""
        kind, b = place.type, self.b
        if narrow(kind):
            count = kind.key_type.cardinality if isinstance(kind, Map) else int(kind.max_len)  # type: ignore[attr-defined]
            behind = b.sub(i64(count - 1), index)
            return Place(element, place.address, self.plus(b.mul(behind, i64(width(element))), place.shift))
        return self.slot(place, element, index)

    def slot(self, place: Place, element: Type, index: Value) -> Place:
        """The place of a cell in a wide value."""
        cells, b = slots(place.type), self.b
        if cells.words:
            offset = b.add(b.mul(index, i64(cells.words)), i64(cells.first))
            return Place(element, b.at(place.address, offset))
        word = b.add(b.udiv(index, i64(cells.per_word)), i64(cells.first))
        shift = b.mul(b.urem(index, i64(cells.per_word)), i64(cells.bits))
        return Place(element, b.at(place.address, word), shift)

    def load_slot(self, place: Place, index: Value) -> Value:
        """The code in a slot of a bag or of a set with a capacity: 0 for none, else the element's plus one."""
        address, shift = self._slot_bits(place, index)
        return self.load_bits(address, shift, slot_width(place.type))  # type: ignore[arg-type]

    def store_slot(self, place: Place, index: Value, code: Value) -> None:
        address, shift = self._slot_bits(place, index)
        self.store_bits(address, shift, slot_width(place.type), code)  # type: ignore[arg-type]

    def _slot_bits(self, place: Place, index: Value) -> tuple[Value, Value | int]:
        if narrow(place.type):
            bits = slot_width(place.type)  # type: ignore[arg-type]
            return place.address, self.plus(self.b.mul(index, i64(bits)), place.shift)
        found = self.slot(place, Bool(), index)
        return found.address, found.shift

    def seq_length(self, place: Place) -> Value:
        """The length of a sequence."""
        address, shift, bits = self._length_bits(place)
        return self.load_bits(address, shift, bits)

    def set_seq_length(self, place: Place, length: Value) -> None:
        address, shift, bits = self._length_bits(place)
        self.store_bits(address, shift, bits, length)

    def _length_bits(self, place: Place) -> tuple[Value, Value | int, int]:
        kind = place.type
        assert isinstance(kind, Seq)
        longest = int(kind.max_len)  # type: ignore[arg-type]
        if narrow(kind):
            return place.address, self.plus(place.shift, longest * width(kind.element)), longest.bit_length()
        return place.address, 0, WORD

    # -- register form and code

    def code(self, kind: Type, value: Value) -> Value:
        """The code of a narrow value in register form."""
        match kind:
            case Bool():
                return self.b.zext(value, I64)
            case Int():
                return value if kind.lo == 0 else self.b.sub(value, i64(int(kind.lo)))  # type: ignore[arg-type]
        return value

    def from_code(self, kind: Type, code: Value) -> Value:
        """The register form of a code."""
        match kind:
            case Bool():
                return self.b.icmp_unsigned("!=", code, i64(0))
            case Int():
                return code if kind.lo == 0 else self.b.add(code, i64(int(kind.lo)))  # type: ignore[arg-type]
        return code

    # -- options

    def is_some(self, kind: Option, value: Value) -> Value:
        word = value if narrow(kind) else self.b.load(value, typ=I64)
        return self.b.icmp_unsigned("!=", word, i64(0))

    def some(self, kind: Option, value: Value) -> Value:
        """An option that holds a value of its inner type."""
        if narrow(kind):
            return self.b.add(self.code(kind.of, value), i64(1))
        place = self.room(kind)
        self.b.store(i64(1), place.address)
        inner = Place(kind.of, self.b.at(place.address, 1))
        self.store(inner, value)
        return place.address

    def inside(self, kind: Option, value: Value) -> Value:
        """The value in an option that is not None."""
        if narrow(kind):
            return self.from_code(kind.of, self.b.sub(value, i64(1)))
        return self.load(Place(kind.of, self.b.at(value, 1)))

    # -- ranks

    def rank(self, kind: Type, value: Value) -> Value:
        """The position of a value in the order of its type."""
        b = self.b
        if scalar(kind):
            return self.code(kind, value)
        if not narrow(kind):
            raise TooWide(f"{kind.describe()} is too wide for the key of a map or the element of a set")
        if isinstance(kind, Set) and kind.capacity is None:
            return value
        place = self.spilled(kind, value)
        match kind:
            case Option() if kind.of.cardinality == 0:
                # a display that holds nothing but None
                return i64(0)
            case Option():
                rank = b.add(self.rank(kind.of, self.inside(kind, value)), i64(1))
                return b.select(self.is_some(kind, value), rank, i64(0))
            case Union():
                payload = payload_width(kind)
                tag, code = b.lshr(value, i64(payload)), b.and_(value, i64((1 << payload) - 1))
                rank = i64(0)
                for position, option in enumerate(kind.options):
                    own = b.add(self.rank(option, code), i64(kind.offsets[option.name]))
                    rank = b.select(b.icmp_unsigned("==", tag, i64(position)), own, rank)
                return rank
            case Record():
                rank = i64(0)
                for name, field in kind.fields.items():
                    digit = self.rank(field, self.load(self.field(place, name)))
                    rank = b.add(b.mul(rank, i64(field.cardinality)), digit)
                return rank
            case Map():
                return self._digits(place, kind.value_type, i64(kind.key_type.cardinality))
            case Seq():
                length = self.seq_length(place)
                offset = i64(0)
                for longer in range(1, int(kind.max_len) + 1):  # type: ignore[arg-type]
                    reached = b.icmp_unsigned(">=", length, i64(longer))
                    offset = b.select(reached, i64(kind.offset(longer)), offset)
                return b.add(offset, self._digits(place, kind.element, length))
        raise TooWide(f"{kind.describe()} cannot be the key of a map or the element of a set")

    def _digits(self, place: Place, element: Type, count: Value) -> Value:
        rank = self.b.variable(I64, i64(0))
        with self.b.for_range(i64(0), count) as index:
            digit = self.rank(element, self.load(self.cell(place, element, index)))
            rank.set(self.b.add(self.b.mul(rank.get(), i64(element.cardinality)), digit))
        return rank.get()

    def unrank(self, kind: Type, rank: Value) -> Value:
        """The value at a position; the inverse of `rank`."""
        b = self.b
        if scalar(kind):
            return self.from_code(kind, rank)
        if isinstance(kind, Set) and kind.capacity is None:
            return rank
        match kind:
            case Option() if kind.of.cardinality == 0:
                return i64(0)
            case Option():
                inner = self.some(kind, self.unrank(kind.of, b.sub(rank, i64(1))))
                return b.select(b.icmp_unsigned("==", rank, i64(0)), i64(0), inner)
            case Record():
                place = self.zeroed(kind)
                for name, field in reversed(kind.fields.items()):
                    size = i64(field.cardinality)
                    digit, rank = b.urem(rank, size), b.udiv(rank, size)
                    self.store(self.field(place, name), self.unrank(field, digit))
                return self.load(place)
            case Map():
                place = self.zeroed(kind)
                self._undigits(place, kind.value_type, i64(kind.key_type.cardinality), rank)
                return self.load(place)
            case Seq():
                place = self.zeroed(kind)
                length, offset = i64(0), i64(0)
                for longer in range(1, int(kind.max_len) + 1):  # type: ignore[arg-type]
                    reached = b.icmp_unsigned(">=", rank, i64(kind.offset(longer)))
                    length = b.select(reached, i64(longer), length)
                    offset = b.select(reached, i64(kind.offset(longer)), offset)
                self.set_seq_length(place, length)
                self._undigits(place, kind.element, length, b.sub(rank, offset))
                return self.load(place)
        raise TooWide(f"{kind.describe()} cannot be the key of a map or the element of a set")

    def _undigits(self, place: Place, element: Type, count: Value, rank: Value) -> None:
        b, left = self.b, self.b.variable(I64, rank)
        with b.for_range(i64(0), count) as index:
            size = i64(element.cardinality)
            digit = b.urem(left.get(), size)
            left.set(b.udiv(left.get(), size))
            backwards = b.sub(b.sub(count, i64(1)), index)
            self.store(self.cell(place, element, backwards), self.unrank(element, digit))

    # -- messages in a union

    def inject(self, kind: Union, message: Message, code: Value) -> Value:
        """A message as a value of the union it belongs to."""
        tag = [option.name for option in kind.options].index(message.name)
        return self.b.or_(code, i64(tag << payload_width(kind))) if tag else code

    def tagged(self, kind: Union, option: int, code: Value) -> Value:
        """Whether a value of a union is the message of that position."""
        tag = self.b.lshr(code, i64(payload_width(kind))) if len(kind.options) > 1 else i64(0)
        return self.b.icmp_unsigned("==", tag, i64(option))

    def payload(self, kind: Union, code: Value) -> Value:
        """The message in a value of a union."""
        return self.b.and_(code, i64((1 << payload_width(kind)) - 1))
