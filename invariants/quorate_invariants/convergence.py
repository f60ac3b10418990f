"""What a register must satisfy of which several replicas take writes (Shapiro et al., "Conflict-free
Replicated Data Types", SSS 2011, section 2).

The model has replicas `Replica`, each of which may make so many `writes`; `holds[r]`: the write whose value replica r
has, or None; `received[r]`: the writes that it has heard of, each a `Write` with the `time` on the clock of its writer
`by`, in a network that keeps what was sent; and `clocks` of `Clocks`, OWN or SHARED.
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


@invariant
def holds_the_latest(m: Any) -> bool:
    """A replica that has received any writes holds the one with the largest time, and of several such that of the
    replica with the largest number (RFC 677; Shapiro et al., INRIA 7506, 2011, specification 8)."""
    return all(
        m.holds[r] in m.received[r]
        and all(
            w.time < m.holds[r].time or (w.time == m.holds[r].time and w.by <= m.holds[r].by) for w in m.received[r]
        )
        if len(m.received[r]) > 0
        else m.holds[r] is None
        for r in m.Replica
    )


@step_invariant
def stamped_once(old: Any, new: Any) -> bool:
    """A new write has a larger time than all that its writer has made, or on a shared clock another than any, and its
    writer has received it (RFC 677: no two have the same timestamp)."""
    return all(
        w in old.network
        or (
            w in new.received[w.by]
            and all(
                v.time < w.time if v.by == w.by else v.time != w.time or old.clocks == old.Clocks.OWN
                for v in old.network.of(old.Write)
            )
        )
        for w in new.network.of(new.Write)
    ) and all(sum(1 for w in new.network.of(new.Write) if w.by == r) <= new.writes for r in new.Replica)


@reachable
def clash_resolved(m: Any) -> bool:
    """Several have written, at the same time if each has a clock of its own, and all have heard of all writes."""
    return all(
        m.received[r] == m.received[s]
        and any(
            w.by != v.by and (w.time == v.time or m.clocks == m.Clocks.SHARED)
            for w in m.received[r]
            for v in m.received[s]
        )
        for r in m.Replica
        for s in m.Replica
    )
