"""What an atomic commitment does that never blocks (Skeen, "Nonblocking Commit Protocols", SIGMOD 1981).

The model has what `quorate_invariants.commit` asks for, but the states of a resource manager are those of the paper,
WORKING, WAITING, PRECOMMITTED, COMMITTED and ABORTED; a `coordinator` is WAITING, PRECOMMITTING, COMMITTED or ABORTED,
and has `crashed` or not, which it may if there are `crashes`. The network never fails.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@invariant
def told_by_the_state(m: Any) -> bool:
    """Who has precommitted knows that all have voted yes and none has aborted, and who has committed knows that all
    know. So the states of those who are left say what to do (the nonblocking theorem)."""
    return (
        not any(m.rm_state[r] in (m.RMState.PRECOMMITTED, m.RMState.COMMITTED) for r in m.RM)
        or all(m.rm_state[r] not in (m.RMState.WORKING, m.RMState.ABORTED) for r in m.RM)
    ) and (
        not any(m.rm_state[r] == m.RMState.COMMITTED for r in m.RM)
        or all(m.rm_state[r] != m.RMState.WAITING for r in m.RM)
    )


@step_invariant
def coordinator_follows(old: Any, new: Any) -> bool:
    """The coordinator aborts if one has voted no, goes on if all have voted yes, and commits when all have acknowledged
    that; it does nothing more once it has crashed (phases 1 to 3)."""
    return new.coordinator == old.coordinator or (
        not old.crashed
        and (
            (
                old.coordinator == old.Coordinator.WAITING
                and new.coordinator == old.Coordinator.ABORTED
                and any(old.rm_state[r] == old.RMState.ABORTED for r in old.RM)
            )
            or (
                old.coordinator == old.Coordinator.WAITING
                and new.coordinator == old.Coordinator.PRECOMMITTING
                and all(old.rm_state[r] == old.RMState.WAITING for r in old.RM)
            )
            or (
                old.coordinator == old.Coordinator.PRECOMMITTING
                and new.coordinator == old.Coordinator.COMMITTED
                and all(old.rm_state[r] == old.RMState.PRECOMMITTED for r in old.RM)
            )
        )
    )


@step_invariant
def managers_follow(old: Any, new: Any) -> bool:
    """Resource managers vote, and are told what to do, one at a time; when the coordinator has crashed, those in doubt
    have all conclude together."""
    return (
        all(new.rm_state[r] == old.rm_state[r] for r in old.RM)
        or concluded(old, new)
        or any(
            (voted(old, new, r) or told(old, new, r))
            and all(q == r or new.rm_state[q] == old.rm_state[q] for q in old.RM)
            for r in old.RM
        )
    )


def voted(old: Any, new: Any, r: Any) -> bool:
    """Whether a resource manager has voted yes, or no, and aborted (phase 1)."""
    return old.rm_state[r] == old.RMState.WORKING and new.rm_state[r] in (old.RMState.WAITING, old.RMState.ABORTED)


def told(old: Any, new: Any, r: Any) -> bool:
    """Whether the coordinator has told a resource manager that all have voted yes, or what is decided (phases 2, 3)."""
    return not old.crashed and (
        (
            old.coordinator == old.Coordinator.PRECOMMITTING
            and old.rm_state[r] == old.RMState.WAITING
            and new.rm_state[r] == old.RMState.PRECOMMITTED
        )
        or (
            old.coordinator == old.Coordinator.COMMITTED
            and old.rm_state[r] == old.RMState.PRECOMMITTED
            and new.rm_state[r] == old.RMState.COMMITTED
        )
        or (
            old.coordinator == old.Coordinator.ABORTED
            and old.rm_state[r] == old.RMState.WAITING
            and new.rm_state[r] == old.RMState.ABORTED
        )
    )


def concluded(old: Any, new: Any) -> bool:
    """Whether all have done what one in doubt saw them to be ready for: to commit if one knew that all had voted yes,
    and to abort otherwise (termination protocol)."""
    in_doubt = any(old.rm_state[r] in (old.RMState.WAITING, old.RMState.PRECOMMITTED) for r in old.RM)
    committable = any(old.rm_state[r] in (old.RMState.PRECOMMITTED, old.RMState.COMMITTED) for r in old.RM)
    decision = old.RMState.COMMITTED if committable else old.RMState.ABORTED
    return old.crashed and in_doubt and all(new.rm_state[r] == decision for r in old.RM)


@reachable
def committed_as_told(m: Any) -> bool:
    """All commit because the coordinator, which is still there, has told them to (phase 3)."""
    return not m.crashed and all(m.rm_state[r] == m.RMState.COMMITTED for r in m.RM)


@reachable
def aborted_as_told(m: Any) -> bool:
    """One votes no, and all abort because the coordinator, which is still there, has told the others to (phase 1)."""
    return (
        not m.crashed
        and m.coordinator == m.Coordinator.ABORTED
        and all(m.rm_state[r] == m.RMState.ABORTED for r in m.RM)
    )


@reachable
def committed_without_coordinator(m: Any) -> bool:
    """All commit though the coordinator has crashed and had not committed yet (if it may crash)."""
    return m.crashes == 0 or (
        m.crashed
        and m.coordinator == m.Coordinator.PRECOMMITTING
        and all(m.rm_state[r] == m.RMState.COMMITTED for r in m.RM)
    )
