"""`quorate replay`: exit codes, keys, the model that is meant, and what is said of an edited one."""

import json
import random
from pathlib import Path

import pytest

from quorate import rerun
from quorate.errors import Exit
from quorate.explain.outcome import Gone
from quorate.finder import find_model, shipped_names
from quorate.language.model import data_of
from quorate.trace import Step, Trace
from quorate_reports.itf import trace_from_itf, trace_to_itf

LOCK = """
from quorate import Bool, Map, Model, Node, Param, Set, action, invariant, require

class Lock(Model):
    clients = Param(2)
    spare = Param(1)
    Client = Node(clients)
    looked = Map(Client, Bool(), init=False)
    holders = Set(Client, init=set())

    @action(c=Client)
    def look(self, c):
        require(len(self.holders) == 0)
        self.looked[c] = True

    @action(c=Client)
    def take(self, c):
        require(self.looked[c])
        self.holders.add(c)

    @invariant
    def exclusive(self):
        return len(self.holders) <= 1
"""
GUARD = ("require(self.looked[c])", "require(self.looked[c] and len(self.holders) == 0)")
GONE = ("self.holders.add(c)", "self.holders = {c}")
RENAMED = ("def exclusive", "def exclusiv")
KEYS = {
    "model", "parameters", "kind", "property", "outcome", "exit_code", "reason", "blocked", "gained", "lost",
    "lost_parameters", "divergence", "trace", "reproduce",
}  # fmt: skip


@pytest.fixture
def edit(quorate):
    """Save a trace of a lock, then change its text."""
    path = Path("lock.py")
    path.write_text(LOCK)
    assert quorate("check", path, "-p", "clients=3", "--out", "out").code == Exit.SAFETY

    def change(*pairs):
        text = LOCK
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return Path("out/exclusive.trace.json")

    return change


def replayed(quorate, *arguments):
    """The JSON of a replay; its exit code is what it says, and that of the text too."""
    result = quorate("replay", *arguments, "--format", "json")
    data = json.loads(result.out)
    assert data["exit_code"] == result.code == quorate("replay", *arguments).code
    return data


@pytest.mark.parametrize(
    ("change", "outcome", "code"),
    [
        ([], "still", Exit.SAFETY),
        ([GUARD], "blocked", Exit.HOLDS),
        ([GONE], "gone", Exit.HOLDS),
        ([RENAMED], "undecided", Exit.INCONCLUSIVE),
    ],
)
def test_outcomes(edit, quorate, golden, change, outcome, code):
    trace = edit(*change)
    data = replayed(quorate, trace)
    assert set(data) == KEYS
    assert (data["outcome"], data["exit_code"]) == (outcome, code)
    assert (data["reason"] is None) == (outcome == "still")
    assert (data["trace"] is None) == (outcome == "undecided")
    assert data["parameters"] == {"clients": 3, "spare": 1}
    text = quorate("replay", trace).out.replace(str(Path.cwd()), "FOLDER")
    golden(f"replay-{outcome}.txt", text)


def test_a_blocked_step(edit, quorate):
    blocked = replayed(quorate, edit(GUARD))["blocked"]
    place = blocked.pop("place")
    assert blocked == {"state": 5, "action": "take", "arguments": {"c": "c2"}, "cut": False}
    assert Path("lock.py").read_text().splitlines()[place["line"] - 1][place["column"] - 1 :] == GUARD[1]


def test_what_the_model_has_gained_and_lost(edit, quorate):
    trace = edit(
        ("    spare = Param(1)\n", "    shut = Bool(init=False)\n"),
        ("    looked = Map(Client, Bool(), init=False)\n", "    seen = Map(Client, Bool(), init=False)\n"),
        ("self.looked", "self.seen"),
    )
    data = replayed(quorate, trace)
    assert data["outcome"] == "still"
    assert (data["gained"], data["lost"], data["lost_parameters"]) == (["shut", "seen"], ["looked"], ["spare"])
    assert data["divergence"] is None


def test_where_the_run_becomes_another(edit, quorate):
    assert replayed(quorate, edit(GONE))["divergence"] == {"state": 5, "variables": ["holders"]}


def test_the_model_is_that_of_the_trace_or_the_one_named(edit, quorate):
    trace = edit()
    assert replayed(quorate, trace)["reproduce"] == f"quorate replay {trace} lock.py"
    Path("other.py").write_text(LOCK.replace(*GUARD))
    assert replayed(quorate, trace, "other.py:Lock")["outcome"] == "blocked"


def test_a_trace_that_names_no_model_asks_for_one(edit, quorate):
    trace = edit()
    data = json.loads(trace.read_text())
    for wrong in (None, "quorate", "quorate check -p x=1", "ls lock.py lock.py", "quorate 'check lock.py"):
        trace.write_text(json.dumps(data | {"reproduce": wrong}))
        assert quorate("replay", trace).code == Exit.USAGE
        assert quorate("replay", trace, "lock.py").code == Exit.SAFETY


def test_a_model_that_is_gone_does_not_load(edit, quorate):
    trace = edit()
    Path("lock.py").unlink()
    assert quorate("replay", trace).code == Exit.LOAD


def test_the_faults_are_those_of_the_command_that_found_it(quorate):
    arguments = ("--faults", "crash=1", "--deadlock", "--no-z3", "--out", "out", "--invariant", "quorum_up")
    Path("up.py").write_text(
        """
from quorate import Int, Map, Model, Node, action, invariant, require

class Up(Model):
    Server = Node(2)
    term = Map(Server, Int(0, 1), init=0, durable=True)
    count = Map(Server, Int(0, 1), init=0)

    @action(s=Server)
    def count_up(self, s):
        require(self.count[s] == 0)
        self.count[s] = 1
        self.term[s] = 1

    @invariant
    def quorum_up(m):
        return all(m.count[s] == m.term[s] for s in m.Server)
"""
    )
    assert quorate("check", "up.py", *arguments).code == Exit.SAFETY
    data = replayed(quorate, "out/quorum_up.trace.json")
    assert (data["outcome"], data["lost"], data["exit_code"]) == ("still", [], Exit.SAFETY)
    assert data["reproduce"].endswith("up.py --faults crash=1")


def test_a_trace_in_itf_is_replayed_as_well(edit, quorate):
    trace = edit()
    Path("t.itf.json").write_text(quorate("show", trace, "--format", "itf").out)
    again, itf = replayed(quorate, trace), replayed(quorate, "t.itf.json")
    assert itf | {"reproduce": None} == again | {"reproduce": None}


def test_a_trace_of_another_tool_is_held_against_the_model(edit, quorate):
    edit()

    def state(looked, holders):
        pairs = [[f"c{n}_OF_CLIENT", n in looked] for n in (1, 2, 3)]
        return {"looked": {"#map": pairs}, "holders": {"#set": [f"c{n}_OF_CLIENT" for n in holders]}}

    states = [state([], []), state([2], []), state([2, 1], []), state([1, 2], [1]), state([1, 2], [2, 1])]
    first = {"clients": {"#bigint": "3"}} | states[0]
    trace = {"params": ["clients"], "vars": ["looked", "holders"], "states": [first, *states[1:]]}
    Path("apalache.itf.json").write_text(json.dumps(trace))
    data = replayed(quorate, "apalache.itf.json", "lock.py")
    assert (data["outcome"], data["exit_code"], data["trace"]["property"]) == ("still", Exit.SAFETY, "exclusive")
    assert [step["action"] for step in data["trace"]["steps"]] == [None, "look", "look", "take", "take"]
    assert quorate("replay", "apalache.itf.json").code == Exit.USAGE
    assert quorate("show", "apalache.itf.json").code == Exit.HOLDS


def test_what_is_no_trace_is_refused(edit, quorate):
    edit()
    assert quorate("replay", "lock.py").code == Exit.USAGE
    assert quorate("replay", "missing.json", "lock.py").code == Exit.USAGE


@pytest.mark.parametrize(
    "variant",
    ["paxos:ForgetfulAcceptor", "raft-liveness:EqualTimeouts", "lock-server:ImpatientServer"],
)
def test_shipped_counterexamples_still_happen(quorate, variant):
    assert quorate("check", variant, "--no-z3", "--out", "out").code in (Exit.SAFETY, Exit.LIVENESS)
    traces = list(Path("out").glob("*.trace.json"))
    assert traces
    for trace in traces:
        data = json.loads(quorate("replay", trace, "--format", "json").out)
        assert (data["outcome"], data["divergence"]) == ("still", None)
        assert data["exit_code"] in (Exit.SAFETY, Exit.LIVENESS)


def walk(model, steps, seed):
    """A run of a model, as a trace of which nothing is said."""
    choose = random.Random(seed)
    state = choose.choice(model.initial_states())
    taken = [Step(None, {}, state.to_data())]
    for _ in range(steps):
        step = choose.choice(kept(model, state) or [None])
        if step is None:
            break
        state = step.state
        arguments = {name: data_of(value) for name, value in step.arguments.items()}
        taken.append(Step(step.action, arguments, state.to_data()))
    return Trace(type(model).__name__, model.parameter_values, "run", None, tuple(taken))


def kept(model, state):
    """The steps from a state to those that no constraint drops."""
    return [step for step in model.successors(state) if all(one(model.at(step.state)) for one in model.constraints())]


def of_another_tool(itf):
    """A trace in ITF without what only Quorate writes there: neither actions nor the kind of trace."""
    itf["#meta"] = {}
    for state in itf["states"]:
        state["#meta"] = {"index": state["#meta"]["index"]}
        del state["mbt::actionTaken"], state["mbt::nondetPicks"]
    return itf


@pytest.mark.parametrize("name", shipped_names())
def test_a_run_of_a_shipped_model_is_one_again_also_by_way_of_itf(name):
    model = find_model(name)()
    for seed in range(3):
        trace = walk(model, 12, f"{name} {seed}")
        # in `consensus` a single step is all that happens
        assert len(trace.steps) > 1
        for read in (trace, trace_from_itf(trace_to_itf(trace)), trace_from_itf(of_another_tool(trace_to_itf(trace)))):
            again = rerun(model, read)
            assert (type(again.outcome), again.divergence) == (Gone, None), again.outcome
            assert len(again.outcome.trace.steps) == len(trace.steps)
