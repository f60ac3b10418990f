"""What atomic commitment must satisfy (Gray & Lamport, "Consensus on Transaction Commit", ACM TODS 31(1), 2006).

The model has resource managers `RM` and their states `rm_state`, of an `RMState` with the four states of the TLA+
module TCommit; some properties speak of a transaction manager too: its `tm_state`, and `tm_prepared` that it knows of.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually, invariant, reachable, recoverable, step_invariant


@invariant
def consistent(m: Any) -> bool:
    """No resource manager has committed while another has aborted (TLA+ module TCommit, TCConsistent)."""
    return not (
        any(m.rm_state[r] == m.RMState.COMMITTED for r in m.RM)
        and any(m.rm_state[r] == m.RMState.ABORTED for r in m.RM)
    )


@step_invariant
def implements_commit(old: Any, new: Any) -> bool:
    """Every step is one of atomic commitment, or changes no resource manager (TwoPhase: TPSpec => TC!TCSpec): who is
    working prepares; who is prepared commits, if all are prepared or have committed; who has not committed aborts, if
    nobody has committed."""
    return all(
        new.rm_state[r] == old.rm_state[r]
        or (new.rm_state[r] == old.RMState.PREPARED and old.rm_state[r] == old.RMState.WORKING)
        or (
            new.rm_state[r] == old.RMState.COMMITTED
            and all(old.rm_state[q] in (old.RMState.PREPARED, old.RMState.COMMITTED) for q in old.RM)
        )
        or (
            new.rm_state[r] == old.RMState.ABORTED
            and old.rm_state[r] in (old.RMState.WORKING, old.RMState.PREPARED)
            and all(old.rm_state[q] != old.RMState.COMMITTED for q in old.RM)
        )
        for r in old.RM
    )


@step_invariant
def decided_once(old: Any, new: Any) -> bool:
    """A transaction manager that has decided neither changes its mind nor takes note of anything more."""
    return old.tm_state == old.TMState.INIT or (old.tm_state == new.tm_state and old.tm_prepared == new.tm_prepared)


@reachable
def told_to_abort(m: Any) -> bool:
    """A resource manager that the transaction manager knows to be prepared may still be told to abort."""
    return any(m.rm_state[r] == m.RMState.ABORTED for r in m.tm_prepared)


@reachable
def aborts_alone(m: Any) -> bool:
    """A resource manager may abort before anything is decided."""
    return m.tm_state == m.TMState.INIT and any(m.rm_state[r] == m.RMState.ABORTED for r in m.RM)


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
