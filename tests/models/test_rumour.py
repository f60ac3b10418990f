"""Rumour mongering: the residue, exactly, as a Markov chain over the native successors, and where rumours alone do."""

from collections import defaultdict
from fractions import Fraction
from functools import cache

import pytest

from quorate_models.rumour import RumourMongering, RumoursAlone


def left_out(model, order=None):
    """The probability that rumours die with someone left out, if partners are chosen with equal probability and the
    coin shows heads with probability 1/k. Who rings up next is as likely to be any as any other; or, with max or min
    for an `order`, chosen to make the probability as large or as small as can be.

    A step that changes nothing is made again, so that it only scales the others up.
    """
    coin = model.parameter_values["stopping"] == "coin"
    heads = Fraction(1, model.parameter_values["k"]) if coin else Fraction(1)

    @cache
    def probability(state):
        calls = defaultdict(list)
        for step in model.transitions(state):
            toss = heads if step.arguments["heads"] else 1 - heads
            if toss and step.state != state:
                calls[str(step.arguments["i"]) if order else "anyone"].append((toss, step.state))
        if not calls:
            return Fraction(any(value.name == "SUSCEPTIBLE" for value in state.state.values()))
        return (order or max)(
            sum(weight * probability(new) for weight, new in moving) / sum(weight for weight, _ in moving)
            for moving in calls.values()
        )

    [answer] = {probability(state) for state in model.initial_states()}
    return answer


# Counted by hand as well. Of n nodes with I infective and U that have not heard, the next call finds one of those U
# with probability U/(n-1), else I falls by one. Three nodes: (1, 2), surely (2, 1), and then 1/2 * 1/2. Four: (1, 3),
# surely (2, 2), and then 2/3 to (3, 1), where all three fail with (2/3)^3, or 1/3 to (1, 2), where the one fails with
# 1/3 or leads with 2/3 to (2, 1), where both fail with (2/3)^2: 16/81 + 17/81.
RESIDUE = {2: Fraction(0), 3: Fraction(1, 4), 4: Fraction(11, 27), 5: Fraction(133, 256)}


@pytest.mark.parametrize(("nodes", "residue"), RESIDUE.items())
def test_the_residue_is_the_same_whoever_rings_up_when(nodes, residue):
    model = RumoursAlone(nodes=nodes, k=1)
    assert left_out(model, max) == left_out(model, min) == left_out(model) == residue


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_residue_of_three_nodes_is_never_nothing(k):
    """When two know and the third does not, a call is in vain with probability 1/2. Counters fail if the next 2k calls
    are in vain; with a coin each of the two fails with 1/2k against 1/2, that is 1/(k+1)."""
    assert left_out(RumoursAlone(nodes=3, k=k)) == Fraction(1, 4**k)
    assert left_out(RumoursAlone(nodes=3, k=k, stopping="coin")) == Fraction(1, (k + 1) ** 2)


@pytest.mark.parametrize("nodes", [3, 4])
def test_counters_leave_out_fewer_than_coins_and_feedback_fewer_than_the_blind(nodes):
    """Demers et al., section 1.4, on the variations."""

    def residue(**how):
        return left_out(RumoursAlone(nodes=nodes, k=2, **how))

    assert residue() < residue(stopping="coin") < residue(stopping="coin", contacts="blind")
    assert residue() < residue(contacts="blind") < residue(stopping="coin", contacts="blind")


def test_one_conversation_at_a_time_pull_leaves_out_as_many_as_push():
    """What pull gains in the paper it gains in rounds, in which all call at once. Here only who is called at random
    differs; and if it is not at random, nobody need ever call the one who knows."""
    model = RumoursAlone(nodes=4, k=1, direction="pull")
    assert left_out(model) == RESIDUE[4]
    assert (left_out(model, min), left_out(model, max)) == (0, 1)


@pytest.mark.parametrize(("nodes", "k"), [(2, 3), (3, 2), (4, 1)])
def test_all_is_reached_but_where_one_node_alone_would_have_called(nodes, k, brute_force):
    """A node has not heard, has lost interest, or has counted up to k - 1. Nobody knowing is not reached, nor one
    node knowing alone, unless it has not called yet: 1 + n(k - 1) + n states less."""
    space = brute_force(RumourMongering(nodes=nodes, k=k))
    assert space.distinct == (k + 2) ** nodes - (k * nodes + 1)
