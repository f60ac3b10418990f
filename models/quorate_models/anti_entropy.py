"""Anti-entropy until all agree (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987,
section 1.3), as a question about runs: does every update reach every node in the end?
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Int, Map, Model, Node, Param, Set, action, init, require, violates
from quorate_invariants.dissemination import all_informed, everyone_is_told, implements_dissemination


class AntiEntropy(Model):
    """Each node has an update of its own to begin with; nodes meet in pairs until all have all updates.

    A conversation is one step, as the paper's ResolveDifference is one procedure. Which update stands for which value
    is left out: no two compete. Each pair of neighbours is weakly fair to each other: while a conversation would bring
    something new, it is not put off for ever. Nothing is said of conversations that bring nothing. What a node has is
    on its disk: a crash (`--faults crash=1`) keeps an update from the others only if the node never comes back.
    """

    class Mode(Enum):
        """Which way updates travel between the node that calls and the one that is called (section 1.3)."""

        PUSH = "push"
        PULL = "pull"
        PUSH_PULL = "push-pull"

    class Topology(Enum):
        """Who calls whom: everyone everyone, or each the next one in a ring."""

        COMPLETE = "complete"
        RING = "ring"

    nodes = Param(3, minimum=1, maximum=16, doc="nodes, each with an update that the others do not have")
    mode = Param(Mode.PUSH_PULL, doc="which way updates travel in a conversation")
    topology = Param(Topology.COMPLETE, doc="who calls whom")

    N = Node(nodes, symmetric=False)
    has = Map(N, Set(N), init=set(), durable=True)

    properties = [all_informed, everyone_is_told, implements_dissemination]

    @init()
    def own_updates(self):
        """Every node has made an update, and nobody else has heard of it."""
        for i in self.N:
            self.has[i].add(i)

    @action(fair="weak", fair_per=("i", "j"), i=N, j=N)
    def resolve_difference(self, i, j):
        """Node i calls node j, and updates travel from i (push), to i (pull), or both ways (section 1.3)."""
        require(self.calls(i, j))
        self.exchange(i, j)

    def calls(self, i, j):
        """Whether node i ever calls node j."""
        if self.topology == self.Topology.RING:
            return i != j and j.index == (i.index + 1) % self.nodes
        return i != j

    def exchange(self, i, j):
        """What a conversation between i and j does to what they have."""
        mine = self.has[i]
        theirs = self.has[j]
        if self.mode != self.Mode.PULL:
            self.has[j] = theirs | mine
        if self.mode != self.Mode.PUSH:
            self.has[i] = mine | theirs


class UnfairExchange(AntiEntropy):
    """Nothing is said of which conversations must take place.

    Two nodes may then talk to each other for ever, and never to the third.
    """

    # of steps nothing can be said where there is one node, and so none
    properties = [all_informed, everyone_is_told]
    expected = violates(all_informed, found_at={"nodes": 3}, hidden_at={"nodes": 1})

    @action(i=AntiEntropy.N, j=AntiEntropy.N)
    def resolve_difference(self, i, j):
        """Node i calls node j, if it ever comes to that (against section 1.3: partners are chosen at random)."""
        require(self.calls(i, j))
        self.exchange(i, j)


class QuietRounds(AntiEntropy):
    """A node calls one partner after the other, and stops when a whole round has brought nothing new.

    While a partition keeps half of the nodes away, calls to them fail, and a failed call brings nothing new. When the
    partition heals, those who have stopped do not call any more. Two nodes show it, whose whole round is one call;
    among three, two are parted from the third.
    """

    partitions = Param(1, minimum=0, maximum=3, doc="how often the nodes are parted in two halves at most")

    parted = Bool(init=False)
    splits = Int(0, partitions, init=0)
    # the partners that a node has called since it last heard something new
    called = Map(AntiEntropy.N, Set(AntiEntropy.N), init=set())

    expected = violates(all_informed, found_at={"nodes": 2, "partitions": 1}, hidden_at={"nodes": 3, "partitions": 0})

    @action()
    def part(self):
        """The network is parted."""
        require(not self.parted and self.splits < self.partitions)
        self.parted = True
        self.splits += 1

    @action(fair="weak")
    def heal(self):
        """The partition does not last for ever."""
        require(self.parted)
        self.parted = False

    def resolve_difference(self, i, j):
        """Node i calls the next node of its round; when the call fails, or brings nothing new, the round goes on."""
        require(self.calls(i, j) and j not in self.called[i])
        mine = self.has[i]
        theirs = self.has[j]
        if not self.parted or self.half(i) == self.half(j):
            self.exchange(i, j)
        self.called[i].add(j)
        if self.has[i] != mine:
            self.called[i] = {j}
        if self.has[j] != theirs:
            self.called[j] = set()

    def half(self, i):
        """On which side of the partition a node is."""
        return 2 * i.index < self.nodes
