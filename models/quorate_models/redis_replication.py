"""Writes in Redis Cluster, and the failovers that lose them (Redis Cluster Specification, "Write safety")."""

from __future__ import annotations

from quorate import Int, Map, Node, Param, Set, action, require, violates
from quorate_invariants.redis_failover import one_owner_in_the_end, one_owner_per_config_epoch, replica_promoted
from quorate_invariants.redis_replication import acknowledged_write_kept, write_acknowledged, write_survives
from quorate_models.redis_failover import RedisFailover


class RedisReplication(RedisFailover):
    """A client writes to the primary, which replicates to its replicas, one of which may take its place.

    A write counts as acknowledged once `wait` replicas have it, as with the command WAIT, which the client sends after
    it. If all replicas must have it, no failover loses it, and none is acknowledged while a replica is cut off. Redis
    itself acknowledges without waiting, `wait` of 0: the variant `Asynchronous`. Less than all replicas are not enough
    either: voters make no effort to select the best replica ("Masters reply to replica vote request", rule 5).

    Data is the set of writes that a node has, and replication copies it: how, by the whole or by the latest commands,
    is left out. So is the time-out after which a primary that is cut off refuses writes.

    Two replicas that both must have two writes are 619,064 states.
    """

    replicas = Param(1, minimum=0, maximum=16, doc="replicas of the first primary")
    writes = Param(1, minimum=1, maximum=16, doc="writes that clients make")
    wait = Param(1, minimum=0, maximum=16, doc="replicas that must have a write before it counts as acknowledged")

    Write = Node(writes)

    data = Map(RedisFailover.N, Set(Write), init=set())
    issued = Set(Write, init=set())
    acknowledged = Set(Write, init=set())

    properties = [
        acknowledged_write_kept,
        write_acknowledged,
        write_survives,
        one_owner_per_config_epoch,
        replica_promoted,
        one_owner_in_the_end,
    ]

    def serves(self, i):
        """Whether a node claims the slots, and none does with a greater config epoch: the last failover wins."""
        return self.owner[i] == i and not any(self.config_epoch[j] > self.config_epoch[i] for j in self.N)

    @action(i=RedisFailover.N, w=Write)
    def write(self, i, w):
        """A client writes to a node that takes itself for the owner of the slots, cut off with it or not ("Write
        safety")."""
        require(self.owner[i] == i and w not in self.issued)
        self.issued.add(w)
        self.data[i].add(w)

    @action(fair="weak", fair_per=("i",), i=RedisFailover.N)
    def replicate(self, i):
        """A replica takes over the data of its primary ("Write safety": asynchronous replication)."""
        require(self.owner[i] != i and self.in_shard(i) and not self.cut_off[i])
        require(not self.cut_off[self.owner[i]] and self.owner[self.owner[i]] == self.owner[i])
        self.data[i] = self.data[self.owner[i]]

    @action(fair="weak", fair_per=("i", "w"), i=RedisFailover.N, w=Write)
    def acknowledge(self, i, w):
        """The client learns that its write is done: enough replicas have told the primary that they have it (WAIT)."""
        require(self.owner[i] == i and w in self.data[i])
        having = sum(1 for j in self.N if j != i and self.owner[j] == i and w in self.data[j])
        require(having >= self.wait)
        self.acknowledged.add(w)


class Asynchronous(RedisReplication):
    """A write is acknowledged as soon as the primary has it, as Redis does unless a client asks for more.

    The primary is cut off before the write has reached a replica, and the replica is promoted without it. This is no
    mistake of an implementation: "there is always a window of time when it is possible to lose writes".
    """

    wait = Param(0, minimum=0, maximum=16, doc="replicas that must have a write before it counts as acknowledged")

    expected = violates(
        acknowledged_write_kept,
        found_at={"primaries": 3, "replicas": 1, "wait": 0, "max_epoch": 1},
        hidden_at={"wait": 1},
    )


class RestartsEmpty(RedisReplication):
    """A primary without persistence restarts at once, before anybody has missed it, and serves without its data.

    Its replicas then copy what it has, nothing, so that waiting for them has not helped (Redis documentation,
    "Replication", section "Safety of replication when master has persistence turned off").
    """

    restarts = Param(1, minimum=0, maximum=4, doc="how often a primary restarts with nothing")
    restarted = Int(0, restarts, init=0)

    expected = violates(acknowledged_write_kept, found_at={"restarts": 1, "max_epoch": 1}, hidden_at={"restarts": 0})

    @action(i=RedisFailover.N)
    def restart_empty(self, i):
        """A primary restarts, and has no data on disk."""
        require(self.owner[i] == i and self.restarted < self.restarts)
        self.restarted += 1
        self.data[i] = set()
