"""Voting and consensus, beside what `test_expected.py` pins: that each refines the next, as the TLA+ modules state."""

import pytest

from quorate_models.paxos import ForgetfulAcceptor, Paxos
from quorate_models.voting import Consensus, Voting


def votes_and_promises(voting, state):
    """The state of Voting that a state of Paxos stands for (the definition of `votes` in Lamport's module Paxos)."""
    votes = {str(a): [] for a in state.promised}
    for message in state.to_data()["network"]["#set"]:
        if message["tag"] == "Accepted":
            vote = message["value"]
            votes[vote["acc"]].append({"bal": vote["bal"], "val": vote["val"]})
    data = {
        "votes": {"#map": [[str(a), {"#set": votes[str(a)]}] for a in state.promised]},
        "promised": state.to_data()["promised"],
    }
    return voting.state_from_data(data)


def chosen_values(model):
    """The map from states of Voting to those of Consensus (the definition of `chosen` in Lamport's module Voting)."""

    def stands_for(consensus, state):
        chosen = [str(v) for v in model.types["Value"] if model.at(state).chosen(v)]
        return consensus.state_from_data({"chosen_values": {"#set": chosen}})

    return stands_for


def strangers(model, abstract, stands_for):
    """The steps of a model that stand for neither a step of the abstract one nor for nothing."""
    steps = {}
    level = model.initial_states()
    seen, found, real = set(level), [], 0
    assert {stands_for(abstract, state) for state in level} <= set(abstract.initial_states())
    while level:
        following = []
        for old in level:
            above = stands_for(abstract, old)
            if above not in steps:
                steps[above] = {step.state for step in abstract.transitions(above)}
            for step in model.transitions(old):
                new = stands_for(abstract, step.state)
                real += new != above
                if new != above and new not in steps[above]:
                    found.append(step)
                if step.state not in seen:
                    seen.add(step.state)
                    following.append(step.state)
        level = following
    assert real
    return found


SMALL = {"acceptors": 2, "values": 2, "ballots": 2}
LARGER = {"acceptors": 3, "values": 2, "ballots": 2}


@pytest.mark.parametrize("parameters", [SMALL, pytest.param(LARGER, marks=pytest.mark.full)])
def test_each_step_of_paxos_is_a_step_of_voting_or_none(parameters):
    assert not strangers(Paxos(**parameters), Voting(**parameters), votes_and_promises)


def test_an_acceptor_that_forgets_its_promise_does_not_refine_voting():
    assert strangers(ForgetfulAcceptor(**SMALL), Voting(**SMALL), votes_and_promises)


@pytest.mark.parametrize("parameters", [SMALL, pytest.param(LARGER, marks=pytest.mark.full)])
def test_each_step_of_voting_is_a_step_of_consensus_or_none(parameters):
    voting = Voting(**parameters)
    assert not strangers(voting, Consensus(values=2), chosen_values(voting))
