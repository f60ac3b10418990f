"""Does Raft ever elect a leader? (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014,
sections 5.2 and 9.3; Ongaro, "Consensus: Bridging Theory and Practice", 2014, chapter 9.)

An election can fail: when several servers stand for election at the same time, each votes for itself, and none has a
majority. Nothing but time keeps that from happening in every term, so the answer depends on what is assumed of time.
"""

from __future__ import annotations

from enum import Enum

from quorate import Int, Map, Model, Node, Option, Param, Set, action, require, violates
from quorate_invariants.raft import election_safety
from quorate_invariants.raft_liveness import leader_comes, leader_possible


class RaftLiveness(Model):
    """Servers stand for election, term after term, until one of them leads.

    A request and its answer are one step. Terms go up without an end, but only who is ahead of whom counts, so the
    terms that are kept are those above the lowest; a server that is `spread` terms ahead of the slowest waits.

    The fairness of `grant` is what randomised election timeouts buy (section 5.2): a server that times out clearly
    before the others has its requests answered before they time out too. That happens with some probability in each
    term, so in infinitely many terms it happens at last: a vote that can be granted again and again is granted. With
    timeouts that are all the same, each server votes for itself before the other's request arrives, for ever; that is
    the variant `EqualTimeouts`.

    With four servers and more a leader needs several votes of one term, and this fairness does not promise that the
    second is granted before another election begins.
    """

    servers = Param(3, minimum=1, maximum=16, doc="servers in the cluster")
    spread = Param(1, minimum=1, maximum=8, doc="how many terms a server may be ahead of the slowest")

    majority = servers // 2 + 1

    class Role(Enum):
        """What a server is in its term (section 5.1, figure 4)."""

        FOLLOWER = "follower"
        CANDIDATE = "candidate"
        LEADER = "leader"

    Server = Node(servers)

    term = Map(Server, Int(0, spread), init=0)
    voted_for = Map(Server, Option(Server), init=None)
    role = Map(Server, Role, init=Role.FOLLOWER)
    votes = Map(Server, Set(Server), init=set())

    properties = [election_safety, leader_comes, leader_possible]

    @action(fair="weak", fair_per=("i",), i=Server)
    def time_out(self, i):
        """A server that hears from no leader stands for election and votes for itself (5.2)."""
        require(not self.led() and self.term[i] < self.spread)
        self.term[i] += 1
        self.role[i] = self.Role.CANDIDATE
        self.voted_for[i] = i
        self.votes[i] = {i}
        self.count_votes(i)
        self.lower_terms()

    @action(fair="strong", i=Server, j=Server)
    def grant(self, i, j):
        """Candidate i asks server j, which has not voted in that term yet, and gets its vote (5.2)."""
        require(i != j and self.role[i] == self.Role.CANDIDATE and self.may_vote(j, i))
        self.vote(j, i)

    @action(fair="weak", fair_per=("i",), i=Server, j=Server)
    def step_down(self, i, j):
        """Candidate i asks server j, which is in a newer term, and joins it (5.1)."""
        require(self.role[i] == self.Role.CANDIDATE and self.term[i] < self.term[j])
        self.observe_term(i, self.term[j])
        self.lower_terms()

    def may_vote(self, j, i):
        """Whether server j has not voted in the term of candidate i, nor gone beyond it (5.2)."""
        return self.term[j] < self.term[i] or (self.term[j] == self.term[i] and self.voted_for[j] is None)

    def vote(self, j, i):
        """Server j votes for candidate i, who counts the vote (5.2)."""
        self.observe_term(j, self.term[i])
        self.voted_for[j] = i
        self.votes[i].add(j)
        self.count_votes(i)
        self.lower_terms()

    def led(self):
        """Whether there is a leader, whose heartbeats keep the others from standing (5.2)."""
        return any(self.role[i] == self.Role.LEADER for i in self.Server)

    def count_votes(self, i):
        """A candidate with the votes of a majority becomes leader (5.2)."""
        if len(self.votes[i]) >= self.majority:
            self.role[i] = self.Role.LEADER

    def observe_term(self, i, term):
        """A server that hears of a newer term joins it as a follower (5.1)."""
        if term > self.term[i]:
            self.term[i] = term
            self.role[i] = self.Role.FOLLOWER
            self.voted_for[i] = None
            self.votes[i] = set()

    def lower_terms(self):
        """Count terms from the lowest."""
        lowest = min(self.term[i] for i in self.Server)
        for i in self.Server:
            self.term[i] -= lowest


class EqualTimeouts(RaftLiveness):
    """All servers time out at the same time, for ever: no vote need ever be granted to another."""

    expected = violates(leader_comes, found_at={"servers": 2}, hidden_at={"servers": 1})

    @action(fair="weak", i=RaftLiveness.Server, j=RaftLiveness.Server)
    def grant(self, i, j):
        """A vote that stays possible is granted at last; nothing is said of one that is possible now and then."""
        require(i != j and self.role[i] == self.Role.CANDIDATE and self.may_vote(j, i))
        self.vote(j, i)
