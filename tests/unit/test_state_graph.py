"""State graphs: all states and steps, as many as the search counts; what is marked; neighbourhoods; merged states."""

from dataclasses import replace

import pytest

from quorate import (
    Bound,
    Int,
    Map,
    Model,
    Node,
    action,
    check,
    constraint,
    eventually,
    init,
    invariant,
    require,
    step_invariant,
    within,
)
from quorate.errors import Exit, LoadError, UsageError
from quorate.explore.state_graph import state_graph
from quorate.explore.state_space import TooLargeError
from quorate.finder import find_model
from quorate.verdict import Violated


@pytest.fixture(autouse=True)
def _apart(tmp_path_factory, monkeypatch):
    """What is compiled does not go to the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


class Counter(Model):
    """0 → 1 → 2 → 3; 2 is violating, the step from 1 to 3 is, and 3 is terminal."""

    x = Int(0, 3, init=0)

    @action()
    def up(self):
        require(self.x < 3)
        self.x += 1

    @action()
    def skip(self):
        require(self.x == 1)
        self.x += 2

    @invariant
    def not_two(self):
        return self.x != 2

    @step_invariant
    def slow(self, new):
        return new.x <= self.x + 1


class Bounded(Counter):
    """3 is kept out by a constraint, 4 by a bound, and `skip` fails."""

    most = Bound(2)

    def up(self):
        within(self.x < self.most)
        self.x += 1

    def skip(self):
        require(self.x == 1)
        self.x += 9

    @constraint
    def small(self):
        return self.x < 2


class Still(Model):
    """Both initial states lead to 2, where steps change nothing; or the run goes round for ever."""

    x = Int(0, 3, init=0)

    @init(x=Int(0, 1))
    def begin(self, x):
        self.x = x

    @action()
    def go(self):
        self.x = 2

    @action()
    def turn(self):
        require(self.x != 2)
        self.x = 3 if self.x == 0 else 0

    @eventually
    def two(self):
        return self.x == 2


class Ring(Model):
    """A token goes round."""

    N = Node(3, symmetric=False)
    token = Map(N, Int(0, 1), init=0)

    @init()
    def begin(self):
        for i in self.N:
            if i.index == 0:
                self.token[i] = 1

    @action(i=N, j=N)
    def hand_over(self, i, j):
        require(self.token[i] == 1 and j.index == (i.index + 1) % 3)
        self.token[i] = 0
        self.token[j] = 1


def by_x(graph):
    return {node.state["x"]: node for node in graph.nodes if node.state is not None}


def ends(graph):
    """Each edge as the values of x at its ends, its action and its flags."""
    x = {node.id: node.state["x"] for node in graph.nodes if node.state is not None}
    return [(x[e.source], x.get(e.target), e.action, set(e.flags)) for e in graph.edges]


SIZES = [
    ("two-phase-commit", {"resource_managers": 2}),
    ("lock-server", {"clients": 2}),
    ("raft-liveness", {"servers": 2}),
    ("anti-entropy", {"nodes": 3}),
    ("paxos", {"acceptors": 2, "ballots": 1}),
    ("raft-election", {"servers": 2}),
]


@pytest.mark.parametrize(("name", "parameters"), SIZES)
def test_it_has_the_states_and_steps_that_the_search_counts(name, parameters):
    model = find_model(name)(**parameters)
    graph, states = state_graph(model), check(model).states
    flags = [flag for node in graph.nodes for flag in node.flags]
    assert len(graph.nodes) == states.distinct
    assert len(graph.edges) + flags.count("initial") == states.generated
    assert flags.count("terminal") == states.terminal
    assert 1 + max(node.depth for node in graph.nodes) == states.depth


def test_every_step_is_native():
    model = find_model("lock-server")(clients=2)
    graph = state_graph(model)
    states = {node.id: model.state_from_data(node.state) for node in graph.nodes}
    for node in graph.nodes:
        leaving = [edge for edge in graph.edges if edge.source == node.id]
        taken = [(step.action, step.state) for step in model.successors(states[node.id])]
        assert [(edge.action, states[edge.target]) for edge in leaving] == taken


def test_violating_states_steps_and_ends_are_marked_and_passed():
    graph = state_graph(Counter())
    nodes = by_x(graph)
    assert {x: (set(node.flags), node.depth) for x, node in nodes.items()} == {
        0: ({"initial"}, 0),
        1: (set(), 1),
        2: ({"violating"}, 2),
        3: ({"terminal"}, 2),
    }
    assert nodes[2].violates == ("not_two",)
    assert ends(graph) == [
        (0, 1, "up", set()), (1, 2, "up", set()), (1, 3, "skip", {"violating"}), (2, 3, "up", set())
    ]  # fmt: skip
    assert [edge.violates for edge in graph.edges if edge.flags] == [("slow",)]


def test_bounds_constraints_and_failing_steps_are_marked():
    graph = state_graph(Bounded())
    nodes = by_x(graph)
    assert {x: set(node.flags) for x, node in nodes.items()} == {0: {"initial"}, 1: {"cut"}}
    [failing] = [node for node in graph.nodes if node.fault is not None]
    assert (failing.flags, failing.states, failing.state) == ({"fault": 1}, 0, None)
    assert failing.fault.kind == "range"
    assert (1, None, "skip", {"fault"}) in ends(graph)
    assert (graph.states, graph.steps) == (2, 1)


def test_a_state_in_which_steps_change_nothing_is_still_and_not_terminal():
    assert set(by_x(state_graph(Still()))[2].flags) == {"still"}


def test_the_loop_of_a_lasso_is_marked():
    graph = state_graph(Still())
    assert graph.lassos == ("two",)
    looping = {x for x, node in by_x(graph).items() if "loop" in node.flags}
    assert looping == {0, 3}
    assert {(a, b) for a, b, _, flags in ends(graph) if "loop" in flags} == {(0, 3), (3, 0)}


def test_a_run_that_stays_somewhere_is_marked_there():
    graph = state_graph(find_model("anti-entropy:QuietRounds")(nodes=3))
    staying = [node for node in graph.nodes if "stays" in node.flags]
    assert [set(node.flags) for node in staying] == [{"terminal", "loop", "stays"}]
    assert [edge for edge in graph.edges if "loop" in edge.flags] == []


def test_lassos_that_cannot_be_looked_for_are_noted():
    class Failing(Still):
        def turn(self):
            self.x += 9

    graph = state_graph(Failing())
    assert graph.lassos == ()
    assert len(graph.notes) == 1


def counterexample(model):
    [found] = [prop.verdict.trace for prop in check(model).properties if isinstance(prop.verdict, Violated)]
    return found


@pytest.mark.parametrize("radius", [0, 1, 2, 9])
def test_around_a_trace_are_the_states_that_few_steps_lead_to(radius):
    model = find_model("lock-server:ImpatientServer")(clients=2)
    trace, whole = counterexample(model), state_graph(model)
    graph = state_graph(model, around=trace, radius=radius)
    # by a brute force over the whole graph
    near = {node.id for node in whole.nodes if dict(node.state) in [dict(step.state) for step in trace.steps]}
    for _ in range(radius):
        near |= {edge.target for edge in whole.edges if edge.source in near}
    states = [node.state for node in whole.nodes if node.id in near]
    assert sorted(map(str, states)) == sorted(str(node.state) for node in graph.nodes)
    inside = [edge for edge in whole.edges if edge.source in near and edge.target in near]
    assert len(graph.edges) == len(inside)
    leaving = {edge.source for edge in whole.edges if edge.source in near and edge.target not in near}
    assert sum("hidden" in node.flags for node in graph.nodes) == len(leaving)
    assert (graph.around, graph.radius) == ("mutual_exclusion", radius)


def test_a_trace_is_marked_with_its_states_and_steps():
    model = find_model("lock-server:ImpatientServer")(clients=2)
    trace = counterexample(model)
    graph = state_graph(model, around=trace)
    marked = [node for node in graph.nodes if "trace" in node.flags]
    assert [node.state for node in marked] == [step.state for step in trace.steps]
    assert [node.depth for node in marked] == list(range(len(trace.steps)))
    steps = [(edge.action, edge.arguments) for edge in graph.edges if "trace" in edge.flags]
    assert steps == [(step.action, step.arguments) for step in trace.steps[1:]]


def test_a_lasso_is_marked_as_such_around_it():
    model = find_model("raft-liveness:EqualTimeouts")(servers=2)
    trace = counterexample(model)
    graph = state_graph(model, around=trace, radius=0)
    assert graph.lassos == ("leader_comes",)
    assert sum("loop" in node.flags for node in graph.nodes) == len(trace.steps) - 1 - trace.loop
    assert sum("loop" in edge.flags for edge in graph.edges) == len(trace.steps) - 1 - trace.loop


def test_a_trace_of_another_model_is_refused():
    trace = counterexample(find_model("lock-server:ImpatientServer")(clients=2))
    with pytest.raises(UsageError):
        state_graph(find_model("paxos")(), around=trace)
    # the same variables, and a step that is not taken
    with pytest.raises(UsageError):
        state_graph(find_model("lock-server")(clients=2), around=trace)
    wrong = [replace(step, action="leave") if step.action == "enter" else step for step in trace.steps]
    with pytest.raises(UsageError):
        state_graph(find_model("lock-server:ImpatientServer")(clients=2), around=replace(trace, steps=tuple(wrong)))


def test_states_with_equal_values_are_merged_and_counted():
    model = find_model("raft-liveness")()
    whole, graph = state_graph(model), state_graph(model, group_by=["m.role", "m.led()"])
    groups = {}
    for node in whole.nodes:
        led = any(role == "LEADER" for _, role in node.state["role"]["#map"])
        groups.setdefault(str((node.state["role"], led)), []).append(node)
    assert {str(node.group): node.states for node in graph.nodes} == {key: len(nodes) for key, nodes in groups.items()}
    assert {str(node.group): node.depth for node in graph.nodes} == {
        key: min(node.depth for node in nodes) for key, nodes in groups.items()
    }
    for flag in ("initial", "terminal"):
        assert sum(node.flags.get(flag, 0) for node in graph.nodes) == sum(flag in node.flags for node in whole.nodes)
    assert sum(edge.steps for edge in graph.edges) == len(whole.edges)
    assert len({(edge.source, edge.target, edge.action) for edge in graph.edges}) == len(graph.edges)
    assert graph.group_by == ("m.role", "m.led()")


def test_merged_states_keep_what_is_marked_in_them():
    graph = state_graph(Counter(), group_by=["m.x > 1"])
    assert [(node.group, node.states, dict(node.flags)) for node in graph.nodes] == [
        ((False,), 2, {"initial": 1}),
        ((True,), 2, {"terminal": 1, "violating": 1}),
    ]
    assert {(edge.action, edge.steps, edge.source == edge.target) for edge in graph.edges} == {
        ("up", 1, True), ("up", 1, False), ("skip", 1, False)
    }  # fmt: skip


def test_a_step_that_fails_is_no_state_that_is_merged():
    graph = state_graph(Bounded(), group_by=["0"])
    assert [(node.states, node.fault is None) for node in graph.nodes] == [(2, True), (0, False)]
    assert {(edge.action, tuple(edge.flags)) for edge in graph.edges} == {("up", ()), ("skip", ("fault",))}


def test_it_is_the_same_each_time():
    model = find_model("two-phase-commit")(resource_managers=2)
    assert state_graph(model) == state_graph(model)
    assert state_graph(model, group_by=["m.tm_state"]) == state_graph(model, group_by=["m.tm_state"])


def test_the_limit_is_the_largest_space_that_is_kept():
    model = find_model("lock-server")(clients=2)
    size = len(state_graph(model).nodes)
    assert len(state_graph(model, max_states=size).nodes) == size
    with pytest.raises(TooLargeError) as refused:
        state_graph(model, max_states=size - 1)
    assert refused.value.exit_code == Exit.USAGE


def test_it_can_be_interrupted():
    with pytest.raises(KeyboardInterrupt):
        state_graph(Counter(), interrupted=lambda: True)


def test_a_model_with_a_mistake_is_refused_as_a_whole():
    class Mistaken(Counter):
        def up(self):
            self.y += 1

    with pytest.raises(LoadError) as refused:
        state_graph(Mistaken())
    assert refused.value.diagnostics


def test_an_expression_without_a_value_in_some_state_is_refused():
    with pytest.raises(UsageError):
        state_graph(Counter(), group_by=["1 // (m.x - 3)"])


def test_a_ring_comes_back_to_where_it_began():
    graph = state_graph(Ring())
    assert [node.depth for node in graph.nodes] == [0, 1, 2]
    assert [(edge.source, edge.target) for edge in graph.edges] == [("s1", "s2"), ("s2", "s3"), ("s3", "s1")]
    assert graph.edges[0].arguments == {"i": "n1", "j": "n2"}
