"""`show --eval`, `--only`, `--hide` and `--full`: how much of the states of a trace is shown."""

import json
from dataclasses import replace

import pytest

from quorate.errors import Exit
from quorate_reports.trace_file import read_trace, trace_to_json

EXPRESSION = "sum(1 for r in m.RM if m.rm_state[r] == m.RMState.PREPARED)"


@pytest.fixture
def saved(quorate, tmp_path):
    """A trace of a broken two-phase commit."""
    where = tmp_path / "out"
    assert quorate("check", "two-phase-commit:EagerCommit", "--no-z3", "--out", where).code == Exit.SAFETY
    return where / "consistent.trace.json"


def states(outcome):
    assert outcome.code == 0
    return [step["state"] for step in json.loads(outcome.out)["steps"]]


def test_an_expression_is_shown_in_every_state(quorate, saved):
    values = [state[EXPRESSION] for state in states(quorate("show", saved, "--eval", EXPRESSION, "--format", "json"))]
    assert values == [0, 1, 1, 1, 0, 0]
    for shape in ("list", "sequence"):
        # whether or not it changes; it is too long for one line beside the lanes
        out = quorate("show", saved, "--as", shape, "--eval", "m.tm_state == m.TMState.INIT").out
        assert " ".join(out.split()).count("m.TMState.INIT: ") == len(values)
    assert quorate("show", saved, "--eval", EXPRESSION, "--format", "mermaid").out.count("m.RMState.PREPARED): ") == 6


def test_several_expressions_stand_in_their_order(quorate, saved):
    [first, *_] = states(quorate("show", saved, "--eval", "1", "--eval", "2", "--only", "rm_state", "--format", "json"))
    assert list(first) == ["rm_state", "1", "2"]


def test_an_expression_without_a_value_says_why(quorate, saved):
    values = [state["1 // len(m.tm_prepared)"] for state in states(
        quorate("show", saved, "--eval", "1 // len(m.tm_prepared)", "--format", "json")
    )]  # fmt: skip
    assert values[2:] == [1, 1, 1, 1]
    assert [isinstance(value, str) and value.startswith("fails: ") for value in values[:2]] == [True, True]


def test_some_variables_are_shown_or_hidden(quorate, saved):
    only = states(quorate("show", saved, "--only", "rm_state", "--only", "tm_state", "--format", "json"))
    assert {tuple(state) for state in only} == {("rm_state", "tm_state")}
    rest = states(quorate("show", saved, "--hide", "rm_state", "--format", "json"))
    assert {tuple(state) for state in rest} == {("tm_state", "tm_prepared", "network")}
    # but for the reason, which speaks of it
    assert quorate("show", saved, "--hide", "rm_state", "--format", "svg").out.count("rm_state") == 2


def test_arrows_stay_where_their_network_is_hidden(quorate, saved):
    whole = quorate("show", saved, "--format", "mermaid").out
    hidden = quorate("show", saved, "--hide", "network", "--format", "mermaid").out
    assert whole.count("->>") == hidden.count("->>") == 2


def test_all_variables_are_shown_at_every_step(quorate, saved):
    for shape in ("list", "sequence"):
        assert quorate("show", saved, "--as", shape).out.count("tm_prepared: {}") == 1
        assert quorate("show", saved, "--as", shape, "--full").out.count("tm_prepared: {}") == 2


@pytest.mark.parametrize("options", [("--only", "rm_stat"), ("--hide", "nothing"), ("--eval", "m.tm"), ("--eval", "")])
def test_what_there_is_not_is_refused(quorate, saved, options):
    outcome = quorate("show", saved, *options)
    assert outcome.code == Exit.USAGE
    assert outcome.out == ""


@pytest.mark.parametrize("command", [None, "", "quorate", "quorate check", "quorate check --x", "'", "rm -r x"])
def test_a_trace_that_does_not_say_its_model_needs_it_said(quorate, saved, command):
    saved.write_text(trace_to_json(replace(read_trace(saved), reproduce=command)))
    assert quorate("show", saved).code == 0
    assert quorate("show", saved, "--eval", "m.tm_state").code == Exit.USAGE
    assert quorate("show", saved, "--eval", "m.tm_state", "--model", "two-phase-commit").code == 0


@pytest.mark.parametrize(
    ("model", "code"),
    [("paxos", Exit.PARAMETER), ("no-such-model", Exit.LOAD), ("two-phase-commit:ManagerCrashes", Exit.USAGE)],
)
def test_another_model_is_refused(quorate, saved, model, code):
    assert quorate("show", saved, "--eval", "True", "--model", model).code == code


def test_faults_are_those_of_the_command_that_found_the_trace(quorate, tmp_path):
    where = tmp_path / "out"
    found = quorate(
        "check", "raft-election:ForgetfulVoter", "--faults", "crash=1", "--invariant", "election_safety",
        "-p", "max_term=1", "--no-z3", "--out", where,
    )  # fmt: skip
    assert found.code == Exit.SAFETY
    shown = quorate("show", where / "election_safety.trace.json", "--eval", "len(m.down)", "--format", "json")
    assert {state["len(m.down)"] for state in states(shown)} == {0}
