"""The failure detector of Redis Cluster: from a time-out at one node to a verdict of the majority (Redis Cluster
Specification, "Failure detection" and "Heartbeat and gossip messages").
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Int, Map, Model, Node, Param, Set, action, require, violates
from quorate_invariants.redis_failure_detector import (
    fail_by_recent_majority,
    flags_followed,
    marked_fail,
    marked_in_error,
    only_watchers,
    partitions_followed,
    report_outlives_contact,
    report_renewed,
    reports_followed,
    reports_of_primaries,
    right_view_in_the_end,
    suspected_by_one,
)

OUTCOME = [fail_by_recent_majority, marked_fail, right_view_in_the_end]
"""What the detector is for: what each step may do is left out, so that a broken variant shows what comes of it."""


class RedisFailureDetector(Model):
    """The nodes of a cluster watch one of its primaries, n1, which may crash, and the network between them, which may
    be parted.

    A heartbeat is one step; of its gossip only what it says of n1 is kept. Time is counted in units of NODE_TIMEOUT,
    and passes only once every node has heard from every other that it can reach, as each pings each within half a
    NODE_TIMEOUT. Ages end at `expired`, so that time can pass for ever in finitely many states.

    What is agreed here is weak, as the specification says: views are collected over a window of time, so that a node
    may mark n1 as FAIL when those who reported it have changed their minds, or when it reaches none of them any more.

    Four primaries and two partitions are 979,622 states, and take a minute; five primaries are tens of millions.
    """

    primaries = Param(3, minimum=1, maximum=8, doc="primaries, the watched one included: their majority decides")
    replicas = Param(0, minimum=0, maximum=8, doc="other nodes, which watch too, but do not count")
    validity = Param(2, minimum=1, maximum=8, doc="for how many NODE_TIMEOUTs a report is valid")
    crashes = Param(1, minimum=0, maximum=1, doc="whether the watched node may crash")
    partitions = Param(1, minimum=0, maximum=8, doc="how often the network is parted")
    fail_messages = Param(True, doc="whether FAIL messages arrive; without them each node must find out by gossip")

    majority = primaries // 2 + 1
    nodes = primaries + replicas
    expired = validity + 1

    class Flag(Enum):
        """What a node thinks of n1 ("Failure detection"): nothing, possible failure, failure."""

        OK = "ok"
        PFAIL = "PFAIL"
        FAIL = "FAIL"

    N = Node(nodes, symmetric=False)
    Age = Int(0, expired)

    flag = Map(N, Flag, init=Flag.OK)
    # when node j last told node i that it has flagged n1, in NODE_TIMEOUTs ago; `expired` is longer ago, or never
    report_age = Map(N, Map(N, Age), init=expired)
    # when a node last had n1 flagged: no part of the protocol, only of what it promises
    flagged_age = Map(N, Age, init=expired)

    crashed = Bool(init=False)
    # the nodes that the others are parted from
    parted = Set(N, init=set())
    splits = Int(0, partitions, init=0)

    properties = [
        *OUTCOME,
        flags_followed,
        reports_followed,
        only_watchers,
        reports_of_primaries,
        partitions_followed,
        marked_in_error,
        suspected_by_one,
        report_renewed,
        report_outlives_contact,
    ]

    def observes(self, i):
        """Whether a node is one of those that watch n1."""
        return i.index > 0

    def is_primary(self, i):
        """Whether a node's opinion counts ("Failure detection": the majority of masters)."""
        return i.index < self.primaries

    def reaches(self, i, j):
        """Whether the network carries messages from node i to node j, and j is up."""
        return (i in self.parted) == (j in self.parted) and (self.observes(j) or not self.crashed)

    def flagged_lately(self, i):
        """Whether a primary has had n1 flagged within the validity of a report."""
        return self.observes(i) and self.is_primary(i) and self.flagged_age[i] < self.expired

    @action()
    def crash(self):
        """The watched node crashes for good."""
        require(self.crashes > 0 and not self.crashed)
        self.crashed = True

    @action(side=Set(N))
    def part(self, side):
        """The network is parted: some nodes, n1 not among them, do not reach the others."""
        require(len(self.parted) == 0 and self.splits < self.partitions)
        require(len(side) > 0 and all(self.observes(i) for i in side))
        self.splits += 1
        self.parted = side

    @action(fair="weak")
    def heal(self):
        """The network is whole again."""
        require(len(self.parted) > 0)
        self.parted = set()

    @action(fair="weak", fair_per=("i",), i=N)
    def time_out(self, i):
        """A ping to n1 has not been answered for longer than NODE_TIMEOUT: PFAIL ("Failure detection", PFAIL flag)."""
        require(self.observes(i) and self.flag[i] == self.Flag.OK and not self.may_hear(i))
        self.flag[i] = self.Flag.PFAIL
        self.flagged_age[i] = 0

    @action(fair="weak", fair_per=("i",), i=N)
    def hear(self, i):
        """A pong from n1: it is reachable, and the flag is cleared. FAIL goes at once if n1 serves no slots, otherwise
        when no replica has been promoted for long ("Failure detection", FAIL flag)."""
        require(self.observes(i) and self.may_clear(i) and self.may_hear(i))
        self.flag[i] = self.Flag.OK

    def may_hear(self, i):
        """Whether n1 answers a ping of node i."""
        return any(self.reaches(i, j) for j in self.N if not self.observes(j))

    def may_clear(self, i):
        """Whether a node has a flag that it takes back."""
        return self.flag[i] != self.Flag.OK

    @action(fair="weak", fair_per=("i", "j"), i=N, j=N)
    def heartbeat(self, i, j):
        """Node i tells node j in the gossip section of a heartbeat what it thinks of n1 ("Heartbeat packet
        content")."""
        require(i != j and self.observes(i) and self.observes(j) and self.reaches(i, j))
        if self.counts(i):
            self.report_age[j][i] = 0 if self.flag[i] != self.Flag.OK else self.expired

    def counts(self, i):
        """Whether a node's report is noted: that of a primary ("Failure detection": the majority of masters)."""
        return self.is_primary(i)

    def opinions(self, j):
        """How many valid reports node j has, with its own opinion if that counts."""
        reports = sum(1 for i in self.N if self.report_age[j][i] < self.expired)
        return reports + (1 if self.counts(j) else 0)

    def quorum(self, j):
        """How many opinions make a failure: a majority of all primaries, n1 among them."""
        return self.majority

    @action(fair="weak", fair_per=("j",), j=N)
    def mark_fail(self, j):
        """A node with PFAIL and enough valid reports marks n1 as FAIL, and a FAIL message forces all that it reaches to
        do the same ("Failure detection", FAIL flag)."""
        require(self.flag[j] == self.Flag.PFAIL and self.opinions(j) >= self.quorum(j))
        for k in self.N:
            if k == j or (self.fail_messages and self.observes(k) and self.reaches(j, k)):
                self.flag[k] = self.Flag.FAIL
                self.flagged_age[k] = 0

    @action()
    def pass_time(self):
        """A NODE_TIMEOUT passes. Each node has heard from all that it reaches ("Heartbeat and gossip messages")."""
        require(
            all(
                self.report_age[j][i] == (0 if self.flag[i] != self.Flag.OK else self.expired)
                for i in self.N
                for j in self.N
                if i != j and self.observes(i) and self.observes(j) and self.reaches(i, j) and self.counts(i)
            )
        )
        for i in self.N:
            if self.flag[i] == self.Flag.OK:
                self.flagged_age[i] = min(self.flagged_age[i] + 1, self.expired)
            for j in self.N:
                self.report_age[i][j] = self.older(self.report_age[i][j])

    def older(self, age):
        """The age of a report after another NODE_TIMEOUT."""
        return min(age + 1, self.expired)


class MajorityOfTheReachable(RedisFailureDetector):
    """A node asks for a majority of the primaries that it can reach, so that it need not wait for those that are gone.

    One that is cut off reaches itself only, and is of one mind: it marks all others as FAIL.
    """

    properties = OUTCOME

    expected = violates(fail_by_recent_majority, found_at={"partitions": 1}, hidden_at={"partitions": 0})

    def quorum(self, j):
        """A majority of the primaries that node j reaches (against "Failure detection")."""
        return sum(1 for i in self.N if self.is_primary(i) and self.reaches(j, i)) // 2 + 1


class ReplicasCount(RedisFailureDetector):
    """Reports of all nodes are counted, those of replicas too, against the majority of the primaries.

    Replicas near each other then decide about a primary that most primaries reach.
    """

    replicas = Param(1, minimum=0, maximum=8, doc="other nodes, which watch too")

    properties = OUTCOME

    expected = violates(fail_by_recent_majority, found_at={"replicas": 1}, hidden_at={"replicas": 0})

    def counts(self, i):
        """Everybody's report is noted (against "Failure detection": the majority of masters)."""
        return True


class ReportsNeverExpire(RedisFailureDetector):
    """A report stays valid until the one who made it takes it back.

    One who is on the other side of a partition by then cannot. The report of an old failure that has long passed, and a
    new failure of the network at another node, make a majority that never was.
    """

    properties = OUTCOME

    expected = violates(fail_by_recent_majority, found_at={"partitions": 2}, hidden_at={"partitions": 1})

    def older(self, age):
        """Reports do not age (against "Failure detection": within NODE_TIMEOUT * FAIL_REPORT_VALIDITY_MULT)."""
        return age


class FailForEver(RedisFailureDetector):
    """FAIL is never cleared, as "mostly one way" might be read.

    A primary that a partition made FAIL is reachable again, nobody has taken its place, and nobody talks to it.
    """

    properties = OUTCOME

    expected = violates(right_view_in_the_end, found_at={"partitions": 1}, hidden_at={"partitions": 0})

    def may_clear(self, i):
        """Only PFAIL is taken back (against "Failure detection", FAIL flag)."""
        return self.flag[i] == self.Flag.PFAIL
