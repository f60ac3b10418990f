"""Version vectors: a replicated value of which concurrent writes are kept side by side (Parker et al., "Detection of
Mutual Inconsistency in Distributed Systems", IEEE TSE 9(3), 1983; DeCandia et al., "Dynamo", SOSP 2007, section 4.4).
"""

from __future__ import annotations

from quorate import Int, Map, Model, Node, Param, Record, Set, action, require, violates
from quorate_invariants.causality import (
    all_agree,
    all_in_one,
    conflict_kept,
    nothing_lost,
    siblings_compete,
    vectors_count,
    vectors_tell,
)


class VersionVectors(Model):
    """Replicas take writes each at its own place, and hand on what they have; nobody's write is lost unseen.

    A version carries a vector: how many writes of each replica it takes into account. Of two versions the one whose
    vector is nowhere smaller replaces the other; where neither is, both are kept as siblings, until a client who reads
    both writes one in their place (Parker et al., section 3; Dynamo calls it reconciliation). With timestamps instead
    one of the two would win, and the other be lost (`last-writer-wins`).

    What a version truly takes into account, `knows`, stands beside the vector for the properties to compare: no step
    looks at it. A hand-over is one step, and is weakly fair for each pair of replicas.

    Larger: writes=3 has 4,851,721 states and takes 35 s.
    """

    replicas = Param(3, minimum=1, maximum=4, doc="replicas of the value")
    writes = Param(2, minimum=1, maximum=4, doc="writes of a replica, at most")

    most = replicas + 1

    Replica = Node(replicas)
    Write = Record(by=Replica, number=Int(1, writes))
    Version = Record(vector=Map(Replica, Int(0, writes)), knows=Set(Write))

    # the siblings that a replica has
    holds = Map(Replica, Set(Version, capacity=most), init=set())

    properties = [
        nothing_lost,
        vectors_tell,
        vectors_count,
        siblings_compete,
        conflict_kept,
        all_in_one,
        all_agree,
    ]

    @action(r=Replica)
    def put(self, r):
        """A client reads what replica r has, and writes one value in its place (Dynamo, section 4.4, put)."""
        number = self.counted(r, r) + 1
        require(number <= self.writes)
        vector = {k: number if k == r else self.counted(r, k) for k in self.Replica}
        seen = {w for v in self.holds[r] for w in v.knows}
        self.holds[r] = {self.Version(vector=vector, knows=seen | {self.Write(by=r, number=number)})}

    def counted(self, r, k):
        """How many writes of replica k the versions at r take into account."""
        return max((v.vector[k] for v in self.holds[r]), default=0)

    @action(fair="weak", fair_per=("r", "s"), r=Replica, s=Replica)
    def hand_on(self, r, s):
        """Replica r hands what it has to s, which drops what is replaced (Parker et al., section 3)."""
        require(r != s)
        self.holds[s] = self.current(self.holds[r] | self.holds[s])

    def current(self, versions):
        """Those of the versions that no other replaces."""
        return {v for v in versions if not any(self.replaces(w, v) for w in versions)}

    def replaces(self, w, v):
        """Whether version w takes into account all that v does, and more (Parker et al., section 3)."""
        return w.vector != v.vector and all(w.vector[k] >= v.vector[k] for k in self.Replica)


class OneCounter(VersionVectors):
    """Only the sum of a vector is kept, as if it were a Lamport clock, and the version with the larger one replaces.

    A larger number does not mean that the one knew of the other: two writes of one replica replace one of another
    that neither of them has seen. With a write each the sums of competing versions of two replicas are equal.
    """

    expected = violates(nothing_lost, found_at={"replicas": 2, "writes": 2}, hidden_at={"replicas": 2, "writes": 1})

    def replaces(self, w, v):
        """Whether version w has counted more writes (against Parker et al., section 3)."""
        return sum(w.vector.values()) > sum(v.vector.values())


class BlindPut(VersionVectors):
    """A client may write without having read, and the replica gives the write its next number.

    The vector then says that the write replaces the replica's earlier ones, which the client has not seen. Riak had
    such vectors with an entry for each server; dotted version vectors are the cure (Preguiça et al., "Dotted Version
    Vectors", 2010).
    """

    # what comes of it; the vector that says too much is seen in the same step
    properties = [nothing_lost, vectors_tell, siblings_compete, conflict_kept, all_in_one, all_agree]
    expected = violates(nothing_lost, found_at={"replicas": 1, "writes": 2}, hidden_at={"replicas": 2, "writes": 1})

    @action(r=VersionVectors.Replica)
    def put_blindly(self, r):
        """A client who has read nothing writes at replica r (against Dynamo, section 4.4, the context of a put)."""
        number = self.counted(r, r) + 1
        require(number <= self.writes)
        vector = {k: number if k == r else 0 for k in self.Replica}
        blind = self.Version(vector=vector, knows={self.Write(by=r, number=number)})
        self.holds[r] = self.current(self.holds[r] | {blind})
