"""What atomic commitment must satisfy (Gray & Lamport, "Consensus on Transaction Commit", ACM TODS 31(1), 2006).

The model has resource managers `RM` and their states `rm_state`, of an `RMState` with COMMITTED and ABORTED.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, invariant, reachable, recoverable


@invariant
def consistent(m: Any) -> bool:
    """No resource manager has committed while another has aborted (TLA+ module TCommit, TCConsistent)."""
    return not (
        any(m.rm_state[r] == m.RMState.COMMITTED for r in m.RM)
        and any(m.rm_state[r] == m.RMState.ABORTED for r in m.RM)
    )


@reachable
def all_committed(m: Any) -> bool:
    """The transaction can commit at every resource manager."""
    return all(m.rm_state[r] == m.RMState.COMMITTED for r in m.RM)


@reachable
def all_aborted(m: Any) -> bool:
    """The transaction can abort at every resource manager."""
    return all(m.rm_state[r] == m.RMState.ABORTED for r in m.RM)


@eventually
def all_decided(m: Any) -> bool:
    """Every resource manager commits or aborts in the end (section 2: every correct process decides)."""
    return all(m.rm_state[r] in (m.RMState.COMMITTED, m.RMState.ABORTED) for r in m.RM)


@recoverable
def decision_possible(m: Any) -> bool:
    """Whatever has happened, every resource manager can still commit or abort."""
    return all(m.rm_state[r] in (m.RMState.COMMITTED, m.RMState.ABORTED) for r in m.RM)
