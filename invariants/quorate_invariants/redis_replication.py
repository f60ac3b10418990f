"""What Redis Cluster promises of writes, and what it does not (Redis Cluster Specification, "Write safety").

The model has nodes `N` with `data`, the writes that each holds; `issued`, those that clients have made; `acknowledged`,
those that they count on, as `wait` replicas have them; and says by `serves(i)` whether a node is the last that claimed
the slots. Each node knows an `owner` of the slots, and is `cut_off` or not, as in `quorate_invariants.redis_failover`.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, reachable, step_invariant
from quorate_invariants.redis_failover import in_contact, in_shard


@invariant
def acknowledged_write_kept(m: Any) -> bool:
    """Who serves the slots has every write that was acknowledged: its data replaces that of all others in the end."""
    return all(w in m.data[i] for i in m.N for w in m.acknowledged if m.serves(i))


@step_invariant
def writes_followed(old: Any, new: Any) -> bool:
    """A write is made once, at a node that takes itself for the owner of the slots; a replica takes over, as it is, the
    data of its primary, which is one and can be reached. Nothing else changes data."""
    return all(
        new.data[i] == old.data[i]
        or (
            old.owner[i] == i
            and new.data[i] == old.data[i] | (new.issued - old.issued)
            and len(new.issued) == len(old.issued) + 1
        )
        or any(
            old.owner[i] == j
            and old.owner[j] == j
            and in_shard(old, i)
            and in_contact(old, i, j)
            and new.data[i] == old.data[j]
            for j in old.N
        )
        for i in old.N
    )


@step_invariant
def acknowledgements_followed(old: Any, new: Any) -> bool:
    """A write is acknowledged by a node that takes itself for the owner, when as many as the client waits for are its
    replicas, by their own account, and have the write (command WAIT)."""
    return all(
        w in old.acknowledged
        or any(
            old.owner[i] == i
            and w in old.data[i]
            and sum(1 for j in old.N if j != i and old.owner[j] == i and w in old.data[j]) >= old.wait
            for i in old.N
        )
        for w in new.acknowledged
    )


@reachable
def write_acknowledged(m: Any) -> bool:
    """A write is acknowledged."""
    return any(w in m.acknowledged for w in m.Write)


@reachable
def write_survives(m: Any) -> bool:
    """A write is acknowledged, and a promoted replica has it."""
    return any(w in m.data[i] and m.serves(i) and m.config_epoch[i] > 0 for i in m.N for w in m.acknowledged)
