"""What membership by gossip must satisfy (van Renesse et al., "A Gossip-Style Failure Detection Service", Middleware
1998; Das et al., "SWIM", DSN 2002).

The model has nodes `N`, `status[i]` of a `Status` with OUT, UP and DOWN, `started[i]`: how often node i has, and
`view[i][k]`: the entry of node i for k, or None, an `Entry` with its `incarnation` and whether the node has `left` in
it; `later(e, other)` says whether one entry overrides another, and `listed(i, k)` whether i has k for a member.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually_always, invariant, reachable, step_invariant


@invariant
def news_of_oneself(m: Any) -> bool:
    """Nobody has later news of a node that is up than that node itself (SWIM, section 4.2)."""
    return all(
        m.listed(i, i) and not any(m.later(m.view[j][i], m.view[i][i]) for j in m.N)
        for i in m.N
        if m.status[i] == m.Status.UP
    )


@step_invariant
def view_monotone(old: Any, new: Any) -> bool:
    """While a node is up, its entries are overridden by later ones only."""
    return all(
        not new.later(old.view[i][k], new.view[i][k])
        for i in old.N
        if old.status[i] == old.Status.UP == new.status[i]
        for k in old.N
    )


def starts(old: Any, new: Any, i: Any) -> bool:
    """Whether node i, which is not up, is up in its next incarnation, and knows of itself only."""
    return (
        old.status[i] != old.Status.UP == new.status[i]
        and new.started[i] == old.started[i] + 1
        and all(
            new.view[i][k] == (old.Entry(incarnation=new.started[i], left=False) if k == i else None) for k in old.N
        )
    )


def stops(old: Any, new: Any, i: Any) -> bool:
    """Whether node i, which is up, is so no more, and its list is lost."""
    return (
        old.status[i] == old.Status.UP != new.status[i]
        and new.started[i] == old.started[i]
        and all(new.view[i][k] is None for k in old.N)
    )


def talks(old: Any, new: Any, i: Any, j: Any) -> bool:
    """Whether nodes i and j are up, and j comes to have the later of their entries for each node, or, for i itself, if
    i leaves, that it has left."""
    return old.status[i] == old.Status.UP == old.status[j] and all(
        new.view[j][k]
        == (
            old.Entry(incarnation=old.started[i], left=True)
            if k == i and new.status[i] == old.Status.OUT
            else later_of(old, i, j, k)
        )
        for k in old.N
    )


def later_of(m: Any, i: Any, j: Any, k: Any) -> Any:
    """The later of the entries of nodes i and j for node k."""
    return m.view[i][k] if m.later(m.view[i][k], m.view[j][k]) else m.view[j][k]


def runs_on(old: Any, new: Any, i: Any) -> bool:
    """Whether node i is up, or is not, as before."""
    return new.status[i] == old.status[i] and new.started[i] == old.started[i]


@step_invariant
def implements_membership(old: Any, new: Any) -> bool:
    """A step is a start, a crash, of which nobody is told, a departure, of which one other is, or an exchange."""
    return any(
        (starts(old, new, i) or (stops(old, new, i) and new.status[i] == old.Status.DOWN))
        and all(k == i or (runs_on(old, new, k) and new.view[k] == old.view[k]) for k in old.N)
        for i in old.N
    ) or any(
        i != j
        and talks(old, new, i, j)
        and (
            (stops(old, new, i) and new.status[i] == old.Status.OUT)
            or (runs_on(old, new, i) and new.view[i] == new.view[j])
        )
        and runs_on(old, new, j)
        and all(k in (i, j) or (runs_on(old, new, k) and new.view[k] == old.view[k]) for k in old.N)
        for i in old.N
        for j in old.N
    )


@eventually_always
def known_at_last(m: Any) -> bool:
    """When nodes have stopped to come and go, all that are up have all that are up on their lists."""
    return all(m.listed(i, k) for i in m.N for k in m.N if m.status[i] == m.Status.UP == m.status[k])


@reachable
def all_are_up(m: Any) -> bool:
    """All are members, and have heard so of each other."""
    return all(m.listed(i, k) for i in m.N for k in m.N)
