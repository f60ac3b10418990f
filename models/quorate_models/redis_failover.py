"""Failover of a primary in Redis Cluster: which replica takes over its slots, and how all others learn of it (Redis
Cluster Specification, "Configuration handling, propagation, and failovers").
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
    Param,
    action,
    init,
    receive,
    require,
    violates,
)
from quorate_invariants.redis_failover import (
    config_epoch_known,
    epochs_monotone,
    old_primary_demoted,
    one_owner_in_the_end,
    one_owner_per_config_epoch,
    one_winner_per_epoch,
    replica_promoted,
)


class RedisFailover(Model):
    """A primary is cut off, one of its replicas is elected by the other primaries, and the old one comes back.

    All is about the slots of one primary: node n1 to begin with. The next nodes are its replicas, and the last ones are
    the primaries of other slots, which vote. None of the shard itself votes: who could is cut off, or is a candidate.
    The majority is one of all primaries, though, so that of three the other two must both vote.

    The failure detector (`redis-failure-detector`) is left out: who is cut off is in FAIL state for all, and only
    then. A candidate that has asked for votes may count them later, when that is no longer so. Requests and votes are
    messages, which may arrive late, again, or never. A heartbeat is one step, with the UPDATE message that may answer
    it: what it carries is ordered by its epochs, and a late one would be ignored. Rule 4 for votes, a matter of
    time, is left out: it spares a second election, and safety does not depend on it.

    The limits are parameters and no bounds of the search: elections are started until `max_epoch`, and then not. With
    three replicas it has 329,705 states, and takes most of a minute.
    """

    primaries = Param(3, minimum=1, maximum=16, doc="primaries that serve slots; the first of them may fail")
    replicas = Param(2, minimum=0, maximum=16, doc="replicas of the first primary")
    failures = Param(1, minimum=0, maximum=8, doc="how often a node of its shard is cut off from all others")
    max_epoch = Param(2, minimum=1, maximum=8, doc="no election starts beyond this epoch")

    majority = primaries // 2 + 1
    nodes = primaries + replicas

    N = Node(nodes, symmetric=False)
    Epoch = Int(0, max_epoch)

    AuthRequest = Message(src=N, epoch=Epoch, primary=N, config_epoch=Epoch)  # FAILOVER_AUTH_REQUEST
    AuthAck = Message(src=N, dst=N, epoch=Epoch)  # FAILOVER_AUTH_ACK

    current_epoch = Map(N, Epoch, init=0, durable=True)
    last_vote_epoch = Map(N, Epoch, init=0, durable=True)
    # who serves the slots as far as a node knows, and since which epoch
    owner = Map(N, N, init=..., durable=True)
    config_epoch = Map(N, Epoch, init=0, durable=True)
    # the epoch in which a replica stands for election, 0 if it does not
    auth_epoch = Map(N, Epoch, init=0)
    # not what a node knows, but what the network does to it
    cut_off = Map(N, Bool(), init=False, durable=True)
    failed = Int(0, failures, init=0)
    network = Network(AuthRequest, AuthAck)

    properties = [
        one_winner_per_epoch,
        one_owner_per_config_epoch,
        config_epoch_known,
        epochs_monotone,
        replica_promoted,
        old_primary_demoted,
        one_owner_in_the_end,
    ]

    @init(first=N)
    def configured(self, first):
        """All know the first node as the owner of the slots."""
        require(first.index == 0)
        self.owner = {i: first for i in self.N}  # noqa: C420 (the language has no dict.fromkeys)

    def in_shard(self, i):
        """Whether a node is the first primary or one of its replicas; the others are primaries that vote."""
        return i.index <= self.replicas

    @action(i=N)
    def fail(self, i):
        """A node of the shard is cut off from all others, and they flag it FAIL ("Failure detection")."""
        require(self.in_shard(i) and not self.cut_off[i] and self.failed < self.failures)
        self.failed += 1
        self.cut_off[i] = True

    @action(fair="weak", fair_per=("i",), i=N)
    def rejoin(self, i):
        """A node is reachable again, with the configuration it had ("How nodes rejoin the cluster")."""
        require(self.cut_off[i])
        self.cut_off[i] = False

    @action(fair="weak", fair_per=("i",), i=N)
    def stand(self, i):
        """A replica whose primary is in FAIL state asks the primaries for votes ("Replica election and promotion")."""
        require(self.in_shard(i) and not self.cut_off[i] and self.cut_off[self.owner[i]])
        require(self.current_epoch[i] < self.last_election())
        self.current_epoch[i] += 1
        self.auth_epoch[i] = self.current_epoch[i]
        self.network.send(
            self.AuthRequest(
                src=i, epoch=self.current_epoch[i], primary=self.owner[i], config_epoch=self.config_epoch[i]
            )
        )

    def last_election(self):
        """The epoch of the last election that is looked at."""
        return self.max_epoch

    @receive(AuthRequest, fair="weak", fair_per=("m", "v"), v=N)
    def on_auth_request(self, m, v):
        """A primary votes, or ignores the request ("Masters reply to replica vote request")."""
        require(not self.in_shard(v))
        self.observe_epoch(v, m.epoch)
        if self.may_vote(m, v):
            self.last_vote_epoch[v] = m.epoch
            self.network.send(self.AuthAck(src=v, dst=m.src, epoch=self.current_epoch[v]))

    def may_vote(self, m, v):
        """Whether a primary votes for a replica ("Masters reply to replica vote request", rules 1, 2, 3 and 7)."""
        return (
            m.epoch > self.last_vote_epoch[v]
            and m.epoch >= self.current_epoch[v]
            and self.cut_off[m.primary]
            and m.config_epoch >= self.config_epoch[v]
        )

    def won(self, i, epoch):
        """Whether a replica has stood for election in an epoch, and been sent the votes of a majority for it."""
        asked = any(m.src == i and m.epoch == epoch for m in self.network.of(self.AuthRequest))
        votes = sum(1 for v in self.N if self.AuthAck(src=v, dst=i, epoch=epoch) in self.network)
        return asked and votes >= self.majority

    @action(fair="weak", fair_per=("i",), i=N)
    def promote(self, i):
        """A replica with the votes of a majority claims the slots, with the epoch of its election as config epoch
        ("Replica election and promotion")."""
        require(not self.cut_off[i] and self.won(i, self.auth_epoch[i]))
        self.claim(i, self.auth_epoch[i])

    @action(fair="weak", fair_per=("i", "j"), i=N, j=N)
    def heartbeat(self, i, j):
        """Node i sends a ping or pong to node j, who learns from it, or answers with an UPDATE ("Hash slots
        configuration propagation")."""
        require(i != j and not self.cut_off[i] and not self.cut_off[j])
        self.observe_epoch(j, self.current_epoch[i])
        if self.owner[i] == i:
            self.learn(j, i, self.config_epoch[i])
        if self.in_shard(i) and self.config_epoch[i] < self.config_epoch[j]:
            self.observe_epoch(i, self.current_epoch[j])
            self.learn(i, self.owner[j], self.config_epoch[j])

    def observe_epoch(self, i, epoch):
        """A node takes over a greater current epoch ("Cluster current epoch")."""
        self.current_epoch[i] = max(self.current_epoch[i], epoch)

    def learn(self, i, owner, config_epoch):
        """A greater config epoch wins: the node takes over the owner, and if it is of the shard, becomes its replica
        ("Hash slots configuration propagation", rule 2)."""
        if config_epoch > self.config_epoch[i]:
            self.owner[i] = owner
            self.config_epoch[i] = config_epoch
            self.auth_epoch[i] = 0

    def claim(self, i, epoch):
        """A replica becomes the primary that serves the slots."""
        self.owner[i] = i
        self.config_epoch[i] = epoch
        self.auth_epoch[i] = 0


class ForgetfulVoter(RedisFailover):
    """A primary that restarts has forgotten in which epoch it voted last, and may vote a second time.

    The vote counts only if it is on disk before it is sent. One restart is not enough: the majority is one of all
    primaries, but the failed one does not vote, so that two majorities share two voters at least.
    """

    restarts = Param(2, minimum=0, maximum=4, doc="how often a voting primary restarts")
    restarted = Int(0, restarts, init=0)

    expected = violates(one_winner_per_epoch, found_at={"restarts": 2, "max_epoch": 1}, hidden_at={"restarts": 1})

    @action(v=RedisFailover.N)
    def restart_voter(self, v):
        """A voting primary restarts, without what rule 1 has it store ("Masters reply to replica vote request")."""
        require(not self.in_shard(v) and self.restarted < self.restarts)
        self.restarted += 1
        self.last_vote_epoch[v] = 0


class AnswersOldRequests(RedisFailover):
    """A primary answers a request of an epoch that is over, and its vote carries its own epoch, the present one.

    The candidate has meanwhile begun an election in that present epoch, and counts the vote there, where the
    primary can still vote for another. It is the specification's own example of what rule 3 is for.
    """

    expected = violates(one_winner_per_epoch, found_at={"max_epoch": 2}, hidden_at={"max_epoch": 1})

    def may_vote(self, m, v):
        """A primary votes for older epochs than its own (against rule 3)."""
        return m.epoch > self.last_vote_epoch[v] and self.cut_off[m.primary] and m.config_epoch >= self.config_epoch[v]


class CountsOldVotes(RedisFailover):
    """A candidate that stands again counts the votes that arrive late, for its election before.

    It wins an election without the votes for it, which another may have, and both claim the slots with the same epoch.
    """

    expected = violates(one_owner_per_config_epoch, found_at={"max_epoch": 2}, hidden_at={"max_epoch": 1})

    def promote(self, i):
        """Any votes do (against "Replica election and promotion": a replica discards those of a lesser epoch)."""
        require(not self.cut_off[i] and self.auth_epoch[i] > 0 and any(self.won(i, e) for e in self.Epoch))
        self.claim(i, self.auth_epoch[i])
