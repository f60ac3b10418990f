"""Paxos, beside what `test_expected.py` pins: mutants that its properties must catch."""

from quorate import require
from quorate_models.paxos import Paxos


class Disobedient(Paxos):
    """An acceptor votes for a value of its own."""

    def accept(self, m, a):
        require(m.bal >= self.promised[a])
        other = next(v for v in self.Value if v != m.val)
        self.network.send(self.Accepted(acc=a, bal=m.bal, val=other))


class Stubborn(Paxos):
    """A proposer proposes any value, whatever votes its quorum reports."""

    def propose_any(self, b, quorum, v):
        self.require_promises(b, quorum)
        self.network.send(self.Accept(bal=b, val=v))


def test_a_vote_for_what_nobody_proposed_is_caught(brute_force):
    assert "validity" in brute_force(Disobedient(ballots=1), to_the_end=False).violated


def test_ignoring_reported_votes_is_caught_with_two_acceptors_and_only_from_two_ballots_on(brute_force):
    assert "agreement" in brute_force(Stubborn(acceptors=2, ballots=2), to_the_end=False).violated
    assert not brute_force(Stubborn(acceptors=3, ballots=1)).violated


def test_a_single_acceptor_is_a_quorum(brute_force):
    space = brute_force(Paxos(acceptors=1))
    assert space.reached == {"value_chosen"}
    assert not space.violated


def test_the_ballots_must_not_be_shared_by_two_proposals(brute_force):
    """Two proposers with one ballot number: found with a single ballot."""

    class SharedBallot(Paxos):
        def require_promises(self, b, quorum):
            require(len(quorum) == self.majority)
            require(all(any(p.bal == b and p.acc == a for p in self.network.of(self.Promise)) for a in quorum))

    assert "agreement" in brute_force(SharedBallot(acceptors=2, ballots=1), to_the_end=False).violated
