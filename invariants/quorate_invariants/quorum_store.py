"""What a store of which reads and writes wait for some of the replicas must satisfy (Gifford, "Weighted Voting for
Replicated Data", SOSP 1979; DeCandia et al., "Dynamo", SOSP 2007, section 4.5).

The model has replicas `Replica`; `stored[r]`: the version that replica r has; `begun`: the newest version that a client
has begun to write, which a message Put carries in a network that keeps it; `acks[v]`: who has acknowledged version v.
One read at a time is `reading`, with the `answers[r]` given so far, or None, and is over when `R` have answered. Of the
last that is over there are the `result`, and `at_least`: the newest version that was finished when the read began.
"""

from __future__ import annotations

from typing import Any

from quorate import eventually_always, invariant, reachable, step_invariant


@invariant
def no_stale_read(m: Any) -> bool:
    """A read returns what was finished when it began, or something newer (Gifford, section 2)."""
    return m.result is None or m.result >= m.at_least


@invariant
def never_invents(m: Any) -> bool:
    """No replica has a version that nobody has begun to write."""
    return all(m.stored[r] <= m.begun for r in m.Replica)


@step_invariant
def versions_travel(old: Any, new: Any) -> bool:
    """Writes are numbered as they begin. A replica only takes a newer version, and only from a write, which it then
    acknowledges, from another replica, or as the result of a read that it has answered (DeCandia et al., sections 4.5,
    4.7 and 5)."""
    return new.begun <= old.begun + 1 and all(
        new.stored[r] == old.stored[r]
        or (
            new.stored[r] > old.stored[r]
            and (
                (old.Put(version=new.stored[r]) in old.network and r in new.acks[new.stored[r]])
                or any(old.stored[s] == new.stored[r] for s in old.Replica)
                or (old.result == new.stored[r] and old.answers[r] is not None)
            )
        )
        for r in old.Replica
    )


@step_invariant
def reads_are_answered(old: Any, new: Any) -> bool:
    """A read begins with no answer. While it lasts each replica answers once, with the version it has, and when it is
    over, its result is the newest answer; before and afterwards nothing of it changes (DeCandia et al., 4.5)."""
    if new.reading and not old.reading:
        return new.result is None and all(new.answers[r] is None for r in old.Replica)
    if old.reading and not new.reading:
        return all(new.answers[r] == old.answers[r] for r in old.Replica) and new.result == max(
            (old.answers[r] for r in old.Replica if old.answers[r] is not None), default=0
        )
    return (
        new.result == old.result
        and new.at_least == old.at_least
        and all(
            new.answers[r] == old.answers[r]
            or (old.reading and old.answers[r] is None and new.answers[r] == old.stored[r])
            for r in old.Replica
        )
    )


@reachable
def fresh_read(m: Any) -> bool:
    """A read that no more than R replicas have answered has returned a finished write that not every one has yet."""
    return (
        m.result is not None
        and m.result == m.at_least
        and any(m.stored[r] < m.result for r in m.Replica)
        and sum(1 for r in m.Replica if m.answers[r] is not None) == m.R
    )


@eventually_always
def all_catch_up(m: Any) -> bool:
    """The replicas come to have the same version, and stay so (DeCandia et al., sections 4.1 and 4.7)."""
    return all(m.stored[r] == m.stored[s] for r in m.Replica for s in m.Replica)
