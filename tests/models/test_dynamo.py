"""Dynamo: reads are fresh exactly if read and write quorums meet, at all sizes up to three replicas."""

import itertools

import pytest

from quorate import Var, invariant
from quorate_models.dynamo import Dynamo

QUORUMS = [(n, r, w) for n in (1, 2, 3) for r, w in itertools.product(range(1, n + 1), repeat=2)]


@pytest.mark.parametrize(
    ("n", "r", "w"), [pytest.param(*one, marks=[pytest.mark.full] if one[0] == 3 else []) for one in QUORUMS]
)
def test_no_read_is_stale_exactly_if_quorums_meet(n, r, w, brute_force):
    """Gifford, section 2; DeCandia et al., section 4.5: R + W > N."""
    space = brute_force(Dynamo(N=n, R=r, W=w, writes=1))
    assert space.violated.keys() == (set() if r + w > n else {"no_stale_read"})
    # a write that need not reach all is read before it has
    assert space.reached == ({"fresh_read"} if w < n else set())


class Remembering(Dynamo):
    """Remembers the newest version that any read has returned."""

    best = Var(Dynamo.Version, init=0)

    def end_read(self):
        super().end_read()
        self.best = max(self.best, self.result)

    @invariant
    def reads_go_forward(self):
        return self.result is None or self.result >= self.best


def test_a_read_during_a_write_may_be_newer_than_the_next(brute_force):
    """Quorums make a regular register, not an atomic one: read repair comes after the answer (section 5)."""
    assert brute_force(Remembering(N=2, R=1, W=2, writes=1)).violated.keys() == {"reads_go_forward"}
