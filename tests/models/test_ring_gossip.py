"""How many conversations gossip takes: at most around a ring, in the worst order, and at least, in the best one."""

import itertools

import pytest

from quorate import check, invariant
from quorate_models.anti_entropy import AntiEntropy
from quorate_models.ring_gossip import RingGossip

# The bounds of the docstring, worked out by hand: nodes 2, 3, 4, and 5.
BOUNDS = {
    ("push", "in-turn"): (2, 4, 6, 8),
    ("pull", "in-turn"): (2, 5, 10, 17),
    ("push-pull", "in-turn"): (1, 3, 5, 7),
    ("push", "any"): (2, 6, 12, 20),
    ("pull", "any"): (2, 6, 12, 20),
    ("push-pull", "any"): (1, 3, 7, 10),
}


@pytest.mark.parametrize(("mode", "order"), BOUNDS)
@pytest.mark.parametrize("nodes", [2, 3, 4, pytest.param(5, marks=pytest.mark.full)])
def test_the_bound_holds_and_one_conversation_less_does_not(nodes, mode, order, brute_force):
    enough = brute_force(RingGossip(nodes=nodes, mode=mode, order=order))
    assert not enough.violated
    assert enough.depth == BOUNDS[mode, order][nodes - 2] + 1
    too_few = brute_force(RingGossip(nodes=nodes, mode=mode, order=order, fewer=1))
    assert too_few.violated == {"told_in_time": enough.depth - 1}


def conversations(nodes, calls):
    """After how many conversations in which both learn all have heard of everything, at best: sets, no model."""
    level, seen, count = {tuple(frozenset({i}) for i in range(nodes))}, set(), 0
    while not any(all(len(known) == nodes for known in state) for state in level):
        seen |= level
        following = set()
        for state, (i, j) in itertools.product(level, calls):
            both = state[i] | state[j]
            following.add(tuple(both if k in (i, j) else known for k, known in enumerate(state)))
        level, count = following - seen, count + 1
    return count


class Gossips(AntiEntropy):
    properties = []

    @invariant
    def somebody_has_not_heard(self):
        return any(k not in self.has[i] for i in self.N for k in self.N)


@pytest.mark.parametrize(("nodes", "calls"), [(2, 1), (3, 3), (4, 4), (5, 6), (6, 8)])
def test_the_best_order_is_that_of_the_gossips_and_telephones(nodes, calls, tmp_path):
    """2n - 4 calls are enough and needed from n = 4 on (Baker & Shostak, "Gossips and telephones", 1972)."""
    trace = check(Gossips(nodes=nodes), cache_dir=tmp_path).verdict.trace
    assert len(trace.steps) == calls + 1


@pytest.mark.parametrize(("nodes", "calls"), [(3, 3), (4, 4), (5, 7), (6, 9)])
def test_around_a_ring_the_best_order_takes_one_call_more_unless_there_are_four(nodes, calls, tmp_path):
    """2n - 3 calls if no four can call in a circle (Kleitman & Shearer, "Further gossip problems", 1980)."""
    trace = check(Gossips(nodes=nodes, topology="ring"), cache_dir=tmp_path).verdict.trace
    assert len(trace.steps) == calls + 1
    if nodes < 6:
        assert conversations(nodes, [(i, (i + 1) % nodes) for i in range(nodes)]) == calls
