"""What clients of Raft see: state machines, and writes that were acknowledged (Ongaro & Ousterhout, "In Search of an
Understandable Consensus Algorithm", 2014, figure 3 and section 8).

The model has what `quorate_invariants.raft` asks for; `machine[i]`, the entries that server i has applied, in order;
`acknowledged`, the writes that clients were told of; `durable_log(i)`, the part of a log that survives a crash.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable


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
def acknowledged_durable(m: Any) -> bool:
    """Every write that a client was told of is where it was, on the disks of a majority (section 5.3)."""
    return (
        sum(1 for i in m.Server if m.durable_log(i)[: len(m.acknowledged)] == m.acknowledged) >= len(m.Server) // 2 + 1
    )


@reachable
def write_acknowledged(m: Any) -> bool:
    """Some client is told of its write (never so where the bounds allow no entry)."""
    return len(m.acknowledged) > 0
