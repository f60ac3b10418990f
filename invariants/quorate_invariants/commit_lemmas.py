"""Why two-phase commit is consistent: with these, consistency is inductive (Gray & Lamport, "Consensus on Transaction
Commit", ACM TODS 31(1), 2006, section 3).

The model has what `quorate_invariants.commit` asks for, and the manager's `tm_state`, `tm_prepared` and the messages
Prepared, Commit and Abort of a network that keeps what was sent.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant


@invariant
def orders_are_the_managers(m: Any) -> bool:
    """Commit and Abort are sent only by a manager that has decided so.

    It sends as it decides, and decides once.
    """
    return (m.Commit() not in m.network or m.tm_state == m.TMState.COMMITTED) and (
        m.Abort() not in m.network or m.tm_state == m.TMState.ABORTED
    )


@invariant
def commit_needs_all_prepared(m: Any) -> bool:
    """A manager that has committed knows everyone to be prepared, and has it from their messages.

    That is its guard; later it only learns more, and messages stay.
    """
    return all(m.Prepared(rm=r) in m.network for r in m.tm_prepared) and (
        m.tm_state != m.TMState.COMMITTED or all(r in m.tm_prepared for r in m.RM)
    )


@invariant
def prepared_aborts_on_order_only(m: Any) -> bool:
    """Who has said that it is prepared works no more, and has aborted only if told to.

    To prepare gives up the right to abort by oneself, and nobody goes back to work.
    """
    return all(
        m.rm_state[r] != m.RMState.WORKING and (m.rm_state[r] != m.RMState.ABORTED or m.Abort() in m.network)
        for r in m.RM
        if m.Prepared(rm=r) in m.network
    )


@invariant
def commits_on_order_only(m: Any) -> bool:
    """A resource manager has committed only if told to."""
    return all(m.rm_state[r] != m.RMState.COMMITTED or m.Commit() in m.network for r in m.RM)
