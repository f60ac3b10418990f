"""Reading and writing with quorums as in Dynamo (DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store",
SOSP 2007; Gifford, "Weighted Voting for Replicated Data", SOSP 1979).
"""

from __future__ import annotations

from quorate import (
    Bool,
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Option,
    Param,
    Set,
    Var,
    action,
    receive,
    require,
    violates,
)
from quorate_invariants.quorum_store import (
    all_catch_up,
    fresh_read,
    never_invents,
    no_stale_read,
    reads_are_answered,
    versions_travel,
)


class Dynamo(Model):
    """One key is kept by N replicas. A write is done when W of them have it, a read when R have answered.

    If R + W > N, the replicas that a read hears meet those that any finished write has reached (section 4.5). One
    client reads at a time, as often as it likes; writes may overlap with it and each other. Versions are numbered in
    the order in which writes begin: the vector clocks of section 4.4, which tell whether one write knew of another, are
    in `version-vectors`.

    The network keeps every message: a replica that is slow, or down for a while, is one that is not heard for long.
    What has not reached a replica by then, it gets by read repair (section 5) or from another replica, as the
    comparison of Merkle trees finds (section 4.7).

    Larger: writes=3 has 477,732 states, N=5 with R=3, W=3 and writes=1 has 57,047; seconds both.
    """

    N = Param(3, minimum=1, maximum=8, doc="replicas of the key")
    R = Param(2, minimum=1, maximum=8, doc="replicas that a read waits for")
    W = Param(2, minimum=1, maximum=8, doc="replicas that a write waits for")
    writes = Param(2, minimum=1, maximum=8, doc="writes in a run")

    Replica = Node(N)
    Version = Int(0, writes)

    Put = Message(version=Version)

    stored = Map(Replica, Version, init=0)
    begun = Var(Version, init=0)
    # the replicas that have acknowledged a write to its coordinator
    acks = Map(Version, Set(Replica), init=set())
    # the read that is under way: what has been answered, and what was finished when it began
    reading = Bool(init=False)
    answers = Map(Replica, Option(Version), init=None)
    at_least = Var(Version, init=0)
    result = Option(Version, init=None)
    network = Network(Put)

    properties = [no_stale_read, never_invents, versions_travel, reads_are_answered, fresh_read, all_catch_up]

    @action()
    def begin_write(self):
        """A coordinator sends a new version to the replicas (section 4.5, put)."""
        require(self.begun < self.writes)
        self.begun += 1
        self.network.send(self.Put(version=self.begun))

    @receive(Put, r=Replica)
    def store(self, m, r):
        """Replica r keeps the version, unless it has a newer one, and acknowledges it (section 4.5)."""
        self.stored[r] = max(self.stored[r], m.version)
        self.acks[m.version].add(r)

    def finished(self, v):
        """Whether version v has been acknowledged by W replicas, and so was reported as written (section 4.5)."""
        return len(self.acks[v]) >= self.W

    @action()
    def begin_read(self):
        """A client's read begins (section 4.5, get). What must not be missed is what is finished by now."""
        require(not self.reading)
        self.reading = True
        self.result = None
        self.at_least = max(v for v in self.Version if v == 0 or self.finished(v))
        for r in self.Replica:
            self.answers[r] = None

    @action(r=Replica)
    def answer(self, r):
        """Replica r answers with the version it has (section 4.5)."""
        require(self.reading and self.answers[r] is None)
        self.answers[r] = self.stored[r]

    @action()
    def end_read(self):
        """Of at least R answers the newest is the result (section 4.5)."""
        require(self.reading)
        given = {r for r in self.Replica if self.answers[r] is not None}
        require(len(given) >= self.R)
        self.reading = False
        self.result = max(self.answers[r] for r in given)

    @action(r=Replica)
    def read_repair(self, r):
        """A replica that answered an older version than the result is given the result (section 5)."""
        require(self.result is not None and self.answers[r] is not None and self.stored[r] < self.result)
        self.stored[r] = self.result

    @action(fair="weak", fair_per=("r", "s"), r=Replica, s=Replica)
    def synchronize(self, r, s):
        """Replica s finds that r has a newer version, and takes it (section 4.7, anti-entropy)."""
        require(self.stored[s] < self.stored[r])
        self.stored[s] = self.stored[r]


class WeakQuorums(Dynamo):
    """R and W are 1, for speed; a read may hear a replica that no finished write has reached yet.

    Section 6 of the paper says that (N, R, W) = (3, 2, 2) is the common choice, and that low R and W trade consistency
    for availability. The text is the protocol's own: only the numbers break it.
    """

    R = Param(1, minimum=1, maximum=8, doc="replicas that a read waits for")
    W = Param(1, minimum=1, maximum=8, doc="replicas that a write waits for")

    expected = violates(
        no_stale_read,
        found_at={"N": 2, "R": 1, "W": 1, "writes": 1},
        hidden_at={"N": 2, "R": 2, "W": 1, "writes": 1},
    )


class SloppyQuorum(Dynamo):
    """A write that does not reach a replica goes to another node, which stands in for it and counts (section 4.6).

    The node keeps a hint as to whom the write was meant for, and hands it over later (hinted handoff). That keeps the
    store writable while replicas are away, and it keeps no quorum: R and W count nodes of different sets, and R + W > N
    says nothing about these.
    """

    stand_ins = Param(1, minimum=0, maximum=8, doc="replicas that others may stand in for at a time")

    # the version that someone keeps for replica r, 0 if none
    hinted = Map(Dynamo.Replica, Dynamo.Version, init=0)

    expected = violates(
        no_stale_read,
        found_at={"N": 1, "R": 1, "W": 1, "writes": 1, "stand_ins": 1},
        hidden_at={"stand_ins": 0, "writes": 1},
    )

    @receive(Dynamo.Put, r=Dynamo.Replica)
    def stand_in(self, m, r):
        """A node that is no replica of the key takes a write in place of replica r (section 4.6)."""
        require(self.hinted[r] < m.version)
        require(self.hinted[r] > 0 or sum(self.hinted[s] > 0 for s in self.Replica) < self.stand_ins)
        self.hinted[r] = m.version
        self.acks[m.version].add(r)

    @action(fair="weak", fair_per=("r",), r=Dynamo.Replica)
    def hand_off(self, r):
        """The node that stands in for replica r hands over what it has for it (section 4.6)."""
        require(self.hinted[r] > 0)
        self.stored[r] = max(self.stored[r], self.hinted[r])
        self.hinted[r] = 0
