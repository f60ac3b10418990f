"""Raft's replicated log (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, sections 5.3
and 5.4). The second layer, on elections.
"""

from __future__ import annotations

from quorate import Bound, Int, Map, Message, Node, Param, Record, Seq, action, require, within
from quorate_models.raft.elections import Elections


class Replication(Elections):
    """A leader takes requests into its log, copies it to the others, and commits what a majority has.

    An AppendEntries call and its answer are one step here; the layer `messages` has calls that are delayed.
    """

    values = Param(1, minimum=1, maximum=16, doc="different client requests")
    max_log = Bound(1, minimum=0, doc="entries in a log at most")

    Value = Node(values)
    # Indices of entries count from 1, as in the paper; 0 stands before the first
    Index = Int(0, max_log)
    Entry = Record(term=Elections.Term, value=Value)
    AppendEntries = Message(
        src=Elections.Server,
        dst=Elections.Server,
        term=Elections.Term,
        prev_index=Index,
        prev_term=Elections.Term,
        entries=Seq(Entry, max_log),
        commit=Index,
    )

    # Persistent (figure 2)
    log = Map(Elections.Server, Seq(Entry, max_log), init=(), durable=True)
    # Volatile
    commit_index = Map(Elections.Server, Index, init=0)
    # Of leaders: for each server the next entry to send to it, and the last known to be replicated on it
    next_index = Map(Elections.Server, Map(Elections.Server, Int(1, max_log + 1)), init=1)
    match_index = Map(Elections.Server, Map(Elections.Server, Index), init=0)

    # -- the leader

    @action(i=Elections.Server, v=Value)
    def client_request(self, i, v):
        """A client has the leader append a request to its log (5.3)."""
        require(self.role[i] == self.Role.LEADER)
        within(len(self.log[i]) < self.max_log)
        self.log[i].append(self.entry(i, v))

    def entry(self, i, v):
        """The entry that a leader makes of a request (5.3)."""
        return self.Entry(term=self.term[i], value=v)

    @action(i=Elections.Server, j=Elections.Server, n=Index)
    def append_entries(self, i, j, n):
        """A leader sends a server one or more of its next entries; none, a heartbeat, if it has no more (5.2, 5.3)."""
        require(self.role[i] == self.Role.LEADER and self.may_talk(i, j))
        prev = self.next_index[i][j] - 1
        require(prev < n <= len(self.log[i]) or prev == n == len(self.log[i]))
        self.transmit(
            self.AppendEntries(
                src=i,
                dst=j,
                term=self.term[i],
                prev_index=prev,
                prev_term=self.log[i][prev - 1].term if prev > 0 else 0,
                entries=self.log[i][prev:n],
                commit=min(self.commit_index[i], n),
            )
        )

    @action(i=Elections.Server)
    def advance_commit_index(self, i):
        """A leader commits what a majority has, if it ends in an entry of its own term (5.3, 5.4.2)."""
        require(self.role[i] == self.Role.LEADER)
        agreed = max(n for n in range(len(self.log[i]) + 1) if self.replicated(i, n))
        require(agreed > self.commit_index[i] and self.may_commit(i, agreed))
        self.commit_index[i] = agreed

    def replicated(self, i, n):
        """Whether a majority has the leader's entries up to index n (5.3)."""
        return self.has_majority(i, {j for j in self.Server if self.acknowledges(i, j, n)})

    def acknowledges(self, i, j, n):
        """Whether leader i knows that server j, maybe itself, has its entries up to index n."""
        return i == j or self.match_index[i][j] >= n

    def may_commit(self, i, n):
        """Whether the entry is of the leader's own term: only such are committed by counting (5.4.2)."""
        return self.log[i][n - 1].term == self.term[i]

    def on_answer(self, m, success):
        """A leader notes how far the server has come, or goes back an entry; an answer of an old term is void (5.3)."""
        i = m.src
        j = m.dst
        self.observe_term(i, self.term[j])
        if self.role[i] == self.Role.LEADER and self.term[i] == m.term:
            if success:
                self.note_match(i, j, m.prev_index + len(m.entries))
                self.next_index[i][j] = self.match_index[i][j] + 1
            else:
                self.next_index[i][j] = max(self.next_index[i][j] - 1, self.match_index[i][j] + 1)

    def note_match(self, i, j, n):
        """The entries up to n are on server j: matchIndex increases monotonically (figure 2)."""
        self.match_index[i][j] = max(self.match_index[i][j], n)

    # -- the follower

    def on_append_entries(self, m, answered):
        """A server refuses an old term or a log with a gap, and else takes the entries in (5.3; figure 2)."""
        j = m.dst
        self.observe_term(j, m.term)
        success = False
        if m.term == self.term[j]:
            # a candidate learns that another has won; no leader hears from another one of its term
            require(self.role[j] != self.Role.LEADER)
            self.step_down(j)
            success = self.consistent(m)
        if success:
            self.take_in(m)
            self.commit_index[j] = max(self.commit_index[j], m.commit)
        if answered:
            self.on_answer(m, success)

    def consistent(self, m):
        """The consistency check: the log has the entry before the new ones, of the same term (5.3)."""
        log = self.log[m.dst]
        return m.prev_index == 0 or (m.prev_index <= len(log) and log[m.prev_index - 1].term == m.prev_term)

    def take_in(self, m):
        """Drop what conflicts with the new entries, and append those that are missing; if none is, nothing changes
        (5.3; figure 2, AppendEntries, 3 and 4)."""
        if not self.has_already(m):
            self.log[m.dst] = self.log[m.dst][: m.prev_index] + m.entries

    def has_already(self, m):
        """Whether all the entries of a message are in the log."""
        log = self.log[m.dst]
        return m.prev_index + len(m.entries) <= len(log) and all(
            log[m.prev_index + k].term == m.entries[k].term for k in range(len(m.entries))
        )

    # -- the network, of which there is none yet

    def transmit(self, m):
        """The call reaches the server, and its answer the leader, at once."""
        self.on_append_entries(m, True)

    # -- the log in elections

    def up_to_date(self, i, j):
        """Whether the log of candidate i is no less up to date than that of server j (5.4.1)."""
        mine = self.last_term(i)
        theirs = self.last_term(j)
        return mine > theirs or (mine == theirs and len(self.log[i]) >= len(self.log[j]))

    def last_term(self, i):
        """The term of the last entry of a server's log, 0 if it is empty."""
        return self.log[i][-1].term if len(self.log[i]) > 0 else 0

    def become_leader(self, i):
        """A new leader supposes that all have what it has, and knows nothing yet (5.3)."""
        super().become_leader(i)
        for j in self.Server:
            self.next_index[i][j] = len(self.log[i]) + 1 if j != i else 1

    def step_down(self, i):
        """What a leader knows of the others is of no use to a follower."""
        super().step_down(i)
        for j in self.Server:
            self.next_index[i][j] = 1
            self.match_index[i][j] = 0

    def lose_memory(self, i):
        """The commit index is volatile (figure 2)."""
        super().lose_memory(i)
        self.commit_index[i] = 0
