"""What the spreading of updates must satisfy in the end (Demers et al., "Epidemic Algorithms for Replicated Database
Maintenance", PODC 1987, section 1.3).

The model has nodes `N`, each with an update of its own, `has[i]`: the nodes whose update node i has, the `mode` of
their conversations, and the `topology`: who calls whom. Where they go round a ring, `called` are those who have called
in this round, in some `order`, and a `bound()` says how many `conversations` are enough.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, invariant, reachable, recoverable, step_invariant


@eventually
def all_informed(m: Any) -> bool:
    """Every update reaches every node (section 1.3: anti-entropy spreads all updates)."""
    return all(k in m.has[i] for i in m.N for k in m.N)


@recoverable
def everyone_is_told(m: Any) -> bool:
    """However the run goes on, every update can still reach every node."""
    return all(k in m.has[i] for i in m.N for k in m.N)


def resolves(old: Any, new: Any, i: Any, j: Any) -> bool:
    """Whether node i calls node j, and no more happens: the one that is called comes to have the updates of both
    (push), the one that calls does (pull), or either (push-pull; section 1.3, ResolveDifference)."""
    return all(
        new.has[n]
        == (
            old.has[i] | old.has[j]
            if (n == i and old.mode != old.Mode.PUSH) or (n == j and old.mode != old.Mode.PULL)
            else old.has[n]
        )
        for n in old.N
    )


def is_next(m: Any, i: Any, j: Any) -> bool:
    """Whether node j is the next one after node i around the ring."""
    return j.index == (i.index + 1) % m.nodes


@step_invariant
def implements_dissemination(old: Any, new: Any) -> bool:
    """Whatever changes is what one conversation brings to those who have it, neighbours where there is a ring."""
    return all(new.has[i] == old.has[i] for i in old.N) or any(
        resolves(old, new, i, j)
        for i in old.N
        for j in old.N
        if i != j and (old.topology != old.Topology.RING or is_next(old, i, j))
    )


@step_invariant
def goes_round(old: Any, new: Any) -> bool:
    """A step is one conversation, of a node that has not called in this round, and whose turn it is if they have turns,
    with the next of the ring; when all have called, another round begins."""
    return any(
        i not in old.called
        and (old.order == old.Order.ANY or all(k in old.called for k in old.N if k.index < i.index))
        and new.called == (set() if len(old.called) == old.nodes - 1 else old.called | {i})
        and new.conversations == old.conversations + 1
        and any(is_next(old, i, j) and resolves(old, new, i, j) for j in old.N)
        for i in old.N
    )


@invariant
def told_in_time(m: Any) -> bool:
    """A run is over after as many conversations as the bound says, and then every node has every update."""
    return m.conversations < m.bound() or (
        m.conversations == m.bound() and all(k in m.has[i] for i in m.N for k in m.N)
    )


@reachable
def bound_is_tight(m: Any) -> bool:
    """In some run a node lacks an update until the last conversation that the bound allows."""
    return m.conversations == m.bound() - 1 and any(k not in m.has[i] for i in m.N for k in m.N)
