"""Zab, the atomic broadcast of ZooKeeper (Junqueira, Reed, Serafini, "Zab: High-performance broadcast for
primary-backup systems", DSN 2011). Steps have their numbers there, f. those of a follower, l. those of the leader.
"""

from __future__ import annotations

from enum import Enum

from quorate import Bool, Int, Map, Model, Node, Option, Param, Seq, Set, Var, action, require, violates
from quorate_invariants.zab import (
    committed_grows,
    committed_in_last_epoch,
    committed_transaction_kept,
    one_leader_per_epoch,
)
from quorate_invariants.zab_steps import (
    commits_followed,
    committed_by_quorum,
    histories_followed,
    leaders_followed,
    roles_match,
)


class Zab(Model):
    """A leader is elected, brings its followers up to its own history, and then broadcasts transactions.

    Discovery is one step: the elected leader is one of a quorum with the best history, as in ZooKeeper, so that it need
    not fetch one. What a server says to another it says in a step. Anybody may lose its connections at any time, which
    `look` stands for, and with a crash also what it was about to do. A transaction is the epoch in which it was
    proposed; its place in the history is the counter of its zxid.

    Five servers and two epochs are 2,146,875 states, and take a minute.
    """

    servers = Param(3, minimum=1, maximum=8, doc="servers; any majority of them is a quorum")
    max_epoch = Param(3, minimum=1, maximum=8, doc="no epoch begins beyond this one")
    transactions = Param(1, minimum=1, maximum=4, doc="transactions that a history may hold")

    majority = servers // 2 + 1

    class Role(Enum):
        """What a server is doing."""

        LOOKING = "looking"
        FOLLOWING = "following"
        LEADING = "leading"

    Server = Node(servers)
    Epoch = Int(0, max_epoch)
    History = Seq(Epoch, transactions)

    role = Map(Server, Role, init=Role.LOOKING)
    leader = Map(Server, Option(Server), init=None)
    established = Map(Server, Bool(), init=False)
    # f.p, f.a and h_f of the paper: the last epoch that a server was asked to join, the one whose history it has, that
    # history
    accepted_epoch = Map(Server, Epoch, init=0, durable=True)
    current_epoch = Map(Server, Epoch, init=0, durable=True)
    history = Map(Server, History, init=(), durable=True)
    # no part of the protocol: the longest history that was committed, and in which epoch
    committed = Seq(Epoch, transactions, init=())
    committed_epoch = Var(Epoch, init=0)

    properties = [
        committed_transaction_kept,
        one_leader_per_epoch,
        committed_grows,
        roles_match,
        leaders_followed,
        histories_followed,
        commits_followed,
        committed_in_last_epoch,
        committed_by_quorum,
    ]

    def is_established(self, i):
        """Whether a server leads, and a quorum has taken over its history."""
        return self.role[i] == self.Role.LEADING and self.established[i]

    @action(i=Server)
    def look(self, i):
        """A server loses its leader, or its quorum, and looks for a leader (a time-out ends any phase)."""
        require(self.role[i] != self.Role.LOOKING and self.may_look(i))
        self.forget_role(i)

    def may_look(self, i):
        """Whether a server has nothing else to do first."""
        return True

    def forget_role(self, i):
        """A server starts from what it has on disk."""
        self.role[i] = self.Role.LOOKING
        self.leader[i] = None
        self.established[i] = False

    @action(i=Server, quorum=Set(Server))
    def discover(self, i, quorum):
        """A quorum elects the one with the best history, and joins a new epoch with it (phase 1, Discovery)."""
        require(i in quorum and len(quorum) >= self.majority)
        require(all(self.role[j] == self.Role.LOOKING and not self.better(j, i) for j in quorum))
        epoch = max(self.accepted_epoch[j] for j in quorum) + 1
        require(epoch <= self.max_epoch)
        for j in quorum:
            self.accepted_epoch[j] = epoch
            self.role[j] = self.Role.FOLLOWING
            self.leader[j] = i
        self.role[i] = self.Role.LEADING
        self.current_epoch[i] = epoch

    def better(self, j, i):
        """Whether server j has a later history than server i: a greater current epoch, or a greater last zxid in the
        same (phase 1, step l.1.2)."""
        if self.current_epoch[j] != self.current_epoch[i]:
            return self.current_epoch[j] > self.current_epoch[i]
        if self.last_epoch(j) != self.last_epoch(i):
            return self.last_epoch(j) > self.last_epoch(i)
        return len(self.history[j]) > len(self.history[i])

    def last_epoch(self, i):
        """The epoch of the last transaction of a server, 0 if it has none."""
        return self.history[i][-1] if len(self.history[i]) > 0 else 0

    @action(f=Server, i=Server)
    def join(self, f, i):
        """A server that comes late joins the epoch of a leader (phase 3, step l.3.3)."""
        require(self.role[f] == self.Role.LOOKING and self.role[i] == self.Role.LEADING)
        require(self.accepted_epoch[f] <= self.accepted_epoch[i])
        self.accepted_epoch[f] = self.accepted_epoch[i]
        self.role[f] = self.Role.FOLLOWING
        self.leader[f] = i

    def follows(self, f, i):
        """Whether a server is connected with a leader, both being in the same epoch."""
        return (
            self.leader[f] == i
            and self.role[i] == self.Role.LEADING
            and self.accepted_epoch[f] == self.accepted_epoch[i]
        )

    @action(f=Server, i=Server)
    def synchronise(self, f, i):
        """A follower takes over the history of its leader, and with it the epoch, in one (phase 2, step f.2.1)."""
        require(self.follows(f, i) and self.current_epoch[f] < self.accepted_epoch[f])
        self.take_over(f, i)

    def take_over(self, f, i):
        """What a follower writes to disk: both at once."""
        self.history[f] = self.history[i]
        self.current_epoch[f] = self.accepted_epoch[f]

    def is_synchronised(self, f, i):
        """Whether a server is the leader, or follows it and has its history."""
        return self.follows(f, i) and self.current_epoch[f] == self.accepted_epoch[f]

    @action(i=Server)
    def establish(self, i):
        """A quorum has the leader's history: it is committed, and broadcast begins (phase 2, step l.2.2)."""
        require(self.role[i] == self.Role.LEADING and not self.established[i])
        require(sum(1 for f in self.Server if self.is_synchronised(f, i)) >= self.majority)
        self.established[i] = True
        self.commit_history(i)

    @action(i=Server)
    def propose(self, i):
        """An established leader proposes a transaction, which it has itself (phase 3, step l.3.1)."""
        require(self.is_established(i) and len(self.history[i]) < self.transactions)
        self.history[i].append(self.accepted_epoch[i])

    @action(f=Server, i=Server)
    def accept(self, f, i):
        """A follower accepts the next transaction of its leader (phase 3, step f.3.1)."""
        require(self.is_synchronised(f, i) and self.is_established(i))
        require(len(self.history[f]) < len(self.history[i]))
        self.history[f].append(self.history[i][len(self.history[f])])

    @action(i=Server)
    def commit(self, i):
        """A quorum has all transactions of the leader: they are committed (phase 3, step l.3.2)."""
        require(self.is_established(i) and len(self.history[i]) > len(self.committed))
        having = sum(1 for f in self.Server if self.is_synchronised(f, i) and self.history[f] == self.history[i])
        require(having >= self.majority)
        self.commit_history(i)

    def commit_history(self, i):
        """Note what has been committed, unless that much was before."""
        if len(self.history[i]) > len(self.committed):
            self.committed = self.history[i]
            self.committed_epoch = self.accepted_epoch[i]


class EpochBeforeHistory(Zab):
    """A follower writes the new epoch to disk before the history that belongs to it, and may crash in between.

    It then has an old history under a new epoch, and is elected over one who has the transaction, and throws it away
    (ZOOKEEPER-4643; the paper has both written in one, phase 2, step f.2.1). One epoch has the transaction, the second
    the crash, and the third the election.
    """

    crashes = Param(1, minimum=0, maximum=4, doc="how often a server crashes")

    crashed = Int(0, crashes, init=0)
    # the history of its current epoch, until that is on the disk of a follower
    received = Map(Zab.Server, Option(Zab.History), init=None)

    # the others are violated as soon as the epoch is written
    properties = (committed_transaction_kept, one_leader_per_epoch, committed_grows, committed_in_last_epoch)

    expected = violates(
        committed_transaction_kept,
        found_at={"servers": 3, "max_epoch": 3, "transactions": 1, "crashes": 1},
        hidden_at={"max_epoch": 2},
    )

    def take_over(self, f, i):
        """The epoch is written first (against phase 2, step f.2.1)."""
        self.current_epoch[f] = self.accepted_epoch[f]
        self.received[f] = self.history[i]

    def is_synchronised(self, f, i):
        """A follower acknowledges when all is on disk."""
        return super().is_synchronised(f, i) and self.received[f] is None

    def may_look(self, i):
        """What is being written is finished first, unless the server crashes."""
        return self.received[i] is None

    @action(f=Zab.Server)
    def write_history(self, f):
        """The history is on disk as well."""
        require(self.received[f] is not None)
        self.history[f] = self.received[f]
        self.received[f] = None

    @action(i=Zab.Server)
    def crash(self, i):
        """A server crashes and restarts, without the history that it was writing."""
        require(self.role[i] != self.Role.LOOKING and self.crashed < self.crashes)
        self.crashed += 1
        self.received[i] = None
        self.forget_role(i)
