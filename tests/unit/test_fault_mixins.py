"""Faults of the environment: what they may do, what they keep from happening, and when they are refused."""

import pytest

from quorate import (
    Bool,
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Option,
    action,
    check,
    eventually,
    invariant,
    receive,
    require,
    with_faults,
)
from quorate.errors import ParameterError, UsageError
from quorate.verdict import Holds, Violated
from quorate_models.raft_election import RaftElection


@invariant
def counted_what_was_sent(m):
    """Nobody has heard more than was said."""
    return all(m.heard[j] <= m.said[i] for i in m.Peer for j in m.Peer if i != j)


@eventually
def all_heard(m):
    return all(m.heard[j] == 1 for j in m.Peer)


class Talk(Model):
    """Two peers tell each other something once."""

    Peer = Node(2)
    Word = Message(src=Peer, dst=Peer)
    said = Map(Peer, Int(0, 1), init=0, durable=True)
    heard = Map(Peer, Int(0, 3), init=0)
    network = Network(Word, duplicates=False, capacity=3)
    properties = [counted_what_was_sent]

    @action(i=Peer, j=Peer, fair="weak", fair_per=("i",))
    def say(self, i, j):
        require(i != j and self.said[i] == 0)
        self.said[i] = 1
        self.network.send(self.Word(src=i, dst=j))

    @receive(Word, fair="weak")
    def hear(self, m):
        self.heard[m.dst] += 1


class Queued(Talk):
    """The same over ordered links."""

    network = Network(Talk.Word, order="fifo", capacity=2)


def states_of(model):
    """All states, by the native methods and a set."""
    seen = set(model.initial_states())
    todo = list(seen)
    while todo:
        new = {step.state for step in model.successors(todo.pop())} - seen
        seen |= new
        todo += new
    return seen


@pytest.mark.parametrize("base", [Talk, Queued])
@pytest.mark.parametrize(
    "faults",
    [{"crash": 1}, {"partition": 1}, {"loss": 1}, {"duplication": 1}, {"crash": 2, "loss": 1, "partition": 1}],
    ids=lambda faults: "+".join(faults),
)
def test_the_kernel_and_native_python_find_the_same_states(base, faults, tmp_path):
    model = with_faults(base, **faults)()
    found = states_of(model)
    assert len(found) > len(states_of(base()))
    assert check(model, keep_going=True, cache_dir=tmp_path).states.distinct == len(found)


def test_a_crash_resets_what_is_not_durable_and_nothing_else():
    model = with_faults(Talk, crash=1)()
    crashes = [
        (model.at(state), model.at(step.state), step.arguments["i"])
        for state in states_of(model)
        for step in model.successors(state)
        if step.action == "crash"
    ]
    assert any(old.heard[i] > 0 for old, _, i in crashes)
    for old, new, i in crashes:
        assert new.heard[i] == 0
        assert all(new.heard[j] == old.heard[j] for j in new.Peer if j != i)
        assert new.said == old.said
        assert i not in old.down
        assert i in new.down


def test_a_node_that_is_down_does_nothing_until_it_is_back():
    model = with_faults(Talk, crash=1)()
    acting = [
        (model.at(state), step)
        for state in states_of(model)
        for step in model.successors(state)
        if step.action in ("say", "hear")
    ]
    assert acting
    for view, step in acting:
        who = step.arguments["i"] if step.action == "say" else step.arguments["m"].dst
        assert who not in view.down
    assert any(step.action == "restart" for state in states_of(model) for step in model.successors(state))


@pytest.mark.parametrize("budget", [1, 2, 3])
def test_a_fault_happens_as_often_as_its_budget_and_no_more(budget):
    model = with_faults(Talk, crash=budget)()
    assert {model.at(state).crashed for state in states_of(model)} == set(range(budget + 1))


def test_a_budget_is_a_parameter():
    model = with_faults(Talk, crash=2, loss=1)
    assert model().parameter_values == {"crashes": 2, "losses": 1}
    assert len(states_of(model(crashes=0, losses=0))) == len(states_of(Talk()))


def test_a_partition_keeps_messages_between_its_sides():
    model = with_faults(Talk, partition=1)()
    received = [
        (model.at(state), step.arguments["m"])
        for state in states_of(model)
        for step in model.successors(state)
        if step.action == "hear"
    ]
    assert received
    assert all((m.src in view.away) == (m.dst in view.away) for view, m in received)


@pytest.mark.parametrize("base", [Talk, Queued])
def test_a_lost_message_is_not_heard_and_a_duplicate_is_heard_twice(base):
    heard = {
        fault: max(sum(model.at(state).heard.values()) for state in states_of(model))
        for fault in ("loss", "duplication")
        for model in [with_faults(base, **{fault: 1})()]
    }
    assert heard == {"loss": 2, "duplication": 3}
    assert isinstance(check(with_faults(base, duplication=1)()).verdict, Violated)


@pytest.mark.parametrize(
    ("faults", "holds"), [({}, True), ({"partition": 1}, True), ({"loss": 1}, False), ({"crash": 1}, False)]
)
def test_what_comes_in_the_end_comes_despite_a_partition_and_not_despite_loss_or_a_crash(faults, holds, tmp_path):
    """A partition heals, by fairness; a message that is lost is not sent again, and what was heard is forgotten."""

    class Patient(Talk):
        properties = [all_heard]

    result = check(with_faults(Patient, **faults)(), cache_dir=tmp_path)
    assert isinstance(result.verdict, Holds) == holds
    assert isinstance(result.verdict, Violated) != holds


class ForgottenVote(RaftElection):
    """A vote is not written down before it is given (against Ongaro & Ousterhout, figure 2: persistent state)."""

    voted_for = Map(RaftElection.Server, Option(RaftElection.Server), init=None)


def test_a_vote_that_a_crash_forgets_is_given_twice(tmp_path):
    """Two leaders of one term need a server that votes for both; only a crash makes it forget."""
    assert not isinstance(check(ForgottenVote(max_term=1), cache_dir=tmp_path).verdict, Violated)
    assert not isinstance(check(with_faults(RaftElection, crash=1)(max_term=1), cache_dir=tmp_path).verdict, Violated)
    # that the vote is forgotten is told sooner, by a property of steps
    options = {"properties": ["election_safety"], "cache_dir": tmp_path}
    result = check(with_faults(ForgottenVote, crash=1)(max_term=1), **options)
    assert isinstance(result.verdict, Violated)
    assert result.verdict.trace.property == "election_safety"
    assert "crash" in [step.action for step in result.verdict.trace.steps]


def test_a_model_with_faults_can_be_refined_like_any_other():
    class Careful(with_faults(Talk, crash=1)):
        """Only the first crash matters."""

        def crash(self, i):
            require(self.said[i] == 1)
            super().crash(i)

    assert len(states_of(Careful())) < len(states_of(with_faults(Talk, crash=1)()))


def test_no_fault_is_the_model_itself():
    assert with_faults(Talk) is Talk


class Stateless(Model):
    """Nothing in it is durable."""

    N = Node(2)
    x = Map(N, Bool(), init=False)

    @action(i=N)
    def flip(self, i):
        self.x[i] = not self.x[i]


class Scattered(Stateless):
    """A volatile variable that begins with other values at other nodes."""

    kept = Map(Stateless.N, Bool(), init=False, durable=True)
    x = Map(Stateless.N, Bool(), init=...)


class Taken(Talk):
    """It has a name that a fault needs."""

    down = Bool(init=False)


class AllSent(Talk):
    """Its network keeps every message."""

    network = Network(Talk.Word)


@pytest.mark.parametrize(
    ("model", "faults", "error"),
    [
        (Talk, {"crahs": 1}, ParameterError),
        (Talk, {"crash": 0}, ParameterError),
        (Talk, {"crash": 17}, ParameterError),
        (Stateless, {"crash": 1}, UsageError),
        (Stateless, {"loss": 1}, UsageError),
        (Scattered, {"crash": 1}, UsageError),
        (Taken, {"crash": 1}, UsageError),
        (AllSent, {"loss": 1}, UsageError),
        (AllSent, {"duplication": 1}, UsageError),
    ],
)
def test_a_fault_that_means_nothing_is_refused(model, faults, error):
    with pytest.raises(error):
        with_faults(model, **faults)
