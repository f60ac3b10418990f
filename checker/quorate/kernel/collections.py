"""Emission of what is done with sets, bags and sequences: going through them, asking them, changing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from quorate.kernel.builder import I64, Value, boolean, i64
from quorate.kernel.layout import WORD, narrow, width, words
from quorate.kernel.memory import Memory, Place
from quorate.language.compound import Bag, Map, Seq, Set, Union
from quorate.language.types import Type


def is_bits(kind: Type) -> bool:
    """Whether a type is a set with a bit for each possible element."""
    return isinstance(kind, Set) and kind.capacity is None


class Collections(Memory):
    """Emits operations on collections, which are given as places."""

    # -- going through

    @contextmanager
    def each_element(self, place: Place, option: int | None = None) -> Iterator[Value]:
        """A loop over the elements in order; with `option` only over one kind of message, itself in register form.

        The body may jump out; it goes on to the next element by falling through.
        """
        kind = place.type
        if isinstance(kind, Map):
            with self.b.for_range(0, kind.key_type.cardinality) as link:
                queue = self.cell(place, kind.value_type, link)
                with self.each_element(queue, option) as element:
                    yield element
        elif isinstance(kind, Seq):
            with self.b.for_range(i64(0), self.seq_length(place)) as index:
                found = self.load(self.cell(place, kind.element, index))
                with self._of_option(kind.element, found, option) as element:
                    yield element
        elif is_bits(kind):
            with self._each_bit(place, option) as element:
                yield element
        else:
            with self.each_slot(place) as (_, code):
                element_type: Type = kind.element  # type: ignore[attr-defined]
                value = self.from_code(element_type, self.b.sub(code, i64(1)))
                with self._of_option(element_type, value, option) as element:
                    yield element

    @contextmanager
    def _of_option(self, kind: Type, value: Value, option: int | None) -> Iterator[Value]:
        if option is None:
            yield value
            return
        assert isinstance(kind, Union)
        with self.b.if_(self.tagged(kind, option, value)):
            yield self.payload(kind, value)

    @contextmanager
    def each_slot(self, place: Place) -> Iterator[tuple[Value, Value]]:
        """A loop over the used slots: position and code plus one."""
        kind = place.type
        assert isinstance(kind, Set | Bag)
        with self.b.region("slots") as done, self.b.for_range(0, int(kind.capacity)) as index:  # type: ignore[arg-type]
            code = self.load_slot(place, index)
            with self.b.if_(self.b.icmp_unsigned("==", code, i64(0))):
                self.b.branch(done)
            yield index, code

    @contextmanager
    def _each_bit(self, place: Place, option: int | None) -> Iterator[Value]:
        kind, b = place.type, self.b
        assert isinstance(kind, Set)
        element, first, count = kind.element, 0, kind.element.cardinality
        if option is not None:
            assert isinstance(element, Union)
            message = element.options[option]
            first, count = element.offsets[message.name], message.cardinality
            element = message
        if count == 0:
            with b.for_range(0, 0) as index:
                yield index
            return
        if narrow(kind):
            code = self.load_bits(place.address, place.shift, width(kind))
            bits = b.and_(b.lshr(code, i64(first)) if first else code, i64((1 << count) - 1))
            with self._bits(bits) as index:
                yield self._element(element, index, 0)
            return
        low, high = first // WORD, (first + count - 1) // WORD
        with b.for_range(low, high + 1) as word:
            bits = b.load_at(place.address, word)
            start = b.select(b.icmp_unsigned("==", word, i64(low)), i64(first % WORD), i64(0))
            last = b.select(b.icmp_unsigned("==", word, i64(high)), i64((first + count - 1) % WORD), i64(WORD - 1))
            inside = b.and_(b.shl(i64(-1), start), b.lshr(i64(-1), b.sub(i64(WORD - 1), last)))
            with self._bits(b.and_(bits, inside)) as index:
                yield self._element(element, b.add(b.mul(word, i64(WORD)), index), first)

    def _element(self, element: Type, index: Value, first: int) -> Value:
        rank = self.b.sub(index, i64(first)) if first else index
        if isinstance(element, Union):
            return self._union_unrank(element, rank)
        return self.unrank(element, rank)

    def _union_unrank(self, kind: Union, rank: Value) -> Value:
        b, value = self.b, i64(0)
        for option in kind.options:
            offset = kind.offsets[option.name]
            own = self.inject(kind, option, self.unrank(option, b.sub(rank, i64(offset))))
            value = b.select(b.icmp_unsigned(">=", rank, i64(offset)), own, value)
        return value

    @contextmanager
    def _bits(self, bits: Value) -> Iterator[Value]:
        """A loop over the one bits of a word, from the lowest."""
        b, left = self.b, self.b.variable(I64, bits)
        with b.while_(lambda: b.icmp_unsigned("!=", left.get(), i64(0))):
            now = left.get()
            index = b.trailing_zeros(now)
            left.set(b.and_(now, b.sub(now, i64(1))))
            with b.region("next"):
                yield index

    @contextmanager
    def each_head(self, place: Place, option: int) -> Iterator[tuple[Place, Value]]:
        """A loop over the queues of an ordered network whose first message is of one kind: the queue, the message."""
        kind = place.type
        assert isinstance(kind, Map)
        assert isinstance(kind.value_type, Seq)
        with self.b.for_range(0, kind.key_type.cardinality) as link:
            queue = self.cell(place, kind.value_type, link)
            with self.b.if_(self.b.icmp_unsigned("!=", self.seq_length(queue), i64(0))):
                head = self.load(self.cell(queue, kind.value_type.element, i64(0)))
                with self._of_option(kind.value_type.element, head, option) as message:
                    yield queue, message

    # -- asking

    def bit(self, place: Place, rank: Value) -> tuple[Value, Value]:
        """Word address and bit number of an element in a set of bits."""
        b = self.b
        if narrow(place.type):
            shift = self.plus(rank, place.shift)
            return place.address, i64(shift) if isinstance(shift, int) else shift
        return b.at(place.address, b.lshr(rank, i64(6))), b.and_(rank, i64(63))

    def contains(self, place: Place, item: Value) -> Value:
        kind, b = place.type, self.b
        element: Type = kind.value_type.element if isinstance(kind, Map) else kind.element  # type: ignore[attr-defined]
        if element.cardinality == 0:
            return boolean(False)
        if is_bits(kind):
            address, number = self.bit(place, self.rank(element, item))
            return b.trunc(b.lshr(b.load(address, typ=I64), number), boolean(True).type)
        found = b.variable(boolean(True).type, boolean(False))
        with b.region("found") as leave, self.each_element(place) as other, b.if_(self.equal(element, other, item)):
            found.set(boolean(True))
            b.branch(leave)
        return found.get()

    def count(self, place: Place, item: Value) -> Value:
        kind = place.type
        element: Type = kind.value_type.element if isinstance(kind, Map) else kind.element  # type: ignore[attr-defined]
        total = self.b.variable(I64, i64(0))
        with self.each_element(place) as other:
            total.add(self.b.zext(self.equal(element, other, item), I64))
        return total.get()

    def length(self, place: Place) -> Value:
        kind, b = place.type, self.b
        if isinstance(kind, Seq):
            return self.seq_length(place)
        if is_bits(kind):
            if narrow(kind):
                return b.popcount(self.load_bits(place.address, place.shift, width(kind)))
            ones = i64(0)
            for word in range(words(kind)):
                ones = b.add(ones, b.popcount(b.load_at(place.address, word)))
            return ones
        total = b.variable(I64, i64(0))
        if isinstance(kind, Map):
            with b.for_range(0, kind.key_type.cardinality) as link:
                total.add(self.seq_length(self.cell(place, kind.value_type, link)))
        else:
            with self.each_slot(place):
                total.add(i64(1))
        return total.get()

    def equal(self, kind: Type, left: Value, right: Value) -> Value:
        b = self.b
        if narrow(kind):
            return b.icmp_unsigned("==", left, right)
        same = boolean(True)
        for word in range(words(kind)):
            same = b.and_(same, b.icmp_unsigned("==", b.load_at(left, word), b.load_at(right, word)))
        return same

    # -- sets and bags: changing

    def add(self, place: Place, item: Value, full: Callable[[Value], None]) -> None:
        """Put an element in; `full` emits the fault for the condition that there is no room."""
        kind, b = place.type, self.b
        assert isinstance(kind, Set | Bag)
        if is_bits(kind):
            address, number = self.bit(place, self.rank(kind.element, item))
            b.store(b.or_(b.load(address, typ=I64), b.shl(i64(1), number)), address)
            return
        # carry the new code along the ascending slots; each greater one moves up a slot
        carried = b.variable(I64, b.add(self.code(kind.element, item), i64(1)))
        moving = b.variable(boolean(True).type, boolean(False))
        with b.region("add") as done:
            with b.for_range(0, int(kind.capacity)) as index:  # type: ignore[arg-type]
                here, carry = self.load_slot(place, index), carried.get()
                if isinstance(kind, Set):
                    with b.if_(b.and_(b.icmp_unsigned("==", here, carry), b.not_(moving.get()))):
                        b.branch(done)
                empty = b.icmp_unsigned("==", here, i64(0))
                with b.if_(b.or_(empty, b.icmp_unsigned("<", carry, here))):
                    self.store_slot(place, index, carry)
                    moving.set(boolean(True))
                    carried.set(here)
                    with b.if_(empty):
                        b.branch(done)
            full(boolean(True))

    def discard(self, place: Place, item: Value) -> None:
        """Take an element out, once, if it is there."""
        kind, b = place.type, self.b
        assert isinstance(kind, Set | Bag)
        if is_bits(kind):
            address, number = self.bit(place, self.rank(kind.element, item))
            b.store(b.and_(b.load(address, typ=I64), b.not_(b.shl(i64(1), number))), address)
            return
        code = b.add(self.code(kind.element, item), i64(1))
        found = b.variable(boolean(True).type, boolean(False))
        last = int(kind.capacity) - 1  # type: ignore[arg-type]
        with b.for_range(0, last + 1) as index:
            found.set(b.or_(found.get(), b.icmp_unsigned("==", self.load_slot(place, index), code)))
            with b.if_(found.get()):
                following = b.variable(I64, i64(0))
                with b.if_(b.icmp_unsigned("<", index, i64(last))):
                    following.set(self.load_slot(place, b.add(index, i64(1))))
                self.store_slot(place, index, following.get())

    def combined(self, name: str, left: Place, right: Place, full: Callable[[Value], None]) -> Place:
        """Union, intersection, difference or symmetric difference of two sets of one type, in memory of its own."""
        kind, b = left.type, self.b
        result = self.zeroed(kind)
        if is_bits(kind):
            bitwise = {
                "union": b.or_,
                "intersection": b.and_,
                "difference": lambda x, y: b.and_(x, b.not_(y)),
                "symmetric_difference": b.xor,
            }[name]
            if narrow(kind):
                b.store(bitwise(self.load(left), self.load(right)), result.address)
            else:
                for word in range(words(kind)):
                    pair = b.load_at(left.address, word), b.load_at(right.address, word)
                    b.store_at(result.address, word, bitwise(*pair))
            return result
        sources = [(left, right)]
        if name in ("union", "symmetric_difference"):
            sources.append((right, left))
        for source, other in sources:
            with self.each_element(source) as element:
                inside = boolean(True) if name == "union" else self.contains(other, element)
                wanted = inside if name in ("union", "intersection") else b.not_(inside)
                with b.if_(wanted):
                    self.add(result, element, full)
        return result

    def subset(self, left: Place, right: Place) -> Value:
        kind, b = left.type, self.b
        if is_bits(kind):
            if narrow(kind):
                return b.icmp_unsigned("==", b.and_(self.load(left), b.not_(self.load(right))), i64(0))
            outside = i64(0)
            for word in range(words(kind)):
                here = b.and_(b.load_at(left.address, word), b.not_(b.load_at(right.address, word)))
                outside = b.or_(outside, here)
            return b.icmp_unsigned("==", outside, i64(0))
        inside = b.variable(boolean(True).type, boolean(True))
        with self.each_element(left) as element:
            inside.set(b.and_(inside.get(), self.contains(right, element)))
        return inside.get()

    # -- sequences: changing

    def append(self, place: Place, item: Value, full: Callable[[Value], None]) -> None:
        kind = place.type
        assert isinstance(kind, Seq)
        length = self.seq_length(place)
        full(self.b.icmp_unsigned(">=", length, i64(int(kind.max_len))))  # type: ignore[arg-type]
        if int(kind.max_len):  # type: ignore[arg-type]
            self.store(self.cell(place, kind.element, length), item)
            self.set_seq_length(place, self.b.add(length, i64(1)))

    def position(self, index: Value, length: Value, outside: Callable[[Value], None]) -> Value:
        """A Python index as a position from the start; `outside` emits the fault for the condition that it is none."""
        b = self.b
        position = b.select(b.icmp_signed("<", index, i64(0)), b.add(index, length), index)
        # one unsigned comparison covers both ends
        outside(b.icmp_unsigned(">=", position, length))
        return position

    def pop(self, place: Place, index: Value, outside: Callable[[Value], None]) -> None:
        kind, b = place.type, self.b
        assert isinstance(kind, Seq)
        if not int(kind.max_len):  # type: ignore[arg-type]
            outside(boolean(True))
            return
        length = self.seq_length(place)
        last = b.sub(length, i64(1))
        with b.for_range(self.position(index, length, outside), last) as here:
            following = self.load(self.cell(place, kind.element, b.add(here, i64(1))))
            self.store(self.cell(place, kind.element, here), following)
        self.clear(self.cell(place, kind.element, last))
        self.set_seq_length(place, last)

    def clear(self, place: Place) -> None:
        """Set every bit of a place to zero."""
        if narrow(place.type):
            self.store_bits(place.address, place.shift, width(place.type), i64(0))
        else:
            for word in range(words(place.type)):
                self.b.store_at(place.address, word, i64(0))

    def extracted(self, result: Place, source: Place, start: Value, stop: Value) -> None:
        """Append a stretch of a sequence to another that has room for it."""
        kind, target = source.type, result.type
        assert isinstance(kind, Seq)
        assert isinstance(target, Seq)
        if not int(kind.max_len) or not int(target.max_len):  # type: ignore[arg-type]
            return
        b = self.b
        with b.for_range(start, stop) as index:
            length = self.seq_length(result)
            item = self.load(self.cell(source, kind.element, index))
            self.store(self.cell(result, target.element, length), item)
            self.set_seq_length(result, b.add(length, i64(1)))
