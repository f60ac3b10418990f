"""Single-decree Paxos (Lamport, "The Part-Time Parliament", 1998; "Paxos Made Simple", 2001, section 2).

Action for action Lamport's TLA+ module `Paxos` in the TLA+ Examples, so that the counts of states agree with TLC's.
"""

from __future__ import annotations

from quorate import (
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Option,
    Param,
    Record,
    Set,
    action,
    receive,
    require,
    violates,
)
from quorate_invariants.consensus import agreement, validity, value_chosen
from quorate_invariants.consensus_lemmas import (
    promises_tell_the_latest_vote,
    proposals_are_safe,
    votes_are_remembered,
    votes_follow_proposals,
)
from quorate_invariants.promises import (
    promises_are_kept,
    proposals_follow_promises,
    proposers_never_stuck,
    vote_taken_up,
)

# What comes of the protocol. A broken variant shows what is lost of it; that a step breaks a rule is seen earlier.
OUTCOME = [agreement, validity, value_chosen]


class Paxos(Model):
    """Acceptors choose one value, whichever proposers compete, and however late, often or seldom messages arrive.

    A proposer is no process here: each ballot has its own, who acts by the ballot's number alone. A value is chosen
    once a quorum of acceptors has accepted it in the same ballot; that anyone learns of it is no part of this text
    (see `paxos-roles`).

    `acceptors=5` has 701,505 states: seconds. `acceptors=4, ballots=3` has 2,135,473, and `ballots=4` has 8,220,065,
    which takes most of a minute. `values=1, ballots=5` has more than 50 million and takes minutes.
    """

    acceptors = Param(3, minimum=1, maximum=64, doc="acceptors; any majority of them is a quorum")
    values = Param(2, minimum=1, maximum=64, doc="values that may be proposed")
    ballots = Param(2, minimum=1, maximum=64, doc="ballots, numbered from 0")

    majority = acceptors // 2 + 1
    # How many acceptors a proposer hears before it proposes, and how many must vote for what is chosen.
    q1 = majority
    q2 = majority

    Acceptor = Node(acceptors)
    Value = Node(values)
    Ballot = Int(0, ballots - 1)
    Quorum = Set(Acceptor)
    Vote = Record(bal=Ballot, val=Value)

    # Phase 1: the proposer of a ballot asks, an acceptor promises and tells its latest vote (messages "1a" and "1b").
    Prepare = Message(bal=Ballot)
    Promise = Message(acc=Acceptor, bal=Ballot, vote=Option(Vote))
    # Phase 2: the proposer asks for votes, an acceptor votes (messages "2a" and "2b").
    Accept = Message(bal=Ballot, val=Value)
    Accepted = Message(acc=Acceptor, bal=Ballot, val=Value)

    # The highest ballot an acceptor has heard of, -1 for none, and its latest vote: maxBal; maxVBal with maxVal.
    promised = Map(Acceptor, Int(-1, ballots - 1), init=-1, durable=True)
    voted = Map(Acceptor, Option(Vote), init=None, durable=True)
    network = Network(Prepare, Promise, Accept, Accepted)

    properties = [
        *OUTCOME,
        promises_are_kept,
        proposals_follow_promises,
        vote_taken_up,
        proposers_never_stuck,
    ]
    lemmas = [votes_are_remembered, promises_tell_the_latest_vote, proposals_are_safe, votes_follow_proposals]

    @action(b=Ballot)
    def prepare(self, b):
        """The proposer of a ballot asks the acceptors to promise (Phase1a; Paxos Made Simple, section 2.2, 1 (a))."""
        self.network.send(self.Prepare(bal=b))

    @receive(Prepare, a=Acceptor)
    def promise(self, m, a):
        """An acceptor promises to vote in no lower ballot, and tells its latest vote (Phase1b; section 2.2, 1 (b))."""
        require(m.bal > self.promised[a])
        self.promised[a] = m.bal
        self.network.send(self.Promise(acc=a, bal=m.bal, vote=self.voted[a]))

    @action(b=Ballot, quorum=Quorum, v=Value)
    def propose_any(self, b, quorum, v):
        """A quorum has promised and reports no vote: any value may be proposed (Phase2a; section 2.2, 2 (a))."""
        self.require_promises(b, quorum)
        require(not any(p.bal == b and p.acc in quorum and p.vote is not None for p in self.network.of(self.Promise)))
        self.network.send(self.Accept(bal=b, val=v))

    @receive(Promise, quorum=Quorum)
    def propose_latest(self, m, quorum):
        """A quorum has promised: the proposer takes up the latest vote it reports (Phase2a; section 2.2, 2 (a))."""
        self.require_promises(m.bal, quorum)
        require(m.acc in quorum and m.vote is not None and self.outranks(m, quorum))
        self.network.send(self.Accept(bal=m.bal, val=m.vote.val))

    def require_promises(self, b, quorum):
        """A proposer proposes once, and only when a quorum has promised (guard of Phase2a)."""
        require(len(quorum) == self.q1)
        require(not any(accept.bal == b for accept in self.network.of(self.Accept)))
        require(all(any(p.bal == b and p.acc == a for p in self.network.of(self.Promise)) for a in quorum))

    def outranks(self, m, quorum):
        """Whether no vote that the quorum reports is of a higher ballot than the one in the message."""
        return all(
            p.vote.bal <= m.vote.bal
            for p in self.network.of(self.Promise)
            if p.bal == m.bal and p.acc in quorum and p.vote is not None
        )

    @receive(Accept, a=Acceptor)
    def accept(self, m, a):
        """An acceptor votes, unless it has promised not to (Phase2b; section 2.2, 2 (b))."""
        require(m.bal >= self.promised[a])
        self.promised[a] = m.bal
        self.vote(m, a)

    def vote(self, m, a):
        """An acceptor writes down what it votes for, and tells (section 2.2, 2 (b))."""
        self.voted[a] = self.Vote(bal=m.bal, val=m.val)
        self.network.send(self.Accepted(acc=a, bal=m.bal, val=m.val))

    def chosen(self, v):
        """Whether a quorum has voted for the value in one ballot (TLA+ module Voting, ChosenAt)."""
        return any(
            sum(1 for a in self.Acceptor if self.Accepted(acc=a, bal=b, val=v) in self.network) >= self.q2
            for b in self.Ballot
        )

    def proposed(self, v):
        """Whether the value has been proposed in any ballot."""
        return any(m.val == v for m in self.network.of(self.Accept))


class ForgetfulAcceptor(Paxos):
    """An acceptor answers a prepare, and forgets what it promised: it may then vote in a lower ballot.

    With one ballot there is no lower one.
    """

    properties = OUTCOME
    expected = violates(agreement, found_at={"acceptors": 3, "ballots": 2}, hidden_at={"ballots": 1})

    def promise(self, m, a):
        """An acceptor tells its latest vote but does not keep its promise (against section 2.2, 1 (b))."""
        require(m.bal > self.promised[a])
        self.network.send(self.Promise(acc=a, bal=m.bal, vote=self.voted[a]))


class VotesBelowPromise(Paxos):
    """An acceptor promises properly, but when a request to vote comes it does not look at what it has promised.

    A request of an old ballot that was long on its way is then answered with a vote that no later proposer has heard
    of. A single acceptor shows it too: it is all of its quorum. With one ballot there is nothing below the promise.
    """

    properties = OUTCOME
    expected = violates(agreement, found_at={"acceptors": 3, "ballots": 2}, hidden_at={"ballots": 1})

    def accept(self, m, a):
        """An acceptor votes for whatever it is asked to (against section 2.2, 2 (b))."""
        self.promised[a] = max(self.promised[a], m.bal)
        self.vote(m, a)


class VoteIsNoPromise(Paxos):
    """An acceptor that votes in a ballot does not count that as a promise: it may still vote in a lower one.

    Section 2.2 of the paper lets it be overlooked: whoever is asked to vote has been asked to promise before. But an
    acceptor that missed the prepare can be asked to vote all the same. A request of a lower ballot that comes late then
    overwrites its vote, and the proposer of a third ballot hears of the lower vote only. With two ballots nobody is
    left to be misled.
    """

    properties = OUTCOME
    expected = violates(agreement, found_at={"acceptors": 3, "ballots": 3}, hidden_at={"ballots": 2})

    def accept(self, m, a):
        """An acceptor votes and leaves its promise as it was (against Phase2b, which raises maxBal)."""
        require(m.bal >= self.promised[a])
        self.vote(m, a)


class IgnoresVotes(Paxos):
    """A proposer asks for promises, and proposes its own value whatever votes they report.

    That is leader election without the handing over, as in many a home-made quorum protocol. A single acceptor shows
    it too. The proposer of the only ballot has no votes to ignore.
    """

    properties = OUTCOME
    expected = violates(agreement, found_at={"acceptors": 3, "ballots": 2}, hidden_at={"ballots": 1})

    def propose_any(self, b, quorum, v):
        """A quorum has promised: any value is proposed (against section 2.2, 2 (a))."""
        self.require_promises(b, quorum)
        self.network.send(self.Accept(bal=b, val=v))


class EarliestVote(Paxos):
    """A proposer takes up the earliest vote that its quorum reports in place of the latest.

    Two ballots do not show it, since the proposer of the second can hear of votes in the first only.
    """

    properties = OUTCOME
    expected = violates(agreement, found_at={"ballots": 3}, hidden_at={"ballots": 2})

    def outranks(self, m, quorum):
        """Whether no reported vote is of a *lower* ballot than the one in the message (against section 2.2, 2 (a))."""
        return all(
            p.vote.bal >= m.vote.bal
            for p in self.network.of(self.Promise)
            if p.bal == m.bal and p.acc in quorum and p.vote is not None
        )


class SharedBallot(Paxos):
    """Several proposers use the same ballot number, each for a value of its own.

    Numbers made of a clock, or of a counter that restarts with the server, do that; the paper has proposers "choose
    their numbers from disjoint sets" (section 2.5). An acceptor cannot tell the proposers apart: its one promise serves
    both, and it votes for both. `sharers=1` is the protocol.
    """

    sharers = Param(2, minimum=1, maximum=64, doc="proposers that use the same ballot number")

    properties = OUTCOME
    expected = violates(agreement, found_at={"acceptors": 3, "ballots": 1}, hidden_at={"sharers": 1})

    def require_promises(self, b, quorum):
        """As many proposals may be made in a ballot as proposers share it (against section 2.5)."""
        require(len(quorum) == self.q1)
        require(sum(1 for accept in self.network.of(self.Accept) if accept.bal == b) < self.sharers)
        require(all(any(p.bal == b and p.acc == a for p in self.network.of(self.Promise)) for a in quorum))


class HalfIsEnough(Paxos):
    """Half of the acceptors count as a quorum: two halves need not meet.

    Of an odd number, half, rounded up, is a majority.
    """

    properties = OUTCOME
    expected = violates(agreement, found_at={"acceptors": 2, "ballots": 2}, hidden_at={"acceptors": 3})

    q1 = (Paxos.acceptors + 1) // 2
    q2 = q1
