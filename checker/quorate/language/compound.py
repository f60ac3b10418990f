"""The types of state that have parts: records, messages, maps, sets, sequences, bags."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from quorate.errors import ParameterError
from quorate.language.params import Expression
from quorate.language.types import UNSET, Option, Resolver, Type, as_type
from quorate.language.values import BagValue, MapValue, ModelFault, RecordValue, SeqValue, SetValue


def _must_be_ordered(kind: Type, what: str) -> None:
    """Refuse a type whose values have no place in an order."""
    match kind:
        case Bag() | Set(capacity=int()):
            raise ParameterError(f"{what} cannot be {kind.describe()}", hint="a Set without capacity can")
        case Record():
            parts = list(kind.fields.values())
        case Map():
            parts = [kind.value_type]
        case Seq():
            parts = [kind.element]
        case Option():
            parts = [kind.of]
        case Union():
            parts = list(kind.options)
        case _:
            parts = []
    for part in parts:
        _must_be_ordered(part, what)


class Record(Type):
    """Named fields. Called with its fields it makes a value: `self.Entry(term=1, value=v)`."""

    def __init__(self, *, init: Any = UNSET, durable: bool = False, **fields: Any) -> None:
        super().__init__(init=init, durable=durable)
        self.fields = {name: as_type(field) for name, field in fields.items()}
        self.positions = {name: position for position, name in enumerate(self.fields)}

    def resolve(self, resolver: Resolver) -> Record:
        record = type(self)(**{name: resolver.type(field) for name, field in self.fields.items()})  # type: ignore[arg-type]
        record.name = self.name
        return record

    def key(self) -> tuple[Any, ...]:
        return (self.name, tuple(self.fields.items()))

    @property
    def cardinality(self) -> int:
        return math.prod(field.cardinality for field in self.fields.values())

    def rank(self, value: Any) -> int:
        rank = 0
        for field, item in zip(self.fields.values(), value._items, strict=True):
            rank = rank * field.cardinality + field.rank(item)
        return rank

    def unrank(self, rank: int) -> RecordValue:
        items: list[Any] = []
        for field in reversed(self.fields.values()):
            rank, digit = divmod(rank, field.cardinality)
            items.append(field.unrank(digit))
        return RecordValue(self, tuple(reversed(items)))

    def __call__(self, **fields: Any) -> RecordValue:
        if fields.keys() != self.fields.keys():
            wrong = sorted(fields.keys() ^ self.fields.keys())
            known = ", ".join(self.fields)
            raise TypeError(f"{self.name} has the fields {known}; wrong or missing: {', '.join(wrong)}")
        return RecordValue(self, tuple(kind.check(fields[name]) for name, kind in self.fields.items()))

    def check(self, value: Any) -> RecordValue:
        if not isinstance(value, RecordValue) or value._type.name != self.name:
            raise self._refuse(value)
        if value._type == self and value._place is None:
            return value
        return self(**dict(zip(value._type.fields, value._items, strict=True)))

    def show(self, value: Any) -> str:
        fields = zip(self.fields.items(), value._items, strict=True)
        return f"{self.name or ''}({', '.join(f'{name}={kind.show(item)}' for (name, kind), item in fields)})"

    def to_data(self, value: Any) -> Any:
        fields = zip(self.fields.items(), value._items, strict=True)
        return {name: kind.to_data(item) for (name, kind), item in fields}

    def from_data(self, data: Any) -> Any:
        if not isinstance(data, Mapping) or data.keys() != self.fields.keys():
            raise self._refuse(data)
        return self(**{name: kind.from_data(data[name]) for name, kind in self.fields.items()})


class Message(Record):
    """A record that travels through a `Network`. Its fields `src` and `dst`, if it has them, say between whom."""

    def to_data(self, value: Any) -> Any:
        return {"tag": self.name, "value": super().to_data(value)}

    def from_data(self, data: Any) -> Any:
        if not isinstance(data, Mapping) or data.get("tag") != self.name:
            raise self._refuse(data)
        return super().from_data(data.get("value"))


class Union(Type):
    """One of several message types. Internal: what a `Network` carries."""

    def __init__(self, options: tuple[Message, ...]) -> None:
        super().__init__()
        self.options = options
        self.offsets = {}
        offset = 0
        for option in options:
            self.offsets[option.name] = offset
            offset += option.cardinality
        self._cardinality = offset

    def resolve(self, resolver: Resolver) -> Union:
        return Union(tuple(resolver.type(option) for option in self.options))  # type: ignore[misc]

    def key(self) -> tuple[Any, ...]:
        return self.options

    def describe(self) -> str:
        return " | ".join(option.describe() for option in self.options)

    @property
    def cardinality(self) -> int:
        return self._cardinality

    def rank(self, value: Any) -> int:
        return self.offsets[value._type.name] + int(value._type.rank(value))

    def unrank(self, rank: int) -> Any:
        for option in self.options:
            if rank < option.cardinality:
                return option.unrank(rank)
            rank -= option.cardinality
        raise IndexError(rank)

    def check(self, value: Any) -> Any:
        for option in self.options:
            if isinstance(value, RecordValue) and value._type.name == option.name:
                return option.check(value)
        raise self._refuse(value)

    def show(self, value: Any) -> str:
        return str(value._type.show(value))

    def to_data(self, value: Any) -> Any:
        return value._type.to_data(value)

    def from_data(self, data: Any) -> Any:
        for option in self.options:
            if isinstance(data, Mapping) and data.get("tag") == option.name:
                return option.from_data(data)
        raise self._refuse(data)


class Map(Type):
    """A value of one type for every value of another."""

    def __init__(self, key: Any, value: Any, *, init: Any = UNSET, durable: bool = False) -> None:
        super().__init__(init=init, durable=durable)
        self.key_type, self.value_type = as_type(key), as_type(value)

    def key(self) -> tuple[Any, ...]:
        return (self.key_type, self.value_type)

    def describe(self) -> str:
        return f"Map({self.key_type.describe()}, {self.value_type.describe()})"

    def resolve(self, resolver: Resolver) -> Map:
        key, value = resolver.type(self.key_type), resolver.type(self.value_type)
        _must_be_ordered(key, f"the key of the map {self.name or ''}")
        if key.cardinality > 4096:
            raise ParameterError(f"the map {self.name or ''} has {key.cardinality} keys: at most 4096 are allowed")
        return Map(key, value)

    @property
    def cardinality(self) -> int:
        return self.value_type.cardinality**self.key_type.cardinality  # type: ignore[no-any-return]

    def rank(self, value: Any) -> int:
        rank = 0
        for item in value._items:
            rank = rank * self.value_type.cardinality + self.value_type.rank(item)
        return rank

    def unrank(self, rank: int) -> MapValue:
        items = []
        for _ in range(self.key_type.cardinality):
            rank, digit = divmod(rank, self.value_type.cardinality)
            items.append(self.value_type.unrank(digit))
        return MapValue(self, tuple(reversed(items)))

    def check(self, value: Any) -> MapValue:
        if isinstance(value, MapValue) and value._type == self:
            return MapValue(self, tuple(self.value_type.check(item) for item in value._items))
        if not isinstance(value, Mapping):
            raise self._refuse(value)
        given = {self.key_type.check(key): item for key, item in value.items()}
        missing = [key for key in self.key_type.values() if key not in given]
        if missing:
            raise ModelFault("range", f"the map has no value for {missing[0]!r}")
        return MapValue(self, tuple(self.value_type.check(given[key]) for key in self.key_type.values()))

    def initial(self, value: Any) -> MapValue:
        if not isinstance(value, Mapping):
            return MapValue(self, (self.value_type.initial(value),) * self.key_type.cardinality)
        given = {self.key_type.check(key): item for key, item in value.items()}
        return self.check({key: self.value_type.initial(item) for key, item in given.items()})

    def show(self, value: Any) -> str:
        pairs = zip(self.key_type.values(), value._items, strict=True)
        return "{" + ", ".join(f"{self.key_type.show(k)}: {self.value_type.show(v)}" for k, v in pairs) + "}"

    def to_data(self, value: Any) -> Any:
        pairs = zip(self.key_type.values(), value._items, strict=True)
        return {"#map": [[self.key_type.to_data(k), self.value_type.to_data(v)] for k, v in pairs]}

    def from_data(self, data: Any) -> Any:
        if not isinstance(data, Mapping) or not isinstance(data.get("#map"), list):
            raise self._refuse(data)
        return self.check({self.key_type.from_data(k): self.value_type.from_data(v) for k, v in data["#map"]})


class Set(Type):
    """A set of values of a finite type: one bit for each possible element, or `capacity` slots where those are many."""

    def __init__(
        self, element: Any, *, capacity: int | Expression | None = None, init: Any = UNSET, durable: bool = False
    ) -> None:
        super().__init__(init=init, durable=durable)
        self.element, self.capacity = as_type(element), capacity

    def resolve(self, resolver: Resolver) -> Set:
        element = resolver.type(self.element)
        _must_be_ordered(element, f"an element of the set {self.name or ''}")
        capacity = None if self.capacity is None else resolver.number(self.capacity, "the capacity of a Set")
        if capacity is not None and not 0 <= capacity <= 4096:
            raise ParameterError(f"the set {self.name or ''} has capacity={capacity}: it must be 0..4096")
        if capacity is None and element.cardinality > 4096:
            raise ParameterError(
                f"the set {self.name or ''} has {element.cardinality} possible elements, too many for a bit each",
                hint="give it capacity=…, the largest number of elements it ever holds",
            )
        return Set(element, capacity=capacity)

    def key(self) -> tuple[Any, ...]:
        return (self.element, self.capacity)

    def describe(self) -> str:
        return f"Set({self.element.describe()})"

    @property
    def cardinality(self) -> int:
        if self.capacity is None:
            return 1 << self.element.cardinality
        return sum(math.comb(self.element.cardinality, size) for size in range(self.capacity + 1))  # type: ignore[arg-type, misc]

    def rank(self, value: Any) -> int:
        return sum(1 << self.element.rank(item) for item in value)

    def unrank(self, rank: int) -> SetValue:
        return SetValue(self, frozenset(self.element.unrank(i) for i in range(rank.bit_length()) if rank >> i & 1))

    def elements(self, value: Iterable[Any]) -> frozenset[Any]:
        """The canonical elements of any set."""
        return frozenset(self.element.check(item) for item in value)

    def check(self, value: Any) -> SetValue:
        if isinstance(value, SetValue) and value._type == self:
            items = value._items
        elif isinstance(value, set | frozenset | SetValue):
            items = self.elements(value)
        else:
            raise self._refuse(value)
        if self.capacity is not None and len(items) > self.capacity:  # type: ignore[operator]
            raise ModelFault("capacity", f"{len(items)} elements in a set of capacity {self.capacity}")
        return SetValue(self, items)

    def show(self, value: Any) -> str:
        return "{" + ", ".join(self.element.show(item) for item in value) + "}"

    def to_data(self, value: Any) -> Any:
        return {"#set": [self.element.to_data(item) for item in value]}

    def from_data(self, data: Any) -> Any:
        if not isinstance(data, Mapping) or not isinstance(data.get("#set"), list):
            raise self._refuse(data)
        return self.check({self.element.from_data(item) for item in data["#set"]})


class Seq(Type):
    """A sequence of at most `max_len` elements."""

    def __init__(self, element: Any, max_len: int | Expression, *, init: Any = UNSET, durable: bool = False) -> None:
        super().__init__(init=init, durable=durable)
        self.element, self.max_len = as_type(element), max_len

    def resolve(self, resolver: Resolver) -> Seq:
        length = resolver.number(self.max_len, "the length of a Seq")
        if not 0 <= length <= 4096:
            raise ParameterError(f"the sequence {self.name or ''} has max_len={length}: it must be 0..4096")
        return Seq(resolver.type(self.element), length)

    def key(self) -> tuple[Any, ...]:
        return (self.element, self.max_len)

    def describe(self) -> str:
        return f"Seq({self.element.describe()}, {self.max_len})"

    def offset(self, length: int) -> int:
        """How many sequences are shorter than `length`."""
        return sum(self.element.cardinality**n for n in range(length))

    @property
    def cardinality(self) -> int:
        return self.offset(self.max_len + 1)  # type: ignore[arg-type]

    def rank(self, value: Any) -> int:
        rank = 0
        for item in value._items:
            rank = rank * self.element.cardinality + self.element.rank(item)
        return self.offset(len(value)) + rank

    def unrank(self, rank: int) -> SeqValue:
        length = 0
        while rank >= self.element.cardinality**length:
            rank -= self.element.cardinality**length
            length += 1
        items = []
        for _ in range(length):
            rank, digit = divmod(rank, self.element.cardinality)
            items.append(self.element.unrank(digit))
        return SeqValue(self, tuple(reversed(items)))

    def check(self, value: Any) -> SeqValue:
        if not isinstance(value, list | tuple | SeqValue):
            raise self._refuse(value)
        items = tuple(self.element.check(item) for item in value)
        if len(items) > self.max_len:  # type: ignore[operator]
            raise ModelFault("capacity", f"{len(items)} elements in a sequence of at most {self.max_len}")
        return SeqValue(self, items)

    def show(self, value: Any) -> str:
        return "[" + ", ".join(self.element.show(item) for item in value) + "]"

    def to_data(self, value: Any) -> Any:
        return [self.element.to_data(item) for item in value]

    def from_data(self, data: Any) -> Any:
        if not isinstance(data, list):
            raise self._refuse(data)
        return self.check([self.element.from_data(item) for item in data])


class Bag(Type):
    """A multiset of at most `capacity` elements."""

    def __init__(self, element: Any, capacity: int | Expression, *, init: Any = UNSET, durable: bool = False) -> None:
        super().__init__(init=init, durable=durable)
        self.element, self.capacity = as_type(element), capacity

    def resolve(self, resolver: Resolver) -> Bag:
        element, capacity = resolver.type(self.element), resolver.number(self.capacity, "the capacity of a Bag")
        _must_be_ordered(element, f"an element of the bag {self.name or ''}")
        if not 0 <= capacity <= 4096:
            raise ParameterError(f"the bag {self.name or ''} has capacity={capacity}: it must be 0..4096")
        return Bag(element, capacity)

    def key(self) -> tuple[Any, ...]:
        return (self.element, self.capacity)

    def describe(self) -> str:
        return f"Bag({self.element.describe()}, {self.capacity})"

    @property
    def cardinality(self) -> int:
        return math.comb(self.element.cardinality + self.capacity, self.capacity)  # type: ignore[arg-type]

    def check(self, value: Any) -> BagValue:
        if not isinstance(value, list | tuple | BagValue):
            raise self._refuse(value)
        items = sorted((self.element.check(item) for item in value), key=self.element.rank)
        if len(items) > self.capacity:  # type: ignore[operator]
            raise ModelFault("capacity", f"{len(items)} elements in a bag of capacity {self.capacity}")
        return BagValue(self, tuple(items))

    def show(self, value: Any) -> str:
        return "[" + ", ".join(self.element.show(item) for item in value) + "]"

    def to_data(self, value: Any) -> Any:
        return {"#bag": [self.element.to_data(item) for item in value]}

    def from_data(self, data: Any) -> Any:
        if not isinstance(data, Mapping) or not isinstance(data.get("#bag"), list):
            raise self._refuse(data)
        return self.check([self.element.from_data(item) for item in data["#bag"]])
