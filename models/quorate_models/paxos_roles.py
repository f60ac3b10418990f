"""Single-decree Paxos with its three roles as processes (Lamport, "Paxos Made Simple", 2001, sections 2.2 to 2.5)."""

from __future__ import annotations

from enum import Enum

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
from quorate_invariants.consensus import agreement, validity
from quorate_invariants.learning import all_learned, learned_is_chosen, learners_agree
from quorate_invariants.roles import (
    acceptors_keep_promises,
    learners_learn_once,
    majorities_are_enough,
    numbers_are_distinct,
    promises_are_noted,
    proposals_follow_preparation,
    value_taken_up,
)

# What comes of the protocol. A broken variant shows what is lost of it; that a step breaks a rule is seen earlier.
OUTCOME = [agreement, validity, learned_is_chosen, learners_agree, all_learned]


class PaxosRoles(Model):
    """Proposers propose, acceptors choose, learners learn: each with what it knows, one message at a time.

    Proposer k has a value of its own, k, and numbers that no other uses: k, k + proposers, k + 2 * proposers, and so on
    (section 2.5). It can abandon a proposal at any time and begin the next. Where `paxos` lets the proposer of a ballot
    read all promises at once, here it receives them one by one and keeps the latest proposal reported; learners count
    what they receive likewise. Of two learners and more the first is distinguished, and tells the others (section 2.3).

    A proposer or learner that crashes is one that takes no more steps; one that comes back and has forgotten what it
    knew is not modelled.

    `acceptors=4` has 743,140 states; `proposers=3, learners=1` has 8,297,856 and takes 12 s; `attempts=2` has more than
    200 million.
    """

    proposers = Param(2, minimum=1, maximum=16, doc="proposers, each with a value of its own")
    acceptors = Param(3, minimum=1, maximum=64, doc="acceptors; any majority of them is a quorum")
    learners = Param(2, minimum=1, maximum=64, doc="learners; the first is the distinguished one")
    attempts = Param(1, minimum=1, maximum=16, doc="proposals that each proposer may begin")

    majority = acceptors // 2 + 1
    top = proposers * attempts

    class Phase(Enum):
        """What a proposer is about (section 2.2)."""

        IDLE = "idle"
        PREPARING = "preparing"
        PROPOSING = "proposing"

    Proposer = Int(1, proposers)
    Value = Int(1, proposers)
    Number = Int(1, top)
    Acceptor = Node(acceptors)
    Learner = Node(learners, symmetric=False)
    Proposal = Record(num=Number, val=Value)

    Prepare = Message(num=Number)
    Promise = Message(acc=Acceptor, num=Number, accepted=Option(Proposal))
    Accept = Message(num=Number, val=Value)
    Accepted = Message(acc=Acceptor, num=Number, val=Value)
    Learned = Message(val=Value)

    # A proposer: the number of its latest proposal, who promised, and the latest proposal that they report.
    phase = Map(Proposer, Phase, init=Phase.IDLE)
    number = Map(Proposer, Int(0, top), init=0)
    promises = Map(Proposer, Set(Acceptor), init=set())
    latest = Map(Proposer, Option(Proposal), init=None)
    # An acceptor: the highest number that it has answered, and the latest proposal that it has accepted.
    promised = Map(Acceptor, Int(0, top), init=0, durable=True)
    accepted = Map(Acceptor, Option(Proposal), init=None, durable=True)
    # A learner: who has accepted which proposal.
    heard = Map(Learner, Map(Number, Set(Acceptor)), init=set())
    learned = Map(Learner, Option(Value), init=None)
    network = Network(Prepare, Promise, Accept, Accepted, Learned)

    properties = [
        *OUTCOME,
        acceptors_keep_promises,
        numbers_are_distinct,
        promises_are_noted,
        proposals_follow_preparation,
        learners_learn_once,
        value_taken_up,
        majorities_are_enough,
    ]

    # -- proposers

    @action(p=Proposer)
    def prepare(self, p):
        """A proposer chooses a new number of its own, and asks the acceptors to promise (section 2.2, 1 (a))."""
        number = self.number[p] + (p if self.number[p] == 0 else self.proposers)
        require(number <= self.top)
        self.number[p] = number
        self.phase[p] = self.Phase.PREPARING
        self.promises[p] = set()
        self.latest[p] = None
        self.network.send(self.Prepare(num=number))

    @receive(Promise)
    def hear_promise(self, m):
        """A proposer hears a promise, and keeps the latest proposal reported so far (section 2.2, 2 (a))."""
        p = self.owner(m.num)
        require(self.phase[p] == self.Phase.PREPARING and self.counts(m, p) and m.acc not in self.promises[p])
        self.promises[p].add(m.acc)
        if m.accepted is not None and (self.latest[p] is None or m.accepted.num > self.latest[p].num):
            self.latest[p] = m.accepted

    def counts(self, m, p):
        """Whether a promise is for the proposer's present number."""
        return m.num == self.number[p]

    def owner(self, number):
        """The proposer that uses a number (section 2.5)."""
        return (number - 1) % self.proposers + 1

    @action(p=Proposer)
    def propose(self, p):
        """A proposer that a majority has promised asks for the value reported, or else its own (section 2.2, 2 (a))."""
        require(self.phase[p] == self.Phase.PREPARING and len(self.promises[p]) >= self.majority)
        self.phase[p] = self.Phase.PROPOSING
        value = p if self.latest[p] is None else self.latest[p].val
        self.network.send(self.Accept(num=self.number[p], val=value))

    # -- acceptors

    @receive(Prepare, a=Acceptor)
    def promise(self, m, a):
        """An acceptor promises to accept nothing lower, and tells its latest proposal (section 2.2, 1 (b))."""
        require(m.num > self.promised[a])
        self.promised[a] = m.num
        self.network.send(self.Promise(acc=a, num=m.num, accepted=self.accepted[a]))

    @receive(Accept, a=Acceptor)
    def accept(self, m, a):
        """An acceptor accepts, unless it has promised not to, and tells the learners (sections 2.2, 2 (b), and 2.3)."""
        require(m.num >= self.promised[a])
        self.promised[a] = m.num
        self.accepted[a] = self.Proposal(num=m.num, val=m.val)
        self.network.send(self.Accepted(acc=a, num=m.num, val=m.val))

    # -- learners

    @receive(Accepted, k=Learner)
    def hear_accepted(self, m, k):
        """The distinguished learner hears of an acceptance; with those of a majority it has learned (section 2.3)."""
        require(k.index == 0 and self.learned[k] is None and m.acc not in self.heard[k][m.num])
        self.heard[k][m.num].add(m.acc)
        if self.is_enough(k, m.num):
            self.learned[k] = m.val
            self.network.send(self.Learned(val=m.val))

    def is_enough(self, k, number):
        """Whether a learner knows that a majority has accepted the proposal."""
        return len(self.heard[k][number]) >= self.majority

    @receive(Learned, k=Learner)
    def hear_learned(self, m, k):
        """A learner is told by the distinguished one (section 2.3)."""
        require(self.learned[k] is None)
        self.learned[k] = m.val

    # -- what is so

    def chosen(self, v):
        """Whether a majority has accepted the value in one proposal (section 2.1)."""
        return any(
            sum(1 for a in self.Acceptor if self.Accepted(acc=a, num=n, val=v) in self.network) >= self.majority
            for n in self.Number
        )

    def proposed(self, v):
        """Whether the value has been proposed."""
        return any(m.val == v for m in self.network.of(self.Accept))


class CountsAllAcceptances(PaxosRoles):
    """A learner counts the acceptors that have accepted anything at all, whichever proposal it was.

    A majority of acceptors is heard, but no majority has accepted one proposal. A single proposer's only proposal
    leaves nothing to mix up.
    """

    properties = OUTCOME
    expected = violates(learned_is_chosen, found_at={"proposers": 2, "attempts": 1}, hidden_at={"proposers": 1})

    def is_enough(self, k, number):
        """Whether a learner has heard of a majority of acceptors (against section 2.3)."""
        return sum(1 for a in self.Acceptor if any(a in self.heard[k][n] for n in self.Number)) >= self.majority


class CountsStalePromises(PaxosRoles):
    """A proposer takes a promise for a number that it has abandoned as one for its present number.

    The acceptor has promised less than the proposer believes: it may accept, after that, what another has proposed in
    between. A proposer that begins only once has no stale promises.
    """

    properties = OUTCOME
    expected = violates(agreement, found_at={"proposers": 2, "attempts": 2}, hidden_at={"attempts": 1})

    def counts(self, m, p):
        """Any promise to the proposer will do (against section 2.2, 2 (a))."""
        return True
