"""How nodes of Redis Cluster come to know each other: MEET, and gossip about others (Redis Cluster Specification, "Node
handshake").
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Int, Map, Model, Node, Param, Set, action, require, violates
from quorate_invariants.redis_meet import clusters_stay_apart, joined_becomes_mesh, meshed


class RedisMeet(Model):
    """An administrator has nodes meet, and gossip does the rest: a connected graph becomes a full mesh.

    A packet and its answer are one step, unless one of them is lost. Gossip about a node leads to a handshake with it,
    a ping and a pong, before it is known. Everybody answers pings, but only those who know the sender believe what it
    says. Nodes do not go away here, and a handshake is tried until it succeeds.

    Four nodes and four commands are 1,496,162 states, and take half a minute.
    """

    nodes = Param(3, minimum=1, maximum=8, doc="nodes, none of which knows another")
    meets = Param(2, minimum=0, maximum=16, doc="how often an administrator sends CLUSTER MEET")
    losses = Param(1, minimum=0, maximum=8, doc="how often the link fails while a node meets another")
    strays = Param(1, minimum=0, maximum=8, doc="how often a node pings a stranger at an old address")

    class Link(Enum):
        """What a node has with another."""

        NONE = "none"
        MEET = "MEET"  # it has been told to meet it
        HANDSHAKE = "handshake"  # it has heard of it, and pings it
        KNOWN = "known"

    N = Node(nodes)

    link = Map(N, Map(N, Link), init=Link.NONE)
    # which nodes a node was told to meet
    told = Map(N, Set(N), init=set())
    commands = Int(0, meets, init=0)
    lost = Int(0, losses, init=0)
    strayed = Int(0, strays, init=0)

    properties = [clusters_stay_apart, meshed]
    joined_becomes_mesh = joined_becomes_mesh

    @action(i=N, j=N)
    def cluster_meet(self, i, j):
        """An administrator tells node i to meet node j, which it does not know (CLUSTER MEET; "Node handshake")."""
        require(i != j and self.link[i][j] == self.Link.NONE and self.commands < self.meets)
        self.commands += 1
        self.link[i][j] = self.Link.MEET
        self.told[i].add(j)

    @action(fair="weak", fair_per=("i", "j"), i=N, j=N)
    def meet(self, i, j):
        """Node i sends a MEET, which forces node j to accept it, and j answers with a pong ("Node handshake")."""
        require(self.link[i][j] == self.Link.MEET)
        self.link[j][i] = self.Link.KNOWN
        self.link[i][j] = self.Link.KNOWN

    @action(i=N, j=N, arrived=Bool())
    def link_fails(self, i, j, arrived):
        """The link fails before the pong is there; the MEET has arrived or not."""
        require(self.link[i][j] == self.Link.MEET and self.lost < self.losses)
        self.lost += 1
        if arrived:
            self.link[j][i] = self.Link.KNOWN
        self.link[i][j] = self.after_failure()

    def after_failure(self):
        """How a node goes on whose MEET has got no answer: it sends another."""
        return self.Link.MEET

    @action(fair="weak", fair_per=("i", "j"), i=N, j=N)
    def handshake(self, i, j):
        """Node i pings a node that it has heard of, which answers, as everybody does ("Node handshake")."""
        require(self.link[i][j] == self.Link.HANDSHAKE)
        self.link[i][j] = self.Link.KNOWN
        self.pinged(j, i)

    @action(fair="weak", fair_per=("i", "j", "k"), i=N, j=N, k=N)
    def gossip(self, i, j, k):
        """Node i says in a ping or pong that it knows node k, and j believes it because it knows i ("Node handshake";
        "Heartbeat packet content")."""
        require(i != j and j != k and i != k and self.link[j][i] == self.Link.KNOWN)
        require(self.link[i][k] == self.Link.KNOWN and self.link[j][k] == self.Link.NONE)
        self.link[j][k] = self.Link.HANDSHAKE

    @action(i=N, j=N)
    def stray_ping(self, i, j):
        """Node i pings a node that it takes for one that has gone; node j answers under another name, and that is all
        ("Node handshake": after change of IP addresses)."""
        require(i != j and self.link[i][j] == self.Link.NONE and self.strayed < self.strays)
        self.strayed += 1
        self.pinged(j, i)

    def pinged(self, j, i):
        """Node j is pinged by node i: it answers, and does not come to know it by that."""

    def joined(self, i, j):
        """Whether a chain of commands connects two nodes, whoever was told of the two."""
        group = {i}
        for _ in self.N:
            group = {k for k in self.N if k in group or any(k in self.told[n] or n in self.told[k] for n in group)}
        return j in group


class MeetOnce(RedisMeet):
    """A node whose link fails while it sends a MEET goes on with pings.

    The other answers them, as everybody does, without coming to know the sender, who thinks that the handshake is
    done: one knows the other, and never the other way round. Two nodes are enough; of three the third may tell
    (Valkey, pull request 461, "Make cluster meet reliable under link failures").
    """

    expected = violates(
        joined_becomes_mesh,
        found_at={"nodes": 2, "meets": 1, "losses": 1, "strays": 0},
        hidden_at={"nodes": 2, "meets": 1, "losses": 0, "strays": 0},
    )

    def after_failure(self):
        """The MEET counts as sent (against "Node handshake": only a MEET forces the receiver)."""
        return self.Link.HANDSHAKE


class TrustsPings(RedisMeet):
    """A node accepts whoever pings it.

    A node that pings an old address, where a node of another cluster is now, makes the two clusters one.
    """

    expected = violates(clusters_stay_apart, found_at={"nodes": 2, "meets": 0, "strays": 1}, hidden_at={"strays": 0})

    def pinged(self, j, i):
        """The sender of a ping is accepted as part of the cluster (against "Node handshake")."""
        self.link[j][i] = self.Link.KNOWN
