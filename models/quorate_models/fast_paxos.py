"""Fast Paxos (Lamport, "Fast Paxos", Distributed Computing 19(2), 2006; Microsoft Research MSR-TR-2005-112).

Sections are those of the technical report, and so are rounds, which other papers call ballots.
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
from quorate_invariants.consensus import agreement, value_chosen
from quorate_invariants.fast_rounds import (
    choice_confirmed,
    chosen_after_asking,
    chosen_fast,
    collision_leaves_free,
    collision_recovered,
    coordinators_never_stuck,
    only_vote_taken_up,
    picks_are_safe,
    picks_follow_reports,
    promises_are_kept_in_rounds,
    recovered_without_asking,
)

# What comes of the protocol. A broken variant shows what is lost of it; that a step breaks a rule is seen earlier.
OUTCOME = [agreement, value_chosen, chosen_fast, collision_recovered]


class FastPaxos(Model):
    """In a fast round acceptors vote for what proposers send them, without a coordinator in between.

    That saves a message delay while nobody competes. When proposals collide, acceptors vote for different values, and
    none may have a quorum: then the coordinator of the next round picks one. It must not overlook a value that may have
    been chosen, which it can tell only if any two fast quorums and any quorum of a later round have an acceptor in
    common (section 3.1): for quorums that are all sets of their size, if 2 * fast_quorum + classic_quorum > 2 *
    acceptors, and, for the classic rounds among themselves, if 2 * classic_quorum > acceptors.

    The first `fast_rounds` rounds are fast, the others classic; without a fast one it is `paxos`, state for state.
    As there, a round's coordinator is no process, but acts by the round's number alone. Proposers are none either: any
    value may reach any acceptor at any time. That a coordinator goes on from a round to the next with the votes it has
    heard, in place of promises, is coordinated recovery (section 3.2); it can also begin anew with phase 1.

    The default has 140,454 states; `rounds=3` has 14,505,958 and takes 20 s.
    """

    acceptors = Param(4, minimum=1, maximum=64, doc="acceptors")
    values = Param(2, minimum=1, maximum=64, doc="values that may be proposed")
    rounds = Param(2, minimum=1, maximum=64, doc="rounds, numbered from 0")
    fast_rounds = Param(1, minimum=0, maximum=64, doc="rounds that are fast: the first ones")
    classic_quorum = Param(3, minimum=1, maximum=64, doc="acceptors that are a quorum in a classic round")
    fast_quorum = Param(3, minimum=1, maximum=64, doc="acceptors that are a quorum in a fast round")

    Acceptor = Node(acceptors)
    Value = Node(values)
    Round = Int(0, rounds - 1)
    Quorum = Set(Acceptor)
    Vote = Record(rnd=Round, val=Value)

    # Phase 1: the coordinator of a round asks, an acceptor promises and tells its latest vote.
    Prepare = Message(rnd=Round)
    Promise = Message(acc=Acceptor, rnd=Round, vote=Option(Vote))
    # Phase 2: the coordinator asks for votes for a value, or (None) for any that is proposed; an acceptor votes.
    Accept = Message(rnd=Round, val=Option(Value))
    Accepted = Message(acc=Acceptor, rnd=Round, val=Value)

    # The highest round an acceptor has heard of, -1 for none, and its latest vote: rnd; vrnd with vval.
    promised = Map(Acceptor, Int(-1, rounds - 1), init=-1, durable=True)
    voted = Map(Acceptor, Option(Vote), init=None, durable=True)
    network = Network(Prepare, Promise, Accept, Accepted)

    properties = [
        *OUTCOME,
        promises_are_kept_in_rounds,
        picks_follow_reports,
        picks_are_safe,
        only_vote_taken_up,
        collision_leaves_free,
        choice_confirmed,
        chosen_after_asking,
        recovered_without_asking,
        coordinators_never_stuck,
    ]

    @action(r=Round)
    def prepare(self, r):
        """The coordinator of a round asks the acceptors to promise (phase 1a; section 2.2.1)."""
        self.network.send(self.Prepare(rnd=r))

    @receive(Prepare, a=Acceptor)
    def promise(self, m, a):
        """An acceptor promises to vote in no lower round, and tells its latest vote (phase 1b; section 2.2.1)."""
        require(m.rnd > self.promised[a])
        self.promised[a] = m.rnd
        self.network.send(self.Promise(acc=a, rnd=m.rnd, vote=self.voted[a]))

    @action(r=Round, quorum=Quorum, v=Value)
    def propose(self, r, quorum, v):
        """The coordinator has heard a quorum, and asks for votes for a value that it may pick (phase 2a; 2.2.2)."""
        self.require_heard(r, quorum)
        require(not self.may_pick_any(r, quorum) or not self.is_fast(r))
        require(self.may_pick_any(r, quorum) or self.may_pick(r, quorum, v))
        self.network.send(self.Accept(rnd=r, val=v))

    @action(r=Round, quorum=Quorum)
    def propose_any(self, r, quorum):
        """The coordinator of a fast round may pick any value, and lets the acceptors do so (phase 2a; 3.1)."""
        self.require_heard(r, quorum)
        require(self.is_fast(r) and self.may_pick_any(r, quorum))
        self.network.send(self.Accept(rnd=r, val=None))

    @receive(Accept, a=Acceptor)
    def vote(self, m, a):
        """An acceptor votes as it is asked, unless it has promised not to (phase 2b; section 2.2.1)."""
        require(m.val is not None and m.rnd >= self.promised[a])
        self.cast(a, m.rnd, m.val)

    @receive(Accept, a=Acceptor, v=Value)
    def vote_for_any(self, m, a, v):
        """In a fast round an acceptor votes for the first proposal that reaches it, once (phase 2b; section 3.1)."""
        require(m.val is None and m.rnd >= self.promised[a])
        require(self.voted[a] is None or self.voted[a].rnd < m.rnd)
        self.cast(a, m.rnd, v)

    def cast(self, a, r, v):
        """An acceptor votes."""
        self.promised[a] = r
        self.voted[a] = self.Vote(rnd=r, val=v)
        self.network.send(self.Accepted(acc=a, rnd=r, val=v))

    # -- what a coordinator has heard

    def require_heard(self, r, quorum):
        """A coordinator asks for votes once, and only when it has heard a quorum of its round."""
        require(len(quorum) == self.quorum_size(r))
        require(not any(accept.rnd == r for accept in self.network.of(self.Accept)))
        require(all(self.hears(r, a) for a in quorum))

    def hears(self, r, a):
        """Whether an acceptor has promised, or has voted in the fast round before: that says as much (3.2)."""
        return any(p.rnd == r and p.acc == a for p in self.network.of(self.Promise)) or any(
            v.rnd == r - 1 and v.acc == a and self.is_fast(v.rnd) for v in self.network.of(self.Accepted)
        )

    def reports(self, r, a, k, v):
        """Whether the coordinator of a round has heard of an acceptor's vote for the value in round k."""
        promise = self.Promise(acc=a, rnd=r, vote=self.Vote(rnd=k, val=v))
        return promise in self.network or (k == r - 1 and self.is_fast(k) and self.voted_in(a, k, v))

    def votes(self, r, quorum, k, v):
        """How many of a quorum report a vote for the value in round k."""
        return sum(1 for a in quorum if self.reports(r, a, k, v))

    def latest(self, r, quorum):
        """The latest round in which any of a quorum reports a vote, or -1 (k in section 2.2.2)."""
        return max(
            (k for k in self.Round if k < r and any(self.votes(r, quorum, k, v) > 0 for v in self.Value)), default=-1
        )

    # -- what it may pick (sections 2.2.2 and 3.1)

    def may_pick_any(self, r, quorum):
        """Whether no value can have been chosen: none was voted for, or several were and none can have a quorum."""
        k = self.latest(r, quorum)
        return k == -1 or (
            sum(1 for v in self.Value if self.votes(r, quorum, k, v) > 0) > 1
            and not any(self.may_be_chosen(r, quorum, k, v) for v in self.Value)
        )

    def may_pick(self, r, quorum, v):
        """Whether the value is the only one voted for, or may have been chosen."""
        k = self.latest(r, quorum)
        return self.votes(r, quorum, k, v) > 0 and (
            all(w == v or self.votes(r, quorum, k, w) == 0 for w in self.Value) or self.may_be_chosen(r, quorum, k, v)
        )

    def may_be_chosen(self, r, quorum, k, v):
        """Whether a quorum of round k can have voted for the value, by what is heard of it (O4 in section 2.2.2)."""
        return self.votes(r, quorum, k, v) + self.acceptors - len(quorum) >= self.quorum_size(k)

    # -- rounds

    def is_fast(self, r):
        """Whether a round is fast."""
        return r < self.fast_rounds

    def quorum_size(self, r):
        """How many acceptors are a quorum in a round."""
        return self.fast_quorum if self.is_fast(r) else self.classic_quorum

    def voted_in(self, a, r, v):
        """Whether an acceptor has voted for the value in a round."""
        return self.Accepted(acc=a, rnd=r, val=v) in self.network

    def chosen_in(self, r, v):
        """Whether a quorum has voted for the value in a round (section 2.2.1)."""
        return sum(1 for a in self.Acceptor if self.voted_in(a, r, v)) >= self.quorum_size(r)

    def chosen(self, v):
        """Whether the value is chosen."""
        return any(self.chosen_in(r, v) for r in self.Round)


class MajorityIsFast(FastPaxos):
    """A majority is taken for a quorum in fast rounds too.

    Any two majorities meet, so no fast round chooses two values. But after a collision a coordinator that hears two of
    three acceptors, one vote for each value, cannot tell which of them the third has made chosen: it may pick either.
    """

    acceptors = Param(3, minimum=1, maximum=64, doc="acceptors")
    classic_quorum = Param(2, minimum=1, maximum=64, doc="acceptors that are a quorum in a classic round")
    fast_quorum = Param(2, minimum=1, maximum=64, doc="acceptors that are a quorum in a fast round")

    properties = OUTCOME
    expected = violates(agreement, found_at={"acceptors": 3, "fast_quorum": 2}, hidden_at={"fast_quorum": 3})


class PicksAnyReported(FastPaxos):
    """After a collision the coordinator picks any of the values that were voted for in the latest round.

    That is the rule of Paxos, where all votes of a round are for one value. Here one of two may have been chosen: it is
    the one that enough of the quorum report. With three acceptors a fast quorum is all of them, and a value that
    anyone did not vote for cannot have been chosen.
    """

    properties = OUTCOME
    expected = violates(
        agreement,
        found_at={"acceptors": 4, "classic_quorum": 3, "fast_quorum": 3},
        hidden_at={"acceptors": 3, "classic_quorum": 2, "fast_quorum": 3},
    )

    def may_pick(self, r, quorum, v):
        """Whether anyone has voted for the value in the latest round (against section 3.1)."""
        return self.votes(r, quorum, self.latest(r, quorum), v) > 0
