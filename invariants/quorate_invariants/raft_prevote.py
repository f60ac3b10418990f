"""Elections in Raft with PreVote, where only some servers reach each other (Ongaro, "Consensus: Bridging Theory and
Practice", 2014, section 9.6; Howard & Abraham, "Raft does not guarantee liveness in the face of network faults", 2020).

The model has servers `Server` with `role` and `term`, counted from the lowest; `linked(i, j)`, whether two of them
reach each other; and `spread`, how far a term may be above the lowest.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually_always, invariant, reachable, step_invariant


@invariant
def leaders_reach_each_other(m: Any) -> bool:
    """Any two servers that reach a majority reach each other; of five servers or more none reaches all (the network of
    Howard & Abraham); a link works both ways, and none leads back."""
    return all(
        m.linked(i, j) == m.linked(j, i)
        and (i != j or not m.linked(i, j))
        and (i == j or m.linked(i, j) or not (reaches_majority(m, i) and reaches_majority(m, j)))
        for i in m.Server
        for j in m.Server
    ) and (len(m.Server) < 5 or all(reached(m, i) < len(m.Server) - 1 for i in m.Server))


def reached(m: Any, i: Any) -> int:
    """How many servers reach server i."""
    return sum(1 for j in m.Server if m.linked(i, j))


def reaches_majority(m: Any, i: Any) -> bool:
    """Whether a server could win an election: it and those that it reaches are a majority."""
    return 2 * (reached(m, i) + 1) > len(m.Server)


@invariant
def terms_from_the_lowest(m: Any) -> bool:
    """Some server is in the lowest term, 0."""
    return any(m.term[i] == 0 for i in m.Server)


@step_invariant
def terms_followed_on_links(old: Any, new: Any) -> bool:
    """A server begins a term only if it hears from no leader and a majority would vote for it (9.6), and then leads, or
    hears of a newer term; others join only terms of servers that they reach: of a candidate, of a leader, as a leader
    that calls, or when they ask since they hear from none (5.1, 5.2). A step may count all terms lower by the same."""
    return any(
        all(
            new.term[i] + lower == old.term[i]
            or any(
                new.role[i] != old.Role.LEADER
                and old.linked(i, j)
                and old.term[j] > old.term[i]
                and new.term[i] + lower == old.term[j]
                and (old.role[j] == old.Role.LEADER or old.role[i] == old.Role.LEADER or not hears_leader(old, i))
                for j in old.Server
            )
            or any(
                (j == i or (old.linked(i, j) and new.role[i] != old.Role.LEADER))
                and new.term[i] + lower == old.term[j] + 1
                and would_be_elected(old, j)
                and (new.role[j] == old.Role.LEADER or newer_term_near(old, j))
                for j in old.Server
            )
            for i in old.Server
        )
        for lower in range(old.spread + 1)
    )


def hears_leader(m: Any, i: Any) -> bool:
    """Whether a server leads, or is called by a leader whose term is not older than its own (5.2)."""
    return m.role[i] == m.Role.LEADER or any(
        m.linked(i, j) and m.role[j] == m.Role.LEADER and m.term[j] >= m.term[i] for j in m.Server
    )


def would_be_elected(m: Any, i: Any) -> bool:
    """Whether a server hears from no leader, and in a majority, itself included, nobody does or is ahead (9.6)."""
    return not hears_leader(m, i) and 2 * (
        1 + sum(1 for j in m.Server if m.linked(i, j) and m.term[j] <= m.term[i] and not hears_leader(m, j))
    ) > len(m.Server)


def newer_term_near(m: Any, i: Any) -> bool:
    """Whether a server reaches one that is ahead of the term that it would begin."""
    return any(m.linked(i, j) and m.term[j] > m.term[i] + 1 for j in m.Server)


@reachable
def elected_by_just_a_majority(m: Any) -> bool:
    """A leader whose term no more than a majority has joined (5.2); of three servers, which all reach each other, all
    would."""
    return len(m.Server) == 3 or any(
        m.role[i] == m.Role.LEADER and sum(1 for j in m.Server if m.term[j] == m.term[i]) == len(m.Server) // 2 + 1
        for i in m.Server
    )


@eventually_always
def nobody_stays_behind(m: Any) -> bool:
    """From some moment on no server is in an older term than the leader: those that it does not reach learn of its term
    from others (5.1)."""
    return any(m.role[i] == m.Role.LEADER and all(m.term[j] >= m.term[i] for j in m.Server) for i in m.Server)
