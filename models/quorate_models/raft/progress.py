"""Is a request to Raft ever applied? (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014,
sections 5.3 and 5.6: a steady leader makes progress.)
"""

from __future__ import annotations

from quorate import Bool, Set, action, leads_to, require, violates
from quorate_invariants.raft import election_safety, leader_elected
from quorate_invariants.raft_liveness import leader_comes, request_applied, requested
from quorate_invariants.raft_progress import (
    applied_by_just_a_majority,
    applied_when_committed,
    entry_followed,
    two_leaders,
    votes_are_of_their_terms,
)
from quorate_models.raft_liveness import RaftLiveness


class Progress(RaftLiveness):
    """A client makes one request, at any time; the leader that is elected has every server apply it.

    Elections are those of `raft-liveness`, with what is assumed of time there. Once there is a leader, its heartbeats
    keep the others from standing. Each server that the leader can call is called at last (weak fairness).
    """

    has_request = Bool(init=False)
    # the servers that have the entry in their logs, and those that have applied it
    has_entry = Set(RaftLiveness.Server, init=set())
    has_applied = Set(RaftLiveness.Server, init=set())

    request_leads_to_applied = leads_to(requested, request_applied)
    properties = [
        election_safety,
        votes_are_of_their_terms,
        entry_followed,
        applied_when_committed,
        leader_comes,
        leader_elected,
        two_leaders,
        applied_by_just_a_majority,
    ]

    @action()
    def request(self):
        """A client makes its request, and repeats it until there is a leader to take it (section 8)."""
        require(not self.has_request)
        self.has_request = True

    @action(fair="weak", i=RaftLiveness.Server)
    def append(self, i):
        """The leader takes the request into its log (5.3)."""
        require(self.role[i] == self.Role.LEADER and self.has_request)
        self.has_entry.add(i)

    @action(fair="weak", fair_per=("i", "j"), i=RaftLiveness.Server, j=RaftLiveness.Server)
    def append_entries(self, i, j):
        """The leader has a server append the entry, and tells it when the entry is committed (5.3)."""
        require(self.role[i] == self.Role.LEADER and i in self.has_entry and i != j)
        self.has_entry.add(j)
        if i in self.has_applied:
            self.has_applied.add(j)

    @action(fair="weak", i=RaftLiveness.Server)
    def apply(self, i):
        """The leader applies the entry once a majority has it (5.3)."""
        require(self.role[i] == self.Role.LEADER and len(self.has_entry) >= self.majority)
        self.has_applied.add(i)


class RetriesNoMore(Progress):
    """A leader sends an entry once, and does not care whether it arrives.

    Section 5.3 has it retry "indefinitely"; nothing else makes a lost call arrive. A single server has nobody to call.
    """

    expected = violates("request_leads_to_applied", found_at={"servers": 2}, hidden_at={"servers": 1})

    @action(i=RaftLiveness.Server, j=RaftLiveness.Server)
    def append_entries(self, i, j):
        """A call may arrive, or not (against 5.3)."""
        super().append_entries(i, j)
