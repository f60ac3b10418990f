"""What deletion must satisfy in a replicated store (Demers et al., "Epidemic Algorithms for Replicated Database
Maintenance", PODC 1987, section 2).

The model has replicas `Replica`, `entry[r]` of an `Entry` with ABSENT, ITEM and TOMBSTONE, `had[r]`: the replicas of
which r knows that they have had the tombstone, and `told`: those that ever have.
"""

from __future__ import annotations

from typing import Any

from quorate import invariant, leads_to, reachable, recoverable, step_invariant


@invariant
def deleted_stays_deleted(m: Any) -> bool:
    """Where the item was deleted once, it does not come back (section 2: no resurrection)."""
    return all(m.entry[r] != m.Entry.ITEM for r in m.told)


@invariant
def knows_who_had_it(m: Any) -> bool:
    """Who has the tombstone knows that itself has, and of others only if they have had it; who does not have it knows
    nothing (section 2: it goes when it is dropped)."""
    return all(
        r in m.had[r] and m.had[r] <= m.told if m.entry[r] == m.Entry.TOMBSTONE else len(m.had[r]) == 0
        for r in m.Replica
    )


@step_invariant
def meeting_tells_both(old: Any, new: Any) -> bool:
    """What a replica comes to know it does by the deletion itself, or in a meeting, after which both know all that
    either did, and of each other (section 2)."""
    return all(
        new.had[r] == old.had[r]
        or new.had[r] == set()
        or (new.had[r] == {r} and old.entry[r] == old.Entry.ITEM)
        or any(
            new.had[r] == new.had[s] == old.had[r] | old.had[s] | {r, s}
            and (len(old.had[r]) > 0 or len(old.had[s]) > 0)
            for s in old.Replica
            if s != r
        )
        for r in old.Replica
    )


@reachable
def stored_everywhere(m: Any) -> bool:
    """The item can spread to every replica, as long as nobody deletes it."""
    return all(m.entry[r] == m.Entry.ITEM for r in m.Replica)


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
