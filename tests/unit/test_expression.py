"""Expressions that a reader asks for: evaluated in the modelling language, and in nothing else."""

import pytest

from quorate import (
    Bag,
    Bool,
    Int,
    Map,
    Message,
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
from quorate.compiler.expression import StateExpression
from quorate.errors import UsageError
from quorate.finder import find_model
from quorate.language.model import Model
from quorate.trace import Fault


@pytest.fixture(scope="module")
def model():
    return find_model("raft-election")(servers=3)


@pytest.fixture(scope="module")
def state(model):
    """The state after s2 has timed out."""
    [first] = model.initial_states()
    return next(step.state for step in model.successors(first) if repr(step.arguments.get("i")) == "s2")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("m.role[s2]", "CANDIDATE"),
        ("self.role[s1] == self.Role.FOLLOWER", True),
        ("m.term", {"#map": [["s1", 0], ["s2", 1], ["s3", 0]]}),
        ("{i for i in m.Server if m.term[i] == 0}", {"#set": ["s1", "s3"]}),
        ("[m.voted_for[i] for i in m.Server]", [None, "s2", None]),
        ("{i: m.term[i] + 1 for i in m.Server}", {"#map": [["s1", 1], ["s2", 2], ["s3", 1]]}),
        ("sum(m.term[i] for i in m.Server)", 1),
        ("len(m.network)", 2),
        ("m.Vote(src=s2, dst=s2, term=1) in m.network", True),
        ("m.may_vote(s1, s2)", True),
        ("m.majority", 2),
        ("  m.role[s1]\n  ==\n  m.role[s3]", True),
    ],
)
def test_an_expression_has_its_value_in_a_state(model, state, text, value):
    assert StateExpression(model, text).value(state) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1 // m.term[s1]", "division"),
        ("max(m.term[i] for i in m.votes[s1])", "empty"),
        ("1 << 100 << m.term[s2]", "overflow"),
    ],
)
def test_where_it_has_no_value_that_is_a_fault(model, state, text, kind):
    found = StateExpression(model, text).value(state)
    assert isinstance(found, Fault)
    assert found.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "", "if", "1; 2", "m.t = 1", "m.rol", "role[s1]", "m.role[s9]", "m.network", "m.Server", "m", "'text'", "1.5",
        "f'{m}'", "lambda: 1", "(x := 1)", "[*m.Server]", "await m", "m.votes[s1].add(s2)", "m.time_out(s1)",
        "require(False)", "print(1)", "open('x')", "exec('1')", "eval('1')", "__import__('os')", "().__class__",
        "m.__class__", "m._working", "m.at(m)", "m.types", "type(m)", "getattr(m, 'term')", "globals()", "breakpoint()",
        "input()", "int.from_bytes", "(yield 1)", "Enum('X', [])", "\x00", "(" * 300 + "1" + ")" * 300,
        "1" + " + 1" * 5000, "-" * 3000 + "1",
    ],
)  # fmt: skip
def test_what_is_outside_the_language_is_refused_before_it_runs(model, text):
    with pytest.raises(UsageError):
        StateExpression(model, text)


def test_nothing_of_a_refused_expression_has_run(model, tmp_path):
    target = tmp_path / "written"
    for text in (f"open({str(target)!r}, 'w')", f"[open({str(target)!r}, 'w') for i in m.Server]"):
        with pytest.raises(UsageError):
            StateExpression(model, text)
    assert not target.exists()


def test_a_node_that_is_called_like_the_model_is_not_in_the_way():
    class Machines(find_model("gossip")):
        pass

    assert issubclass(Machines, Model)
    made = Machines(nodes=2)
    [first, *_] = made.initial_states()
    assert StateExpression(made, "m.known[n1][n2]").value(first) == 0


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
    few = Set(Int(0, 1), init={1})
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
        ("{10, 9, 2}", {"#set": [2, 9, 10]}),
        # sets with elements that the type of the variable does not have
        ("m.few | {10, 9}", {"#set": [1, 9, 10]}),
        ("{10, 9, 1} - m.few", {"#set": [9, 10]}),
        ("m.few ^ {2}", {"#set": [1, 2]}),
    ],
)
def test_values_of_all_types_are_in_the_form_of_a_trace(rich, text, data):
    [state] = rich.initial_states()
    assert StateExpression(rich, text).value(state) == data


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
def test_what_no_property_may_say_is_refused_and_not_run(rich, text):
    with pytest.raises(UsageError) as refused:
        StateExpression(rich, text)
    assert refused.value.message
    assert ran == []


@pytest.mark.parametrize("text", ["(" * 500 + "m.x" + ")" * 500, "[" * 250 + "m.x" + "]" * 250, "-" * 1900 + "m.x"])
def test_an_error_shows_little_of_a_long_text(rich, text):
    with pytest.raises(UsageError) as refused:
        StateExpression(rich, text)
    assert len(refused.value.message) < 300


def test_python_has_no_remarks_on_an_expression(rich, recwarn):
    for text in ("m.x is 3", "m.x == '\\d'"):
        with pytest.raises(UsageError):
            StateExpression(rich, text)
    assert not recwarn


@pytest.mark.parametrize(("text", "known"), [("m.mraks", "marks"), ("m.qwerty", "marks"), ("leader", "m.leader")])
def test_a_wrong_name_is_answered_with_right_ones(rich, text, known):
    with pytest.raises(UsageError) as refused:
        StateExpression(rich, text)
    assert known in refused.value.hint
