"""Two versions compared, against sets of native states and steps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quorate import Bound, Int, Map, Model, Node, Param, action, compare, init, require, within
from quorate.errors import UsageError
from quorate_models.paxos import ForgetfulAcceptor, HalfIsEnough, Paxos
from quorate_models.two_phase_commit import AbortAfterPrepared, EagerCommit, TwoPhaseCommit

SIZE = 6


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


def explored(model):
    """The initial states, states, and pairs of different states that a step joins, natively."""
    initial = {repr(state.to_data()) for state in model.initial_states()}
    todo, states, steps = list(model.initial_states()), {}, set()
    while todo:
        old = todo.pop()
        if old in states:
            continue
        states[old] = repr(old.to_data())
        for step in model.successors(old):
            todo.append(step.state)
            if step.state != old:
                steps.add((repr(old.to_data()), repr(step.state.to_data())))
    return initial, set(states.values()), steps


def same_as_by_sets(old, new, found):
    (began, before, steps), (begins, after, others) = explored(old), explored(new)
    assert found.common == len(before & after)
    assert (found.gained.states, found.gained.steps) == (len(after - before), len(others - steps))
    assert (found.lost.states, found.lost.steps) == (len(before - after), len(steps - others))
    assert found.refines == (begins <= began and others <= steps)
    assert found.same == ((before, steps) == (after, others))
    for side, mine, known, theirs in ((found.gained, others, before, steps), (found.lost, steps, after, others)):
        if side.trace is not None and len(side.trace.steps) > 1:
            *_, last, end = [repr(dict(step.state)) for step in side.trace.steps]
            assert (last, end) in mine - theirs
            assert last in known


PAIRS = [
    (TwoPhaseCommit, EagerCommit, {"resource_managers": 2}),
    (EagerCommit, TwoPhaseCommit, {"resource_managers": 2}),
    (TwoPhaseCommit, AbortAfterPrepared, {"resource_managers": 2}),
    (AbortAfterPrepared, EagerCommit, {"resource_managers": 2}),
    (Paxos, Paxos, {"acceptors": 2, "values": 1}),
    (Paxos, HalfIsEnough, {"acceptors": 2, "values": 1}),
    (Paxos, ForgetfulAcceptor, {"acceptors": 2, "values": 1}),
]


@pytest.mark.parametrize(("old", "new", "parameters"), PAIRS, ids=[f"{a.__name__}-{b.__name__}" for a, b, _ in PAIRS])
def test_shipped_models_differ_as_sets_of_native_steps_do(old, new, parameters, cache):
    found = compare(old(**parameters), new(**parameters), cache_dir=cache)
    same_as_by_sets(old(**parameters), new(**parameters), found)


class Roads(Model):
    """A walk whose roads are bits of parameters."""

    starts = Param(1, minimum=1, maximum=2**SIZE - 1)
    roads = Param(0, minimum=0, maximum=2 ** (SIZE * SIZE) - 1)
    Spot = Int(0, SIZE - 1)
    here = Int(0, SIZE - 1, init=...)

    @init(start=Spot)
    def begin(self, start):
        require(self.starts >> start & 1 == 1)
        self.here = start

    @action(to=Spot)
    def go(self, to):
        require(self.roads >> (self.here * SIZE + to) & 1 == 1)
        self.here = to


ROADS = st.integers(0, 2 ** (SIZE * SIZE) - 1)
STARTS = st.integers(1, 2**SIZE - 1)


@settings(max_examples=40, deadline=None)
@given(STARTS, ROADS, STARTS, ROADS, st.booleans())
def test_random_walks_differ_as_sets_do(cache, starts, roads, others, more, is_near):
    old = Roads(starts=starts, roads=roads)
    # near: some roads more than the old one has
    new = Roads(starts=starts, roads=roads | more) if is_near else Roads(starts=others, roads=more)
    same_as_by_sets(old, new, compare(old, new, cache_dir=cache))


class Counter(Model):
    """Counts to six."""

    n = Int(0, 6, init=0)

    @action()
    def up(self):
        require(self.n < 6)
        self.n += 1


class Halves(Model):
    """The same with a half step between, in variables of its own."""

    N = Node(1)
    whole = Map(N, Int(0, 6), init=0)
    half = Int(0, 1, init=0)

    @action()
    def up(self):
        require(all(self.whole[n] < 6 for n in self.N))
        self.half = 1 - self.half
        for n in self.N:
            self.whole[n] += 1 - self.half


class Doubling(Halves):
    """Goes two steps at once at the end."""

    def up(self):
        require(all(self.whole[n] < 6 for n in self.N))
        self.half = 1 - self.half
        for n in self.N:
            if self.half == 0:
                self.whole[n] = min(6, self.whole[n] + (2 if self.whole[n] >= 3 else 1))


def as_counter(m):
    return {"n": sum(m.whole[n] for n in m.N)}


def test_a_mapping_shows_that_finer_steps_refine_coarser_ones(cache):
    found = compare(Counter(), Halves(), mapping=as_counter, cache_dir=cache)
    assert found.refines
    assert found.same


def test_a_mapping_shows_the_first_step_that_does_not_refine(cache):
    found = compare(Counter(), Doubling(), mapping=as_counter, cache_dir=cache)
    assert not found.refines
    # 0, ½, 1, 1½, 2, 2½, 3, 3½, and then 5
    assert len(found.gained.trace.steps) == 9
    assert found.gained.roots == {"up": 1}


@pytest.mark.parametrize("mapping", [lambda m: {}, lambda m: {"n": 9}, lambda m: {"n": 1, "k": 2}, lambda m: m.nothing])
def test_a_mapping_that_gives_no_state_is_refused(mapping, cache):
    with pytest.raises(UsageError):
        compare(Counter(), Halves(), mapping=mapping, cache_dir=cache)


def test_other_variables_without_a_mapping_are_refused(cache):
    with pytest.raises(UsageError):
        compare(Counter(), Halves(), cache_dir=cache)


def test_what_does_not_end_is_refused(cache):
    with pytest.raises(UsageError):
        compare(TwoPhaseCommit(), EagerCommit(), max_states=20, cache_dir=cache)


def test_a_bound_is_told(cache):
    class Bounded(Counter):
        most = Bound(3)

        def up(self):
            within(self.n < self.most)
            self.n += 1

    found = compare(Counter(), Bounded(), cache_dir=cache)
    assert found.bounded == ("Bounded: self.n < self.most",)
    assert (found.refines, found.lost.states) == (True, 3)
