"""Raft's elections (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, section 5.2).

The first layer: terms, votes, and servers that crash. The other modules of this package build on it.
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Bound, Int, Map, Model, Node, Option, Param, Set, action, require, within


class Elections(Model):
    """Servers elect a leader for each term.

    A RequestVote call and its answer are one step, and the answer may be lost. A call that is lost is one that was not
    made yet; one that comes late comes at its own time, or from a candidacy that is over, when it changes a term at
    most. A crash and the restart after it are one step too: a server that is down is one that is slow.
    """

    servers = Param(3, minimum=1, maximum=16, doc="servers in the cluster")
    max_term = Bound(2, minimum=1, doc="no election starts beyond this term")
    crashes = Param(1, minimum=0, maximum=16, doc="how often servers crash and restart at most")

    majority = servers // 2 + 1

    class Role(Enum):
        """What a server is in its term (section 5.1, figure 4)."""

        FOLLOWER = "follower"
        CANDIDATE = "candidate"
        LEADER = "leader"

    Server = Node(servers)
    Term = Int(0, max_term)

    # Persistent (figure 2)
    term = Map(Server, Term, init=0, durable=True)
    voted_for = Map(Server, Option(Server), init=None, durable=True)
    # Volatile
    role = Map(Server, Role, init=Role.FOLLOWER)
    # Of candidates: who has voted for it
    votes = Map(Server, Set(Server), init=set())

    crashed = Int(0, crashes, init=0)

    @action(i=Server)
    def time_out(self, i):
        """A server that is not leader hears from none in time, stands for election and votes for itself (5.2)."""
        require(self.role[i] != self.Role.LEADER and self.may_stand(i))
        within(self.term[i] < self.max_term)
        self.term[i] += 1
        self.role[i] = self.Role.CANDIDATE
        self.voted_for[i] = i
        self.votes[i] = {i}
        self.count_votes(i)

    @action(i=Server, j=Server, answered=Bool())
    def request_vote(self, i, j, answered):
        """A candidate asks a server for its vote, which it gives to the first whose log is good enough (5.2, 5.4.1)."""
        require(self.role[i] == self.Role.CANDIDATE and j not in self.votes[i] and self.may_talk(i, j))
        self.observe_term(j, self.term[i])
        granted = self.may_vote(j, i)
        if granted:
            self.voted_for[j] = i
        if answered:
            self.observe_term(i, self.term[j])
            if granted:
                self.votes[i].add(j)
                self.count_votes(i)

    @action(i=Server)
    def restart(self, i):
        """A server crashes and comes back with what it wrote to its disk (5.1: servers may fail; figure 2)."""
        require(self.crashed < self.crashes)
        self.crashed += 1
        self.lose_memory(i)

    # -- what later layers, and broken variants, change

    def may_stand(self, i):
        """Whether a server may stand for election when it hears from no leader."""
        return True

    def may_talk(self, i, j):
        """Whether a call from one server reaches the other."""
        return i != j

    def may_vote(self, j, i):
        """Whether server j may vote for candidate i: it has not voted for another in this term (5.2, 5.4.1)."""
        return self.term[j] == self.term[i] and self.voted_for[j] in (None, i) and self.up_to_date(i, j)

    def up_to_date(self, i, j):
        """Whether the log of candidate i is no less up to date than that of server j (5.4.1): there are no logs yet."""
        return True

    def has_majority(self, i, group):
        """Whether a group of servers is a majority, as server i sees it (5.2)."""
        return len(group) >= self.majority

    def become_leader(self, i):
        """A candidate has won its election (5.2)."""
        self.role[i] = self.Role.LEADER
        self.votes[i] = set()

    def step_down(self, i):
        """A server becomes a follower (5.1, 5.2)."""
        self.role[i] = self.Role.FOLLOWER
        self.votes[i] = set()

    def lose_memory(self, i):
        """What is volatile is lost (figure 2)."""
        self.step_down(i)

    # -- helpers

    def count_votes(self, i):
        """A candidate with the votes of a majority becomes leader (5.2)."""
        if self.has_majority(i, self.votes[i]):
            self.become_leader(i)

    def observe_term(self, i, term):
        """A server that hears of a newer term joins it as a follower (5.1)."""
        if term > self.term[i]:
            self.term[i] = term
            self.voted_for[i] = None
            self.step_down(i)
