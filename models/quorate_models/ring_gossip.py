"""Anti-entropy around a ring (Demers et al., "Epidemic Algorithms for Replicated Database Maintenance", PODC 1987,
section 1.3): after how many conversations, at the latest, has every node every update?
"""

from __future__ import annotations

from enum import Enum

from quorate import Int, Map, Model, Node, Param, Set, action, init, require
from quorate_invariants.dissemination import bound_is_tight, goes_round, told_in_time


class RingGossip(Model):
    """Each node has an update of its own; in every round each calls the next node of the ring once.

    With n nodes, all updates are everywhere after so many conversations, and in some run only then:

    * nodes call in turn, 1 to n. Push: 2n - 2; the first n - 1 calls bring everything to node n, the next n - 1 take it
      on. Push-pull: 2n - 3; node n - 1 has everything as soon as node n has. Pull: n(n - 2) + 2; an update goes against
      the turn, one node a round, and that of node 1 goes to n in round 1 and comes to node 2 in round n - 1.
    * in any order, another in each round. Push and pull: n(n - 1); an update gets on by at least one node a round, and
      in some order by no more, with the last call of round n - 1 as the one that matters. Push-pull: n(n - 1)/2 for odd
      n, as the update goes both ways round; for even n one less than n * n/2, as the node opposite hears it from either
      side.

    The search proves the bound for each n: every run is within it, and with one conversation less (`fewer=1`) some is
    not. Larger: nodes=8 with push has 1,097,149 states, and takes seconds.
    """

    class Mode(Enum):
        """Which way updates travel between the node that calls and the one that is called (section 1.3)."""

        PUSH = "push"
        PULL = "pull"
        PUSH_PULL = "push-pull"

    class Order(Enum):
        """In which order the nodes call in a round."""

        IN_TURN = "in-turn"
        ANY = "any"

    nodes = Param(5, minimum=2, maximum=8, doc="nodes, each with an update that the others do not have")
    mode = Param(Mode.PUSH_PULL, doc="which way updates travel in a conversation")
    order = Param(Order.ANY, doc="in which order the nodes call in a round")
    fewer = Param(0, minimum=0, maximum=1, doc="conversations less than the bound allows")

    N = Node(nodes, symmetric=False)

    has = Map(N, Set(N), init=set())
    # who has called in this round
    called = Set(N, init=set())
    conversations = Int(0, nodes * nodes, init=0)

    properties = [told_in_time, goes_round, bound_is_tight]

    @init()
    def own_updates(self):
        """Every node has made an update, and nobody else has heard of it."""
        for i in self.N:
            self.has[i].add(i)

    @action(i=N, j=N)
    def resolve_difference(self, i, j):
        """Node i calls node j, the next of the ring, for the only time in this round (section 1.3)."""
        require(self.conversations < self.bound())
        require(j.index == (i.index + 1) % self.nodes and i not in self.called)
        require(self.order == self.Order.ANY or i.index == len(self.called))
        mine = self.has[i]
        theirs = self.has[j]
        if self.mode != self.Mode.PULL:
            self.has[j] = theirs | mine
        if self.mode != self.Mode.PUSH:
            self.has[i] = mine | theirs
        self.conversations += 1
        self.called.add(i)
        if len(self.called) == self.nodes:
            self.called = set()

    def bound(self):
        """After how many conversations all must have all updates."""
        n = self.nodes
        if self.order == self.Order.IN_TURN:
            if self.mode == self.Mode.PULL:
                return n * (n - 2) + 2 - self.fewer
            return (2 * n - 2 if self.mode == self.Mode.PUSH else 2 * n - 3) - self.fewer
        if self.mode == self.Mode.PUSH_PULL:
            return (n * (n - 1) // 2 if n % 2 == 1 else n * n // 2 - 1) - self.fewer
        return n * (n - 1) - self.fewer
