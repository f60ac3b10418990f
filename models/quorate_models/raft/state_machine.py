"""What the log of Raft is for: state machines, and clients that are told of their writes (Ongaro & Ousterhout, "In
Search of an Understandable Consensus Algorithm", 2014, sections 2, 5.3 and 8). The third layer, on the replicated log.
"""

from __future__ import annotations

from quorate import Map, Seq, action, require
from quorate_models.raft.replication import Replication


class StateMachines(Replication):
    """Servers apply the committed entries in order, and a leader that has applied an entry answers the client.

    A state machine is the list of what was applied to it. It is volatile, and made anew from the log after a crash.
    """

    machine = Map(Replication.Server, Seq(Replication.Entry, Replication.max_log), init=())
    # the writes that clients were told of, in their order: a history that is in no server
    acknowledged = Seq(Replication.Entry, Replication.max_log, init=())

    @action(i=Replication.Server)
    def apply(self, i):
        """A server applies its next committed entry; a leader then answers the client (5.3; figure 2, all servers)."""
        n = len(self.machine[i])
        require(n < self.commit_index[i])
        self.machine[i].append(self.log[i][n])
        if self.role[i] == self.Role.LEADER and n == len(self.acknowledged):
            self.acknowledged.append(self.log[i][n])

    def lose_memory(self, i):
        """The state machine is in memory."""
        super().lose_memory(i)
        self.machine[i] = ()
