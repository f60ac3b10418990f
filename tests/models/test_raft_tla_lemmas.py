"""Raft's lemmas are true of every reachable state, by a search that is no engine; and each says something: a broken
Raft violates it. That they prove what they are for is asked in `test_proofs.py`."""

import pytest

from quorate import require
from quorate_models.raft_tla import DoubleVote, RaftTla


class Lemmas(RaftTla):
    properties = RaftTla.lemmas


class VotesAreForgotten(DoubleVote):
    properties = RaftTla.lemmas


class LatestVoteOnly(RaftTla):
    """A server goes over to whoever asked last."""

    properties = RaftTla.lemmas

    def on_request_vote(self, m):
        if m.term > self.term[m.dst]:
            self.update_term(m)
        else:
            self.voted_for[m.dst] = m.src
            self.network.send(
                self.Vote(src=m.dst, dst=m.src, term=self.term[m.dst], granted=m.term == self.term[m.dst])
            )


class SelfAppointed(RaftTla):
    """A candidate becomes leader without a vote."""

    properties = RaftTla.lemmas

    def become_leader(self, i):
        require(self.role[i] == self.Role.CANDIDATE)
        self.role[i] = self.Role.LEADER


class AnyoneWrites(RaftTla):
    """A server takes requests without being leader."""

    properties = RaftTla.lemmas

    def client_request(self, i, v):
        require(len(self.log[i]) < self.max_log)
        self.log[i].append(self.Entry(term=self.term[i], value=v))


class ForgetfulLeader(RaftTla):
    """A leader may drop what it has written."""

    properties = RaftTla.lemmas

    def advance_commit_index(self, i):
        require(self.role[i] == self.Role.LEADER)
        self.log[i] = ()


class OverwritingLeader(RaftTla):
    """A leader puts each request in the place of the one before."""

    properties = RaftTla.lemmas

    def client_request(self, i, v):
        require(self.role[i] == self.Role.LEADER)
        self.log[i] = [self.Entry(term=self.term[i], value=v)]


@pytest.mark.parametrize(
    "values",
    [
        {"servers": 2, "values": 2},
        {"servers": 1, "values": 2, "max_term": 3, "max_log": 2, "max_messages": 2},
    ],
)
def test_the_lemmas_hold(brute_force, values):
    space = brute_force(Lemmas(**values))
    assert space.distinct > 100
    assert not space.violated


# The shortest trace, in states, counted by hand. A server that elects itself alone stands, asks itself, votes, counts
# and is leader: 6 states with the first. With two servers the other's vote is another 4: it is asked, it takes over the
# term, votes, and is counted.
BROKEN = [
    # it stands, asks itself, votes
    (VotesAreForgotten, {"servers": 1}, {"votes_were_given": 4}),
    # it stands and takes over
    (SelfAppointed, {"servers": 2}, {"leaders_have_a_majority": 3}),
    # anyone may still win the term in which it writes
    (AnyoneWrites, {"servers": 2}, {"entries_are_of_elected_leaders": 2}),
    # leader, it writes, sends, and drops
    (ForgetfulLeader, {"servers": 2}, {"leaders_have_their_entries": 13}),
    # leader, it writes, sends, and writes something else
    (OverwritingLeader, {"servers": 2}, {"appends_match_the_logs": 13}),
]


@pytest.mark.parametrize(("broken", "values", "violated"), BROKEN)
def test_a_broken_raft_violates_a_lemma_first(brute_force, broken, values, violated):
    space = brute_force(broken(values=2, **values), to_the_end=False)
    assert space.violated == violated


def test_a_second_vote_in_a_term_violates_the_lemmas_about_votes(brute_force):
    space = brute_force(LatestVoteOnly(servers=2))
    assert {"votes_were_given", "votes_are_counted_once"} <= space.violated.keys()
