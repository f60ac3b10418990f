"""Expressions that a reader asks for: evaluated in the modelling language, and in nothing else."""

import pytest

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
