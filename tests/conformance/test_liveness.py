"""Temporal properties on small graphs: answers known by hand, and a naive evaluator for random graphs.

All graphs are runs of one model, `Walk`, whose edges are part of its initial state. The naive evaluator goes through
all sets of states: a set is what some run visits again and again if it is strongly connected, and that run may take all
edges inside it again and again. It shares nothing with the engine, which decomposes the graph into components.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import quorate
from quorate import (
    Int,
    Map,
    Model,
    Set,
    action,
    always_eventually,
    eventually,
    eventually_always,
    leads_to,
    recoverable,
    require,
    within,
)
from quorate.language.model import Transition
from quorate.verdict import Holds, HoldsWithinBounds, Inconclusive, Vacuous, Violated

SIZE = 8
KINDS = ("eventually", "always_eventually", "eventually_always", "leads_to", "recoverable")
ACTIONS = ("free", "weak", "strong", "weak_each", "strong_each")


@dataclass(frozen=True)
class Edges:
    """A graph over 0 .. 7: its edges by action, where it starts, where a bound cuts a step, and two sets of states."""

    free: frozenset[tuple[int, int]] = frozenset()
    weak: frozenset[tuple[int, int]] = frozenset()
    strong: frozenset[tuple[int, int]] = frozenset()
    weak_each: frozenset[tuple[int, int]] = frozenset()
    strong_each: frozenset[tuple[int, int]] = frozenset()
    start: frozenset[int] = frozenset({0})
    cut: frozenset[int] = frozenset()
    p: frozenset[int] = frozenset()
    q: frozenset[int] = frozenset()

    def steps(self) -> list[tuple[str, int, int]]:
        return [(name, a, b) for name in ACTIONS for a, b in sorted(getattr(self, name))]


def asked(m):
    return m.here in m.p_states


def answering(m):
    return m.here in m.q_states


@eventually
def comes(m):
    return m.here in m.p_states


@always_eventually
def comes_again(m):
    return m.here in m.p_states


@eventually_always
def comes_to_stay(m):
    return m.here in m.p_states


@recoverable
def can_come(m):
    return m.here in m.p_states


answered = leads_to(asked, answering, name="answered")


class Walk(Model):
    """Walks along the edges that its initial state has."""

    Spot = Int(0, SIZE - 1)
    here = Int(0, SIZE - 1, init=0)
    free_edges = Map(Spot, Set(Spot), init=set())
    weak_edges = Map(Spot, Set(Spot), init=set())
    strong_edges = Map(Spot, Set(Spot), init=set())
    weak_each_edges = Map(Spot, Set(Spot), init=set())
    strong_each_edges = Map(Spot, Set(Spot), init=set())
    cut = Set(Spot, init=set())
    p_states = Set(Spot, init=set())
    q_states = Set(Spot, init=set())

    @action(t=Spot)
    def free(self, t):
        require(t in self.free_edges[self.here])
        self.here = t

    @action(t=Spot, fair="weak")
    def weak(self, t):
        require(t in self.weak_edges[self.here])
        self.here = t

    @action(t=Spot, fair="strong")
    def strong(self, t):
        require(t in self.strong_edges[self.here])
        self.here = t

    @action(t=Spot, fair="weak", fair_per=("t",))
    def weak_each(self, t):
        require(t in self.weak_each_edges[self.here])
        self.here = t

    @action(t=Spot, fair="strong", fair_per=("t",))
    def strong_each(self, t):
        require(t in self.strong_each_edges[self.here])
        self.here = t

    @action(fair="weak")
    def leave(self):
        require(self.here in self.cut)
        within(self.here not in self.cut)

    properties = [comes, comes_again, comes_to_stay, answered, can_come]


def placed(graph: Edges) -> Walk:
    """A walk along the edges of one graph: its initial states are made here, not by the model's text, so that all
    graphs have one compiled model."""
    model = Walk()
    (declared,) = model.initial_transitions()
    values = {f"{name}_edges": {a: set() for a in range(SIZE)} for name in ACTIONS}
    for name, old, new in graph.steps():
        values[f"{name}_edges"][old].add(new)
    values |= {"cut": graph.cut, "p_states": graph.p, "q_states": graph.q}
    made = []
    for first in sorted(graph.start):
        state = {name: model.variables[name].check(value) for name, value in (values | {"here": first}).items()}
        made.append(Transition("init", {}, model._state(dict(declared.state) | state)))
    object.__setattr__(model, "initial_transitions", lambda: iter(made))
    return model


NAMES = dict(zip(("comes", "comes_again", "comes_to_stay", "answered", "can_come"), KINDS, strict=True))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def checked(graph: Edges, cache):
    """The verdicts by kind of property."""
    result = quorate.check(placed(graph), cache_dir=cache)
    return {NAMES[item.name]: item.verdict for item in result.properties}


# -- by hand

LETTERS = {"f": "free", "w": "weak", "s": "strong", "v": "weak_each", "t": "strong_each"}
VERDICTS = {
    "holds": Holds,
    "bounded": HoldsWithinBounds,
    "violated": Violated,
    "vacuous": Vacuous,
    "inconclusive": Inconclusive,
}
BY_HAND = """
a chain ends in the goal                  eventually         f01 f12                         p=2         holds
a chain ends elsewhere                    eventually         f01 f12                         p=3         violated
the first state is the goal               eventually         f01                             p=0         holds
one of two branches                       eventually         f01 f02                         p=1         violated
both branches                             eventually         f01 f02                         p=12        holds
a loop before the goal                    eventually         f01 f10 f12                     p=2         violated
weak, enabled now and then                eventually         f01 f10 w12                     p=2         violated
strong, enabled now and then              eventually         f01 f10 s12                     p=2         holds
weak, always enabled                      eventually         f01 f10 w02 w12                 p=2         holds
weak for each, enabled in turn            eventually         f01 f10 v02 v13                 p=23        violated
weak as a whole, enabled in turn          eventually         f01 f10 w02 w13                 p=23        holds
strong for each, enabled in turn          eventually         f01 f10 t02 t13                 p=23        holds
a step to itself is not taken             eventually         w00 w01                         p=1         holds
a free step to itself for ever            eventually         f00 f01                         p=1         violated
taken elsewhere is enough as a whole      eventually         w01 w10 w12                     p=2         violated
taken elsewhere is not enough for each    eventually         v01 v10 v02 v12                 p=2         holds
strong as a whole, taken elsewhere        eventually         s01 s10 s12                     p=2         violated
strong for each, taken elsewhere          eventually         t01 t10 t12                     p=2         holds
another start misses it                   eventually         f02                             p=2 start=01  violated
paths that join behind the goal           eventually         f01 f02 f13 f23                 p=1         violated
a join seen first from the good start     eventually         f02 f24 f14 f46                 p=1 start=01  violated
a cycle comes back to a visited state     eventually         f02 f24 f42                     p=13        violated
a long way round joins a short one        eventually         f01 f04 f12 f23 f34             p=2         violated
a ring through the goal                   always_eventually  f01 f12 f20                     p=1         holds
a ring beside the goal                    always_eventually  f01 f10 f02 f20                 p=1         violated
weak into the goal, enabled in turn       always_eventually  w01 f10 f02 f20                 p=1         violated
strong into the goal                      always_eventually  s01 f10 f02 f20                 p=1         holds
the goal is left for good                 always_eventually  f01 f12                         p=1         violated
the run ends in the goal                  always_eventually  f01                             p=1         holds
a part where strong is not enabled        always_eventually  s01 f10 f02 f20 f23 f32         p=1         violated
strong is enabled in every part           always_eventually  s01 s21 s31 f10 f02 f20 f23 f32  p=1        holds
the third part of three                   always_eventually  s01 f10 f02 f20 t25 f50 f23 f32 f34 f43  p=15  violated
no part of three                          always_eventually  s01 f10 f02 f20 t25 t45 f50 f23 f32 f34 f43  p=15  holds
a chain into a sink                       eventually_always  f01 f12                         p=2         holds
to and fro                                eventually_always  f01 f10                         p=1         violated
a loop that may be left                   eventually_always  f01 f10 f12                     p=2         violated
a loop that must be left                  eventually_always  f01 f10 w02 w12                 p=2         holds
true for a while only                     eventually_always  f01 f12                         p=1         violated
a large loop around a good one            eventually_always  f01 f10 f12 f21                 p=12        violated
a good loop behind a bad state            eventually_always  f01 f12 f21                     p=12        holds
strong keeps a loop out of the goal       eventually_always  f12 f21 f01 s10                 p=12        violated
never asked                               leads_to           f01                             p=7 q=1     vacuous
asked and answered                        leads_to           f01 f12                         p=1 q=2     holds
answered at once                          leads_to           f01                             p=1 q=1     holds
asked once more at the end                leads_to           f01 f12 f23                     p=13 q=2    violated
answered before it is asked               leads_to           f01 f12                         p=2 q=1     violated
a loop while it waits                     leads_to           f01 f12 f21 f13                 p=1 q=3     violated
a loop that strong fairness ends          leads_to           f01 f12 f21 s13                 p=1 q=3     holds
a loop in which nobody asks               leads_to           f01 f10 f02 f23                 p=2 q=3     holds
asked where paths have joined             leads_to           f01 f02 f13 f23 f34             p=2 q=1     violated
back in a ring                            recoverable        f01 f12 f20                     p=1         holds
a sink beside it                          recoverable        f01 f02                         p=1         violated
a loop need not be left                   recoverable        f01 f10 f12                     p=2         holds
lost after it was true                    recoverable        f01 f12                         p=1         violated
the end is the goal                       recoverable        f01                             p=1         holds
met before the bound                      eventually         f01 f12                         p=1 cut=2   holds
the bound comes first                     eventually         f01                             p=7 cut=1   inconclusive
a loop within the bounds                  eventually         f01 f10 f02                     p=7 cut=2   violated
a loop that only the bound makes fair     eventually         f01 f10                         p=7 cut=01  inconclusive
cut in the goal                           always_eventually  f01 f10                         p=1 cut=1   bounded
cut on the way                            eventually_always  f01                             p=1 cut=0   inconclusive
perhaps behind the bound                  recoverable        f01                             p=7 cut=1   inconclusive
lost beside a bound                       recoverable        f01 f02                         p=7 cut=1   violated
cut while it waits                        leads_to           f01                             p=1 q=7 cut=1  inconclusive
cut when nobody waits                     leads_to           f01                             p=7 q=7 cut=1  bounded
"""


def by_hand():
    for line in BY_HAND.strip().splitlines():
        name, kind, rest = (part.strip() for part in (line[:42], line[42:61], line[61:]))
        *words, verdict = rest.split()
        edges = {full: set() for full in ACTIONS}
        sets = {}
        for word in words:
            if "=" in word:
                key, _, spots = word.partition("=")
                sets[key] = frozenset(map(int, spots))
            else:
                edges[LETTERS[word[0]]].add((int(word[1]), int(word[2])))
        graph = Edges(**{key: frozenset(found) for key, found in edges.items()}, **sets)
        yield pytest.param(graph, kind, VERDICTS[verdict], id=f"{kind}: {name}")


@pytest.mark.parametrize(("graph", "kind", "verdict"), list(by_hand()))
def test_small_graphs_have_the_verdicts_found_by_hand(cache, graph, kind, verdict):
    assert type(checked(graph, cache)[kind]) is verdict
    agrees(graph, cache)


# -- the naive evaluator


class Naive:
    """What is true of a graph, by going through all sets of its states."""

    def __init__(self, graph: Edges) -> None:
        self.graph, self.steps = graph, graph.steps()
        self.next = {a: {b for _, x, b in self.steps if x == a} for a in range(SIZE)}
        self.reachable = self.closure(graph.start, set(range(SIZE)))
        # what must not be put off for ever: its steps, and whether that is strong
        self.groups = [
            ({(a, b) for n, a, b in self.steps if n == name}, name == "strong") for name in ("weak", "strong")
        ]
        for name in ("weak_each", "strong_each"):
            for t in range(SIZE):
                of_one = {(a, b) for n, a, b in self.steps if n == name and b == t}
                self.groups.append((of_one, name == "strong_each"))
        # a step that changes nothing counts neither as possible nor as taken
        self.groups = [({(a, b) for a, b in steps if a != b}, strong) for steps, strong in self.groups]

    def closure(self, roots, inside):
        found = set(roots) & inside
        while more := {b for a in found for b in self.next[a]} & inside - found:
            found |= more
        return found

    def visited_for_ever(self):
        """All sets of states that some fair run visits again and again, and nothing else."""
        for size in range(1, len(self.reachable) + 1):
            for chosen in itertools.combinations(sorted(self.reachable), size):
                loop = set(chosen)
                if self.connected(loop) and self.fair(loop):
                    yield loop

    def connected(self, loop):
        if len(loop) == 1:
            (only,) = loop
            return only in self.next[only] or not (self.next[only] or only in self.graph.cut)
        return all(self.closure(self.next[a] & loop, loop) == loop for a in loop)

    def fair(self, loop):
        for steps, strong in self.groups:
            enabled = {a for a, _ in steps} & loop
            taken = any(a in loop and b in loop for a, b in steps)
            if not taken and (enabled if strong else enabled == loop):
                return False
        # `leave` is weakly fair, and a bound keeps it from ever happening
        return not loop <= self.graph.cut

    def loops(self, kind):
        """The loops that violate a property, with how many steps lead there at least."""
        p, q, every = self.graph.p, self.graph.q, set(range(SIZE))
        for loop in self.visited_for_ever():
            if kind == "eventually" and not loop & p:
                roots = [(0, root) for root in self.graph.start - p]
                inside = every - p
            elif (kind == "always_eventually" and not loop & p) or (kind == "eventually_always" and loop - p):
                roots, inside = [(0, root) for root in self.graph.start], every
            elif kind == "leads_to" and not loop & q:
                depths = self.depths([(0, root) for root in self.graph.start], every)
                roots, inside = [(depths[root], root) for root in self.reachable & p - q], every - q
            else:
                continue
            depths = self.depths(roots, inside)
            if loop & set(depths):
                yield min(depths[a] for a in loop if a in depths), loop

    def depths(self, roots, inside):
        """The length of a shortest path to each state, the roots being so deep already."""
        depths = {}
        todo = sorted(roots)
        while todo:
            depth, state = todo.pop(0)
            if state not in depths:
                depths[state] = depth
                todo = sorted(todo + [(depth + 1, b) for b in self.next[state] & inside])
        return depths

    def pending(self, kind):
        """The states in which a property is still to come true."""
        p, q, every = self.graph.p, self.graph.q, set(range(SIZE))
        match kind:
            case "eventually":
                return self.closure(self.graph.start - p, every - p)
            case "always_eventually":
                return self.reachable - p
            case "eventually_always":
                return self.reachable
            case _:
                return self.closure(self.reachable & p - q, every - q)

    def verdict(self, kind):
        cut = self.graph.cut & self.reachable
        bounded = HoldsWithinBounds if cut else Holds
        if not self.graph.start:
            return Vacuous
        if kind == "recoverable":
            back = {a: self.closure({a}, set(range(SIZE))) for a in self.reachable}
            if any(not (found & self.graph.p or found & cut) for found in back.values()):
                return Violated
            return bounded if all(found & self.graph.p for found in back.values()) else Inconclusive
        if kind == "leads_to" and not self.reachable & self.graph.p and not cut:
            return Vacuous
        if any(True for _ in self.loops(kind)):
            return Violated
        if self.pending(kind) & cut:
            return Inconclusive
        return Holds if kind == "eventually" else bounded


def agrees(graph: Edges, cache) -> None:
    naive = Naive(graph)
    for kind, verdict in checked(graph, cache).items():
        assert type(verdict) is naive.verdict(kind), (kind, graph)
        if isinstance(verdict, Violated) and kind != "recoverable":
            is_lasso(graph, naive, kind, verdict.trace)


def is_lasso(graph: Edges, naive: Naive, kind, trace) -> None:
    """That a trace is a run of the graph with a fair loop, entered as early as can be."""
    states = [step.state["here"] for step in trace.steps]
    assert states[0] in graph.start
    for step, (old, new) in zip(trace.steps[1:], itertools.pairwise(states), strict=True):
        assert (old, new) in getattr(graph, step.action)
    assert trace.loop == min(depth for depth, _ in naive.loops(kind))
    taken = {(old, new) for old, new in itertools.pairwise(states[trace.loop :])}
    loop = set(states[trace.loop :])
    if taken:
        assert states[-1] == states[trace.loop]
    else:
        assert not naive.next[states[-1]]
    for steps, strong in naive.groups:
        enabled = {a for a, _ in steps} & loop
        by_this = any((a, b) in taken for a, b in steps)
        assert by_this or not (enabled if strong else enabled == loop)


@st.composite
def graphs(draw):
    size = draw(st.integers(1, SIZE))
    spot = st.integers(0, size - 1)
    some = st.frozensets(spot, max_size=size)
    edges = {name: set() for name in ACTIONS}
    for a, b, name in draw(st.lists(st.tuples(spot, spot, st.sampled_from(ACTIONS)), max_size=3 * size)):
        edges[name].add((a, b))
    start = draw(st.frozensets(spot, min_size=1, max_size=2))
    cut = draw(st.one_of(st.just(frozenset()), some))
    return Edges(**{k: frozenset(v) for k, v in edges.items()}, start=start, cut=cut, p=draw(some), q=draw(some))


@settings(max_examples=150)
@given(graphs())
# a weakly fair action that another of its own steps keeps from going further
@example(Edges(weak=frozenset({(0, 1), (1, 0), (1, 2)}), p=frozenset({2})))
# strong fairness forbids the whole component and leaves a part of it
@example(Edges(free=frozenset({(0, 2), (2, 0), (2, 3), (3, 2), (1, 0)}), strong=frozenset({(0, 1)}), p=frozenset({1})))
def test_random_graphs_have_the_verdicts_of_the_naive_evaluator(cache, graph):
    agrees(graph, cache)

