"""Raft on disks that take their time (Ongaro, "Consensus: Bridging Theory and Practice", 2014, section 10.2.1: writing
to the leader's disk in parallel).
"""

from __future__ import annotations

from quorate import Map, action, require, violates
from quorate_invariants import raft_steps, raft_witnesses
from quorate_invariants.raft import (
    commit_monotone,
    election_safety,
    leader_append_only,
    leader_completeness,
    leader_elected,
    log_matching,
    match_monotone,
    one_vote_per_term,
    state_machine_safety,
)
from quorate_invariants.raft_clients import (
    acknowledged_durable,
    applied_is_committed,
    machines_agree,
    write_acknowledged,
)
from quorate_invariants.raft_disk import (
    answered_when_written,
    commits_on_disk,
    committed_before_written,
    counts_itself,
    logs_kept_on_disk,
    restarts_from_disk,
    written_as_a_whole,
)
from quorate_invariants.raft_steps import applied_in_order, leader_has_votes
from quorate_invariants.raft_witnesses import logs_conflict
from quorate_models.raft.state_machine import StateMachines


class Disks(StateMachines):
    """A leader sends its entries to the others while it still writes them to its own disk.

    Only what is on its disk may it count as replicated on itself. A follower answers when it has written. A crash loses
    the entries that are not on the disk; terms and votes are written before they are told to anyone.
    """

    # how many entries of a server's log are on its disk
    written = Map(StateMachines.Server, StateMachines.Index, init=0, durable=True)

    properties = [
        election_safety,
        leader_append_only,
        log_matching,
        leader_completeness,
        state_machine_safety,
        machines_agree,
        applied_is_committed,
        one_vote_per_term,
        commit_monotone,
        match_monotone,
        acknowledged_durable,
        *raft_steps.OF_ALL_LAYERS,
        leader_has_votes,
        answered_when_written,
        written_as_a_whole,
        logs_kept_on_disk,
        commits_on_disk,
        applied_in_order,
        restarts_from_disk,
        leader_elected,
        write_acknowledged,
        committed_before_written,
        counts_itself,
        *raft_witnesses.OF_ALL_LAYERS,
        logs_conflict,
    ]

    @action(i=StateMachines.Server)
    def write(self, i):
        """A server's log is on its disk (dissertation, 10.2.1)."""
        require(self.written[i] < len(self.log[i]))
        self.written[i] = len(self.log[i])

    def acknowledges(self, i, j, n):
        """A leader counts itself only for what is on its disk (dissertation, 10.2.1)."""
        return self.written[i] >= n if i == j else super().acknowledges(i, j, n)

    def take_in(self, m):
        """A follower writes what it takes in, before it answers (5.3; figure 2)."""
        super().take_in(m)
        self.written[m.dst] = len(self.log[m.dst])

    def lose_memory(self, i):
        """Of the log is left what is on the disk (figure 2)."""
        super().lose_memory(i)
        self.log[i] = self.log[i][: self.written[i]]


class CountsItselfTooSoon(Disks):
    """A leader counts itself for entries that it has not written yet.

    A single voter is a majority by itself: it commits at once, answers the client, and after a crash the write is gone.
    So did etcd's library, whose single voter handed out a commit together with the entry still to be written.
    """

    # commits_on_disk would tell it sooner: where the entry is committed
    properties = [acknowledged_durable, leader_elected, write_acknowledged]
    expected = violates(
        acknowledged_durable,
        found_at={"servers": 1, "max_term": 1, "crashes": 1},
        hidden_at={"servers": 1, "max_term": 1, "crashes": 0},
    )

    def acknowledges(self, i, j, n):
        """What is in its memory is enough for the leader itself (against the dissertation, 10.2.1)."""
        return i == j or super().acknowledges(i, j, n)
