"""Ongaro's TLA+ specification of Raft, beside what `test_expected.py` pins: mutants that its properties must catch."""

from quorate import require
from quorate_models.raft_tla import PROMISES, RaftTla


class OverwritingLeader(RaftTla):
    """A leader puts each request in the place of the one before."""

    properties = PROMISES

    def client_request(self, i, v):
        require(self.role[i] == self.Role.LEADER)
        self.log[i] = [self.Entry(term=self.term[i], value=v)]


class Turncoat(RaftTla):
    """A server goes over to whoever asked last."""

    def on_request_vote(self, m):
        if m.term > self.term[m.dst]:
            self.update_term(m)
        else:
            self.voted_for[m.dst] = m.src
            self.network.send(
                self.Vote(src=m.dst, dst=m.src, term=self.term[m.dst], granted=m.term == self.term[m.dst])
            )


def test_a_leader_that_overwrites_its_log_is_caught_by_four_properties(brute_force):
    space = brute_force(OverwritingLeader(servers=2, values=2))
    assert space.violated.keys() == {
        "leader_append_only",
        "log_matching",
        "leader_completeness",
        "state_machine_safety",
    }


def test_a_second_vote_in_a_term_is_caught(brute_force):
    assert {"one_vote_per_term", "election_safety"} <= brute_force(Turncoat(servers=2)).violated.keys()


def test_two_servers_elect_replicate_and_commit(brute_force):
    space = brute_force(RaftTla(servers=2, values=2))
    assert space.reached == {prop.name for prop in RaftTla.model_properties() if prop.kind == "reachable"}
    assert not space.violated
