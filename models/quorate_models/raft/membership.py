"""Raft whose members change one at a time (Ongaro, "Consensus: Bridging Theory and Practice", 2014, chapter 4), with
the correction of 2015: a leader first commits an entry of its own term (Ongaro, "bug in single-server membership
changes", on the list raft-dev).
"""

from __future__ import annotations

from quorate import Bound, Int, Map, Message, Param, Record, Seq, Set, action, init, require, violates, within
from quorate_invariants import raft_steps, raft_witnesses
from quorate_invariants.raft import (
    change_committed,
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
from quorate_invariants.raft_members import (
    changed_by_second_entry,
    commits_of_members,
    committed_to_the_end,
    first_members,
    members_called,
    members_changed_one_by_one,
    members_elect,
    votes_of_members,
)
from quorate_invariants.raft_steps import gone_back_for_a_gap, logs_copied, restarts_followed
from quorate_models.raft.elections import Elections
from quorate_models.raft.replication import Replication


class Membership(Replication):
    """Entries of the log say who the members are from there on, and each server goes by the last one in its log.

    A request of a client repeats the present members: what it asks for does not matter here, and it serves as the first
    entry of a term. A leader does not remove itself.

    The default has 224,334 states. Larger bounds take longer: servers=4 with members=3, changes=1 and max_log=2 has
    1.9 M (some seconds), and servers=4 with members=4, max_term=3, max_log=2 and crashes=0 has 10.7 M (20 s).
    """

    servers = Param(3, minimum=1, maximum=8, doc="servers that may be members")
    members = Param(2, minimum=1, maximum=8, doc="how many of them are members at first")
    changes = Param(2, minimum=0, maximum=8, doc="how many changes are begun at most")
    max_log = Bound(3, minimum=0, doc="entries in a log at most")

    Entry = Record(term=Elections.Term, members=Set(Elections.Server))
    AppendEntries = Message(
        src=Elections.Server,
        dst=Elections.Server,
        term=Elections.Term,
        prev_index=Replication.Index,
        prev_term=Elections.Term,
        entries=Seq(Entry, Replication.max_log),
        commit=Replication.Index,
    )

    log = Map(Elections.Server, Seq(Entry, Replication.max_log), init=(), durable=True)
    # the members before any change
    first = Set(Elections.Server, init=...)
    changed = Int(0, changes, init=0)

    properties = [
        election_safety,
        leader_append_only,
        log_matching,
        leader_completeness,
        state_machine_safety,
        one_vote_per_term,
        commit_monotone,
        match_monotone,
        *raft_steps.OF_ALL_LAYERS,
        logs_copied,
        gone_back_for_a_gap,
        restarts_followed,
        first_members,
        members_changed_one_by_one,
        members_elect,
        votes_of_members,
        members_called,
        commits_of_members,
        leader_elected,
        change_committed,
        changed_by_second_entry,
        committed_to_the_end,
        *raft_witnesses.OF_ALL_LAYERS,
    ]

    @init(group=Set(Elections.Server))
    def begin(self, group):
        """Some servers are members (dissertation, 4.1)."""
        require(len(group) == min(self.members, self.servers))
        self.first = group

    @action(i=Elections.Server, j=Elections.Server)
    def change(self, i, j):
        """A leader adds a server or removes one, once the change before is committed (dissertation, 4.1)."""
        require(self.role[i] == self.Role.LEADER and j != i and self.changed < self.changes)
        require(self.config(i) == self.config_at(i, self.commit_index[i]) and self.may_change(i))
        within(len(self.log[i]) < self.max_log)
        members = self.config(i)
        self.changed += 1
        self.log[i].append(self.Entry(term=self.term[i], members=members - {j} if j in members else members | {j}))

    def may_change(self, i):
        """Whether the leader has committed an entry of its own term (the correction of 2015)."""
        return self.commit_index[i] > 0 and self.log[i][self.commit_index[i] - 1].term == self.term[i]

    def config(self, i):
        """The members by the last entry in a server's log, committed or not (dissertation, 4.1)."""
        return self.config_at(i, len(self.log[i]))

    def config_at(self, i, n):
        """The members by the entry at index n of a server's log."""
        return self.log[i][n - 1].members if n > 0 else self.first

    def entry(self, i, v):
        """A request changes no members."""
        return self.Entry(term=self.term[i], members=self.config(i))

    def has_majority(self, i, group):
        """A majority of the members, as the server knows them (dissertation, 4.1)."""
        return 2 * len(group & self.config(i)) > len(self.config(i))

    def may_stand(self, i):
        """Only a member stands for election (dissertation, 4.2.2)."""
        return i in self.config(i)

    def may_talk(self, i, j):
        """Candidates and leaders call the members that they know of; who is called answers (dissertation, 4.2.3)."""
        return i != j and j in self.config(i)


class ChangesBeforeItCommits(Membership):
    """A leader begins a change before it has committed an entry of its own term, as the dissertation had it at first.

    One leader began a change and told nobody; the next, elected by the old members, commits another change. The first
    returns with a majority of the members in its own log, which need not meet a majority of those in the other's. Two
    terms, or one change, do not show it.
    """

    # members_changed_one_by_one would tell it sooner: where the change is begun
    properties = [leader_completeness, leader_elected, change_committed]
    expected = violates(
        leader_completeness,
        found_at={"servers": 4, "members": 4, "changes": 2, "max_term": 3, "max_log": 1, "crashes": 0},
        hidden_at={"servers": 3, "members": 3, "changes": 1, "max_term": 3, "max_log": 1, "crashes": 0},
    )

    def may_change(self, i):
        """A leader may change the members at once (against the correction of 2015)."""
        return True
