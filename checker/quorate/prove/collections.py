"""What is done with sets, bags and sequences whose parts are z3 terms."""

from __future__ import annotations

from collections.abc import Iterator

from quorate.language.compound import Bag, Map, Message, Record, Seq, Set, Union
from quorate.language.types import Type
from quorate.prove.terms import Number, Truth, and_, bits, if_, less, narrowed, not_, operate, or_, pick, same
from quorate.prove.values import (
    Maybe,
    Row,
    Tagged,
    Value,
    equal,
    is_bits,
    literals,
    merge,
    precedes,
)


def plus(x: Number, y: Number, most: int) -> Number:
    """The sum of two counts that is `most` at most."""
    return narrowed(operate("add", [x, y], 0, most), bits(0, most))


def count(conditions: list[Truth]) -> Number:
    """How many of the conditions are true."""
    total: Number = 0
    for number, condition in enumerate(conditions, 1):
        total = plus(total, pick(condition, 1, 0), number)
    return total


# -- elements


def elements(kind: Type, whole: Value, option: int | None = None) -> Iterator[tuple[Truth, Value]]:
    """The elements a collection may have, in order, each with the condition that it is there. With `option`, of a
    network's contents, only the messages of that position in its union."""
    match kind:
        case Map():
            for queue in whole:
                yield from elements(kind.value_type, queue, option)
        case Seq():
            for place, item in enumerate(whole.items):
                yield from _of_option(kind.element, less(place, whole.length), item, option)
        case Set(capacity=None):
            yield from _members(kind.element, whole, option)
        case Set() | Bag():
            for slot in whole:
                yield from _of_option(kind.element, slot.present, slot.value, option)
        case _:
            raise TypeError(kind)


def _of_option(kind: Type, there: Truth, item: Value, option: int | None) -> Iterator[tuple[Truth, Value]]:
    if there is False or item is None:
        return
    if option is None:
        yield there, item
    elif item.options[option] is not None:
        there = and_(there, same(item.tag, option))
        if there is not False:
            yield there, item.options[option]


def _members(kind: Type, whole: Value, option: int | None) -> Iterator[tuple[Truth, Value]]:
    if option is None:
        candidates = zip(whole, literals(kind), strict=True)
    else:
        assert isinstance(kind, Union)
        message = kind.options[option]
        first = kind.offsets[message.name]
        candidates = zip(whole[first : first + message.cardinality], literals(message), strict=True)
    yield from ((inside, value) for inside, value in candidates if inside is not False)


def heads(kind: Map, whole: Value, option: int) -> Iterator[tuple[Truth, Value, int]]:
    """The first messages of one kind in the queues of an ordered network, each with its queue's position."""
    assert isinstance(kind.value_type, Seq)
    for link, queue in enumerate(whole):
        if queue.items:
            first = elements(kind.value_type, Row(pick(less(0, queue.length), 1, 0), queue.items[:1]), option)
            for there, message in first:
                yield there, message, link


# -- membership in sets of truth values


def at_rank(kind: Type, value: Value, rank: int) -> Truth:
    """Whether a value of a type is the one with this rank."""
    return equal(kind, value, literals(kind)[rank])


def member(kind: Type, whole: tuple[Truth, ...], item: Value) -> Truth:
    """Whether an item is in a set, field by field where it has fields: the terms for one field are shared."""
    match kind:
        case Record():
            return _member_fields(list(kind.fields.values()), list(item), whole)
        case Union():
            return or_(
                *(and_(here, member(option, part, fields)) for here, option, part, fields in _parts(kind, whole, item))
            )
    return or_(*(and_(inside, at_rank(kind, item, rank)) for rank, inside in enumerate(whole) if inside is not False))


def _parts(
    kind: Union, whole: tuple[Truth, ...], item: Tagged
) -> Iterator[tuple[Truth, Message, tuple[Truth, ...], Value]]:
    """For each kind of message the item may be: whether it is, and the stretch of the set for that kind."""
    for place, option in enumerate(kind.options):
        here = same(item.tag, place)
        if item.options[place] is not None and here is not False:
            first = kind.offsets[option.name]
            yield here, option, whole[first : first + option.cardinality], item.options[place]


def _member_fields(kinds: list[Type], fields: list[Value], whole: tuple[Truth, ...]) -> Truth:
    if not kinds:
        return whole[0]
    kind, step = kinds[0], len(whole) // kinds[0].cardinality
    found = []
    for rank in range(kind.cardinality):
        part = whole[rank * step : (rank + 1) * step]
        here = at_rank(kind, fields[0], rank)
        if here is not False and any(inside is not False for inside in part):
            found.append(and_(here, _member_fields(kinds[1:], fields[1:], part)))
    return or_(*found)


def with_member(kind: Type, whole: tuple[Truth, ...], item: Value, condition: Truth, inside: bool) -> tuple[Truth, ...]:
    """The set in which, if the condition holds, the item is (or, with `inside` False, is not)."""
    if condition is False:
        return whole
    match kind:
        case Record():
            return _with_fields(list(kind.fields.values()), list(item), whole, condition, inside)
        case Union():
            result = list(whole)
            for here, option, part, fields in _parts(kind, whole, item):
                first = kind.offsets[option.name]
                changed = with_member(option, part, fields, and_(condition, here), inside)
                result[first : first + option.cardinality] = changed
            return tuple(result)
    return tuple(if_(and_(condition, at_rank(kind, item, rank)), inside, before) for rank, before in enumerate(whole))


def _with_fields(
    kinds: list[Type], fields: list[Value], whole: tuple[Truth, ...], condition: Truth, inside: bool
) -> tuple[Truth, ...]:
    if condition is False:
        return whole
    if not kinds:
        return (if_(condition, inside, whole[0]),)
    kind, step = kinds[0], len(whole) // kinds[0].cardinality
    result: list[Truth] = []
    for rank in range(kind.cardinality):
        here = and_(condition, at_rank(kind, fields[0], rank))
        result += _with_fields(kinds[1:], fields[1:], whole[rank * step : (rank + 1) * step], here, inside)
    return tuple(result)


# -- asking


def contains(kind: Type, whole: Value, item: Value) -> Truth:
    """Whether an element is in a set, bag or network."""
    if isinstance(kind, Set) and is_bits(kind):
        return member(kind.element, whole, item)
    element = element_type(kind)
    return or_(*(and_(there, equal(element, other, item)) for there, other in elements(kind, whole)))


def element_type(kind: Type) -> Type:
    """What a collection, or the queues of an ordered network, are made of."""
    inner = kind.value_type if isinstance(kind, Map) else kind
    return inner.element  # type: ignore[attr-defined, no-any-return]


def occurrences(kind: Type, whole: Value, item: Value) -> Number:
    """How often an element is in a collection."""
    element = element_type(kind)
    return count([and_(there, equal(element, other, item)) for there, other in elements(kind, whole)])


def length(kind: Type, whole: Value) -> Number:
    """How many elements a collection has."""
    match kind:
        case Seq():
            return whole.length
        case Map():
            total: Number = 0
            most = 0
            for queue in whole:
                most += int(kind.value_type.max_len)  # type: ignore[attr-defined]
                total = plus(total, queue.length, most)
            return total
        case Set(capacity=None):
            return count(list(whole))
    total = 0
    for place, slot in enumerate(whole, 1):
        # those that are there come first
        total = pick(slot.present, place, total)
    return total


def subset(kind: Set, left: Value, right: Value) -> Truth:
    """Whether every element of one set is in another of the same type."""
    if is_bits(kind):
        return and_(*(or_(not_(a), b) for a, b in zip(left, right, strict=True)))
    return and_(*(or_(not_(there), contains(kind, right, item)) for there, item in elements(kind, left)))


# -- changing; what does not fit is for the caller to rule out


def added(kind: Set | Bag, whole: Value, item: Value) -> tuple[Value, Truth]:
    """The collection with an element more, and whether there was no room for it."""
    if is_bits(kind):
        return with_member(kind.element, whole, item, True, True), False
    known = contains(kind, whole, item) if isinstance(kind, Set) else False
    element, slots = kind.element, []
    before: Truth = True  # whether all slots so far hold elements that are not after the new one
    previous: Maybe | None = None
    for slot in whole:
        stays = before
        if slot.present is False:
            stays = False
        elif slot.present is not False:
            stays = and_(before, slot.present, not_(precedes(element, item, slot.value)))
        moved = Maybe(True, item) if previous is None else _either(before, item, previous)
        slots.append(_merged(stays, slot, moved))
        before, previous = stays, slot
    full = whole[-1].present if whole else True
    if known is False:
        return tuple(slots), full
    kept = tuple(_merged(known, old, new) for old, new in zip(whole, slots, strict=True))
    return kept, and_(full, not_(known))


def _either(condition: Truth, item: Value, otherwise: Maybe) -> Maybe:
    return _merged(condition, Maybe(True, item), otherwise)


def _merged(condition: Truth, then: Maybe, otherwise: Maybe) -> Maybe:
    merged: Maybe = merge(condition, then, otherwise)
    return merged


def discarded(kind: Set | Bag, whole: Value, item: Value) -> Value:
    """The collection without an element, taken out once if it is there."""
    if is_bits(kind):
        return with_member(kind.element, whole, item, True, False)
    slots, found = [], False
    for place, slot in enumerate(whole):
        found = (
            or_(found, and_(slot.present, equal(kind.element, slot.value, item)))
            if slot.present is not False
            else found
        )
        following = whole[place + 1] if place + 1 < len(whole) else Maybe(False, None)
        slots.append(_merged(found, following, slot))
    return tuple(slots)


def appended(kind: Seq, whole: Row, item: Value) -> tuple[Row, Truth]:
    """The sequence with an item more, and whether there was no room for it."""
    most = int(kind.max_len)  # type: ignore[arg-type]
    items = []
    for place in range(most):
        old = whole.items[place] if place < len(whole.items) else None
        items.append(merge(same(whole.length, place), item, old))
    return Row(plus(whole.length, 1, most + 1), tuple(items)), not_(less(whole.length, most))


def popped(whole: Row, position: Number) -> Row:
    """The sequence without the item at a position, which must be one of it."""
    items = []
    for place, item in enumerate(whole.items):
        following = whole.items[place + 1] if place + 1 < len(whole.items) else None
        items.append(merge(less(place, position), item, following))
    shorter = narrowed(operate("sub", [whole.length, 1], -1, len(items)), bits(0, len(items)))
    return Row(shorter, tuple(items))


def item_at(whole: Row, position: Number) -> Value:
    """The item of a sequence at a position from its start (anything if it has none there)."""
    found: Value = None
    for place, item in enumerate(whole.items):
        here = same(position, place)
        if here is not False:
            found = merge(here, item, found)
    return found


def combined(name: str, kind: Set, left: Value, right: Value) -> tuple[Value, Truth]:
    """Union, intersection, difference or symmetric difference of two sets of a type; whether there was no room."""
    if is_bits(kind):
        pairs = zip(left, right, strict=True)
        match name:
            case "union":
                return tuple(or_(a, b) for a, b in pairs), False
            case "intersection":
                return tuple(and_(a, b) for a, b in pairs), False
            case "difference":
                return tuple(and_(a, not_(b)) for a, b in pairs), False
        return tuple(if_(a, not_(b), b) for a, b in pairs), False
    sources = [(left, right)]
    if name in ("union", "symmetric_difference"):
        sources.append((right, left))
    result: Value = (Maybe(False, None),) * int(kind.capacity)  # type: ignore[arg-type]
    full: Truth = False
    for source, other in sources:
        for there, item in elements(kind, source):
            if name == "union":
                wanted = there
            else:
                inside = contains(kind, other, item)
                wanted = and_(there, inside if name == "intersection" else not_(inside))
            more, no_room = added(kind, result, item)
            full = or_(full, and_(wanted, no_room))
            result = merge(wanted, more, result)
    return result, full


def everything(kind: Set) -> Value:
    """The set of all values of a type."""
    return (
        (True,) * kind.element.cardinality if is_bits(kind) else tuple(Maybe(True, v) for v in literals(kind.element))
    )


def mapped(kind: Type, cells: tuple[Value, ...], key: Value) -> Value:
    """The value of a map at a key."""
    found: Value = None
    for rank in reversed(range(kind.cardinality)):
        here = at_rank(kind, key, rank)
        if here is True:
            return cells[rank]
        if here is not False:
            found = cells[rank] if found is None else merge(here, cells[rank], found)
    return found


def link_rank(kind: Map, message: Tagged, union: Union) -> Number:
    """The position of the queue that a message waits in: of the pair of its sender and its receiver."""
    key = kind.key_type
    assert isinstance(key, Record)
    src, dst = key.fields["src"], key.fields["dst"]
    found: Number = 0
    for place, option in enumerate(union.options):
        fields = message.options[place]
        if fields is None:
            continue
        parts = dict(zip(option.fields, fields, strict=True))
        rank: Number = 0
        for number, literal_key in enumerate(literals(key)):
            here = and_(equal(src, parts["src"], literal_key[0]), equal(dst, parts["dst"], literal_key[1]))
            rank = pick(here, number, rank)
        found = pick(same(message.tag, place), rank, found)
    return found
