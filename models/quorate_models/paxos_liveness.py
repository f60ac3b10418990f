"""Does Paxos ever choose a value? (Lamport, "Paxos Made Simple", 2001, section 2.4.)

Fischer, Lynch & Paterson ("Impossibility of Distributed Consensus with One Faulty Process", 1985) say that it cannot be
sure to, in an asynchronous system: two proposers can outdo each other for ever. The paper's answer is a distinguished
proposer, the only one to go on; that there comes to be one is assumed, and needs assumptions about time.
"""

from __future__ import annotations

from quorate import Int, Map, Model, Node, Option, Param, Set, action, require, violates
from quorate_invariants.consensus_liveness import (
    ballots_are_ranked,
    ballots_begin_when_refused,
    majority_is_enough,
    promise_outbid,
    rounds_are_kept,
    value_comes,
    value_possible,
)


class PaxosLiveness(Model):
    """Proposers begin ballot after ballot until one of them has the votes of a majority.

    A request and its answer are one step, and which value is proposed is not kept: that it is always the same is what
    `paxos` is about. Ballot numbers go up without an end, but only their order counts: `rank` says which of the
    proposers' present ballots is the lowest, 1, and so on. An acceptor's promise is kept as twice the rank of its
    ballot; it is odd, and between two ranks, if that ballot has been given up.

    At some moment one proposer is distinguished, and from then on no other begins a ballot, though what the others have
    begun may go on. Every request that can be answered is answered at last, and a proposer that can begin a ballot
    does so at last, unless another step prevents it in the meantime: weak fairness is all that is assumed.
    """

    proposers = Param(2, minimum=1, maximum=8, doc="proposers")
    acceptors = Param(3, minimum=1, maximum=16, doc="acceptors; any majority of them is a quorum")

    majority = acceptors // 2 + 1

    Proposer = Node(proposers)
    Acceptor = Node(acceptors)
    Rank = Int(0, proposers)

    rank = Map(Proposer, Rank, init=0)
    promised = Map(Acceptor, Int(0, 2 * proposers), init=0)
    promises = Map(Proposer, Set(Acceptor), init=set())
    votes = Map(Proposer, Set(Acceptor), init=set())
    distinguished = Option(Proposer, init=None)

    properties = [
        ballots_are_ranked,
        ballots_begin_when_refused,
        rounds_are_kept,
        promise_outbid,
        majority_is_enough,
        value_comes,
        value_possible,
    ]

    @action(fair="weak", p=Proposer)
    def distinguish(self, p):
        """One proposer is distinguished (section 2.4; how is not said here)."""
        require(self.distinguished is None)
        self.distinguished = p

    @action(fair="weak", fair_per=("p",), p=Proposer)
    def begin(self, p):
        """A proposer begins a ballot above all others: its first, or because it was refused (section 2.4)."""
        require(not self.is_chosen() and self.may_begin(p))
        require(self.rank[p] == 0 or any(self.promised[a] > 2 * self.rank[p] for a in self.Acceptor))
        self.give_up(p)
        self.rank[p] = max(self.rank[q] for q in self.Proposer) + 1

    def may_begin(self, p):
        """Whether no other proposer is distinguished (section 2.4)."""
        return self.distinguished in (None, p)

    def give_up(self, p):
        """A proposer gives up its ballot; those above it move down by one."""
        given_up = self.rank[p]
        if given_up > 0:
            self.rank[p] = 0
            for q in self.Proposer:
                if self.rank[q] > given_up:
                    self.rank[q] -= 1
            for a in self.Acceptor:
                if self.promised[a] > 2 * given_up + 1:
                    self.promised[a] -= 2
                elif self.promised[a] >= 2 * given_up:
                    self.promised[a] = self.just_above(given_up - 1)
        self.promises[p] = set()
        self.votes[p] = set()

    def just_above(self, rank):
        """What is kept of a promise that is above one ballot and below the next; of one below all of them, nothing."""
        return 2 * rank + min(rank, 1)

    @action(fair="weak", fair_per=("p", "a"), p=Proposer, a=Acceptor)
    def promise(self, p, a):
        """A proposer asks an acceptor that has promised nothing as high, and gets its promise (section 2.2, 1)."""
        require(self.promised[a] < 2 * self.rank[p] and a not in self.promises[p])
        self.promised[a] = 2 * self.rank[p]
        self.promises[p].add(a)

    @action(fair="weak", fair_per=("p", "a"), p=Proposer, a=Acceptor)
    def accept(self, p, a):
        """A proposer that a majority has promised asks an acceptor for its vote, and gets it (section 2.2, 2)."""
        require(len(self.promises[p]) >= self.majority and a not in self.votes[p])
        require(self.promised[a] <= 2 * self.rank[p])
        self.promised[a] = 2 * self.rank[p]
        self.votes[p].add(a)

    def is_chosen(self):
        """Whether a majority has voted in one ballot."""
        return any(len(self.votes[p]) >= self.majority for p in self.Proposer)


class DuellingProposers(PaxosLiveness):
    """No proposer gives way to a distinguished one: each begins a higher ballot as soon as it is refused.

    Each then keeps the other from ever being accepted, although every request is answered (section 2.4: "it's easy to
    construct a scenario"). A value can still be chosen at every moment, and never is; a single acceptor shows it.
    """

    # what comes of it; that a step is wrong is seen earlier
    properties = [value_comes, value_possible]
    expected = violates(value_comes, found_at={"proposers": 2, "acceptors": 1}, hidden_at={"proposers": 1})

    def may_begin(self, p):
        """Always (against section 2.4)."""
        return True
