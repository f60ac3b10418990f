"""z3's encoding means what native Python means: successors, cuts, faults and properties of random models; all values of
small types; the operators over numbers without an end."""

import itertools

import pytest
import z3
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from quorate import Bag, Bool, Int, Map, Model, Node, Option, Record, Seq, Set, invariant
from quorate.compiler.ops import OPERATORS
from quorate.errors import LoadError
from quorate.finder import find_model
from quorate.prove.terms import not_, operate, truth
from quorate.prove.values import Unknowns, equal, literal, native, precedes

SETTINGS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def check(text, probe, solved, folder, most):
    model = probe.load(text, folder)()
    try:
        engine = solved.Solved(model)
    except LoadError as refused:
        # seldom: what a random helper returns has no type, a random loop no bound
        if refused.diagnostics:
            return
        raise
    note(text)
    solved.agree(probe, engine, most)


@settings(max_examples=12, **SETTINGS)
@given(data=st.data())
def test_random_models(data, probe, programs, solved, folder):
    check(data.draw(programs.models), probe, solved, folder, most=5)


@pytest.mark.full
@settings(max_examples=400, **SETTINGS)
@given(data=st.data())
def test_many_random_models(data, probe, programs, solved, folder):
    check(data.draw(programs.models), probe, solved, folder, most=10)


@pytest.mark.parametrize("name", ["two-phase-commit", "gossip", "paxos"])
def test_shipped_models(name, probe, solved):
    assert solved.agree(probe, solved.Solved(find_model(name)()), 12) == 12


def test_raft_with_two_messages(probe, solved):
    model = find_model("raft-tla")(servers=2, max_messages=2)
    assert solved.agree(probe, solved.Solved(model), 25) == 25


SMALL = [
    Bool(),
    Int(-2, 3),
    Node(3),
    Option(Int(0, 2)),
    Record(x=Bool(), y=Int(1, 3)),
    Map(Node(2), Int(0, 2)),
    Set(Int(0, 3)),
    Set(Int(0, 3), capacity=2),
    Bag(Int(0, 2), 2),
    Seq(Int(0, 1), 3),
    Option(Record(x=Option(Bool()), y=Int(0, 1))),
    Seq(Option(Bool()), 2),
]


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.describe())
def test_a_type_has_its_values_and_no_others(kind):
    made = type("M", (Model,), {"x": _variable(kind), "nothing": invariant(_true)})()
    kind = made.variables["x"]
    unknowns = Unknowns("u")
    value = unknowns.value(kind, "x")
    solver = z3.Solver()
    solver.add(*map(truth, unknowns.constraints))
    found = []
    while solver.check() == z3.sat:
        found.append(native(kind, value, solver.model()))
        solver.add(truth(not_(equal(kind, value, literal(kind, found[-1])))))
    assert len(set(map(repr, found))) == len(found) == kind.cardinality


def _variable(kind):
    import copy

    declared = copy.copy(kind)
    declared.init = ...
    return declared


def _true(m):
    return True


@pytest.mark.parametrize("kind", [k for k in SMALL if not isinstance(k, Bag)], ids=lambda kind: kind.describe())
def test_the_order_is_that_of_ranks(kind):
    made = type("M", (Model,), {"x": _variable(kind), "nothing": invariant(_true)})()
    kind = made.variables["x"]
    if isinstance(kind, Set) and kind.capacity is not None:
        pytest.skip("sets with a capacity are not ordered")
    values = [literal(kind, value) for value in itertools.islice(kind.values(), 40)]
    for (i, left), (j, right) in itertools.product(enumerate(values), repeat=2):
        assert precedes(kind, left, right) is (i < j)


CORNERS = [-(2**40), -9, -8, -7, -3, -2, -1, 0, 1, 2, 3, 7, 8, 9, 2**40]
UNBOUNDED = [name for name, row in OPERATORS.items() if row.operands[0] == "int" and not row.bitwise]


@pytest.mark.parametrize("name", UNBOUNDED)
def test_an_operator_over_numbers_without_an_end(name):
    row = OPERATORS[name]
    unknown = [z3.Int("x"), z3.Int("y")][: len(row.operands)]
    result = operate(name, unknown, 0, 0)
    checked = 0
    for numbers in itertools.product(CORNERS, repeat=len(row.operands)):
        if row.partial == "division" and numbers[1] == 0:
            continue
        put = [(term, z3.IntVal(number)) for term, number in zip(unknown, numbers, strict=True)]
        value = z3.simplify(z3.substitute(result, *put))
        expected = row.python(*numbers)
        assert (z3.is_true(value) if row.result == "bool" else value.as_long()) == expected, numbers
        checked += 1
    assert checked >= len(CORNERS)


@pytest.mark.parametrize("width", [5, 64])
@pytest.mark.parametrize("name", [name for name, row in OPERATORS.items() if row.operands[0] == "int"])
def test_an_operator_over_bits(name, width):
    # narrow operands once lost a number of the table that is wider than they are
    row = OPERATORS[name]
    unknown = [z3.BitVec("x", width), z3.BitVec("y", width)][: len(row.operands)]
    checked = 0
    for numbers in itertools.product([n for n in CORNERS if abs(n) < 16], repeat=len(row.operands)):
        if (row.partial == "division" and numbers[1] == 0) or (row.partial == "shift" and numbers[1] < 0):
            continue
        expected = row.python(*numbers)
        result = operate(name, unknown, min(0, int(expected)), max(0, int(expected)))
        put = [(term, z3.BitVecVal(number, width)) for term, number in zip(unknown, numbers, strict=True)]
        value = z3.simplify(z3.substitute(result, *put))
        assert (z3.is_true(value) if row.result == "bool" else value.as_signed_long()) == expected, numbers
        checked += 1
    assert checked >= 9
