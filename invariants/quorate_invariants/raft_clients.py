"""What clients of Raft see: state machines, and writes that were acknowledged (Ongaro & Ousterhout, "In Search of an
Understandable Consensus Algorithm", 2014, figure 3 and section 8).

The model has what `quorate_invariants.raft` asks for; `machine[i]`, the entries that server i has applied, in order;
`acknowledged`, the writes that clients know of; for reads the leader that is asked, `reader`, `known_then`, how many
writes clients knew of when it was, and `answered`, how many reads were answered.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@invariant
def machines_agree(m: Any) -> bool:
    """No two servers have applied different entries at one index, nor has any client been told of another (figure 3,
    State Machine Safety)."""
    return all(
        agree(m.machine[i], m.machine[j]) and agree(m.machine[i], m.acknowledged) for i in m.Server for j in m.Server
    )


def agree(a: Any, b: Any) -> bool:
    """Whether one of two sequences begins with the other."""
    return a[: min(len(a), len(b))] == b[: min(len(a), len(b))]


@invariant
def applied_is_committed(m: Any) -> bool:
    """A state machine has entries of the server's log that it knows to be committed, and no others (section 5.3)."""
    return all(
        len(m.machine[i]) <= m.commit_index[i] and m.machine[i] == m.log[i][: len(m.machine[i])] for i in m.Server
    )


@invariant
def acknowledged_durable(m: Any) -> bool:
    """Every write that a client was told of is in the logs of a majority, at its place (section 5.3)."""
    return sum(1 for i in m.Server if m.log[i][: len(m.acknowledged)] == m.acknowledged) >= len(m.Server) // 2 + 1


@step_invariant
def linearizable_reads(old: Any, new: Any) -> bool:
    """A read that is answered tells of every write that any client knew of when it began (section 8)."""
    return new.answered == old.answered or all(
        len(old.machine[i]) >= old.known_then for i in old.Server if i == old.reader
    )


@reachable
def read_of_a_write(m: Any) -> bool:
    """Some read is answered after a write."""
    return m.answered > 0 and len(m.acknowledged) > 0


@reachable
def write_acknowledged(m: Any) -> bool:
    """Some client is told of its write (never so where the bounds allow no entry)."""
    return len(m.acknowledged) > 0
