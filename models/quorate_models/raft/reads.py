"""Reads from Raft's leader without an entry in the log (Ongaro, "Consensus: Bridging Theory and Practice", 2014,
section 6.4: processing read-only queries more efficiently; Ongaro & Ousterhout, 2014, section 8).
"""

from __future__ import annotations

from quorate import Int, Option, Param, Set, action, require, violates
from quorate_invariants import raft_steps, raft_witnesses
from quorate_invariants.raft import (
    commit_monotone,
    election_safety,
    leader_append_only,
    leader_completeness,
    leader_elected,
    match_monotone,
    one_vote_per_term,
    state_machine_safety,
)
from quorate_invariants.raft_clients import (
    acknowledged_durable,
    applied_is_committed,
    linearizable_reads,
    machines_agree,
    read_of_a_write,
    write_acknowledged,
)
from quorate_invariants.raft_reads import (
    clients_told,
    leader_deposed_unknowing,
    partitions_followed,
    read_while_parted,
    reads_begin,
    reads_confirmed,
    reads_end,
    reads_under_way,
    sides_apart,
    whole_again,
    write_told_without_read,
)
from quorate_invariants.raft_steps import commits_copied, leader_has_votes, logs_copied, restarts_followed
from quorate_invariants.raft_witnesses import logs_conflict
from quorate_models.raft.state_machine import StateMachines


class Reads(StateMachines):
    """A client asks a leader what is in its state machine, and must hear of all that any client was told of before.

    The leader notes its commit index, the read index; hears from a majority that it still leads; waits until its state
    machine is as far; and answers. One client reads at a time. What it is told of is from then on what clients know.

    The network may be parted in two. On links that are up messages take no time, so that without a partition a leader
    knows at once when another is elected.

    The default has 347,649 states; max_log=2 with crashes=0 has 2.6 M, found in 5 s.
    """

    partitions = Param(1, minimum=0, maximum=4, doc="how often the network is parted at most")
    reads = Param(1, minimum=0, maximum=4, doc="how many reads are answered at most")

    # the servers that are cut off from the others
    away = Set(StateMachines.Server, init=set())
    parted = Int(0, partitions, init=0)
    # the leader that is asked; how many writes clients knew of then; the read index; who confirms that it leads
    reader = Option(StateMachines.Server, init=None)
    known_then = Int(0, StateMachines.max_log, init=0)
    read_index = Int(0, StateMachines.max_log, init=0)
    confirmed = Set(StateMachines.Server, init=set())
    answered = Int(0, reads, init=0)

    properties = [
        election_safety,
        leader_append_only,
        leader_completeness,
        state_machine_safety,
        machines_agree,
        applied_is_committed,
        one_vote_per_term,
        commit_monotone,
        match_monotone,
        acknowledged_durable,
        linearizable_reads,
        *raft_steps.OF_ALL_LAYERS,
        leader_has_votes,
        logs_copied,
        commits_copied,
        restarts_followed,
        clients_told,
        reads_under_way,
        reads_begin,
        reads_confirmed,
        reads_end,
        sides_apart,
        partitions_followed,
        leader_elected,
        write_acknowledged,
        write_told_without_read,
        read_of_a_write,
        read_while_parted,
        leader_deposed_unknowing,
        whole_again,
        *raft_witnesses.OF_ALL_LAYERS,
        logs_conflict,
    ]

    @action(i=StateMachines.Server)
    def ask(self, i):
        """A client asks a leader, which notes its commit index as the read index (dissertation, 6.4, steps 1 and 2)."""
        require(self.reader is None and self.answered < self.reads)
        require(self.role[i] == self.Role.LEADER and self.may_read(i))
        self.reader = i
        self.known_then = len(self.acknowledged)
        self.read_index = self.commit_index[i]
        self.confirmed = {i}

    @action(i=StateMachines.Server, j=StateMachines.Server)
    def confirm(self, i, j):
        """A heartbeat tells the leader that a server follows it, or of a newer term (dissertation, 6.4, step 3)."""
        require(i == self.reader and j not in self.confirmed and self.may_talk(i, j))
        self.observe_term(i, self.term[j])
        if self.reader == i:
            self.observe_term(j, self.term[i])
            self.confirmed.add(j)

    @action(i=StateMachines.Server)
    def answer(self, i):
        """The leader's state machine has come to the read index: it answers (dissertation, 6.4, steps 4 and 5)."""
        require(i == self.reader and self.may_answer(i))
        self.answered += 1
        if len(self.machine[i]) > len(self.acknowledged):
            self.acknowledged = self.machine[i]
        self.forget_read()

    def may_read(self, i):
        """Whether the leader has committed an entry of its term, and so knows what is committed (6.4, step 1)."""
        return self.commit_index[i] > 0 and self.log[i][self.commit_index[i] - 1].term == self.term[i]

    def may_answer(self, i):
        """Whether a majority confirms that it leads, and it has applied what was committed (6.4, steps 3 and 4)."""
        return self.has_majority(i, self.confirmed) and len(self.machine[i]) >= self.read_index

    def forget_read(self):
        """The client has its answer, or gives up."""
        self.reader = None
        self.known_then = 0
        self.read_index = 0
        self.confirmed = set()

    def step_down(self, i):
        """Who is no leader any more does not answer."""
        super().step_down(i)
        if self.reader == i:
            self.forget_read()

    # -- the network

    @action(side=Set(StateMachines.Server))
    def partition(self, side):
        """Some servers, at most half of them, do not reach the others any more (5.2)."""
        require(self.parted < self.partitions and len(self.away) == 0)
        require(len(side) > 0 and 2 * len(side) <= self.servers)
        self.parted += 1
        self.away = side

    @action()
    def heal(self):
        """The partition is over."""
        require(len(self.away) > 0)
        self.away = set()

    def may_talk(self, i, j):
        """Servers on the same side of a partition reach each other."""
        return i != j and (i in self.away) == (j in self.away)

    def become_leader(self, i):
        """A new leader sends heartbeats at once; who is reached joins its term (5.2; figure 2, leaders)."""
        super().become_leader(i)
        for j in self.Server:
            if self.may_talk(i, j):
                self.observe_term(j, self.term[i])


class AnswersAlone(Reads):
    """A leader answers a read from its state machine at once, without asking anyone whether it still leads.

    Cut off from the others, it does not know that they have elected another leader and written since. Two entries it
    takes: one that it commits, so that it may read, and the one that it does not see.
    """

    # reads_end would tell it sooner: the answer that nobody confirms
    properties = [linearizable_reads, leader_elected, write_acknowledged, read_of_a_write]
    expected = violates(
        linearizable_reads,
        found_at={"servers": 3, "max_term": 2, "max_log": 2, "crashes": 0, "partitions": 1},
        hidden_at={"servers": 3, "max_term": 2, "max_log": 2, "crashes": 0, "partitions": 0},
    )

    def may_answer(self, i):
        """What is in its own state machine is enough (against the dissertation, 6.4, step 3)."""
        return len(self.machine[i]) >= self.read_index


class ReadsBeforeItCommits(Reads):
    """A new leader notes its commit index before it has committed an entry of its own term.

    It has all that was committed, but its commit index may be behind. That it leads is confirmed, and it answers
    without a write that a client was told of. With one term there is one leader, which committed the write itself.
    """

    # reads_under_way would tell it sooner: where the read begins
    properties = [linearizable_reads, leader_elected, write_acknowledged, read_of_a_write]
    expected = violates(
        linearizable_reads,
        found_at={"servers": 2, "max_term": 2, "max_log": 1, "crashes": 0, "partitions": 0},
        hidden_at={"servers": 2, "max_term": 1, "max_log": 1, "crashes": 0, "partitions": 0},
    )

    def may_read(self, i):
        """Any leader knows enough (against the dissertation, 6.4, step 1)."""
        return True
