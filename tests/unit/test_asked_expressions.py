"""Expressions that somebody types: only the modelling language, nothing run before it is known to be that, in time."""

import pytest

from quorate import Int, Map, Message, Model, Network, Node, Option, Record, Seq, action
from quorate.compiler.expression import StateExpression
from quorate.errors import UsageError
from quorate.explain.reason import explain_expression
from quorate.trace import Fault

TOUCHED = []


def touch():
    TOUCHED.append(1)
    return True


class Log(Model):
    Server = Node(2)
    Entry = Record(term=Int(0, 3))
    Note = Message(src=Server, dst=Server)
    log = Map(Server, Seq(Entry, 2), init=[])
    leader = Option(Server, init=None)
    network = Network(Note)

    @action(i=Server)
    def lead(self, i):
        self.leader = i
        self.log[i].append(self.Entry(term=1))

    def longest(self):
        return max(len(self.log[i]) for i in self.Server)


@pytest.fixture
def model():
    return Log()


@pytest.fixture
def state(model):
    """A state in which the first server leads."""
    return model.successors(model.initial_states()[0])[0].state


OUTSIDE = [
    "", "#", "1 +", "(1", "1) + (2", "1); import os; (2", "x = 1", "(x := 1)", "lambda: 1", "await 1", "yield",
    "*m.log", "f'{m.leader}'", "'text'", "1.5", "1 / 2", "2 ** 3", "m", "m.network", "m.nothing", "m.log.nothing",
    "touch()", "open('x')", "exec('1')", "eval('1')", "getattr(m, 'log')", "vars()", "print(1)", "__import__('os')",
    "m.__class__", "m._working", "().__class__", "m.log.__setitem__(s1, [])", "m.log[s1].append(1)",
    "m.lead(s1)", "m.network.send(m.Note(src=s1, dst=s2))", "1 << 10000000000", "1 << (1 << 40)",
    "(" * 300 + "1" + ")" * 300, "-" * 3000 + "1", "not " * 900 + "True", "\x00", "m.log[s1]\n.append(1)",
]  # fmt: skip


@pytest.mark.parametrize("text", OUTSIDE, ids=lambda text: ascii(text)[:24])
def test_what_is_outside_the_language_is_refused_and_never_runs(model, text):
    TOUCHED.clear()
    with pytest.raises(UsageError):
        StateExpression(model, text)
    assert TOUCHED == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("m.leader", "s1"),
        ("self.leader == s1", True),
        ("m.longest()", 1),
        ("len(m.log[s1]) + len(m.log[s2])", 1),
        ("{i for i in m.Server if len(m.log[i]) == 0}", {"#set": ["s2"]}),
        ("m.log[s1][0].term", 1),
        ("[i for i in m.Server]", ["s1", "s2"]),
        ("1 if m.leader is None else 2", 2),
        ("1 << 40", 1 << 40),
        ("len(m.network) # a comment", 0),
    ],
)
def test_what_is_inside_has_its_value(model, state, text, value):
    assert StateExpression(model, text).value(state) == value


@pytest.mark.parametrize(
    ("text", "kind"), [("m.log[s2][0]", "index"), ("1 // len(m.log[s2])", "division"), ("1 << 61 << 9", "overflow")]
)
def test_one_without_a_value_here_is_a_fault(model, state, text, kind):
    found = StateExpression(model, text).value(state)
    assert isinstance(found, Fault)
    assert found.kind == kind


@pytest.mark.parametrize("text", ["sum(x for x in range(1 << 40))", "len({x for x in range(1 << 40)})"])
def test_one_that_would_take_for_ever_ends(model, state, text):
    with pytest.raises(UsageError):
        StateExpression(model, text).value(state, seconds=0.01)


def test_why_it_is_true_or_false(model, state):
    reason = explain_expression(StateExpression(model, "all(len(m.log[i]) == 0 for i in m.Server)"), state)
    assert reason.bindings == (("i", "s1"),)
