"""Paxos' proposers beside real ballot numbers.

The model keeps ranks in place of numbers. Once it took the promise of a ballot that was given up for one of the next
lower ballot, so that the acceptor could still vote there. Two proposers do not show it: it takes a third to be between.
"""

import random

import pytest

from quorate_models.paxos_liveness import PaxosLiveness


class Numbers:
    """The same proposers and acceptors, with ballot numbers that only go up."""

    def __init__(self, model):
        self.majority = model.majority
        self.proposers, self.acceptors = list(model.types["Proposer"]), list(model.types["Acceptor"])
        self.ballot = dict.fromkeys(self.proposers, 0)
        self.promised = dict.fromkeys(self.acceptors, 0)
        self.promises = {p: set() for p in self.proposers}
        self.votes = {p: set() for p in self.proposers}
        self.distinguished = None

    def steps(self):
        chosen = any(len(votes) >= self.majority for votes in self.votes.values())
        for p in self.proposers:
            number = self.ballot[p]
            if self.distinguished is None:
                yield "distinguish", (p,)
            refused = number == 0 or max(self.promised.values()) > number
            if not chosen and self.distinguished in (None, p) and refused:
                yield "begin", (p,)
            for a in self.acceptors:
                if self.promised[a] < number:
                    yield "promise", (p, a)
                if len(self.promises[p]) >= self.majority and a not in self.votes[p] and self.promised[a] <= number:
                    yield "accept", (p, a)

    def take(self, name, p, a=None):
        match name:
            case "distinguish":
                self.distinguished = p
            case "begin":
                self.ballot[p] = max(*self.ballot.values(), *self.promised.values()) + 1
                self.promises[p], self.votes[p] = set(), set()
            case "promise" | "accept":
                self.promised[a] = self.ballot[p]
                (self.promises if name == "promise" else self.votes)[p].add(a)


@pytest.mark.parametrize("proposers", [2, 3])
def test_ranks_allow_what_numbers_allow(proposers):
    model = PaxosLiveness(proposers=proposers)
    remembered = 0
    for seed in range(300):
        draw = random.Random(seed)
        numbers, [state] = Numbers(model), model.initial_states()
        for _ in range(30):
            steps = {(step.action, tuple(step.arguments.values())): step for step in model.successors(state)}
            assert set(steps) == set(numbers.steps()), f"seed {seed}, in\n{state}"
            if not steps:
                break
            name, arguments = draw.choice(sorted(steps, key=str))
            state = steps[name, arguments].state
            numbers.take(name, *arguments)
            remembered += any(number not in (0, *numbers.ballot.values()) for number in numbers.promised.values())
    assert remembered
