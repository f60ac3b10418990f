"""Several threads find what one finds: the same states in the same order, the same counts, the same traces."""

import threading
from dataclasses import replace

import pytest

import quorate
from quorate import Int, Map, Model, Node, action, constraint, invariant, reachable, require, step_invariant, within
from quorate.errors import UsageError
from quorate.explore import expander
from quorate.finder import find_model
from quorate.verdict import Seconds


class Counters(Model):
    """Three counters, a bound, a constraint, states where nothing goes on; every kind of property."""

    Place = Node(3)
    has = Map(Place, Int(0, 9), init=0)

    @action(p=Place)
    def count(self, p):
        require(self.has[p] < 9)
        within(self.has[p] < 6)
        self.has[p] += 1

    @action(p=Place, q=Place)
    def pour(self, p, q):
        require(p != q and self.has[p] > 2)
        if self.has[q] < 3:
            self.has[q] += self.has[p] - 2
        self.has[p] = 0

    @constraint
    def small(self):
        return sum(self.has[p] for p in self.Place) < 13

    @reachable
    def full(self):
        return any(self.has[p] == 6 for p in self.Place)

    @invariant
    def not_all_alike(self):
        return not all(self.has[p] == 3 for p in self.Place)

    @invariant
    def none_far_ahead(self):
        return all(self.has[p] < 5 or self.has[q] < 4 for p in self.Place for q in self.Place if p != q)

    @step_invariant
    def never_from_full(self, new):
        return all(self.has[p] < 6 or new.has[p] > 0 for p in self.Place)


class Overflows(Counters):
    """A step fails where a counter is poured into a fuller one."""

    @action(p=Counters.Place, q=Counters.Place)
    def pour(self, p, q):
        require(p != q and self.has[p] > 2)
        self.has[q] += self.has[p]
        self.has[p] = 0


class Stairs(Model):
    """Steps to the right and down, in a corner of which it ends."""

    x = Int(0, 20, init=0)
    y = Int(0, 20, init=0)

    @action()
    def right(self):
        require(self.x < 20)
        self.x += 1

    @action()
    def down(self):
        require(self.y < 20 and self.x != 5)
        self.y += 1


CASES = {
    "a property of steps": (Counters(), {"properties": ["never_from_full"]}),
    "the first violation": (Counters(), {"properties": ["none_far_ahead", "not_all_alike"]}),
    "all violations": (Counters(), {"properties": ["none_far_ahead", "not_all_alike"], "keep_going": True}),
    "nothing": (Counters(), {"properties": ["full"]}),
    "a fault": (Overflows(), {"properties": ["full"]}),
    "terminal states": (Stairs(), {}),
    "a deadlock": (Stairs(), {"deadlock": True}),
    "a budget of states": (Counters(), {"properties": ["full"], "max_states": 77}),
    "a budget of depth": (Counters(), {"properties": ["full"], "max_depth": 7}),
    "a shipped model": (find_model("paxos")(ballots=1), {}),
    "a shipped bug": (find_model("paxos:HalfIsEnough")(acceptors=2), {}),
}


@pytest.fixture
def in_small_batches(monkeypatch):
    """Levels of small models in many blocks, and blocks in many batches."""
    monkeypatch.setattr(expander, "BLOCK", 4)
    monkeypatch.setattr(expander, "ROOM", 2)
    monkeypatch.setattr(expander, "LEAST_AHEAD", 1)


def found(model, options, threads):
    result = quorate.check(model, threads=threads, with_digest=True, **options)
    return replace(result, seconds=Seconds(0.0, 0.0, 0.0, 0.0), memory_bytes=0)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("case", CASES)
def test_more_threads_find_what_one_finds(in_small_batches, case, threads):
    model, options = CASES[case]
    alone, together = found(model, options, 1), found(model, options, threads)
    assert alone == together
    assert alone.states.generated > 100


def test_the_thread_has_ended_when_the_check_has(in_small_batches):
    for model, options in CASES.values():
        found(model, options, 2)
        assert [one.name for one in threading.enumerate() if one.name.startswith("quorate-expander")] == []


def test_an_interrupt_ends_both(in_small_batches):
    asked = []

    def interrupted():
        asked.append(True)
        return len(asked) > 30

    result = quorate.check(Counters(), properties=["full"], threads=2, interrupted=interrupted)
    assert result.verdict.name == "inconclusive"
    assert 0 < result.states.left_on_queue < result.states.distinct


def test_what_goes_wrong_ahead_is_raised_where_it_is_asked_for(in_small_batches, monkeypatch):
    def fail(self, batch, *, more):
        raise OSError("no more")

    monkeypatch.setattr(expander._Worker, "hand_over", fail)
    with pytest.raises(OSError, match="no more"):
        quorate.check(Counters(), properties=["full"], threads=2)


def test_a_search_needs_a_thread():
    with pytest.raises(UsageError, match="threads"):
        quorate.check(Counters(), threads=0)
