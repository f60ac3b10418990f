"""What epidemic replication of versioned entries must satisfy (Demers et al., "Epidemic Algorithms for Replicated
Database Maintenance", PODC 1987).

The model has nodes `N`, each of which owns one entry, and `known[i][k]`: the version of k's entry that node i holds.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@step_invariant
def versions_monotone(old: Any, new: Any) -> bool:
    """No node ever goes back to an older version (section 1.3: only a larger timestamp wins)."""
    return all(new.known[i][k] >= old.known[i][k] for i in new.N for k in new.N)


@invariant
def owner_is_ahead(m: Any) -> bool:
    """No node holds a newer version of an entry than its owner: gossip invents nothing."""
    return all(m.known[i][k] <= m.known[k][k] for i in m.N for k in m.N)


@reachable
def converged(m: Any) -> bool:
    """Every entry has been updated, and all nodes hold its owner's version (section 1.1, the goal)."""
    return all(m.known[k][k] > 0 and m.known[i][k] == m.known[k][k] for i in m.N for k in m.N)
