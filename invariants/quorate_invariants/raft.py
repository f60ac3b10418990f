"""What Raft promises (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, figure 3).

The model has servers `Server` with `role`, `term`, `voted_for`, `log` (entries with a `term`) and `commit_index`. No
history is in the state: each property is told by the present state or by one step, and says how where that matters.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@invariant
def election_safety(m: Any) -> bool:
    """No two servers are leader in the same term (figure 3, Election Safety; section 5.2).

    An earlier leader of the term cannot have been forgotten: a leader that steps down has seen a higher term.
    """
    return not any(
        i != j and m.role[i] == m.Role.LEADER and m.role[j] == m.Role.LEADER and m.term[i] == m.term[j]
        for i in m.Server
        for j in m.Server
    )


@step_invariant
def leader_append_only(old: Any, new: Any) -> bool:
    """A leader never overwrites or deletes an entry of its log (figure 3, Leader Append-Only; section 5.3)."""
    return all(
        new.log[i][: len(old.log[i])] == old.log[i]
        for i in new.Server
        if old.role[i] == old.Role.LEADER and new.role[i] == new.Role.LEADER
    )


@invariant
def log_matching(m: Any) -> bool:
    """Logs with an entry of the same index and term are the same up to there (figure 3, Log Matching; section 5.3)."""
    return all(
        m.log[i][: k + 1] == m.log[j][: k + 1]
        for i in m.Server
        for j in m.Server
        for k in range(min(len(m.log[i]), len(m.log[j])))
        if m.log[i][k].term == m.log[j][k].term
    )


@invariant
def leader_completeness(m: Any) -> bool:
    """A leader has every entry that was committed in its term or before (figure 3, Leader Completeness; section 5.4).

    Instead of a history of commits it asks the servers that know of one: what a server holds to be committed was
    committed in its present term or before, so that every leader of that term or a higher one must have it.
    """
    return all(
        m.log[i][: m.commit_index[j]] == m.log[j][: m.commit_index[j]]
        for i in m.Server
        for j in m.Server
        if m.role[i] == m.Role.LEADER and m.term[j] <= m.term[i]
    )


@invariant
def state_machine_safety(m: Any) -> bool:
    """No two servers hold different entries committed at one index (figure 3, State Machine Safety; section 5.4.3)."""
    return all(
        m.log[i][: min(m.commit_index[i], m.commit_index[j])] == m.log[j][: min(m.commit_index[i], m.commit_index[j])]
        for i in m.Server
        for j in m.Server
    )


@step_invariant
def one_vote_per_term(old: Any, new: Any) -> bool:
    """A server's term never goes back, and within a term its vote never changes (section 5.1; section 5.2)."""
    return all(
        new.term[i] > old.term[i]
        or (new.term[i] == old.term[i] and (old.voted_for[i] is None or new.voted_for[i] == old.voted_for[i]))
        for i in new.Server
    )


@step_invariant
def commit_monotone(old: Any, new: Any) -> bool:
    """No commit index goes back, except where a server loses its memory (figure 2: increases monotonically)."""
    return new.crashed > old.crashed or all(new.commit_index[i] >= old.commit_index[i] for i in new.Server)


@step_invariant
def match_monotone(old: Any, new: Any) -> bool:
    """While a leader leads, what it knows to be replicated on others never shrinks (figure 2: matchIndex)."""
    return all(
        new.match_index[i][j] >= old.match_index[i][j]
        for i in new.Server
        if old.role[i] == old.Role.LEADER and new.role[i] == new.Role.LEADER and new.term[i] == old.term[i]
        for j in new.Server
    )


@reachable
def leader_elected(m: Any) -> bool:
    """Some server becomes leader."""
    return any(m.role[i] == m.Role.LEADER for i in m.Server)


@reachable
def entry_committed(m: Any) -> bool:
    """Some server knows an entry to be committed (never so where the bounds allow no entry)."""
    return any(m.commit_index[i] > 0 for i in m.Server)


@reachable
def change_committed(m: Any) -> bool:
    """Some server knows a change of the members to be committed."""
    return any(m.commit_index[i] > 0 and m.log[i][m.commit_index[i] - 1].members != m.first for i in m.Server)
