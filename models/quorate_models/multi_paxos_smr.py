"""Multi-Paxos as a replicated state machine (Guanzhou Hu's PlusCal specification `MultiPaxos` in the TLA+ Examples,
MultiPaxos-SMR; the protocol is that of Lamport, "Paxos Made Simple", 2001, section 3).

Action for action the PlusCal text, so that a reader can lay one beside the other. TLC's published count is one of
states up to permuted replicas; this is the count of them all.
"""

from __future__ import annotations

from enum import Enum

from quorate import (
    Bool,
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Option,
    Param,
    Record,
    Seq,
    action,
    init,
    receive,
    require,
    violates,
)
from quorate_invariants.linearizability import all_answered, answers_linearizable
from quorate_invariants.slots import (
    all_ended,
    commits_are_marked,
    commits_one_by_one,
    ends_when_all_is_answered,
    follower_commits,
    leaders_step_up,
    notices_are_true,
    slot_taken_over,
    slots_are_filled_in_order,
    slots_keep_promises,
    slots_take_over,
)

# What comes of the protocol. A broken variant shows what is lost of it; that a step breaks a rule is seen earlier.
OUTCOME = [answers_linearizable, all_answered]


class MultiPaxosSMR(Model):
    """Replicas keep a log of commands, apply what is committed to a register, and clients observe the answers.

    Commands are writes, each of a value of its own, and reads; a write answers with the old value. They come in a fixed
    order, and a leader takes the first that is not in its log. Ballot 0, command 0 and value 0 mean none ("nil");
    writes are numbered first, then reads. It differs from `multi-paxos` in that a leader proposes and votes in one
    step, reads all answers to its prepare that there are, commits slot by slot, and fills a gap with the next command,
    not with a no-op.

    A notice that a slot is committed does not say in which ballot, so that a follower may commit what it had accepted
    there in an earlier one. With two ballots nobody asks it afterwards. With `max_ballot=3` it may become leader, and
    answer a read with a value that was overwritten before the read was requested: the specification is not linearizable
    then. That takes a run of 20 states.

    The default is the specification's small configuration. `writes=2` is the recommended one, of which its README says
    that TLC takes 8 minutes on 40 cores.
    """

    replicas = Param(3, minimum=1, maximum=16, doc="replicas; any majority of them is a quorum (Replicas)")
    writes = Param(1, minimum=1, maximum=16, doc="write commands (Writes)")
    reads = Param(1, minimum=0, maximum=16, doc="read commands (Reads)")
    max_ballot = Param(2, minimum=1, maximum=16, doc="the highest ballot (MaxBallot)")

    majority = replicas // 2 + 1
    commands = writes + reads

    class Status(Enum):
        """How far an instance is (Statuses)."""

        EMPTY = "empty"
        PREPARING = "preparing"
        ACCEPTING = "accepting"
        COMMITTED = "committed"

    class Kind(Enum):
        """What a client observes of a command (ClientEvents)."""

        REQ = "req"
        ACK = "ack"

    Replica = Node(replicas)
    Command = Int(0, commands)
    Value = Int(0, writes)
    Ballot = Int(0, max_ballot)
    Slot = Int(1, commands)
    Voted = Record(bal=Ballot, cmd=Command)
    Inst = Record(status=Status, cmd=Command, voted=Voted)
    Event = Record(kind=Kind, cmd=Command, val=Value)

    Prepare = Message(src=Replica, bal=Ballot)
    PrepareReply = Message(src=Replica, bal=Ballot, votes=Map(Slot, Voted))
    Accept = Message(src=Replica, bal=Ballot, slot=Slot, cmd=Command)
    AcceptReply = Message(src=Replica, bal=Ballot, slot=Slot)
    CommitNotice = Message(upto=Slot)

    # node[r] of the specification, a variable for each of its fields
    leader = Map(Replica, Option(Replica), init=None)
    kvalue = Map(Replica, Value, init=0)
    commit_up_to = Map(Replica, Int(0, commands), init=0)
    bal_prepared = Map(Replica, Ballot, init=0)
    bal_max_known = Map(Replica, Ballot, init=0)
    insts = Map(Replica, Map(Slot, Inst), init=...)
    # the commands that still wait for an answer, in order: pending; and what the clients saw
    pending = Map(Slot, Bool(), init=True)
    observed = Seq(Event, 2 * commands, init=())
    # whether a replica's process has come to its end: pc[r] = "Done"
    done = Map(Replica, Bool(), init=False)
    network = Network(Prepare, PrepareReply, Accept, AcceptReply, CommitNotice)

    properties = [
        *OUTCOME,
        slots_keep_promises,
        leaders_step_up,
        slots_take_over,
        slots_are_filled_in_order,
        notices_are_true,
        commits_one_by_one,
        commits_are_marked,
        ends_when_all_is_answered,
        follower_commits,
        slot_taken_over,
        all_ended,
    ]

    @init()
    def start(self):
        """No replica has anything in its log (NullNode)."""
        self.insts = {r: {s: self.nothing() for s in self.Slot} for r in self.Replica}

    def nothing(self):
        """An instance of which a replica knows nothing (NullInst)."""
        return self.Inst(status=self.Status.EMPTY, cmd=0, voted=self.Voted(bal=0, cmd=0))

    @action(r=Replica, b=Ballot)
    def become_leader(self, r, b):
        """A replica steps up as leader with a greater ballot, and answers itself (BecomeLeader)."""
        self.require_running(r)
        require(self.leader[r] != r and b > self.bal_max_known[r])
        require(not any(m.bal == b for m in self.network.of(self.Prepare)))
        self.bal_prepared[r] = 0
        self.join(r, r, b)
        self.network.send(self.Prepare(src=r, bal=b))

    @receive(Prepare, r=Replica)
    def handle_prepare(self, m, r):
        """A replica hears of a greater ballot, and tells all its votes (HandlePrepare)."""
        self.require_running(r)
        require(m.bal > self.bal_max_known[r])
        self.join(r, m.src, m.bal)

    def join(self, r, leader, b):
        """A replica joins a ballot: what was accepting is to be prepared again."""
        self.leader[r] = leader
        self.bal_max_known[r] = b
        for s in self.Slot:
            if self.insts[r][s].status == self.Status.ACCEPTING:
                self.insts[r][s].status = self.Status.PREPARING
        votes = {s: self.insts[r][s].voted for s in self.Slot}
        self.network.send(self.PrepareReply(src=r, bal=b, votes=votes))

    @action(r=Replica)
    def handle_prepare_replies(self, r):
        """A leader with enough answers takes up the latest votes, and asks for them (HandlePrepareReplies)."""
        self.require_running(r)
        require(self.leader[r] == r and self.bal_prepared[r] == 0)
        b = self.bal_max_known[r]
        require(sum(1 for m in self.network.of(self.PrepareReply) if m.bal == b) >= self.majority)
        self.bal_prepared[r] = b
        for s in self.Slot:
            cmd = self.peak_voted(b, s)
            status = self.insts[r][s].status
            if status == self.Status.PREPARING or (status == self.Status.EMPTY and cmd != 0):
                self.insts[r][s].status = self.Status.ACCEPTING
            self.insts[r][s].cmd = cmd
            if self.insts[r][s].status == self.Status.ACCEPTING:
                self.network.send(self.Accept(src=r, bal=b, slot=s, cmd=cmd))

    def peak_voted(self, b, s):
        """The command of the latest vote in a slot that the answers report, 0 if there is none (PeakVotedCmd)."""
        latest = max(m.votes[s].bal for m in self.network.of(self.PrepareReply) if m.bal == b)
        return max(
            m.votes[s].cmd for m in self.network.of(self.PrepareReply) if m.bal == b and m.votes[s].bal == latest
        )

    @action(r=Replica, s=Slot, c=Slot)
    def take_new_request(self, r, s, c):
        """A prepared leader puts the next request into its first empty slot, and votes for it (TakeNewRequest)."""
        self.require_running(r)
        require(self.leader[r] == r and self.bal_prepared[r] == self.bal_max_known[r])
        require(self.is_empty(r, s) and not any(self.is_empty(r, k) for k in self.Slot if k < s))
        require(self.is_unseen(r, c) and not any(self.is_unseen(r, d) for d in self.Slot if d < c))
        b = self.bal_prepared[r]
        self.insts[r][s] = self.Inst(status=self.Status.ACCEPTING, cmd=c, voted=self.Voted(bal=b, cmd=c))
        self.network.send(self.Accept(src=r, bal=b, slot=s, cmd=c))
        self.network.send(self.AcceptReply(src=r, bal=b, slot=s))
        self.observe(self.Event(kind=self.Kind.REQ, cmd=c, val=0))

    def is_empty(self, r, s):
        """Whether a replica has nothing in a slot."""
        return self.insts[r][s].status == self.Status.EMPTY

    def is_unseen(self, r, c):
        """Whether a command waits for an answer and is not in a replica's log (UnseenPending)."""
        return self.pending[c] and not any(self.insts[r][s].cmd == c for s in self.Slot)

    @receive(Accept, r=Replica)
    def handle_accept(self, m, r):
        """A replica votes, unless it knows of a greater ballot (HandleAccept)."""
        self.require_running(r)
        require(m.bal >= self.bal_max_known[r] and m.bal > self.insts[r][m.slot].voted.bal)
        self.leader[r] = m.src
        self.bal_max_known[r] = m.bal
        voted = self.Voted(bal=m.bal, cmd=m.cmd)
        self.insts[r][m.slot] = self.Inst(status=self.Status.ACCEPTING, cmd=m.cmd, voted=voted)
        self.network.send(self.AcceptReply(src=r, bal=m.bal, slot=m.slot))

    @action(r=Replica)
    def handle_accept_replies(self, r):
        """A leader with enough votes for the next slot commits it, and answers the client (HandleAcceptReplies)."""
        self.require_running(r)
        require(self.leader[r] == r and self.bal_prepared[r] == self.bal_max_known[r])
        require(self.commit_up_to[r] < self.commands)
        s = self.commit_up_to[r] + 1
        require(self.insts[r][s].status == self.Status.ACCEPTING)
        require(self.is_enough(sum(1 for m in self.network.of(self.AcceptReply) if self.is_vote(m, r, s))))
        c = self.insts[r][s].cmd
        self.observe(self.Event(kind=self.Kind.ACK, cmd=c, val=self.kvalue[r]))
        self.pending[c] = False
        self.commit(r, s)
        self.network.send(self.CommitNotice(upto=s))

    def is_enough(self, votes):
        """Whether so many votes commit a slot."""
        return votes >= self.majority

    def is_vote(self, m, r, s):
        """Whether a message is a vote in a slot of the leader's ballot."""
        return m.slot == s and m.bal == self.bal_prepared[r]

    @receive(CommitNotice, r=Replica)
    def handle_commit_notice(self, m, r):
        """A follower is told that its next slot is committed (HandleCommitNotice)."""
        self.require_running(r)
        require(self.leader[r] != r and m.upto == self.commit_up_to[r] + 1)
        require(self.insts[r][m.upto].status == self.Status.ACCEPTING)
        self.commit(r, m.upto)

    def commit(self, r, s):
        """A replica commits a slot and applies its command."""
        self.insts[r][s].status = self.Status.COMMITTED
        self.commit_up_to[r] = s
        if self.insts[r][s].cmd <= self.writes:
            self.kvalue[r] = self.insts[r][s].cmd

    def observe(self, event):
        """The clients observe an event, once (Observe)."""
        if event not in self.observed:
            self.observed.append(event)

    @action(r=Replica)
    def end(self, r):
        """All commands are answered: a replica's process ends (the while loop of Replica)."""
        require(not self.done[r] and self.terminated())
        self.done[r] = True

    def require_running(self, r):
        """A replica goes on until all commands are answered."""
        require(not self.done[r] and not self.terminated())

    def terminated(self):
        """Whether all commands have been requested and answered (terminated)."""
        return not any(self.pending[c] for c in self.Slot) and all(
            any(e.kind == kind and e.cmd == c for e in self.observed) for c in self.Slot for kind in self.Kind
        )


class CommitsEarly(MultiPaxosSMR):
    """A leader commits with one vote less than a majority, as the specification's README suggests to try.

    The next leader may hear nothing of what was committed. With a single ballot there is no next one.
    """

    properties = OUTCOME
    expected = violates(answers_linearizable, found_at={"max_ballot": 2}, hidden_at={"max_ballot": 1})

    def is_enough(self, votes):
        """Any vote at all is enough, of three replicas (against HandleAcceptReplies)."""
        return votes >= self.majority - 1
