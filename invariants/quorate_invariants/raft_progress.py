"""How a request to Raft comes to be applied (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm",
2014, sections 5.1 to 5.3).

The model has servers `Server` with `role`, `term`, `voted_for` and, of those that stand for election or have won,
`votes`; `has_request`, whether a client has made its request; and the sets of servers that have the entry in their
logs, `has_entry`, and that have applied it, `has_applied`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@invariant
def votes_are_of_their_terms(m: Any) -> bool:
    """A vote is for a server that has been in the term of the vote; for itself votes only who stood in the term. Those
    who stand count their own vote, and votes that were given to them; who counts a majority leads (5.2)."""
    return all(
        (m.voted_for[i] != i or m.role[i] != m.Role.FOLLOWER)
        and all(m.term[j] >= m.term[i] for j in m.Server if j == m.voted_for[i])
        and all(m.term[j] > m.term[i] or (m.term[j] == m.term[i] and m.voted_for[j] == i) for j in m.votes[i])
        and (i in m.votes[i]) == (m.role[i] != m.Role.FOLLOWER)
        and (2 * len(m.votes[i]) > len(m.Server)) == (m.role[i] == m.Role.LEADER)
        for i in m.Server
    )


@step_invariant
def entry_followed(old: Any, new: Any) -> bool:
    """The entry comes into a leader's log when there is a request, and into that of another from a leader that has it
    (5.3)."""
    return all(
        i in old.has_entry
        or (old.role[i] == old.Role.LEADER and old.has_request)
        or any(old.role[j] == old.Role.LEADER and j in old.has_entry for j in old.Server)
        for i in new.has_entry
    )


@step_invariant
def applied_when_committed(old: Any, new: Any) -> bool:
    """A leader applies the entry once a majority has it; another when a leader that has applied it says so (5.3)."""
    return all(
        i in old.has_applied
        or (old.role[i] == old.Role.LEADER and 2 * len(old.has_entry) > len(old.Server))
        or any(old.role[j] == old.Role.LEADER and j in old.has_applied for j in old.Server)
        for i in new.has_applied
    )


@reachable
def applied_by_just_a_majority(m: Any) -> bool:
    """The entry is applied though no more than a majority has it (5.3)."""
    return len(m.has_applied) > 0 and len(m.has_entry) == len(m.Server) // 2 + 1


@reachable
def two_leaders(m: Any) -> bool:
    """Two servers lead at once, of three or more: the older leader has not heard of the newer term yet (5.1)."""
    return len(m.Server) < 3 or any(
        m.role[i] == m.Role.LEADER and m.role[j] == m.Role.LEADER and m.term[i] < m.term[j]
        for i in m.Server
        for j in m.Server
    )
