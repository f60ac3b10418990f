"""The packed form of random types: each value has one encoding, no two share one, and it comes back as it was."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quorate.errors import LoadError, ParameterError
from quorate.kernel.codec import StateCodec, decode, encode
from quorate.kernel.layout import narrow, state_layout, width, words
from quorate.language.compound import Bag, Map, Message, Record, Seq, Set, Union
from quorate.language.model import State
from quorate.language.types import Bool, Int, Node, Option, Resolver

RESOLVER = Resolver({})
FEW = settings(max_examples=40)


def node(n):
    kind = Node(n, prefix="n")
    kind.name = f"Node{n}"
    return kind


def record(cls, name, fields):
    kind = cls(**fields)
    kind.name = name
    return kind


@st.composite
def ints(draw):
    low = draw(st.integers(-(2**61), 2**61) | st.integers(-5, 5))
    high = draw(st.integers(low, 2**61) | st.integers(low, min(low + 9, 2**61)))
    return Int(low, high)


scalars = st.builds(Bool) | st.builds(node, st.integers(1, 64)) | ints()
small = st.builds(Bool) | st.builds(node, st.integers(1, 5)) | st.builds(Int, st.integers(-3, 0), st.integers(0, 9))


def deeper(inner):
    few = st.integers(0, 3)
    fields = st.dictionaries(st.sampled_from("abcd"), inner, max_size=4)
    return st.one_of(
        inner.filter(lambda kind: not isinstance(kind, Option)).map(Option),
        st.builds(Map, small, inner),
        st.builds(Set, small | small.map(Option) | st.builds(Seq, small, st.integers(0, 2)) | small.map(Set)),
        st.builds(lambda kind, n: Set(kind, capacity=n), inner, few),
        st.builds(Seq, inner, few | st.just(9)),
        st.builds(Bag, inner, few),
        fields.map(lambda given: record(Record, "R", given)),
        st.lists(fields, min_size=1, max_size=3).map(
            lambda all_: Union(tuple(record(Message, f"M{n}", given) for n, given in enumerate(all_)))
        ),
    )


@st.composite
def types(draw):
    """Concrete types that have a packed form."""
    try:
        kind = RESOLVER.type(draw(st.recursive(scalars, deeper, max_leaves=6)))
        words(kind)
    except (LoadError, ParameterError):
        assume(False)
    return kind


def values(draw, kind):
    """A value of a type, canonical."""
    match kind:
        case Option():
            return draw(st.none()) if draw(st.booleans()) else values(draw, kind.of)
        case Map():
            return kind.check({key: values(draw, kind.value_type) for key in kind.key_type.values()})
        case Set() if kind.capacity is None:
            return kind.check(set(draw(st.lists(st.sampled_from(list(kind.element.values()))))))
        case Set() | Bag() | Seq():
            most = kind.max_len if isinstance(kind, Seq) else kind.capacity
            items = [values(draw, kind.element) for _ in range(draw(st.integers(0, most)))]
            return kind.check(set(items) if isinstance(kind, Set) else items)
        case Union():
            return values(draw, draw(st.sampled_from(kind.options)))
        case Record():
            return kind(**{name: values(draw, field) for name, field in kind.fields.items()})
    return kind.unrank(draw(st.integers(0, kind.cardinality - 1)))


@FEW
@given(types(), st.data())
def test_round_trip(kind, data):
    value = values(data.draw, kind)
    number = encode(kind, value)
    assert number.bit_length() <= (width(kind) if narrow(kind) else 64 * words(kind))
    assert decode(kind, number) == value


@FEW
@given(types(), st.data())
def test_equal_values_are_equal_bits(kind, data):
    one, other = values(data.draw, kind), values(data.draw, kind)
    assert (encode(kind, one) == encode(kind, other)) == (one == other)


@FEW
@given(types(), st.data())
def test_ranks_are_in_order(kind, data):
    try:
        Set(kind).resolve(RESOLVER)
    except ParameterError:
        assume(False)  # bags, sets with a capacity, and what has them in it
    ranks = [data.draw(st.integers(0, kind.cardinality - 1)) for _ in range(2)]
    one, other = map(kind.unrank, ranks)
    assert [kind.rank(one), kind.rank(other)] == ranks
    assert kind.check(one) == one
    if narrow(kind):
        assert (encode(kind, one) < encode(kind, other)) == (ranks[0] < ranks[1])


@FEW
@given(st.lists(types(), min_size=1, max_size=4), st.data())
def test_states(kinds, data):
    variables = tuple((f"v{n}", kind) for n, kind in enumerate(kinds))
    layout = state_layout(variables)
    codec = StateCodec(variables, layout)
    state = State(dict(variables), tuple(values(data.draw, kind) for kind in kinds))
    packed = codec.encode(state)
    assert len(packed) == layout.words
    assert codec.decode(packed, dict(variables)) == state


@pytest.mark.parametrize("kind", [Bag(Bool(), 2), Set(Bool(), capacity=1), Option(Seq(Bag(Bool(), 1), 1))])
def test_what_has_no_order_is_no_key(kind):
    for holder in (Map(kind, Bool()), Set(kind), Set(kind, capacity=1), Bag(kind, 1)):
        with pytest.raises(ParameterError):
            RESOLVER.type(holder)
