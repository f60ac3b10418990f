"""What must be seen of fast rounds, so that nothing about them is vacuous (Lamport, "Fast Paxos", 2006, section 3).

The model says by `chosen_in(round, value)` whether a value has been chosen in a round, by `is_fast(round)` whether the
round is fast, and by `voted_in(acceptor, round, value)` whether the acceptor has voted for the value there.
"""

from __future__ import annotations

from typing import Any

from quorate import reachable


@reachable
def chosen_fast(m: Any) -> bool:
    """A value is chosen in a fast round: two message delays after it was proposed (section 3.1)."""
    return any(m.is_fast(r) and m.chosen_in(r, v) for r in m.Round for v in m.Value)


@reachable
def collision_recovered(m: Any) -> bool:
    """Acceptors vote for different values in a fast round, and a later classic round chooses one (section 3.2)."""
    return any(
        m.is_fast(r)
        and not m.is_fast(k)
        and m.chosen_in(k, v)
        and all(any(m.voted_in(a, r, w) for a in m.Acceptor) for w in m.Value)
        for r in m.Round
        for k in m.Round
        for v in m.Value
        if r < k
    )
