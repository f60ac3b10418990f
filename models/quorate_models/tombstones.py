"""Deletion in a replicated store (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987,
section 2, "Deletion and death certificates"). What the paper calls a death certificate is a tombstone elsewhere.
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Map, Model, Node, Param, Set, action, require, violates
from quorate_invariants.deletion import (
    deleted_stays_deleted,
    deletion_spreads,
    knows_who_had_it,
    litter_goes,
    meeting_tells_both,
    stored_everywhere,
)


class Deletion(Model):
    """An item is stored, spreads among the replicas, and is deleted at one of them.

    It cannot just be taken away there: anti-entropy would take its absence for an update missed, and bring the item
    back from a replica that has it. So it is replaced by a tombstone, which spreads as an update does and cancels the
    item where it finds it (section 2). Tombstones would fill the store in time; here each
    is kept until its replica knows that every one has had it, the first of the strategies of section 2 (its protocol is
    Sarin & Lynch's): a tombstone carries the replicas that are known to have had it.

    A replica that is away is one that meets nobody for a while; each two meet at last. A meeting is one step. There is
    one item, which is stored once; whether it may be stored again later is a matter of timestamps (`last-writer-wins`).

    Larger: replicas=5 has 212,925 states and takes seconds; 6 have more than fifty million.
    """

    class Entry(Enum):
        """What a replica has in the place of the item."""

        ABSENT = "absent"
        ITEM = "item"
        TOMBSTONE = "tombstone"

    replicas = Param(4, minimum=1, maximum=8, doc="replicas of the store")
    drops = Param(True, doc="whether tombstones are ever dropped")

    Replica = Node(replicas)

    stored = Bool(init=False)
    entry = Map(Replica, Entry, init=Entry.ABSENT)
    # the replicas of which r knows that they have had the tombstone
    had = Map(Replica, Set(Replica), init=set())
    # who has ever had it; no replica knows that
    told = Set(Replica, init=set())

    properties = [
        deleted_stays_deleted,
        deletion_spreads,
        litter_goes,
        knows_who_had_it,
        meeting_tells_both,
        stored_everywhere,
    ]

    @action(r=Replica)
    def store(self, r):
        """The item is stored at replica r (section 1.1, Update)."""
        require(not self.stored)
        self.stored = True
        self.entry[r] = self.Entry.ITEM

    @action(r=Replica)
    def delete(self, r):
        """The item is deleted at replica r, which puts a tombstone in its place (section 2)."""
        require(self.entry[r] == self.Entry.ITEM)
        self.bury(r)

    @action(fair="weak", fair_per=("r", "s"), r=Replica, s=Replica)
    def meet(self, r, s):
        """Replicas r and s resolve their differences: a tombstone cancels the item, an item fills a gap (2)."""
        require(r != s and self.entry[r] != self.Entry.ABSENT)
        if self.entry[r] == self.Entry.TOMBSTONE or self.entry[s] == self.Entry.TOMBSTONE:
            self.bury(r)
            self.bury(s)
            both = self.had[r] | self.had[s]
            self.had[r] = both
            self.had[s] = both
        else:
            self.entry[s] = self.Entry.ITEM

    def bury(self, r):
        """Replica r has the tombstone, and knows that it has."""
        self.entry[r] = self.Entry.TOMBSTONE
        self.had[r].add(r)
        self.told.add(r)

    @action(r=Replica)
    def drop(self, r):
        """Replica r drops the tombstone, which nobody needs any more (section 2)."""
        require(self.drops and self.entry[r] == self.Entry.TOMBSTONE and self.expired(r))
        self.entry[r] = self.Entry.ABSENT
        self.had[r] = set()

    def expired(self, r):
        """Whether replica r knows that all have had the tombstone."""
        return self.had[r] == set(self.Replica)


class ExpiresByTime(Deletion):
    """A tombstone is dropped when it is old enough, whoever has heard of it.

    The simpler strategy of section 2, "a fixed period of time": a site that was away for longer than the threshold
    brings the item back. Cassandra's `gc_grace_seconds` is such a threshold. Age is not modelled: a tombstone may be
    old enough at any time.
    """

    expected = violates(deleted_stays_deleted, found_at={"replicas": 2}, hidden_at={"replicas": 2, "drops": False})

    def expired(self, r):
        """Any tombstone may be old enough (section 2, the fixed threshold)."""
        return True
