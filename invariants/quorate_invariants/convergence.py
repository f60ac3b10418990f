"""What a register must satisfy of which several replicas take writes (Shapiro et al., "Conflict-free
Replicated Data Types", SSS 2011, section 2).

The model has replicas `Replica`; `holds[r]`: the write whose value replica r has, or None; `received[r]`: the writes
that it has heard of, each with the `time` on the clock of its writer `by`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant


@invariant
def converges(m: Any) -> bool:
    """Replicas that have received the same writes have the same value (strong convergence)."""
    return all(m.received[r] != m.received[s] or m.holds[r] == m.holds[s] for r in m.Replica for s in m.Replica)


@step_invariant
def takes_what_is_newer(old: Any, new: Any) -> bool:
    """No replica goes back to a write with a smaller time."""
    return all(
        old.holds[r] is None or (new.holds[r] is not None and new.holds[r].time >= old.holds[r].time)
        for r in old.Replica
    )


@reachable
def clash_resolved(m: Any) -> bool:
    """Several have written before they heard of each other, and all have heard of all writes."""
    return all(
        len(m.received[r]) > 1 and m.received[r] == m.received[s] and any(w.by != r for w in m.received[r])
        for r in m.Replica
        for s in m.Replica
    )
