"""Bounded search with z3 finds violations as short as the explorer's."""

import pytest

from quorate import bounded_check, check
from quorate.finder import find_model

FAST = [
    "two-phase-commit:EagerCommit",
    "two-phase-commit:AbortAfterPrepared",
    "paxos:HalfIsEnough",
    "paxos:ForgetfulAcceptor",
    "gossip:OverwritingGossip",
    "lock-server:ImpatientServer",
    "raft-election:ForgetfulVoter",
    "raft-tla:DoubleVote",
    "paxos:EarliestVote",
]
# 26 states, in minutes
SLOW = [pytest.param("raft-tla:VoteWithoutLog", marks=pytest.mark.full)]


@pytest.mark.parametrize("name", [*FAST, *SLOW])
def test_as_short_as_the_explorers(name):
    model = find_model(name)
    wanted = model.expected.property
    explored = check(model(**model.expected.found_at), properties=[wanted])
    length = len(explored.verdict.trace.steps)
    unrolled = bounded_check(model(**model.expected.found_at), properties=[wanted], max_depth=length + 2)
    assert unrolled.verdict.name == "violated"
    assert len(unrolled.verdict.trace.steps) == length
