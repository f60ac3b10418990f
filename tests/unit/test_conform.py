"""Logs followed by a model, and programs driven beside one."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from quorate import stateful
from quorate.conform.log import Conforms, Diverges, Event, follow
from quorate.conform.observed import fits
from quorate.conform.stateful import NotAsTheModel
from quorate.errors import ParameterError, UsageError
from quorate.language.model import data_of
from quorate_models.lock_server import LockServer
from quorate_models.raft_election import ForgetfulVoter, RaftElection
from quorate_models.two_phase_commit import EagerCommit, TwoPhaseCommit

# -- what is seen


@pytest.mark.parametrize(
    ("data", "observed", "same"),
    [
        (3, 3, True),
        (3, 4, False),
        (1, True, False),
        (True, True, True),
        ("LEADER", "LEADER", True),
        (None, None, True),
        (None, 0, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ([1, 2], [1], False),
        ({"#set": [1, 2]}, [2, 1], True),
        ({"#set": [1, 2]}, [2, 2], False),
        ({"#set": []}, [], True),
        ({"#set": []}, None, False),
        ({"#bag": [1, 1, 2]}, [1, 2, 1], True),
        ({"#bag": [1, 1, 2]}, [1, 2, 2], False),
        ({"#map": [["s1", 1], ["s2", 2]]}, {"s2": 2}, True),
        ({"#map": [["s1", 1], ["s2", 2]]}, {"s3": 2}, False),
        ({"#map": [[1, 5]]}, {"1": 5}, True),
        ({"term": 1, "value": "v1"}, {"term": 1}, True),
        ({"term": 1, "value": "v1"}, {"term": 2}, False),
        ({"tag": "Vote", "value": {"src": "s1"}}, {"tag": "Vote"}, True),
        ({"tag": "Vote", "value": {"src": "s1"}}, {"src": "s1"}, True),
        ({"tag": "Vote", "value": {"src": "s1"}}, {"tag": "Ask", "src": "s1"}, False),
        # the first item fits both that were seen, and must be given to the second
        ({"#set": [{"a": 1, "b": 1}, {"a": 1, "b": 2}]}, [{"a": 1}, {"a": 1, "b": 1}], True),
    ],
)
def test_a_value_fits_what_is_seen_of_it(data, observed, same):
    assert fits(data, observed) is same


# -- logs


def walk(model, length, chosen):
    """A random behaviour: each step, and the state behind it."""
    state = chosen.choice(model.initial_states())
    for _ in range(length):
        steps = model.successors(state)
        if not steps:
            return
        step = chosen.choice(steps)
        state = step.state
        yield step


def event(number, step, chosen):
    """An event that tells some of a step."""
    arguments = {name: data_of(value) for name, value in step.arguments.items() if chosen.random() < 0.7}
    state = {name: plain(value) for name, value in step.state.to_data().items() if chosen.random() < 0.3}
    return Event(number, step.action if chosen.random() < 0.9 or not state else None, arguments, state)


def plain(data):
    """Data as a log has it."""
    match data:
        case {"#map": pairs}:
            return {str(key): plain(value) for key, value in pairs}
        case {"#set": items} | {"#bag": items}:
            return [plain(item) for item in reversed(items)]
        case {"tag": tag, "value": fields}:
            return {"tag": tag, **{name: plain(value) for name, value in fields.items()}}
        case dict():
            return {name: plain(value) for name, value in data.items()}
        case list():
            return [plain(item) for item in data]
    return data


MODELS = [RaftElection(max_term=1), TwoPhaseCommit(resource_managers=2), LockServer(clients=2)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MODELS), st.integers(0, 2**32), st.integers(1, 12))
def test_what_a_model_does_conforms_to_it_however_little_is_told(model, seed, length):
    chosen = random.Random(seed)
    events = [event(n, step, chosen) for n, step in enumerate(walk(model, length, chosen), start=1)]
    # an event without an action is one that is only seen: the step before it is not told
    hidden = [action.name for action in model.actions] if any(e.action is None for e in events) else []
    assert isinstance(follow(model, events, hidden=hidden), Conforms)


def by_paths(model, events):
    """How many events can be followed, by trying all paths: no sets of states, no sharing."""

    def deepest(state, rest):
        if not rest:
            return 0
        reached = [
            1 + deepest(step.state, rest[1:])
            for step in model.successors(state)
            if step.action == rest[0].action
            and all(fits(data_of(step.arguments[name]), value) for name, value in rest[0].arguments.items())
            and all(fits(step.state.to_data()[name], value) for name, value in rest[0].state.items())
        ]
        return max(reached, default=0)

    return max(deepest(state, events) for state in model.initial_states())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([(TwoPhaseCommit, EagerCommit), (RaftElection, ForgetfulVoter)]), st.integers(0, 2**32))
def test_where_a_log_leaves_the_model_is_where_all_paths_end(pair, seed):
    """The log is that of a broken program, or has an event from elsewhere in it."""
    chosen = random.Random(seed)
    good, bad = pair
    events = [
        Event(n, step.action, {name: data_of(value) for name, value in step.arguments.items() if chosen.random() < 0.5})
        for n, step in enumerate(walk(bad(), 5, chosen), start=1)
    ]
    if chosen.random() < 0.5:
        chosen.shuffle(events)
    answer = follow(good(), events)
    assert answer.events == by_paths(good(), events)
    assert isinstance(answer, Conforms) == (answer.events == len(events))


ELECTED = [
    Event(1, "time_out", {"i": "s1"}),
    Event(2, "on_request_vote", {"i": "s2"}, {"voted_for": {"s2": "s1"}}),
    Event(3, "on_vote", {"m": {"src": "s1"}}),
    Event(4, "on_vote", {"m": {"src": "s2"}}),
]


def test_a_blocked_step_is_told_with_the_guard_that_blocks_it():
    answer = follow(RaftElection(), [*ELECTED, Event(5, "become_leader", {"i": "s2"})])
    assert isinstance(answer, Diverges)
    assert (answer.event.line, answer.events, answer.count) == (5, 4, 1)
    assert str(answer.nearest) == "become_leader(i=s2)"
    assert "self.role[s2] == CANDIDATE" in answer.nearest.blocked.line()
    assert "become_leader(i=s1)" in answer.enabled


def test_a_step_with_another_outcome_is_told_with_what_is_unlike():
    answer = follow(RaftElection(), [*ELECTED[:1], Event(2, "time_out", {"i": "s2"}, {"term": {"s2": 2}})])
    assert isinstance(answer, Diverges)
    assert answer.unlike == ("term",)
    assert answer.nearest.state is not None


def test_a_step_that_is_not_told_is_followed_if_it_is_hidden():
    log = [*ELECTED[:2], Event(5, "become_leader", {"i": "s1"})]
    assert isinstance(follow(RaftElection(), log), Diverges)
    assert isinstance(follow(RaftElection(), log, hidden=["on_vote"]), Conforms)


@pytest.mark.parametrize(
    ("events", "hidden"),
    [
        ([Event(1, "timeout")], []),
        ([Event(1, None, {}, {"terms": {}})], []),
        ([], ["nothing"]),
    ],
)
def test_words_that_the_model_does_not_have_are_refused(events, hidden):
    with pytest.raises(ParameterError):
        follow(RaftElection(), events, hidden=hidden)


def test_too_many_possible_states_are_refused(monkeypatch):
    monkeypatch.setattr("quorate.conform.log.MOST_STATES", 100)
    everything = [action.name for action in RaftElection().actions]
    with pytest.raises(UsageError):
        follow(RaftElection(), [Event(1, "time_out")], hidden=everything)


# -- a program beside its model


class Locks:
    """A lock server in plain Python, called as its clients' messages arrive."""

    ends = 0
    calls = ()

    def __init__(self):
        self.owner, self.granted = None, None
        type(self).calls = []

    def ask(self, c):
        """The request is on its way, which is nothing to the server."""

    def grant(self, m):
        assert self.owner is None
        self.owner = m["value"]["src"]

    def enter(self, m):
        self.granted = m["value"]["dst"]

    def leave(self, c):
        self.granted = None

    def release(self, m):
        self.owner = None

    def state(self):
        return {"free": self.owner is None, "holds": [self.granted] if self.granted else []}

    def teardown(self):
        type(self).ends += 1


class Sloppy(Locks):
    """Forgets to take the lock back, and notes what is asked of it."""

    def ask(self, c):
        self.calls.append("ask")

    def grant(self, m):
        super().grant(m)
        self.calls.append("grant")

    def enter(self, m):
        super().enter(m)
        self.calls.append("enter")

    def leave(self, c):
        super().leave(c)
        self.calls.append("leave")

    def release(self, m):
        self.calls.append("release")


def test_a_program_that_does_as_its_model_passes():
    Locks.ends = 0
    run_state_machine_as_test(stateful(LockServer(clients=2), Locks), settings=settings(max_examples=30, deadline=None))
    assert Locks.ends > 0


def test_a_program_that_does_not_is_caught_and_the_shortest_way_there_is_shown():
    machine = stateful(LockServer(clients=2), Sloppy)
    with pytest.raises(NotAsTheModel) as caught:
        run_state_machine_as_test(machine, settings=settings(max_examples=50, deadline=None, database=None))
    assert "after release(" in str(caught.value)
    assert "free is False, the model has True" in str(caught.value)
    # what failed is run once more at the end, as short as it can be
    assert Sloppy.calls == ["ask", "grant", "enter", "leave", "release"]


def test_a_program_that_begins_elsewhere_is_caught():
    class Taken(Locks):
        def __init__(self):
            super().__init__()
            self.owner = "c1"

    with pytest.raises(NotAsTheModel):
        run_state_machine_as_test(stateful(LockServer(), Taken), settings=settings(max_examples=5, database=None))


@pytest.mark.parametrize("adapter", [object, type("NoState", (), {"ask": lambda self, c: None})])
def test_an_adapter_without_a_method_is_refused(adapter):
    with pytest.raises(UsageError):
        stateful(LockServer(), adapter)
