"""Config epochs that are made without agreement, and what resolves their collisions in Redis Cluster (Redis Cluster
Specification, "configEpoch conflicts resolution algorithm").
"""

from __future__ import annotations

from quorate import Int, Param, action, require, violates
from quorate_invariants.redis_failover import (
    config_epoch_known,
    epochs_monotone,
    old_primary_demoted,
    one_owner_in_the_end,
    one_winner_per_epoch,
    owners_followed_or_ordered,
    replica_promoted,
)
from quorate_models.redis_failover import STEPS, RedisFailover

OUTCOME = [
    one_winner_per_epoch,
    config_epoch_known,
    epochs_monotone,
    replica_promoted,
    old_primary_demoted,
    one_owner_in_the_end,
]
"""What is promised; what each step may do is left out, so that a broken variant shows what comes of it."""


class RedisTakeover(RedisFailover):
    """The failover of Redis Cluster, where an administrator may also make a replica take over without an election.

    CLUSTER FAILOVER TAKEOVER asks nobody, so that two nodes may end up with the same config epoch: two replicas that
    are both told to, or one that is told while another is elected. Nothing of one of them then wins over the other. The
    promise that is left is that it does not stay so.
    """

    elections = Param(1, minimum=0, maximum=8, doc="no election starts beyond this epoch")
    takeovers = Param(1, minimum=0, maximum=4, doc="how often an administrator orders a takeover")
    max_epoch = Param(3, minimum=1, maximum=16, doc="the greatest epoch; a takeover may need two more than elections")

    ordered = Int(0, takeovers, init=0)

    properties = [*OUTCOME, *STEPS, owners_followed_or_ordered]

    def last_election(self):
        """Elections end before the epochs do, which takeovers and collisions need too."""
        return self.elections

    @action(i=RedisFailover.N)
    def take_over(self, i):
        """An administrator has a replica claim the slots, with an epoch that nobody has agreed to (CLUSTER FAILOVER
        with TAKEOVER; "configEpoch conflicts resolution algorithm", event 1)."""
        require(self.in_shard(i) and self.owner[i] != i and self.ordered < self.takeovers)
        self.ordered += 1
        self.current_epoch[i] += 1
        self.claim(i, self.current_epoch[i])

    def heartbeat(self, i, j):
        """As in the failover; besides, a primary that hears from another with its own config epoch may resolve that
        ("configEpoch conflicts resolution algorithm")."""
        super().heartbeat(i, j)
        if self.owner[i] == i and self.owner[j] == j and self.config_epoch[i] == self.config_epoch[j] and j < i:
            self.resolve_collision(j)

    def resolve_collision(self, j):
        """The one with the smaller ID moves on to a new epoch."""
        self.current_epoch[j] += 1
        self.config_epoch[j] = self.current_epoch[j]


class CollisionUnresolved(RedisTakeover):
    """Two primaries with the same config epoch both keep it.

    Rule 2 for hash slots prefers neither, so that each of them keeps the slots, and the other nodes believe the one
    they heard of first, for ever.
    """

    properties = OUTCOME

    expected = violates(
        one_owner_in_the_end,
        found_at={"takeovers": 2, "failures": 0},
        hidden_at={"takeovers": 1, "failures": 0},
    )

    def resolve_collision(self, j):
        """Nothing is done (against "configEpoch conflicts resolution algorithm")."""
