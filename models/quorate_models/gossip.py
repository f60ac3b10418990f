"""Anti-entropy (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987, section 1.3)."""

from __future__ import annotations

from enum import Enum

from quorate import Bound, Int, Map, Model, Node, Param, action, require, violates, within
from quorate_invariants.replication import converged, implements_anti_entropy, owner_is_ahead, versions_monotone


class Gossip(Model):
    """Nodes meet in pairs and exchange what they hold, until all hold the same.

    Each node owns one entry, which it alone updates, and holds a copy of every other. A version number stands for the
    pair of value and timestamp of the paper, whose only use is to tell which of two is newer. A conversation is one
    step, as the paper's ResolveDifference is one procedure. What a node holds is on its disk, and survives a crash
    (`--faults crash=1`).
    """

    class Mode(Enum):
        """Which way entries travel between the node that calls and the one that is called (section 1.3)."""

        PUSH = "push"
        PULL = "pull"
        PUSH_PULL = "push-pull"

    nodes = Param(3, minimum=1, maximum=64, doc="nodes, each with an entry of its own")
    mode = Param(Mode.PUSH_PULL, doc="which way entries travel in a conversation")
    max_version = Bound(2, minimum=0, doc="how often an entry is updated at most")

    N = Node(nodes)
    Version = Int(0, max_version)

    # known[i][k] is the version of k's entry that i holds
    known = Map(N, Map(N, Version), init=0, durable=True)

    properties = [versions_monotone, owner_is_ahead, implements_anti_entropy, converged]

    @action(i=N)
    def update(self, i):
        """A node updates its own entry (section 1.1, Update)."""
        within(self.known[i][i] < self.max_version)
        self.known[i][i] += 1

    @action(i=N, j=N)
    def resolve_difference(self, i, j):
        """Node i calls node j, and entries travel from i (push), to i (pull), or both ways (section 1.3)."""
        require(i != j)
        mine = self.known[i]
        theirs = self.known[j]
        if self.mode != self.Mode.PULL:
            self.learn(j, mine)
        if self.mode != self.Mode.PUSH:
            self.learn(i, theirs)

    def learn(self, i, offered):
        """Node i takes over those of the offered entries that are newer than its own."""
        for k in self.N:
            self.known[i][k] = max(self.known[i][k], offered[k])


class OverwritingGossip(Gossip):
    """A node takes over what it is told of the others' entries, older versions too.

    It takes a third node, which has not heard of an update, to undo it. Of two, the one that tells is the owner.
    """

    # what comes of it; that a conversation brings too much is seen earlier
    properties = [versions_monotone, owner_is_ahead, converged]
    expected = violates(versions_monotone, found_at={"nodes": 3}, hidden_at={"nodes": 2})

    def learn(self, i, offered):
        """Node i takes over the offered entries without comparing versions (against section 1.3)."""
        for k in self.N:
            if k != i:
                self.known[i][k] = offered[k]
