"""What Raft promises and does on disks that take their time (Ongaro, "Consensus: Bridging Theory and Practice", 2014,
section 10.2.1: writing to the leader's disk in parallel).

The model has what `quorate_invariants.raft_steps` asks for, without a network; and `written[i]`, how many entries of
the log of server i are on its disk.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant
from quorate_invariants.raft_steps import appended, commit_told, commits_own_term, copied, last_term, restarted


@invariant
def answered_when_written(m: Any) -> bool:
    """On a disk are entries of the log only, and all that a leader of the same term has been told of (figure 2: respond
    after updating stable storage)."""
    return all(m.written[j] <= len(m.log[j]) for j in m.Server) and all(
        m.match_index[i][j] <= m.written[j] for i in m.Server for j in m.Server if m.term[j] == m.term[i]
    )


@step_invariant
def written_as_a_whole(old: Any, new: Any) -> bool:
    """A disk changes when the log is written, to its end (10.2.1); nothing else adds to it or takes from it."""
    return all(new.written[i] == old.written[i] or new.written[i] == len(new.log[i]) for i in old.Server)


@step_invariant
def logs_kept_on_disk(old: Any, new: Any) -> bool:
    """A leader appends an entry of its term; a follower takes over a leader's entries (5.3); a crash leaves what is on
    the disk (figure 2)."""
    return all(
        new.log[i] == old.log[i]
        or appended(old, new, i)
        or copied(old, new, i)
        or (new.crashed > old.crashed and new.log[i] == old.log[i][: old.written[i]])
        for i in old.Server
    )


@step_invariant
def commits_on_disk(old: Any, new: Any) -> bool:
    """A leader commits up to an entry of its own term that it knows to be on the disks of a majority, of which its own
    need not be one (10.2.1; 5.4.2); a follower what a leader of its term has committed, and it has."""
    return all(
        new.commit_index[i] <= old.commit_index[i]
        or (
            commits_own_term(old, new, i)
            and 2 * sum(1 for j in old.Server if known_on_disk(old, i, j) >= new.commit_index[i]) > len(old.Server)
        )
        or commit_told(old, new, i)
        for i in old.Server
    )


def known_on_disk(m: Any, i: Any, j: Any) -> int:
    """How many entries leader i knows to be on the disk of server j."""
    return m.written[i] if i == j else m.match_index[i][j]


@step_invariant
def restarts_from_disk(old: Any, new: Any) -> bool:
    """A server that restarts is a follower with its term, vote and what is on its disk, and with nothing else."""
    return new.crashed == old.crashed or any(
        restarted(old, new, i) and new.log[i] == old.log[i][: old.written[i]] for i in old.Server
    )


@reachable
def committed_before_written(m: Any) -> bool:
    """An entry is committed that is not on the leader's own disk yet: the others, a majority, have it (10.2.1)."""
    return len(m.Server) < 3 or any(m.role[i] == m.Role.LEADER and m.commit_index[i] > m.written[i] for i in m.Server)


@reachable
def counts_itself(m: Any) -> bool:
    """A leader has committed an entry of its term that is on its disk, and on no more others than it takes (10.2.1)."""
    return any(
        m.role[i] == m.Role.LEADER
        and last_term(m.log[i][: m.commit_index[i]]) == m.term[i]
        and m.written[i] >= m.commit_index[i]
        and sum(1 for j in m.Server if m.written[j] >= m.commit_index[i]) == len(m.Server) // 2 + 1
        for i in m.Server
    )
