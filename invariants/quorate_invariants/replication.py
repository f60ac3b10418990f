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


@step_invariant
def implements_anti_entropy(old: Any, new: Any) -> bool:
    """Whatever changes is one entry, of which its owner makes the next version, or what one conversation brings."""
    return (
        all(new.known[i] == old.known[i] for i in new.N)
        or any(updates(old, new, i) for i in new.N)
        or any(resolves(old, new, i, j) for i in new.N for j in new.N if i != j)
    )


def updates(old: Any, new: Any, i: Any) -> bool:
    """Whether a node updates its own entry, and no more happens (section 1.1, Update)."""
    return all(
        new.known[j][k] == (old.known[j][k] + 1 if j == i and k == i else old.known[j][k]) for j in new.N for k in new.N
    )


def resolves(old: Any, new: Any, i: Any, j: Any) -> bool:
    """Whether node i calls node j, and no more happens: the one that is called comes to hold the newer versions of both
    (push), the one that calls does (pull), or either (push-pull; section 1.3, ResolveDifference)."""
    return all(
        new.known[n][k]
        == (
            max(old.known[i][k], old.known[j][k])
            if (n == i and new.mode != new.Mode.PUSH) or (n == j and new.mode != new.Mode.PULL)
            else old.known[n][k]
        )
        for n in new.N
        for k in new.N
    )


@invariant
def owner_is_ahead(m: Any) -> bool:
    """No node holds a newer version of an entry than its owner: gossip invents nothing."""
    return all(m.known[i][k] <= m.known[k][k] for i in m.N for k in m.N)


@reachable
def converged(m: Any) -> bool:
    """Every entry has been updated, and all nodes hold its owner's version (section 1.1, the goal)."""
    return all(m.known[k][k] > 0 and m.known[i][k] == m.known[k][k] for i in m.N for k in m.N)
