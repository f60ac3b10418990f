"""What membership by gossip must satisfy (van Renesse et al., "A Gossip-Style Failure Detection Service", Middleware
1998; Das et al., "SWIM", DSN 2002).

The model has nodes `N`, `status[i]` of a `Status` with UP, and `view[i][k]`: the entry of node i for k, or None, with
its `incarnation` and whether the node has `left` in it; `later(e, other)` says whether one entry overrides another, and
`listed(i, k)` whether i has k for a member.
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


@eventually_always
def known_at_last(m: Any) -> bool:
    """When nodes have stopped to come and go, all that are up have all that are up on their lists."""
    return all(m.listed(i, k) for i in m.N for k in m.N if m.status[i] == m.Status.UP == m.status[k])


@reachable
def all_are_up(m: Any) -> bool:
    """All are members, and have heard so of each other."""
    return all(m.listed(i, k) for i in m.N for k in m.N)
