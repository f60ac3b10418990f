"""Between native states and packed ones: the encoding of `layout`, in Python. Used at the edges of a search only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quorate.compiler.coerce import Nothing
from quorate.kernel.layout import (
    WORD,
    StateLayout,
    field_place,
    narrow,
    payload_width,
    slot_width,
    slots,
    width,
    words,
)
from quorate.language.compound import Bag, Map, Record, Seq, Set, Union
from quorate.language.model import State
from quorate.language.types import Option, Type
from quorate.language.values import BagValue, MapValue, RecordValue, SeqValue, SetValue


def encode(kind: Type, value: Any) -> int:
    """The packed form of a canonical value as one number (of a wide value: its words, the first lowest)."""
    if narrow(kind):
        return _code(kind, value)
    match kind:
        case Option():
            return 0 if value is None else 1 | encode(kind.of, value) << WORD
        case Record():
            number = 0
            for (name, field), item in zip(kind.fields.items(), value._items, strict=True):
                word, shift = field_place(kind, name)
                number |= encode(field, item) << (word * WORD + shift)
            return number
        case Set(capacity=None):
            return sum(1 << kind.element.rank(item) for item in value)
        case Map():
            return _encode_cells(kind, [encode(kind.value_type, item) for item in value._items])
        case Seq():
            return len(value) | _encode_cells(kind, [encode(kind.element, item) for item in value])
        case Set() | Bag():
            return _encode_cells(kind, [_code(kind.element, item) + 1 for item in value])
    raise TypeError(kind)


def _cell_shift(kind: Type, index: int) -> int:
    cells = slots(kind)
    if cells.words:
        return (cells.first + index * cells.words) * WORD
    return (cells.first + index // cells.per_word) * WORD + index % cells.per_word * cells.bits


def _encode_cells(kind: Type, items: list[int]) -> int:
    return sum(item << _cell_shift(kind, index) for index, item in enumerate(items))


def _code(kind: Type, value: Any) -> int:
    match kind:
        case Option():
            return 0 if value is None else 1 + _code(kind.of, value)
        case Record():
            code = 0
            for field, item in zip(kind.fields.values(), value._items, strict=True):
                code = code << width(field) | _code(field, item)
            return code
        case Union():
            tag = [option.name for option in kind.options].index(value._type.name)
            return tag << payload_width(kind) | _code(kind.options[tag], value)
        case Map():
            code = 0
            for item in value._items:
                code = code << width(kind.value_type) | _code(kind.value_type, item)
            return code
        case Set(capacity=None):
            return kind.rank(value)
        case Set() | Bag():
            items = [_code(kind.element, item) + 1 for item in value]
            return sum(item << index * slot_width(kind) for index, item in enumerate(items))
        case Seq():
            bits, length = width(kind.element), int(kind.max_len)  # type: ignore[arg-type]
            code = len(value) << length * bits
            return code | sum(_code(kind.element, x) << (length - 1 - i) * bits for i, x in enumerate(value))
    return kind.rank(value)


def decode(kind: Type, number: int) -> Any:
    """The canonical value of a packed form; the inverse of `encode`."""
    if narrow(kind):
        return _value(kind, number)
    match kind:
        case Option():
            return decode(kind.of, number >> WORD) if number & 1 else None
        case Record():
            items = []
            for name, field in kind.fields.items():
                word, shift = field_place(kind, name)
                items.append(decode(field, _part(number, word * WORD + shift, field)))
            return RecordValue(kind, tuple(items))
        case Set(capacity=None):
            return kind.unrank(number)
        case Map():
            count = kind.key_type.cardinality
            return MapValue(kind, tuple(_cell(kind, kind.value_type, number, index) for index in range(count)))
        case Seq():
            length = number & ((1 << WORD) - 1)
            return SeqValue(kind, tuple(_cell(kind, kind.element, number, index) for index in range(length)))
        case Set() | Bag():
            bits = slot_width(kind)
            found = [number >> _cell_shift(kind, i) & ((1 << bits) - 1) for i in range(int(kind.capacity))]  # type: ignore[arg-type]
            return _slotted(kind, found)
    raise TypeError(kind)


def _part(number: int, shift: int, kind: Type) -> int:
    bits = width(kind) if narrow(kind) else words(kind) * WORD
    return number >> shift & ((1 << bits) - 1)


def _cell(kind: Type, element: Type, number: int, index: int) -> Any:
    return decode(element, _part(number, _cell_shift(kind, index), element))


def _slotted(kind: Set | Bag, found: list[int]) -> Any:
    items = [_value(kind.element, code - 1) for code in found if code]
    return SetValue(kind, frozenset(items)) if isinstance(kind, Set) else BagValue(kind, tuple(items))


def _value(kind: Type, code: int) -> Any:
    match kind:
        case Nothing():
            raise TypeError("nothing has no value")
        case Option():
            return None if code == 0 else _value(kind.of, code - 1)
        case Record():
            items: list[Any] = []
            for field in reversed(kind.fields.values()):
                items.append(_value(field, code & ((1 << width(field)) - 1)))
                code >>= width(field)
            return RecordValue(kind, tuple(reversed(items)))
        case Union():
            payload = payload_width(kind)
            return _value(kind.options[code >> payload], code & ((1 << payload) - 1))
        case Map():
            bits, count = width(kind.value_type), kind.key_type.cardinality
            cells = [code >> (count - 1 - i) * bits & ((1 << bits) - 1) for i in range(count)]
            return MapValue(kind, tuple(_value(kind.value_type, cell) for cell in cells))
        case Set(capacity=None):
            return kind.unrank(code)
        case Set() | Bag():
            bits = slot_width(kind)
            return _slotted(kind, [code >> i * bits & ((1 << bits) - 1) for i in range(int(kind.capacity))])  # type: ignore[arg-type]
        case Seq():
            bits, most_long = width(kind.element), int(kind.max_len)  # type: ignore[arg-type]
            length = code >> most_long * bits
            cells = [code >> (most_long - 1 - i) * bits & ((1 << bits) - 1) for i in range(length)]
            return SeqValue(kind, tuple(_value(kind.element, cell) for cell in cells))
    return kind.unrank(code)


class StateCodec:
    """Encodes and decodes whole states of one model."""

    def __init__(self, variables: tuple[tuple[str, Type], ...], layout: StateLayout) -> None:
        self._variables, self._layout = variables, layout

    def encode(self, state: State) -> tuple[int, ...]:
        """The words of a state."""
        number = 0
        for (name, kind), value in zip(self._variables, state._values, strict=True):
            word, shift = self._layout.places[name]
            number |= encode(kind, value) << (word * WORD + shift)
        return tuple(number >> i * WORD & ((1 << WORD) - 1) for i in range(self._layout.words))

    def decode(self, state_words: Sequence[int], types: Any) -> State:
        """The state of the words; `types` are the model's variables by name."""
        number = sum(word << i * WORD for i, word in enumerate(state_words))
        values = []
        for name, kind in self._variables:
            word, shift = self._layout.places[name]
            values.append(decode(kind, _part(number, word * WORD + shift, kind)))
        return State(types, tuple(values))
