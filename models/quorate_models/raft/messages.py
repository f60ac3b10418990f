"""Raft: elections, the replicated log, state machines, crashes, and AppendEntries calls that a network delays (Ongaro &
Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014).
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Network, Param, receive, within
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
from quorate_invariants.raft_steps import (
    applied_in_order,
    calls_followed,
    commits_followed,
    leader_has_votes,
    logs_followed,
    restarts_followed,
)
from quorate_invariants.raft_witnesses import call_under_way, logs_conflict
from quorate_models.raft.replication import Replication
from quorate_models.raft.state_machine import StateMachines


class Order(Enum):
    """Whether messages overtake each other on their way from one server to another."""

    ANY = "any"
    FIFO = "fifo"


class Raft(StateMachines):
    """Servers elect a leader, who replicates a log of client requests to their state machines.

    The package has it in layers, each to be read by itself: `elections`, `replication`, `state_machine`, and here the
    network. AppendEntries calls are delayed, lost and sent again; they overtake each other unless the order is fifo.
    Their answers arrive with them or not at all: one that is late says what the leader could have learnt before, or is
    of an old term and void. With in_flight=0 a call is one step, which is all that mistakes in elections and commitment
    need.

    The default has 1.8 M states. Larger bounds take longer: max_log=2 with in_flight=1 has 4.2 M (10 s); max_log=2
    with max_term=4, in_flight=0 and crashes=0 has 5.4 M (12 s); servers=4 with in_flight=1 and crashes=0 has 1.9 M
    (5 s); max_log=2 with in_flight=2 and crashes=0 has more than 20 M (minutes).
    """

    in_flight = Param(2, minimum=0, maximum=8, doc="AppendEntries calls on their way at once; 0: calls take no time")
    order = Param(Order.ANY, doc="whether calls on a link arrive in the order in which they were sent (fifo)")

    network = Network(Replication.AppendEntries, order=order, duplicates=False, loss=True, capacity=in_flight)

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
        logs_followed,
        calls_followed,
        commits_followed,
        applied_in_order,
        restarts_followed,
        leader_elected,
        write_acknowledged,
        call_under_way,
        *raft_witnesses.OF_ALL_LAYERS,
        logs_conflict,
    ]

    def transmit(self, m):
        """The call is on its way, if that keeps to the bound."""
        if self.in_flight == 0:
            super().transmit(m)
        else:
            within(len(self.network) < self.in_flight)
            self.network.send(m)

    @receive(Replication.AppendEntries, answered=Bool())
    def receive_append_entries(self, m, answered):
        """A call arrives, late perhaps; its answer arrives too, or is lost (5.3, 5.5)."""
        self.on_append_entries(m, answered)
