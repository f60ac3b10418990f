"""Expressions that somebody types: of the modelling language, or refused before anything of them is run."""

import pytest

from quorate import (
    Bag,
    Bool,
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Option,
    Param,
    Record,
    Seq,
    Set,
    Var,
    action,
    init,
)
from quorate.errors import UsageError
from quorate.explain.expression import LONGEST, expression
from quorate.finder import find_model

ran = []


def doubled(x):
    return 2 * x


def noted(x):
    ran.append(x)
    return x


class Rich(Model):
    size = Param(2)
    half = size // 2
    N = Node(size)
    Ping = Message(src=N)
    x = Int(0, 5, init=3)
    marks = Map(N, Int(0, 3), init=1)
    log = Seq(Int(0, 3), 4, init=[2, 0])
    bag = Bag(N, 2, init=[])
    some = Set(N, init=set())
    leader = Var(Option(N), init=None)
    Pair = Record(a=Int(0, 3), b=Bool())
    pair = Var(Option(Pair), init=None)
    network = Network(Ping)

    @init()
    def begin(self):
        self.pair = self.Pair(a=1, b=True)

    @action(i=N)
    def go(self, i):
        self.network.send(self.Ping(src=i))

    def quarter(self, i):
        """A helper."""
        return self.marks[i] // 4

    def clears(self):
        self.some = set()
        return True


@pytest.fixture
def rich():
    return Rich()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("m.x", 3),
        ("  m.x + m.size ", 5),
        ("m.half", 1),
        ("m.x > 2 and not m.pair.b", False),
        ("m.marks", {"#map": [["n1", 1], ["n2", 1]]}),
        ("m.log", [2, 0]),
        ("m.log[1:]", [0]),
        ("m.bag", {"#bag": []}),
        ("m.leader", None),
        ("m.pair", {"a": 1, "b": True}),
        ("len(m.network)", 0),
        ("{i for i in m.N if m.marks[i] == 1}", {"#set": ["n1", "n2"]}),
        ("m.some | {i for i in m.N}", {"#set": ["n1", "n2"]}),
        ("[m.marks[i] for i in m.N]", [1, 1]),
        ("{i: m.marks[i] > 0 for i in m.N}", {"#map": [["n1", True], ["n2", True]]}),
        ("any(m.marks[i] == j for i in m.N for j in range(2))", True),
        ("sum(m.quarter(i) for i in m.N)", 0),
        ("doubled(m.x)", 6),
    ],
)
def test_its_value_is_what_python_says_in_the_form_of_a_trace(rich, text, data):
    [state] = rich.initial_states()
    assert expression(rich, text).data(state) == data


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "m.", "m.x m.x", "x = 1", "m.x\0", "import os", "#", "(", "m.x)", "m.x\n+1; 2",
        "m", "m.x.y", "m.y", "x", "m.network", "m.quarter", "m.go(m.leader)", "m.N", "m.Ping",
        "lambda: 1", "(y := m.x)", "f'{m.x}'", "'text'", "1.5", "m.x / 2", "(yield m.x)", "{1: 2}", "*m.log",
        "open('f')", "print(m.x)", "eval('1')", "getattr(m, 'x')", "type(m)", "sorted(m.log)", "globals()",
        "m.__class__", "__import__('os')", "m.x.__class__.__base__", "[c for c in m.__dict__]", "ran.clear()",
        "noted(m.x)", "m.clears()", "m.log.append(1)", "m.some.clear()", "m.network.send(m.Ping(src=m.leader))",
        "m.initial_states()", "m._working", "m.marks.component", "m.size.denominator.real", "pytest",
        "pytest.fail('x')",
        "m.x == 3 if m.leader else m.marks", "max(m.log, key=len)",
    ],
)  # fmt: skip
def test_what_no_property_may_say_is_refused_before_it_is_run(rich, text):
    with pytest.raises(UsageError) as refused:
        expression(rich, text)
    assert refused.value.message
    assert ran == []


@pytest.mark.parametrize("text", ["(" * 500 + "m.x" + ")" * 500, "[" * 250 + "m.x" + "]" * 250, "-" * 1900 + "m.x"])
def test_nesting_without_an_end_is_no_crash(rich, text):
    with pytest.raises(UsageError) as refused:
        expression(rich, text)
    assert len(refused.value.message) < 300


def test_a_text_as_long_as_a_book_is_refused(rich):
    assert expression(rich, "m.x" + " " * (LONGEST - 3)).text
    with pytest.raises(UsageError):
        expression(rich, "m.x" + " " * LONGEST)


@pytest.mark.parametrize("text", ["m.x // 0", "m.log[3]", "max(j for j in m.log if j > 3)", "m.marks[m.leader]"])
def test_where_it_has_no_value_it_says_so(rich, text):
    [state] = rich.initial_states()
    with pytest.raises(UsageError):
        expression(rich, text).value(state)


def test_a_misspelt_variable_is_known_by_its_neighbour():
    model = find_model("raft-liveness")()
    with pytest.raises(UsageError) as refused:
        expression(model, "m.rloe")
    assert "role" in refused.value.hint


def test_the_state_is_not_changed(rich):
    [state] = rich.initial_states()
    before = state.to_data()
    expression(rich, "m.some | {i for i in m.N}").value(state)
    assert state.to_data() == before
