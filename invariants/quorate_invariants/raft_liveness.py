"""What elections in Raft must come to (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm").

The model has servers `Server`, and `role[i]` of a `Role` with LEADER. Where it is asked what servers do with votes, it
has `term`, `voted_for`, the `votes` that a server counts, a `majority`, and by how many terms servers may `spread`.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, eventually_always, invariant, reachable, recoverable
from quorate_invariants.raft_steps import has_vote


@invariant
def votes_add_up(m: Any) -> bool:
    """A server that stands has its own vote, and counts no other that was not given to it; it leads if they are a
    majority, and not before. A follower counts none (section 5.2)."""
    return all(
        len(m.votes[i]) == 0
        if m.role[i] == m.Role.FOLLOWER
        else m.voted_for[i] == i
        and i in m.votes[i]
        and all(has_vote(m, i, j) for j in m.votes[i])
        and (m.role[i] == m.Role.LEADER) == (len(m.votes[i]) >= m.majority)
        for i in m.Server
    )


@invariant
def votes_are_counted(m: Any) -> bool:
    """A vote is for who stands in the term of the voter, and is counted there, or who has gone on to a newer one
    (section 5.2)."""
    return all(
        m.term[i] > m.term[j] or (m.term[i] == m.term[j] and j in m.votes[i])
        for j in m.Server
        for i in m.Server
        if m.voted_for[j] == i
    )


@invariant
def terms_close(m: Any) -> bool:
    """Terms count from the lowest, and nobody is further ahead of it than is allowed."""
    return any(m.term[i] == 0 for i in m.Server) and all(m.term[i] <= m.spread for i in m.Server)


@reachable
def leads_in_an_old_term(m: Any) -> bool:
    """A server leads though another stands for election in a newer term, of which the voters do not know (if there is a
    majority without that one)."""
    return len(m.Server) < 3 or any(
        m.role[i] == m.Role.LEADER and m.role[j] == m.Role.CANDIDATE and m.term[i] < m.term[j]
        for i in m.Server
        for j in m.Server
    )


@eventually
def leader_comes(m: Any) -> bool:
    """Some server becomes leader (section 5.2)."""
    return any(m.role[i] == m.Role.LEADER for i in m.Server)


@recoverable
def leader_possible(m: Any) -> bool:
    """Whatever has happened, some server can still become leader."""
    return any(m.role[i] == m.Role.LEADER for i in m.Server)


@eventually_always
def leader_stays(m: Any) -> bool:
    """From some moment on there is always a leader (section 5.2)."""
    return any(m.role[i] == m.Role.LEADER for i in m.Server)


def requested(m: Any) -> bool:
    """A client has made a request."""
    return m.has_request


def request_applied(m: Any) -> bool:
    """Every server has applied it (section 5.3)."""
    return all(i in m.has_applied for i in m.Server)
