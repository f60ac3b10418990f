"""What Zab promises (Junqueira, Reed, Serafini, "Zab: High-performance broadcast for primary-backup systems", 2011).

The model has servers `Server` with `history`, and `committed`, the longest history that was ever committed, in
`committed_epoch`. It says by `is_established(i)` whether a server leads and a quorum has taken over its history.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@invariant
def committed_transaction_kept(m: Any) -> bool:
    """An established leader has what was committed in its epoch or before (primary integrity)."""
    return all(
        m.history[i][: len(m.committed)] == m.committed
        for i in m.Server
        if m.is_established(i) and m.committed_epoch <= m.accepted_epoch[i]
    )


@invariant
def one_leader_per_epoch(m: Any) -> bool:
    """No two servers lead established in the same epoch (phase 1: epochs are unique)."""
    return not any(
        i != j and m.is_established(i) and m.is_established(j) and m.accepted_epoch[i] == m.accepted_epoch[j]
        for i in m.Server
        for j in m.Server
    )


@step_invariant
def committed_grows(old: Any, new: Any) -> bool:
    """What has been committed stays so, in its order (total order)."""
    return new.committed[: len(old.committed)] == old.committed


@reachable
def committed_in_last_epoch(m: Any) -> bool:
    """A transaction is committed, and a leader is established in the last epoch."""
    return len(m.committed) > 0 and any(m.is_established(i) and m.accepted_epoch[i] == m.max_epoch for i in m.Server)
