"""Raft (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, section 5, cited by section).

Action for action the TLA+ specification in Ongaro's dissertation ("Consensus: Bridging Theory and Practice", 2014,
appendix B), to be laid beside it: without its history variables, restarts, and messages duplicated or dropped, and with
the bounds as a constraint, so that the counts of states, distinct and generated, are TLC's.
"""

from __future__ import annotations

from enum import Enum

from quorate import (
    Bool,
    Bound,
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
    Set,
    action,
    constraint,
    receive,
    require,
    violates,
)
from quorate_invariants.raft import (
    election_safety,
    entry_committed,
    leader_append_only,
    leader_completeness,
    leader_elected,
    log_matching,
    one_vote_per_term,
    state_machine_safety,
)
from quorate_invariants.raft_elections import majority_suffices
from quorate_invariants.raft_lemmas import (
    appends_match_the_logs,
    entries_are_of_elected_leaders,
    leaders_have_a_majority,
    leaders_have_their_entries,
    votes_are_counted_once,
    votes_were_given,
)
from quorate_invariants.raft_messages import (
    candidate_gives_way,
    commits_by_message,
    joins_a_candidate,
    messages_true,
    progress_by_message,
    refused_for_a_reason,
    roles_by_message,
    terms_by_message,
    votes_asked_for,
)
from quorate_invariants.raft_witnesses import committed_by_majority, committed_everywhere

# what the paper promises, and what comes of it; the others are the rules that servers follow
PROMISES = (
    election_safety,
    leader_append_only,
    log_matching,
    leader_completeness,
    state_machine_safety,
    one_vote_per_term,
    leader_elected,
    entry_committed,
)


class RaftTla(Model):
    """Servers elect a leader, who replicates a log of client requests to them.

    Steps are small: a server votes for itself by a message to itself, takes over a newer term and handles the message
    that told it in two steps, and repairs its log entry by entry. Messages are delayed, and overtake each other where
    `max_messages` lets several be on their way at once: with one, the default, they do not.

    The default has 341,387 states, found in 0.2 s after compiling. Larger bounds take longer: max_log=0 with
    max_messages=2 has 1.1 M states (0.4 s), max_term=3 with values=2 has 12.7 M (7 s), max_term=4 has 101 M (a minute
    and 5 GB), and servers=4 has 187 M (two minutes and 10 GB).
    """

    servers = Param(3, minimum=1, maximum=64, doc="servers in the cluster")
    values = Param(1, minimum=1, maximum=64, doc="different client requests")
    max_term = Bound(2, minimum=1, doc="the highest term; all begin in term 1")
    max_log = Bound(1, minimum=0, doc="entries in a log at most")
    max_messages = Bound(1, minimum=1, doc="messages on their way at once, each different; 1 means no reordering")

    majority = servers // 2 + 1

    class Role(Enum):
        """What a server is in its term (section 5.1, figure 4)."""

        FOLLOWER = "follower"
        CANDIDATE = "candidate"
        LEADER = "leader"

    Server = Node(servers)
    Value = Node(values)
    # One step leads beyond a bound before the constraint drops its state: the types have room for it. Terms and indices
    # count from 1; as a term, 0 is that of the last entry of an empty log, and index 0 stands before the first entry
    Term = Int(0, max_term + 1)
    Index = Int(0, max_log + 1)
    Entry = Record(term=Term, value=Value)

    RequestVote = Message(src=Server, dst=Server, term=Term, last_term=Term, last_index=Index)
    Vote = Message(src=Server, dst=Server, term=Term, granted=Bool())
    AppendEntries = Message(
        src=Server, dst=Server, term=Term, prev_index=Index, prev_term=Term, entries=Seq(Entry, 1), commit=Index
    )
    Appended = Message(src=Server, dst=Server, term=Term, success=Bool(), match=Index)

    # Persistent (figure 2)
    term = Map(Server, Term, init=1, durable=True)
    voted_for = Map(Server, Option(Server), init=None, durable=True)
    log = Map(Server, Seq(Entry, max_log + 1), init=(), durable=True)
    # Volatile
    role = Map(Server, Role, init=Role.FOLLOWER)
    commit_index = Map(Server, Index, init=0)
    # Of candidates: who has answered in this term, and who has voted for it
    responded = Map(Server, Set(Server), init=set())
    votes = Map(Server, Set(Server), init=set())
    # Of leaders: for each server the next entry to send to it, and the last known to be replicated on it
    next_index = Map(Server, Map(Server, Int(1, max_log + 2)), init=1)
    match_index = Map(Server, Map(Server, Index), init=0)

    network = Network(RequestVote, Vote, AppendEntries, Appended, duplicates=False, capacity=max_messages + 1)

    properties = [
        *PROMISES,
        terms_by_message,
        roles_by_message,
        votes_asked_for,
        messages_true,
        refused_for_a_reason,
        commits_by_message,
        progress_by_message,
        joins_a_candidate,
        candidate_gives_way,
        majority_suffices,
        committed_by_majority,
        committed_everywhere,
    ]
    lemmas = [
        votes_were_given,
        votes_are_counted_once,
        leaders_have_a_majority,
        entries_are_of_elected_leaders,
        leaders_have_their_entries,
        appends_match_the_logs,
    ]

    @constraint
    def bounds(self):
        """Terms, logs and messages keep to their bounds, and no two messages on their way are the same (CONSTRAINT)."""
        return (
            all(self.term[i] <= self.max_term and len(self.log[i]) <= self.max_log for i in self.Server)
            and len(self.network) <= self.max_messages
            and all(self.network.count(m) == 1 for m in self.network.of(self.RequestVote))
            and all(self.network.count(m) == 1 for m in self.network.of(self.Vote))
            and all(self.network.count(m) == 1 for m in self.network.of(self.AppendEntries))
            and all(self.network.count(m) == 1 for m in self.network.of(self.Appended))
        )

    # -- elections (section 5.2)

    @action(i=Server)
    def time_out(self, i):
        """A server that is not leader hears from none in time and stands for election (5.2; Timeout)."""
        require(self.role[i] != self.Role.LEADER)
        self.term[i] += 1
        self.role[i] = self.Role.CANDIDATE
        self.voted_for[i] = None
        self.responded[i] = set()
        self.votes[i] = set()

    @action(i=Server, j=Server)
    def request_vote(self, i, j):
        """A candidate asks a server that has not answered yet, itself too, for its vote (5.2; RequestVote)."""
        require(self.role[i] == self.Role.CANDIDATE and j not in self.responded[i])
        last_index = len(self.log[i])
        self.network.send(
            self.RequestVote(src=i, dst=j, term=self.term[i], last_term=self.last_term(i), last_index=last_index)
        )

    @receive(RequestVote)
    def on_request_vote(self, m):
        """A server votes for the first who asks in a term and whose log is no less up to date (5.2, 5.4.1;
        HandleRequestVoteRequest)."""
        i = m.dst
        if m.term > self.term[i]:
            self.update_term(m)
        else:
            granted = m.term == self.term[i] and self.up_to_date(m) and self.voted_for[i] in (None, m.src)
            if granted:
                self.voted_for[i] = m.src
            self.network.send(self.Vote(src=i, dst=m.src, term=self.term[i], granted=granted))

    def up_to_date(self, m):
        """Whether the log of the candidate is at least as up to date as the voter's (5.4.1)."""
        last_term = self.last_term(m.dst)
        return m.last_term > last_term or (m.last_term == last_term and m.last_index >= len(self.log[m.dst]))

    @receive(Vote)
    def on_vote(self, m):
        """A server counts the answers to its candidacy; those of an earlier term are void (5.2;
        HandleRequestVoteResponse, DropStaleResponse)."""
        i = m.dst
        if m.term > self.term[i]:
            self.update_term(m)
        elif m.term == self.term[i]:
            self.responded[i].add(m.src)
            if m.granted:
                self.votes[i].add(m.src)

    @action(i=Server)
    def become_leader(self, i):
        """A candidate with the votes of a majority becomes leader (5.2; BecomeLeader)."""
        require(self.role[i] == self.Role.CANDIDATE and len(self.votes[i]) >= self.majority)
        self.role[i] = self.Role.LEADER
        for j in self.Server:
            self.next_index[i][j] = len(self.log[i]) + 1
            self.match_index[i][j] = 0

    # -- log replication (section 5.3)

    @action(i=Server, v=Value)
    def client_request(self, i, v):
        """A client has the leader append a value to its log (5.3; ClientRequest)."""
        require(self.role[i] == self.Role.LEADER)
        self.log[i].append(self.Entry(term=self.term[i], value=v))

    @action(i=Server, j=Server)
    def append_entries(self, i, j):
        """A leader sends a server its next entry, or none: a heartbeat (5.3; AppendEntries)."""
        require(self.role[i] == self.Role.LEADER and i != j)
        prev = self.next_index[i][j] - 1
        entries = self.log[i][prev : prev + 1]
        self.network.send(
            self.AppendEntries(
                src=i,
                dst=j,
                term=self.term[i],
                prev_index=prev,
                prev_term=self.log[i][prev - 1].term if prev > 0 else 0,
                entries=entries,
                commit=min(self.commit_index[i], prev + len(entries)),
            )
        )

    @receive(AppendEntries)
    def on_append_entries(self, m):
        """A server checks that its log agrees up to the new entry, makes room for it, and takes it in (5.3;
        HandleAppendEntriesRequest)."""
        i = m.dst
        if m.term > self.term[i]:
            self.update_term(m)
        elif m.term < self.term[i]:
            self.answer(m, False, 0)
        elif self.role[i] == self.Role.CANDIDATE:
            self.role[i] = self.Role.FOLLOWER
            self.keep(m)
        else:
            # no leader hears from another one of its term
            require(self.role[i] == self.Role.FOLLOWER)
            self.replicate(m)

    def replicate(self, m):
        """One step of a follower towards the leader's log: refuse, be done, drop a conflict, or append (5.3)."""
        log = self.log[m.dst]
        if m.prev_index > 0 and (m.prev_index > len(log) or log[m.prev_index - 1].term != m.prev_term):
            self.answer(m, False, 0)
        elif len(m.entries) == 0 or (len(log) > m.prev_index and log[m.prev_index].term == m.entries[0].term):
            self.commit_index[m.dst] = m.commit
            self.answer(m, True, m.prev_index + len(m.entries))
        elif len(log) > m.prev_index:
            self.log[m.dst] = log[:-1]
            self.keep(m)
        else:
            self.log[m.dst].append(m.entries[0])
            self.keep(m)

    def answer(self, m, success, match):
        """Answer an AppendEntries: up to which entry the log is now known to agree with the leader's (5.3)."""
        self.network.send(self.Appended(src=m.dst, dst=m.src, term=self.term[m.dst], success=success, match=match))

    @receive(Appended)
    def on_appended(self, m):
        """A leader notes how far a server has come, or goes back an entry; answers of an old term are void (5.3;
        HandleAppendEntriesResponse, DropStaleResponse)."""
        i = m.dst
        if m.term > self.term[i]:
            self.update_term(m)
        elif m.term == self.term[i] and m.success:
            self.next_index[i][m.src] = m.match + 1
            self.match_index[i][m.src] = m.match
        elif m.term == self.term[i]:
            self.next_index[i][m.src] = max(self.next_index[i][m.src] - 1, 1)

    @action(i=Server)
    def advance_commit_index(self, i):
        """A leader commits what a majority has, if it ends in an entry of its own term (5.4.2; AdvanceCommitIndex)."""
        require(self.role[i] == self.Role.LEADER)
        agreed = max(n for n in range(len(self.log[i]) + 1) if self.replicated(i, n))
        if agreed > 0 and self.may_commit(i, agreed):
            self.commit_index[i] = agreed

    def replicated(self, i, n):
        """Whether a majority, the leader among them, has the leader's entries up to index n (5.3)."""
        return sum(1 for j in self.Server if j == i or self.match_index[i][j] >= n) >= self.majority

    def may_commit(self, i, n):
        """Whether the entry is of the leader's own term: only such are committed by counting (5.4.2)."""
        return self.log[i][n - 1].term == self.term[i]

    # -- terms and messages (section 5.1)

    def last_term(self, i):
        """The term of the last entry of a server's log, 0 if it is empty."""
        return self.log[i][-1].term if len(self.log[i]) > 0 else 0

    def update_term(self, m):
        """A server hears of a newer term and joins it as a follower; it handles the message next (5.1; UpdateTerm)."""
        self.term[m.dst] = m.term
        self.role[m.dst] = self.Role.FOLLOWER
        self.voted_for[m.dst] = None
        self.keep(m)

    def keep(self, m):
        """Leave a message that was received in the network, to be handled further."""
        self.network.send(m)


class VoteWithoutLog(RaftTla):
    """A server votes for any candidate, whether or not it lacks entries that the voter has.

    A leader can then be elected without an entry that was committed in the term before. Of two servers, the majority
    is both, so that everyone has what is committed.
    """

    properties = PROMISES

    expected = violates(
        leader_completeness, found_at={"servers": 3, "max_term": 3}, hidden_at={"servers": 2, "max_term": 3}
    )

    def up_to_date(self, m):
        """Every log is good enough (against 5.4.1)."""
        return True


class DoubleVote(RaftTla):
    """A server forgets whom it voted for, and votes for everyone who asks in its term.

    A single server has only one candidate to vote for.
    """

    properties = PROMISES

    expected = violates(election_safety, found_at={"servers": 2}, hidden_at={"servers": 1})

    def on_request_vote(self, m):
        """A server answers without looking at its earlier vote (against 5.2)."""
        if m.term > self.term[m.dst]:
            self.update_term(m)
        else:
            granted = m.term == self.term[m.dst] and self.up_to_date(m)
            self.network.send(self.Vote(src=m.dst, dst=m.src, term=self.term[m.dst], granted=granted))
