"""The shipped models mean the same natively and in the kernel, on the first states and on walks."""

import random

import pytest

from quorate.finder import variants
from quorate_models.gossip import Gossip
from quorate_models.paxos import Paxos
from quorate_models.raft import Membership, PreVote, Raft, Reads
from quorate_models.raft_tla import RaftTla
from quorate_models.two_phase_commit import TwoPhaseCommit

SHIPPED = [TwoPhaseCommit, Paxos, RaftTla, Gossip]
MODELS = [*SHIPPED, *(variant for model in SHIPPED for variant in variants(model))]
# layers of one text
LAYERS = [Raft, Membership, Reads, PreVote]


def walk(probe, kernel, steps, seed):
    """A walk from an initial state, starting again at the end of each behaviour."""
    model, choose = kernel.model, random.Random(seed)
    state = choose.choice(model.initial_states())
    for _ in range(steps):
        found = probe.differences(kernel, state)
        assert not found, f"in the state\n{state}\n" + "\n".join(found)
        ahead = [step.state for step in model.successors(state) if step.state != state]
        state = choose.choice(ahead or model.initial_states())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_shipped(model, probe):
    kernel = probe.Probe(model())
    assert probe.agree(kernel, most=40) > 1
    walk(probe, kernel, 30, seed=model.__name__)


@pytest.mark.full
@pytest.mark.parametrize("model", [*MODELS, *LAYERS], ids=lambda model: model.__name__)
def test_shipped_at_length(model, probe):
    kernel = probe.Probe(model())
    assert probe.agree(kernel, most=2_000) > 1
    for seed in range(20):
        walk(probe, kernel, 300, seed)
