"""What the handshake of Redis Cluster promises (Redis Cluster Specification, "Node handshake").

The model has nodes `N` and `link[i][j]` of a `Link`: what node i has with node j; `told[i]`, the nodes that commands of
an administrator have told it to meet. It says by `joined(i, j)` whether such commands connect the two, directly or by
way of others. It counts what its environment does: `commands`; MEETs without an answer, `lost` of at most `losses`;
pings of strangers, `strayed` of at most `strays`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, leads_to, reachable, step_invariant


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


joined_becomes_mesh = leads_to(all_joined, all_known)


@step_invariant
def links_followed(old: Any, new: Any) -> bool:
    """Only a command begins a MEET, and only gossip, by a known node about one that it knows, a handshake; by either a
    node comes to be known, and by a MEET also the one who sends it. No other packet changes a link ("Node
    handshake")."""
    return all(
        new.link[i][j] == old.link[i][j]
        or (new.link[i][j] == new.Link.MEET and old.link[i][j] == old.Link.NONE and new.commands == old.commands + 1)
        or (
            new.link[i][j] == new.Link.HANDSHAKE
            and old.link[i][j] == old.Link.NONE
            and any(old.link[i][k] == old.Link.KNOWN and old.link[k][j] == old.Link.KNOWN for k in old.N)
        )
        or (
            new.link[i][j] == new.Link.KNOWN
            and (old.link[i][j] in (old.Link.MEET, old.Link.HANDSHAKE) or old.link[j][i] == old.Link.MEET)
        )
        for i in old.N
        for j in old.N
    )


@invariant
def commands_between_strangers(m: Any) -> bool:
    """Each command has told one node to meet another, with which it had no link and has one since; none ever has a
    link with itself, whatever it is told by others."""
    return sum(len(m.told[i]) for i in m.N) == m.commands and all(
        m.link[i][i] == m.Link.NONE and all(m.link[i][j] != m.Link.NONE for j in m.told[i]) for i in m.N
    )


@step_invariant
def strays_between_strangers(old: Any, new: Any) -> bool:
    """Pings go astray only where one node does not know another ("Node handshake": other pings are of known nodes)."""
    return new.strayed == old.strayed or any(i != j and old.link[i][j] == old.Link.NONE for i in old.N for j in old.N)


@reachable
def meshed_in_spite(m: Any) -> bool:
    """The cluster becomes a full mesh though all that can go wrong has gone wrong."""
    return all_known(m) and m.lost == m.losses and m.strayed == m.strays


@reachable
def known_on_one_side(m: Any) -> bool:
    """One node knows another, and that is all that anybody knows: a MEET has arrived, and its pong has not."""
    return m.losses == 0 or sum(1 for i in m.N for j in m.N if m.link[i][j] == m.Link.KNOWN) == 1
