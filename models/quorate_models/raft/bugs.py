"""Mistakes in Raft's elections, log and commitment (Ongaro & Ousterhout, "In Search of an Understandable Consensus
Algorithm", 2014, cited by section). Each overrides what the mistake changes, and no more.
"""

from __future__ import annotations

from quorate import violates
from quorate_invariants.raft import election_safety, leader_completeness, leader_elected, match_monotone
from quorate_invariants.raft_clients import write_acknowledged
from quorate_models.raft.messages import Raft


class CommitsOlderTerms(Raft):
    """A leader commits an entry of an earlier term once a majority has it: the paper's figure 8.

    It looks safe, since a majority has the entry. But a server that has an entry of a later term can still win an
    election: it was leader in between, and told nobody of its entry. It then overwrites what was committed. Four terms
    it takes: the old entry, the one in between, the return of the first leader, and that of the other. With two servers
    a majority is both, and with three terms no one comes between.
    """

    # commits_followed would tell it sooner: where the entry is committed
    properties = [leader_completeness, leader_elected, write_acknowledged]
    expected = violates(
        leader_completeness,
        found_at={"max_term": 4, "crashes": 0, "in_flight": 0},
        hidden_at={"max_term": 3, "crashes": 0, "in_flight": 0},
    )

    def may_commit(self, i, n):
        """Counting replicas is enough (against 5.4.2)."""
        return True


class VotesWithoutComparingLogs(Raft):
    """A server votes for any candidate, whether or not it lacks entries that the voter has.

    A leader can then be elected without an entry that was committed in the term before. Of two servers, the majority
    is both, so that everyone has what is committed.
    """

    # votes_followed would tell it sooner: where the vote is given
    properties = [leader_completeness, leader_elected, write_acknowledged]
    expected = violates(
        leader_completeness,
        found_at={"servers": 3, "max_term": 2, "crashes": 0, "in_flight": 0},
        hidden_at={"servers": 2, "max_term": 2, "crashes": 0, "in_flight": 0},
    )

    def up_to_date(self, i, j):
        """Every log is good enough (against 5.4.1)."""
        return True


class DoubleVote(Raft):
    """A server remembers its vote for itself only, and votes for everyone else who asks in its term.

    Of two servers that both stand, each keeps its own vote, and neither has a majority.
    """

    # one_vote_per_term would tell it sooner
    properties = [election_safety, leader_elected]
    expected = violates(
        election_safety,
        found_at={"servers": 3, "max_term": 1, "crashes": 0, "in_flight": 0},
        hidden_at={"servers": 2, "max_term": 1, "crashes": 0, "in_flight": 0},
    )

    def may_vote(self, j, i):
        """Whether the terms and logs are right, and the server has not voted for itself (against 5.2)."""
        return self.term[j] == self.term[i] and self.voted_for[j] != j and self.up_to_date(i, j)


class ForgetsItsVote(Raft):
    """Neither the term nor the vote is written to disk before a server answers: a restart forgets both (figure 2).

    A server that voted, crashed and came back votes once more in the same term.
    """

    # one_vote_per_term would tell it sooner: the term goes back
    properties = [election_safety, leader_elected]
    expected = violates(
        election_safety,
        found_at={"servers": 3, "max_term": 1, "crashes": 1, "in_flight": 0},
        hidden_at={"servers": 3, "max_term": 1, "crashes": 0, "in_flight": 0},
    )

    def lose_memory(self, i):
        """Of what is on the disk only the log is left (against figure 2, persistent state)."""
        super().lose_memory(i)
        self.term[i] = 0
        self.voted_for[i] = None


class TruncatesAlways(Raft):
    """A follower makes its log what the call says: it drops all that comes after the entry before the new ones.

    So do many first implementations, since figure 2 says it in a subordinate clause: only "if an existing entry
    conflicts with a new one". A call that was sent before, and comes late, then removes entries that the follower has
    acknowledged, and that count as replicated on it. On links that keep the order no call comes late.
    """

    # acknowledged_durable would tell it sooner: no majority has the entry any more
    properties = [leader_completeness, leader_elected, write_acknowledged]
    expected = violates(
        leader_completeness,
        found_at={"max_term": 2, "crashes": 0, "in_flight": 2},
        hidden_at={"max_term": 2, "crashes": 0, "in_flight": 2, "order": "fifo"},
    )

    def has_already(self, m):
        """An entry that is there already is taken for one that is not (against figure 2, AppendEntries, 3)."""
        return False


class MatchGoesBack(Raft):
    """A leader takes the index in the answer that came last for how far the server has come.

    The answer to an earlier call, which was overtaken, makes it go back (figure 2: "increases monotonically"). It then
    sends entries again that the server has; and in implementations that count on it, worse.
    """

    expected = violates(
        match_monotone,
        found_at={"servers": 2, "max_term": 1, "crashes": 0, "in_flight": 2},
        hidden_at={"servers": 2, "max_term": 1, "crashes": 0, "in_flight": 2, "order": "fifo"},
    )

    def note_match(self, i, j, n):
        """What the answer says is noted as it is (against figure 2, volatile state on leaders)."""
        self.match_index[i][j] = n
