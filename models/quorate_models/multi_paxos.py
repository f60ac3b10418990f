"""Multi-Paxos: a log of commands, each chosen by an instance of Paxos, with one phase 1 for all of them.

Lamport, "Paxos Made Simple", 2001, section 3 (sections without a name below are of it); van Renesse & Altinbuken,
"Paxos Made Moderately Complex", ACM Computing Surveys 47(3), 2015.
"""

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
from quorate_invariants.instances import (
    caught_up,
    command_taken_over,
    gap_filled,
    instances_agree,
    instances_are_begun_in_order,
    leaders_are_elected,
    log_filled,
    logs_agree,
    logs_complete,
    logs_hold_what_is_chosen,
    no_ops_fill_gaps,
    only_leaders_tell,
    promises_hold_in_all_instances,
    proposals_take_over,
)


class MultiPaxos(Model):
    """Servers agree on a log of commands; one that becomes leader takes over what earlier leaders have left unfinished.

    Each server is acceptor, learner and would-be leader at once, as in section 3. A leader goes through phase 1 once,
    for all instances, and then needs only phase 2 for each command. A new one knows some instances to be chosen: its
    log. In each other it proposes again the latest vote reported to it, and a no-op in a gap, which is an instance
    without a vote before one that is used. What else is chosen the servers are told by the leader.

    Clients are not modelled: any command may come to any leader, and one that a deposed leader has proposed may be
    proposed again, and be chosen twice; telling such duplicates apart is up to the state machine (Paxos Made Moderately
    Complex, section 2.1). A server does not crash: it may only be slow, which is the same to the others, since what it
    promised and voted is durable.

    The default has 4,606,549 states and takes 5 s; `commands=2` has 22,823,959 and takes half a minute.
    """

    servers = Param(3, minimum=1, maximum=64, doc="servers; any majority of them is a quorum")
    commands = Param(1, minimum=1, maximum=64, doc="commands of clients, numbered from 1; 0 is the no-op")
    instances = Param(2, minimum=1, maximum=64, doc="instances of consensus: the length of the log")
    ballots = Param(2, minimum=1, maximum=64, doc="ballots, numbered from 0")

    majority = servers // 2 + 1
    NO_OP = 0

    class Role(Enum):
        """What a server is in the highest ballot that it knows (Paxos Made Moderately Complex, section 2.3)."""

        FOLLOWER = "follower"
        CANDIDATE = "candidate"
        LEADER = "leader"

    Server = Node(servers)
    Instance = Int(1, instances)
    Command = Int(0, commands)
    Ballot = Int(0, ballots - 1)
    Quorum = Set(Server)
    Vote = Record(bal=Ballot, cmd=Command)

    # Phase 1, once for all instances: a candidate asks, a server promises and tells its latest vote in each instance.
    Prepare = Message(bal=Ballot)
    Promise = Message(src=Server, bal=Ballot, votes=Map(Instance, Option(Vote)))
    # Phase 2, for each instance: the leader asks for votes, a server votes.
    Accept = Message(bal=Ballot, ins=Instance, cmd=Command)
    Accepted = Message(src=Server, bal=Ballot, ins=Instance, cmd=Command)
    # The leader tells what is chosen.
    Chosen = Message(ins=Instance, cmd=Command)

    promised = Map(Server, Int(-1, ballots - 1), init=-1, durable=True)
    voted = Map(Server, Map(Instance, Option(Vote)), init=None, durable=True)
    role = Map(Server, Role, init=Role.FOLLOWER)
    log = Map(Server, Map(Instance, Option(Command)), init=None)
    network = Network(Prepare, Promise, Accept, Accepted, Chosen)

    properties = [
        instances_agree,
        logs_agree,
        logs_hold_what_is_chosen,
        promises_hold_in_all_instances,
        leaders_are_elected,
        only_leaders_tell,
        proposals_take_over,
        instances_are_begun_in_order,
        no_ops_fill_gaps,
        log_filled,
        gap_filled,
        caught_up,
        command_taken_over,
        logs_complete,
    ]

    @action(i=Server, b=Ballot)
    def stand(self, i, b):
        """A server begins a ballot of its own, for all instances, and is the first to promise (section 3)."""
        require(b > self.promised[i] and self.Prepare(bal=b) not in self.network)
        self.network.send(self.Prepare(bal=b))
        self.promised[i] = b
        self.role[i] = self.Role.CANDIDATE
        self.network.send(self.Promise(src=i, bal=b, votes=self.voted[i]))

    @receive(Prepare, i=Server)
    def promise(self, m, i):
        """A server promises to vote in no lower ballot, and tells its latest vote in each instance (section 3)."""
        require(m.bal > self.promised[i])
        self.promised[i] = m.bal
        self.role[i] = self.Role.FOLLOWER
        self.network.send(self.Promise(src=i, bal=m.bal, votes=self.voted[i]))

    @action(i=Server, quorum=Quorum)
    def lead(self, i, quorum):
        """A candidate that a quorum has promised leads, and takes over the instances begun before (section 3)."""
        require(self.role[i] == self.Role.CANDIDATE and len(quorum) == self.majority)
        require(
            all(any(p.bal == self.promised[i] and p.src == j for p in self.network.of(self.Promise)) for j in quorum)
        )
        self.role[i] = self.Role.LEADER
        for n in self.Instance:
            if self.log[i][n] is None:
                self.take_over(i, quorum, n)

    def take_over(self, i, quorum, n):
        """A new leader proposes the latest vote reported in an instance, or a no-op in a gap (section 3)."""
        if self.latest(i, quorum, n) >= 0:
            self.propose(i, n, self.reported(i, quorum, n))
        elif self.is_before_another(i, quorum, n):
            self.propose(i, n, self.NO_OP)

    def is_before_another(self, i, quorum, n):
        """Whether a candidate knows a later instance to be chosen, or hears of a vote in one."""
        return any(self.log[i][k] is not None or self.latest(i, quorum, k) >= 0 for k in self.Instance if k > n)

    def latest(self, i, quorum, n):
        """The ballot of the latest vote in an instance that a quorum reports to a candidate, or -1."""
        return max(
            (p.votes[n].bal for p in self.network.of(self.Promise) if self.reports(p, i, quorum, n)),
            default=-1,
        )

    def reported(self, i, quorum, n):
        """The command of the latest vote in an instance that a quorum reports to a candidate."""
        latest = self.latest(i, quorum, n)
        return max(
            p.votes[n].cmd
            for p in self.network.of(self.Promise)
            if self.reports(p, i, quorum, n) and p.votes[n].bal == latest
        )

    def reports(self, p, i, quorum, n):
        """Whether a promise is one of a quorum to a candidate, and reports a vote in the instance."""
        return p.bal == self.promised[i] and p.src in quorum and p.votes[n] is not None

    def propose(self, i, n, c):
        """A leader asks for votes for a command in an instance (phase 2a)."""
        self.network.send(self.Accept(bal=self.promised[i], ins=n, cmd=c))

    @action(i=Server, n=Instance, c=Command)
    def serve(self, i, n, c):
        """A leader proposes a client's command in the first instance that has not been begun (section 3)."""
        require(self.role[i] == self.Role.LEADER and c != self.NO_OP)
        require(self.is_free(i, n) and not any(self.is_free(i, k) for k in self.Instance if k < n))
        self.propose(i, n, c)

    def is_free(self, i, n):
        """Whether a leader neither knows what is chosen in an instance nor has proposed anything there."""
        return self.log[i][n] is None and not self.proposes(i, n)

    def proposes(self, i, n):
        """Whether a leader has proposed anything in an instance."""
        return any(a.bal == self.promised[i] and a.ins == n for a in self.network.of(self.Accept))

    @receive(Accept, i=Server)
    def accept(self, m, i):
        """A server votes in an instance, unless it has promised not to (phase 2b)."""
        require(m.bal >= self.promised[i])
        if m.bal > self.promised[i]:
            self.promised[i] = m.bal
            self.role[i] = self.Role.FOLLOWER
        self.voted[i][m.ins] = self.Vote(bal=m.bal, cmd=m.cmd)
        self.network.send(self.Accepted(src=i, bal=m.bal, ins=m.ins, cmd=m.cmd))

    @receive(Accept, i=Server)
    def decide(self, m, i):
        """A leader hears that a quorum has voted as it asked, and tells what is chosen (sections 2.3 and 3)."""
        require(self.role[i] == self.Role.LEADER and m.bal == self.promised[i] and self.log[i][m.ins] is None)
        require(len(self.voters(m)) >= self.majority)
        self.log[i][m.ins] = m.cmd
        self.network.send(self.Chosen(ins=m.ins, cmd=m.cmd))

    def voters(self, m):
        """The servers that have voted as a leader asked."""
        return {v.src for v in self.network.of(self.Accepted) if v.bal == m.bal and v.ins == m.ins and v.cmd == m.cmd}

    @receive(Chosen, i=Server)
    def catch_up(self, m, i):
        """A server learns what is chosen in an instance; a leader-to-be needs not propose there again (section 3)."""
        require(self.log[i][m.ins] is None)
        self.log[i][m.ins] = m.cmd

    def chosen(self, n, c):
        """Whether a quorum has voted for the command in one ballot."""
        return any(
            sum(1 for i in self.Server if self.Accepted(src=i, bal=b, ins=n, cmd=c) in self.network) >= self.majority
            for b in self.Ballot
        )


class FillsGapsBlindly(MultiPaxos):
    """A new leader looks for gaps in its own log, and fills them with no-ops before it looks at what was reported.

    What it does not know to be chosen may be chosen all the same: that is what phase 1 is for. A single server shows it
    too. With one instance nothing can be a gap.
    """

    properties = [instances_agree, logs_agree, logs_hold_what_is_chosen, log_filled]
    expected = violates(instances_agree, found_at={"instances": 2, "ballots": 2}, hidden_at={"instances": 1})

    def take_over(self, i, quorum, n):
        """A no-op before any later instance, a reported vote in the last only (against section 3)."""
        if self.is_before_another(i, quorum, n):
            self.propose(i, n, self.NO_OP)
        elif self.latest(i, quorum, n) >= 0:
            self.propose(i, n, self.reported(i, quorum, n))


class CountsStaleVotes(MultiPaxos):
    """A leader counts who has voted in an instance, and does not look at the ballot that the vote is of.

    Answers that are told apart by the instance alone do that: a late answer to a deposed leader counts for the new one,
    whose command need not be the same. Within one ballot all votes in an instance are for the same command.
    """

    properties = [instances_agree, logs_agree, log_filled]
    expected = violates(
        logs_agree, found_at={"instances": 1, "commands": 2, "ballots": 2}, hidden_at={"commands": 2, "ballots": 1}
    )

    def voters(self, m):
        """The servers that have ever voted in an instance (against section 2.3)."""
        return {v.src for v in self.network.of(self.Accepted) if v.ins == m.ins}
