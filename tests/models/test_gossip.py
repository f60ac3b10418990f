"""Gossip: the counts of a second text of the protocol, and mutants that its properties must catch."""

import itertools

import pytest

from quorate import with_faults
from quorate_models.anti_entropy import AntiEntropy
from quorate_models.gossip import Gossip


def second_text(nodes, highest, mode):
    """Anti-entropy on tuples of tuples, from the paper and not from the model: (distinct, generated, depth)."""

    def steps(state):
        for i in range(nodes):
            if state[i][i] < highest:
                row = (*state[i][:i], state[i][i] + 1, *state[i][i + 1 :])
                yield (*state[:i], row, *state[i + 1 :])
        for s, t in itertools.permutations(range(nodes), 2):
            newest = tuple(map(max, state[s], state[t]))
            changed = {"push": {t: newest}, "pull": {s: newest}, "push-pull": {s: newest, t: newest}}[mode]
            yield tuple(changed.get(i, row) for i, row in enumerate(state))

    start = ((0,) * nodes,) * nodes
    seen, level, generated, depth = {start}, {start}, 1, 0
    while level:
        depth += 1
        following = [new for old in level for new in steps(old)]
        generated += len(following)
        level = set(following) - seen
        seen |= level
    return len(seen), generated, depth


@pytest.mark.parametrize("mode", ["push", "pull", "push-pull"])
@pytest.mark.parametrize(("nodes", "highest"), [(1, 2), (2, 1), (2, 3), (3, 1)])
def test_a_second_text_of_the_protocol_has_the_same_counts(nodes, highest, mode, brute_force):
    space = brute_force(Gossip(nodes=nodes, max_version=highest, mode=mode))
    assert (space.distinct, space.generated, space.depth) == second_text(nodes, highest, mode)
    assert not space.violated
    assert space.reached == {"converged"}


@pytest.mark.parametrize("nodes", [3, pytest.param(4, marks=pytest.mark.full)])
def test_the_pinned_counts_are_those_of_the_second_text(nodes, pinned):
    entries = [entry for entry in pinned if entry["model"] == "gossip" and entry["parameters"]["nodes"] == nodes]
    assert entries
    for entry in entries:
        parameters = {"mode": "push-pull", "max_version": 2} | entry["parameters"]
        found = second_text(nodes, parameters["max_version"], parameters["mode"])
        assert found == (entry["distinct"], entry["generated"], entry["depth"])


def test_convergence_takes_fewest_conversations_when_entries_travel_both_ways(brute_force):
    """Demers et al., section 1.3: push-pull is never slower. The deepest state is the last to hear of an update."""
    depths = {mode: brute_force(Gossip(nodes=3, max_version=1, mode=mode)).depth for mode in ("push", "push-pull")}
    assert depths["push-pull"] < depths["push"]


class Inventive(Gossip):
    """A node makes the entries it is offered newer than they are."""

    def learn(self, i, offered):
        for k in self.N:
            self.known[i][k] = min(offered[k] + 1, self.max_version)


def test_an_invented_version_is_caught(brute_force):
    assert "owner_is_ahead" in brute_force(Inventive(nodes=2)).violated


@pytest.mark.parametrize("faults", [{"crash": 1}, {"partition": 1}])
def test_crashes_and_partitions_undo_nothing(faults, brute_force):
    space = brute_force(with_faults(Gossip, **faults)(nodes=3, max_version=1))
    assert space.reached == {"converged"}
    assert not space.violated


def test_a_partition_delays_an_update_and_a_node_that_stays_down_keeps_its_own(violated_by_runs):
    """A partition heals. A crashed node need not come back, and yet all can still be told."""
    assert violated_by_runs(with_faults(AntiEntropy, partition=1)()) == set()
    assert violated_by_runs(with_faults(AntiEntropy, crash=1)()) == {"all_informed"}
