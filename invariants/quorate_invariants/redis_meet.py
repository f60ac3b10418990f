"""What the handshake of Redis Cluster promises (Redis Cluster Specification, "Node handshake").

The model has nodes `N` and `link[i][j]` of a `Link`: what node i has with node j. It says by `joined(i, j)` whether
commands of an administrator connect the two, directly or by way of others.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, leads_to, reachable


@invariant
def clusters_stay_apart(m: Any) -> bool:
    """A node knows only nodes that commands of an administrator have joined it with, by whatever detour."""
    return all(m.link[i][j] == m.Link.NONE or m.joined(i, j) for i in m.N for j in m.N)


def all_joined(m: Any) -> bool:
    """The commands of administrators make a connected graph."""
    return all(m.joined(i, j) for i in m.N for j in m.N)


def all_known(m: Any) -> bool:
    """Every node knows every other: the cluster is a full mesh."""
    return all(m.link[i][j] == m.Link.KNOWN for i in m.N for j in m.N if i != j)


meshed = reachable(all_known)
joined_becomes_mesh = leads_to(all_joined, all_known)
