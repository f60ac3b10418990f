"""Leader election in Raft without logs: who may become leader, and nothing else (Ongaro & Ousterhout, "In Search of an
Understandable Consensus Algorithm", 2014, section 5.2).
"""

from __future__ import annotations

from enum import Enum

from quorate import (
    Bound,
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Option,
    Param,
    Set,
    action,
    receive,
    require,
    violates,
    within,
)
from quorate_invariants.raft import election_safety, leader_elected
from quorate_invariants.raft_election_lemmas import leaders_have_a_majority, one_vote_sent, votes_are_known, votes_stand
from quorate_invariants.raft_elections import majority_suffices, terms_begin, terms_pass, votes_told


class RaftElection(Model):
    """Servers elect a leader for each term.

    The network keeps every message that was ever sent: each may arrive late, again, or never.
    """

    servers = Param(3, minimum=1, maximum=64, doc="servers in the cluster")
    max_term = Bound(2, minimum=1, doc="no election starts beyond this term")

    majority = servers // 2 + 1

    class Role(Enum):
        """What a server is in its term (section 5.1, figure 4)."""

        FOLLOWER = "follower"
        CANDIDATE = "candidate"
        LEADER = "leader"

    Server = Node(servers)
    Term = Int(0, max_term)

    RequestVote = Message(src=Server, term=Term)
    Vote = Message(src=Server, dst=Server, term=Term)

    term = Map(Server, Term, init=0, durable=True)
    voted_for = Map(Server, Option(Server), init=None, durable=True)
    role = Map(Server, Role, init=Role.FOLLOWER)
    votes = Map(Server, Set(Server), init=set())
    network = Network(RequestVote, Vote)

    properties = [election_safety, terms_begin, terms_pass, votes_told, leader_elected, majority_suffices]
    lemmas = [votes_stand, one_vote_sent, votes_are_known, leaders_have_a_majority]

    @action(i=Server)
    def time_out(self, i):
        """A server that is not leader hears from none in time, stands for election and votes for itself (5.2)."""
        require(self.role[i] != self.Role.LEADER)
        within(self.term[i] < self.max_term)
        self.term[i] += 1
        self.role[i] = self.Role.CANDIDATE
        self.voted_for[i] = i
        self.votes[i] = set()
        self.network.send(self.RequestVote(src=i, term=self.term[i]))
        self.network.send(self.Vote(src=i, dst=i, term=self.term[i]))

    @receive(RequestVote, i=Server)
    def on_request_vote(self, m, i):
        """A server votes for the first who asks in a term (5.2)."""
        require(i != m.src)
        self.observe_term(i, m.term)
        if m.term == self.term[i] and self.may_vote(i, m.src):
            self.voted_for[i] = m.src
            self.network.send(self.Vote(src=i, dst=m.src, term=m.term))

    def may_vote(self, i, candidate):
        """Whether a server has not voted for another in its term (5.2)."""
        return self.voted_for[i] in (None, candidate)

    @receive(Vote)
    def on_vote(self, m):
        """A candidate counts a vote of its term (5.2)."""
        require(self.role[m.dst] == self.Role.CANDIDATE and m.term == self.term[m.dst])
        self.votes[m.dst].add(m.src)

    @action(i=Server)
    def become_leader(self, i):
        """A candidate with the votes of a majority becomes leader (5.2)."""
        require(self.role[i] == self.Role.CANDIDATE and len(self.votes[i]) >= self.majority)
        self.role[i] = self.Role.LEADER

    def observe_term(self, i, term):
        """A server that hears of a newer term joins it as a follower (5.1)."""
        if term > self.term[i]:
            self.term[i] = term
            self.role[i] = self.Role.FOLLOWER
            self.voted_for[i] = None
            self.votes[i] = set()


class ForgetfulVoter(RaftElection):
    """A server remembers its vote for itself only, and votes for everyone else who asks in its term.

    Of two servers that both stand, each keeps its own vote, and neither has a majority.
    """

    # the others are violated as soon as the server votes again
    properties = (election_safety, leader_elected)

    expected = violates(election_safety, found_at={"servers": 3, "max_term": 1}, hidden_at={"servers": 2})

    def may_vote(self, i, candidate):
        """A server votes without looking at its earlier vote for another (against 5.2)."""
        return self.voted_for[i] != i or candidate == i
