"""Elections in Raft where only some servers reach each other, with PreVote (Ongaro, "Consensus: Bridging Theory and
Practice", 2014, section 9.6: preventing disruptions when a server rejoins the cluster; Howard & Abraham, "Raft does not
guarantee liveness in the face of network faults", 2020).
"""

from __future__ import annotations

from enum import Enum

from quorate import Int, Map, Model, Node, Param, action, init, require, violates
from quorate_invariants.raft import election_safety, leader_elected
from quorate_invariants.raft_liveness import leader_stays
from quorate_invariants.raft_prevote import (
    elected_by_just_a_majority,
    leaders_reach_each_other,
    nobody_stays_behind,
    terms_followed_on_links,
    terms_from_the_lowest,
)


class PreVote(Model):
    """Servers elect a leader over links of which some are down for good: does one stay?

    The first three reach each other, and each further one only the one that is two before it: with five servers the
    links are 1-2, 1-3, 2-3, 2-4, 3-5, and no server reaches all. An election is one step: the calls of a candidate
    reach all that it has a link to. Logs are left out. Terms go up without an end, but only who is ahead of whom
    counts: the terms that are kept are those above the lowest, and a server that is `spread` ahead waits.

    Each server that can stand for election again and again does so at last (strong fairness), as with random timeouts;
    heartbeats are not put off for ever (weak fairness).
    """

    servers = Param(5, minimum=1, maximum=7, doc="servers in the cluster")
    spread = Param(2, minimum=1, maximum=8, doc="how many terms a server may be ahead of the slowest")

    majority = servers // 2 + 1

    class Role(Enum):
        """What a server is in its term; a candidacy is over within the step (section 5.1)."""

        FOLLOWER = "follower"
        LEADER = "leader"

    Server = Node(servers, symmetric=False)

    Terms = Map(Server, Int(0, spread))

    term = Map(Server, Int(0, spread), init=...)
    role = Map(Server, Role, init=Role.FOLLOWER)

    properties = [
        election_safety,
        leaders_reach_each_other,
        terms_from_the_lowest,
        terms_followed_on_links,
        leader_elected,
        elected_by_just_a_majority,
        leader_stays,
        nobody_stays_behind,
    ]

    @init(terms=Terms)
    def begin(self, terms):
        """The links have just failed, and nobody leads; servers may be in different terms."""
        require(min(terms[i] for i in self.Server) == 0)
        self.term = terms

    @action(fair="strong", fair_per=("i",), i=Server)
    def stand(self, i):
        """A server that hears from no leader asks who would vote for it, and stands if a majority would (5.2; 9.6)."""
        require(self.role[i] != self.Role.LEADER and not self.led(i) and self.term[i] < self.spread)
        if self.would_win(i):
            self.hold_election(i)
        for j in self.Server:
            # who is ahead of it tells it so
            if self.linked(i, j):
                self.join(i, self.term[j])
        self.lower_terms()

    def hold_election(self, i):
        """A candidate has the votes of those who join its new term: they have not voted in it (5.2)."""
        self.term[i] += 1
        voters = {j for j in self.Server if self.linked(i, j) and self.term[j] < self.term[i]}
        for j in self.Server:
            if j in voters:
                self.join(j, self.term[i])
        if len(voters) + 1 >= self.majority:
            self.role[i] = self.Role.LEADER

    @action(fair="weak", fair_per=("i", "j"), i=Server, j=Server)
    def heartbeat(self, i, j):
        """A leader calls a server, which joins its term, or tells it of a newer one (5.1, 5.2)."""
        require(self.role[i] == self.Role.LEADER and self.linked(i, j))
        self.join(j, self.term[i])
        self.join(i, self.term[j])
        self.lower_terms()

    def would_win(self, i):
        """Whether a majority would vote for it: those who reach it, hear from no leader, and are not ahead (9.6)."""
        willing = sum(1 for j in self.Server if self.linked(i, j) and not self.led(j) and self.term[j] <= self.term[i])
        return willing + 1 >= self.majority

    def linked(self, i, j):
        """Whether two servers reach each other: the first three do, and others the one two before or after."""
        apart = abs(i.index - j.index)
        return apart > 0 and (apart == 2 or max(i.index, j.index) < 3)

    def led(self, i):
        """Whether a server hears from a leader of its term or a later one, or is such itself (5.2)."""
        return self.role[i] == self.Role.LEADER or any(
            self.role[j] == self.Role.LEADER and self.linked(i, j) and self.term[j] >= self.term[i] for j in self.Server
        )

    def join(self, i, term):
        """A server that hears of a newer term joins it as a follower (5.1)."""
        if term > self.term[i]:
            self.term[i] = term
            self.role[i] = self.Role.FOLLOWER

    def lower_terms(self):
        """Count terms from the lowest."""
        lowest = min(self.term[i] for i in self.Server)
        for i in self.Server:
            self.term[i] -= lowest


class StandsUnasked(PreVote):
    """A server that hears from no leader stands for election without asking first whether it could win.

    With five servers each leader has one that it does not reach. That one stands for election, again and again, and
    cannot win; but its newer term reaches the leader through the others, and the leader steps down. So did a cluster
    of etcd at Cloudflare in 2020 (Howard & Abraham). With four servers or three, one of them reaches all: once it
    leads, it stays.
    """

    # terms_followed_on_links would tell it sooner: where the server stands
    properties = [election_safety, leader_elected, leader_stays]
    expected = violates(leader_stays, found_at={"servers": 5}, hidden_at={"servers": 4})

    def would_win(self, i):
        """It stands in any case (against 9.6)."""
        return True
