"""The last writer wins: a replicated register in which the larger timestamp decides (Johnson & Thomas, "The Maintenance
of Duplicate Databases", RFC 677, 1975; Demers et al., PODC 1987, section 1.1; Shapiro et al., "A Comprehensive Study of
Convergent and Commutative Replicated Data Types", INRIA 7506, 2011, section 3.2.1, specification 8).
"""

from __future__ import annotations

from enum import Enum

from quorate import Int, Map, Message, Model, Network, Node, Option, Param, Set, action, receive, require, violates
from quorate_invariants.convergence import (
    clash_resolved,
    converges,
    holds_the_latest,
    stamped_once,
    takes_what_is_newer,
)


class LastWriterWins(Model):
    """Replicas write a register, each at its own place, and tell the others, who keep the write that is last.

    What is last is a matter of timestamps: the time on the writer's clock, and of two writes at the same time that of
    the replica with the larger number (RFC 677, "the timestamp": time and the host that made it). A write stands for
    its value. Clocks may go at any speed, and be set wrongly, as long as each goes forward; so a write may lose to one
    that was made before it, as soon as clocks differ. That is not excluded, nor is it what this register promises:
    replicas that have received the same writes hold the same value.

    The network keeps every message: a write may arrive late, again, out of order, or never. So at any time each write
    has reached any replicas at all, and what these hold follows: with a write each, (1 + times * 2^(replicas -
    1))^replicas states. Larger: writes=2 with times=5 has 5,929,741 states and takes 10 s.
    """

    class Clocks(Enum):
        """What is known of the replicas' clocks."""

        OWN = "own"
        SHARED = "shared"

    replicas = Param(3, minimum=1, maximum=8, doc="replicas of the register")
    writes = Param(1, minimum=1, maximum=8, doc="writes of a replica, at most")
    times = Param(2, minimum=1, maximum=64, doc="times that a clock may show")
    clocks = Param(Clocks.OWN, doc="whether each replica reads a clock of its own, or all one that no two see alike")

    Replica = Node(replicas, symmetric=False)
    Time = Int(1, times)
    Write = Message(time=Time, by=Replica)

    holds = Map(Replica, Option(Write), init=None)
    received = Map(Replica, Set(Write), init=set())
    network = Network(Write)

    properties = [converges, takes_what_is_newer, holds_the_latest, stamped_once, clash_resolved]

    @action(r=Replica, t=Time)
    def write(self, r, t):
        """A client writes at replica r, which stamps the write with what its clock shows (Demers et al., 1.1)."""
        mine = {w for w in self.received[r] if w.by == r}
        require(len(mine) < self.writes and all(w.time < t for w in mine))
        require(self.clocks == self.Clocks.OWN or all(w.time != t for w in self.network.of(self.Write)))
        new = self.Write(time=t, by=r)
        self.network.send(new)
        self.take(r, new)

    @receive(Write, r=Replica)
    def hear(self, m, r):
        """Replica r hears of a write, made by itself or another (RFC 677)."""
        self.take(r, m)

    def take(self, r, w):
        """Replica r keeps the write if it is later than what it holds (Shapiro et al., specification 8)."""
        self.received[r].add(w)
        mine = self.holds[r]
        if mine is None or self.later(w, mine):
            self.holds[r] = w

    def later(self, w, other):
        """Whether one write is later than another: by time, and at the same time by writer (RFC 677)."""
        return w.time > other.time or (w.time == other.time and w.by > other.by)


class TiedTimestamps(LastWriterWins):
    """Timestamps are times only. Of two writes at the same time a replica keeps the one that it has.

    Which that is depends on what it heard first, and so two replicas differ for good, although each has heard of both.
    Cassandra has a rule for the case (the larger value wins); clocks that count seconds make it common.
    """

    # what comes of it; that a replica does not hold the latest write is seen earlier
    properties = [converges, takes_what_is_newer, stamped_once, clash_resolved]
    expected = violates(
        converges,
        found_at={"replicas": 2, "times": 1},
        hidden_at={"replicas": 2, "times": 2, "clocks": "shared"},
    )

    def later(self, w, other):
        """Whether one write has the larger time (against RFC 677)."""
        return w.time > other.time
