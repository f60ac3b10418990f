"""State values as native Python sees them: immutable snapshots, whose mutators write through to the state.

Reading `self.log[i]` gives a snapshot of that sequence which remembers where it was read. `self.log[i].append(e)`
stores a new sequence at that place; a snapshot kept in a local variable never changes.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quorate.language import compound, types


class ModelFault(Exception):  # noqa: N818 - a fault of the model's step, in the sense of `trace.Fault`
    """A step or property did what its model does not allow; `kind` is one of `trace.Fault`'s."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Place:
    """Where in the working state a value was read: a variable and the keys below it."""

    __slots__ = ("keys", "state", "types", "variable")

    def __init__(
        self, state: dict[str, Any], types: Mapping[str, types.Type], variable: str, keys: tuple[Any, ...] = ()
    ) -> None:
        self.state, self.types, self.variable, self.keys = state, types, variable, keys

    def below(self, key: Any) -> Place:
        return Place(self.state, self.types, self.variable, (*self.keys, key))

    def read(self) -> Any:
        value = self.state[self.variable]
        for key in self.keys:
            value = value.component(key)
        return value

    def write(self, value: Any) -> None:
        root = self.state[self.variable]
        self.state[self.variable] = self.types[self.variable].check(_replaced(root, self.keys, value))

    def __str__(self) -> str:
        return self.variable + "".join(f".{k}" if isinstance(k, str) else f"[{k}]" for k in self.keys)


def _replaced(value: Any, keys: tuple[Any, ...], new: Any) -> Any:
    if not keys:
        return new
    return value.with_component(keys[0], _replaced(value.component(keys[0]), keys[1:], new))


@functools.total_ordering
class NodeValue:
    """One identity of a `Node` type. Equal only to itself; ordered only where its type is not symmetric."""

    __slots__ = ("_type", "index")

    def __init__(self, node_type: types.Node, index: int) -> None:
        self._type, self.index = node_type, index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NodeValue) and self.index == other.index and self._type == other._type

    def __hash__(self) -> int:
        return self.index

    def __lt__(self, other: object) -> bool:
        if self._type.symmetric or not isinstance(other, NodeValue) or self._type != other._type:
            return NotImplemented
        return self.index < other.index

    def __le__(self, other: object) -> bool:
        return NotImplemented if self.__lt__(other) is NotImplemented else not other.__lt__(self)  # type: ignore[operator]

    def __repr__(self) -> str:
        return self._type.label(self.index)


class Compound:
    """A value with parts. `_type` is its type, `_place` where it was read (None for one that is not in the state)."""

    __slots__ = ("_place", "_type")
    _type: Any
    _place: Place | None

    def component(self, key: Any) -> Any:
        """The part under a key, bare."""
        raise NotImplementedError

    def with_component(self, key: Any, new: Any) -> Any:
        """This value with one part exchanged, unchecked."""
        raise NotImplementedError

    def at(self, place: Place) -> Any:
        """The same value, remembering where it was read."""
        raise NotImplementedError

    def _part(self, key: Any) -> Any:
        part = self.component(key)
        if self._place is not None and isinstance(part, Compound):
            return part.at(self._place.below(key))
        return part

    def _update(self, change: Callable[[Any], Any]) -> None:
        if self._place is None:
            raise ModelFault("frozen", "this value is a snapshot; change the state through self")
        self._place.write(change(self._place.read()))


class RecordValue(Compound):
    """A record or message: fields by name."""

    __slots__ = ("_items",)

    def __init__(self, record_type: compound.Record, items: tuple[Any, ...], place: Place | None = None) -> None:
        put = object.__setattr__
        put(self, "_type", record_type)
        put(self, "_items", items)
        put(self, "_place", place)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._type.fields:
            raise AttributeError(f"{self._type.name or 'the record'} has no field {name!r}")
        return self._part(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._type.fields:
            raise AttributeError(f"{self._type.name or 'the record'} has no field {name!r}")
        self._update(lambda current: current.with_component(name, value))

    def component(self, key: Any) -> Any:
        return self._items[self._type.positions[key]]

    def with_component(self, key: Any, new: Any) -> RecordValue:
        position = self._type.positions[key]
        # a record of its own type is not looked into again when it is stored
        checked = self._type.fields[key].check(new)
        return RecordValue(self._type, (*self._items[:position], checked, *self._items[position + 1 :]))

    def at(self, place: Place) -> RecordValue:
        return RecordValue(self._type, self._items, place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordValue) and self._type == other._type and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return str(self._type.show(self))


class MapValue(Compound, Mapping[Any, Any]):
    """A total map from a finite type: every key has a value."""

    __slots__ = ("_items",)

    def __init__(self, map_type: compound.Map, items: tuple[Any, ...], place: Place | None = None) -> None:
        self._type, self._items, self._place = map_type, items, place

    def _rank(self, key: Any) -> int:
        try:
            return self._type.key_type.rank(self._type.key_type.check(key))  # type: ignore[no-any-return]
        except ModelFault as fault:
            raise KeyError(f"{key!r} is not a key: {fault}") from None

    def __getitem__(self, key: Any) -> Any:
        return self._part(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._rank(key)
        self._update(lambda current: current.with_component(key, value))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._type.key_type.values())

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        try:
            self._rank(key)
        except KeyError:
            return False
        return True

    def component(self, key: Any) -> Any:
        return self._items[self._rank(key)]

    def with_component(self, key: Any, new: Any) -> MapValue:
        rank = self._rank(key)
        return MapValue(self._type, (*self._items[:rank], new, *self._items[rank + 1 :]))

    def at(self, place: Place) -> MapValue:
        return MapValue(self._type, self._items, place)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MapValue):
            return self._items == other._items
        return isinstance(other, Mapping) and dict(self.items()) == dict(other.items())

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return str(self._type.show(self))


class SetValue(Compound, Set[Any]):
    """A set over a finite type; iterates in the type's order."""

    __slots__ = ("_items",)

    def __init__(self, set_type: compound.Set, items: frozenset[Any], place: Place | None = None) -> None:
        self._type, self._items, self._place = set_type, items, place

    def __contains__(self, item: object) -> bool:
        try:
            return self._type.element.check(item) in self._items
        except ModelFault:
            return False

    def __iter__(self) -> Iterator[Any]:
        return iter(sorted(self._items, key=self._type.element.rank))

    def __len__(self) -> int:
        return len(self._items)

    def _combine(self, other: Any, function: Callable[[frozenset[Any], frozenset[Any]], frozenset[Any]]) -> Any:
        if not isinstance(other, Set):
            return NotImplemented
        items = function(self._items, frozenset(map(canonical, other)))
        try:
            return SetValue(self._type, self._type.elements(items))
        except ModelFault:
            # a set of the model's may be joined with elements that its own type has not
            return SetValue(Mixed(), items)  # type: ignore[arg-type]

    def issubset(self, other: Any) -> bool:
        """Whether every element is in the other set."""
        return bool(self <= other)

    def issuperset(self, other: Any) -> bool:
        """Whether every element of the other set is in this one."""
        return bool(self >= other)

    def __or__(self, other: Any) -> Any:
        return self._combine(other, frozenset.__or__)

    def __and__(self, other: Any) -> Any:
        return self._combine(other, frozenset.__and__)

    def __sub__(self, other: Any) -> Any:
        return self._combine(other, frozenset.__sub__)

    def __xor__(self, other: Any) -> Any:
        return self._combine(other, frozenset.__xor__)

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__

    def __rsub__(self, other: Any) -> Any:
        return self._combine(other, lambda mine, theirs: theirs - mine)

    def add(self, item: Any) -> None:
        """Put an element in."""
        element = self._type.element.check(item)
        self._update(lambda current: SetValue(self._type, current._items | {element}))

    def discard(self, item: Any) -> None:
        """Take an element out, if it is there."""
        if item in self:
            element = self._type.element.check(item)
            self._update(lambda current: SetValue(self._type, current._items - {element}))

    def clear(self) -> None:
        """Take everything out."""
        self._update(lambda current: SetValue(self._type, frozenset()))

    def at(self, place: Place) -> SetValue:
        return SetValue(self._type, self._items, place)

    def __eq__(self, other: object) -> bool:
        return self._items == (other._items if isinstance(other, SetValue) else other)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return str(self._type.show(self))


class Mixed:
    """Stands in for the type of a set whose elements are of no one declared type."""

    @property
    def element(self) -> Mixed:
        return self

    def check(self, value: Any) -> Any:
        return value

    def elements(self, values: Iterable[Any]) -> frozenset[Any]:
        return frozenset(values)

    def rank(self, value: Any) -> Any:
        return order(value)

    def show(self, value: Any) -> str:
        return "{" + ", ".join(map(repr, value)) + "}"


def canonical(value: Any) -> Any:
    """A value that can be an element of a set: what Python itself cannot hash becomes a tuple or a frozenset."""
    if isinstance(value, list | tuple):
        return tuple(map(canonical, value))
    return frozenset(map(canonical, value)) if isinstance(value, set) else value


def order(value: Any) -> tuple[Any, ...]:
    """A key that sorts values as the ranks of any type that has them all do: None first, short sequences first."""
    match value:
        case None:
            return (0,)
        case NodeValue():
            return (1, value.index)
        case enum.Enum():
            return (1, list(type(value)).index(value))
        case RecordValue() | MapValue():
            return (1, *map(order, value._items))
        case SeqValue() | list() | tuple():
            return (1, len(value), *map(order, value))
        case Set():
            return (1, *sorted(map(order, value), reverse=True))
    return (1, int(value))


class SeqValue(Compound, Sequence[Any]):
    """A sequence with a largest length."""

    __slots__ = ("_items",)

    def __init__(self, seq_type: compound.Seq, items: tuple[Any, ...], place: Place | None = None) -> None:
        self._type, self._items, self._place = seq_type, items, place

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return SeqValue(self._type, self._items[index])
        return self._part(index)

    def __setitem__(self, index: int, value: Any) -> None:
        self._items[index]  # an index outside raises as Python's lists do
        self._update(lambda current: current.with_component(index, value))

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def component(self, key: Any) -> Any:
        return self._items[key]

    def with_component(self, key: Any, new: Any) -> SeqValue:
        items = list(self._items)
        items[key] = new
        return SeqValue(self._type, tuple(items))

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, list | tuple | SeqValue):
            return NotImplemented
        return SeqValue(self._type, (*self._items, *other))

    def __radd__(self, other: Any) -> Any:
        if not isinstance(other, list | tuple):
            return NotImplemented
        return SeqValue(self._type, (*other, *self._items))

    def append(self, item: Any) -> None:
        """Put an element at the end; a fault when the sequence is full."""
        self._update(lambda current: (*current, item))

    def extend(self, items: Iterable[Any]) -> None:
        """Put several elements at the end."""
        self._update(lambda current: current + list(items))

    def pop(self, index: int = -1) -> None:
        """Take the element at an index out (a statement: read the element before)."""

        def without(current: SeqValue) -> SeqValue:
            items = list(current._items)
            if not -len(items) <= index < len(items):
                raise IndexError(f"pop({index}) of a sequence of {len(items)}")
            del items[index]
            return SeqValue(self._type, tuple(items))

        self._update(without)

    def clear(self) -> None:
        """Take everything out."""
        self._update(lambda current: SeqValue(self._type, ()))

    def at(self, place: Place) -> SeqValue:
        return SeqValue(self._type, self._items, place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list | tuple | SeqValue) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return str(self._type.show(self))


class BagValue(Compound):
    """A multiset with a largest size; iterates over its elements, equal ones as often as they are in it, in order."""

    __slots__ = ("_items",)

    def __init__(self, bag_type: compound.Bag, items: tuple[Any, ...], place: Place | None = None) -> None:
        self._type, self._items, self._place = bag_type, items, place

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def count(self, item: Any) -> int:
        """How often an element is in the bag."""
        return self._items.count(item)

    def add(self, item: Any) -> None:
        """Put an element in once more; a fault when the bag is full."""
        self._update(lambda current: BagValue(self._type, (*current._items, item)))

    def discard(self, item: Any) -> None:
        """Take an element out once, if it is there."""

        def without(current: BagValue) -> BagValue:
            items = list(current._items)
            if item in items:
                items.remove(item)
            return BagValue(self._type, tuple(items))

        self._update(without)

    def clear(self) -> None:
        """Take everything out."""
        self._update(lambda current: BagValue(self._type, ()))

    def at(self, place: Place) -> BagValue:
        return BagValue(self._type, self._items, place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BagValue) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return str(self._type.show(self))
