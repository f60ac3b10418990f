"""What a store of which reads and writes wait for some of the replicas must satisfy (Gifford, "Weighted Voting for
Replicated Data", SOSP 1979; DeCandia et al., "Dynamo", SOSP 2007, section 4.5).

The model has replicas `Replica`; `stored[r]`: the version that replica r has; `begun`: the newest version that a client
has begun to write; of the last read that is over the `result`, and `at_least`: the newest version that was finished
when the read began.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually_always, invariant, reachable


@invariant
def no_stale_read(m: Any) -> bool:
    """A read returns what was finished when it began, or something newer (Gifford, section 2)."""
    return m.result is None or m.result >= m.at_least


@invariant
def never_invents(m: Any) -> bool:
    """No replica has a version that nobody has begun to write."""
    return all(m.stored[r] <= m.begun for r in m.Replica)


@reachable
def fresh_read(m: Any) -> bool:
    """A read has returned a finished write that not every replica has yet."""
    return m.result is not None and m.result == m.at_least and any(m.stored[r] < m.result for r in m.Replica)


@eventually_always
def all_catch_up(m: Any) -> bool:
    """The replicas come to have the same version, and stay so (DeCandia et al., sections 4.1 and 4.7)."""
    return all(m.stored[r] == m.stored[s] for r in m.Replica for s in m.Replica)
