"""What deletion must satisfy in a replicated store (Demers et al., "Epidemic Algorithms for Replicated Database
Maintenance", PODC 1987, section 2).

The model has replicas `Replica`, `entry[r]` of an `Entry` with ABSENT, ITEM and TOMBSTONE, and `told`: the replicas
that have ever had the tombstone.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, leads_to, recoverable


@invariant
def deleted_stays_deleted(m: Any) -> bool:
    """Where the item was deleted once, it does not come back (section 2: no resurrection)."""
    return all(m.entry[r] != m.Entry.ITEM for r in m.told)


def deleted_somewhere(m: Any) -> bool:
    """Some replica has had the tombstone."""
    return len(m.told) > 0


def gone_everywhere(m: Any) -> bool:
    """Every replica has had the tombstone, and none has the item."""
    return all(r in m.told and m.entry[r] != m.Entry.ITEM for r in m.Replica)


deletion_spreads = leads_to(deleted_somewhere, gone_everywhere, name="deletion_spreads")


@recoverable
def litter_goes(m: Any) -> bool:
    """The item can still be deleted everywhere, and its tombstones dropped, if they ever are (section 2)."""
    return all(r in m.told and (m.entry[r] == m.Entry.ABSENT or not m.drops) for r in m.Replica)
