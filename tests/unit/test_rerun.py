"""A saved counterexample taken again in an edited model: it still happens, is blocked, is gone, or nobody knows."""

import dataclasses

import pytest

from quorate import (
    Bool,
    Bound,
    Int,
    Map,
    Message,
    Model,
    Network,
    Node,
    Param,
    Set,
    action,
    always_eventually,
    check,
    constraint,
    eventually,
    invariant,
    prove_invariants,
    reachable,
    receive,
    recoverable,
    require,
    rerun,
    step_invariant,
    with_faults,
    within,
)
from quorate.errors import Exit
from quorate.explain.outcome import Blocked, Divergence, Gone, Still, Undecided
from quorate.trace import Step, Trace
from quorate.verdict import Violated


class Lock(Model):
    """Looks first, takes later: two clients may both have looked."""

    Client = Node(2)
    looked = Map(Client, Bool(), init=False)
    holders = Set(Client, init=set())

    @action(c=Client)
    def look(self, c):
        require(len(self.holders) == 0)
        self.looked[c] = True

    @action(c=Client)
    def take(self, c):
        require(self.looked[c])
        self.holders.add(c)

    @invariant
    def exclusive(self):
        return len(self.holders) <= 1


class Guarded(Lock):
    def take(self, c):
        require(self.looked[c] and len(self.holders) == 0)
        self.holders.add(c)


class Cut(Lock):
    def take(self, c):
        within(len(self.holders) == 0)
        self.holders.add(c)


class Dropped(Lock):
    @constraint
    def one(self):
        return len(self.holders) <= 1


class Replacing(Lock):
    def take(self, c):
        require(self.looked[c])
        self.holders = {c}


class Failing(Lock):
    def take(self, c):
        assert len(self.holders) == 0
        self.holders.add(c)


class Early(Lock):
    """Violates before the trace ends."""

    @invariant
    def exclusive(self):
        return len(self.holders) <= 0


class BadProperty(Lock):
    @invariant
    def exclusive(self):
        return 1 // (1 - len(self.holders)) <= 1


class Renamed(Lock):
    take = None

    @action(c=Lock.Client)
    def take_it(self, c):
        require(self.looked[c])
        self.holders.add(c)


class Silent(Lock):
    exclusive = None


class Larger(Lock):
    """Has a variable more, and a guard that reads it."""

    shut = Map(Lock.Client, Bool(), init=False)

    def take(self, c):
        require(self.looked[c] and not self.shut[c])
        self.holders.add(c)


class Smaller(Model):
    """Has lost a variable, and the guard with it."""

    Client = Node(2)
    holders = Set(Client, init=set())

    @action(c=Client)
    def look(self, c):
        require(len(self.holders) == 0)

    @action(c=Client)
    def take(self, c):
        self.holders.add(c)

    @invariant
    def exclusive(self):
        return len(self.holders) <= 1


class Other(Model):
    x = Int(0, 1, init=0)

    @action()
    def look(self):
        self.x = 1


def violation(model, name=None):
    """The trace of what a check finds."""
    result = check(model, properties=[name] if name else None, deadlock=name is None)
    assert isinstance(result.verdict, Violated)
    return result.verdict.trace


@pytest.mark.parametrize(
    ("edited", "outcome", "code"),
    [
        (Lock, Still, Exit.SAFETY),
        (Guarded, Blocked, Exit.HOLDS),
        (Cut, Blocked, Exit.INCONCLUSIVE),
        (Dropped, Blocked, Exit.INCONCLUSIVE),
        (Replacing, Gone, Exit.HOLDS),
        (Failing, Still, Exit.ASSERTION),
        (Early, Still, Exit.SAFETY),
        (BadProperty, Still, Exit.MODEL_FAULT),
        (Renamed, Undecided, Exit.INCONCLUSIVE),
        (Silent, Undecided, Exit.INCONCLUSIVE),
        (Larger, Still, Exit.SAFETY),
        (Smaller, Still, Exit.SAFETY),
        (Other, Undecided, Exit.INCONCLUSIVE),
    ],
)
def test_what_comes_of_a_trace_in_an_edited_model(edited, outcome, code):
    again = rerun(edited(), violation(Lock()))
    assert (type(again.outcome), again.exit_code) == (outcome, code)


def test_a_blocked_step_names_the_guard_that_is_false_and_where():
    blocked = rerun(Guarded(), violation(Lock())).outcome
    assert (blocked.number, blocked.action, blocked.cut) == (5, "take", False)
    assert blocked.reason == "len(self.holders) == 0 (it is 1)"
    assert blocked.span.source_line().strip() == "require(self.looked[c] and len(self.holders) == 0)"
    assert len(blocked.trace.steps) == 4


def test_a_bound_that_cuts_the_step_is_told_apart():
    cut = rerun(Cut(), violation(Lock())).outcome
    assert (cut.number, cut.cut, cut.reason) == (5, True, "len(self.holders) == 0 (it is 1)")
    dropped = rerun(Dropped(), violation(Lock())).outcome
    assert (dropped.number, dropped.cut, dropped.span) == (5, True, None)


def test_a_choice_that_there_is_no_more_blocks():
    trace = violation(Lock())
    taken = [dataclasses.replace(step, arguments={"c": "c9"}) if step.arguments else step for step in trace.steps]
    again = rerun(Lock(), dataclasses.replace(trace, steps=tuple(taken)))
    assert (type(again.outcome), again.outcome.number, again.outcome.span) == (Blocked, 2, None)


def test_the_trace_of_now_is_what_is_shown():
    trace = violation(Lock())
    same = rerun(Lock(), trace)
    assert same.outcome.trace == trace
    assert same.divergence is None
    early = rerun(Early(), trace)
    assert len(early.outcome.trace.steps) == 4
    failing = rerun(Failing(), trace).outcome.trace
    assert (failing.kind, failing.fault.action, len(failing.steps)) == ("fault", "take", 4)


def test_where_the_run_leaves_the_recorded_one_is_told():
    assert rerun(Replacing(), violation(Lock())).divergence == Divergence(5, ("holders",))


def test_variables_gained_and_lost_are_told_and_the_others_compared():
    trace = violation(Lock())
    larger = rerun(Larger(), trace)
    assert (larger.gained, larger.lost, larger.divergence) == (("shut",), (), None)
    smaller = rerun(Smaller(), trace)
    assert (smaller.gained, smaller.lost, smaller.divergence) == ((), ("looked",), None)


# -- steps, deadlocks, faults, witnesses


class Clock(Model):
    limit = Param(3)
    most = Bound(9)
    n = Int(0, 9, init=0)

    @action()
    def tick(self):
        require(self.n < self.limit)
        within(self.n < self.most)
        self.n += 1

    @reachable
    def full(self):
        return self.n == 3


class Jumpy(Clock):
    def tick(self):
        require(self.n < 8)
        self.n += 2 if self.n == 2 else 1

    @step_invariant
    def slow(self, new):
        return new.n <= self.n + 1


class Steady(Jumpy):
    def tick(self):
        require(self.n < 8)
        self.n += 1


class Winding(Clock):
    @action()
    def wind(self):
        require(self.n == 3)
        self.n = 0


class Bounding(Clock):
    @action()
    def wind(self):
        within(self.n != 3)
        self.n = 0


class Overwound(Clock):
    def tick(self):
        self.n += 1


class Stopping(Overwound):
    def tick(self):
        require(self.n < 9)
        self.n += 1


class Shaky(Overwound):
    def tick(self):
        self.n = (self.n + 1) % 10


class BadCondition(Clock):
    @invariant
    def sound(self):
        return 10 // (2 - self.n) != 99


class GoodCondition(Clock):
    @invariant
    def sound(self):
        return 10 // (99 - self.n) != 99


@pytest.mark.parametrize(
    ("saved", "edited", "outcome", "code"),
    [
        (Jumpy, Jumpy, Still, Exit.SAFETY),
        (Jumpy, Steady, Gone, Exit.HOLDS),
        (Clock, Clock, Still, Exit.DEADLOCK),
        (Clock, Winding, Gone, Exit.HOLDS),
        (Clock, Bounding, Undecided, Exit.INCONCLUSIVE),
        (Overwound, Overwound, Still, Exit.MODEL_FAULT),
        (Overwound, Stopping, Blocked, Exit.HOLDS),
        (Overwound, Shaky, Gone, Exit.HOLDS),
        (BadCondition, BadCondition, Still, Exit.MODEL_FAULT),
        (BadCondition, GoodCondition, Gone, Exit.HOLDS),
        (BadCondition, Clock, Undecided, Exit.INCONCLUSIVE),
    ],
)
def test_steps_deadlocks_and_faults(saved, edited, outcome, code):
    again = rerun(edited(), violation(saved()))
    assert (type(again.outcome), again.exit_code) == (outcome, code)


def test_a_number_too_large_for_the_kernel_is_not_seen_natively():
    trace = violation(Overwound())
    fault = dataclasses.replace(trace.fault, kind="overflow")
    assert type(rerun(Overwound(), dataclasses.replace(trace, fault=fault)).outcome) is Undecided


def test_a_witness_is_good_news():
    [full] = [item for item in check(Clock()).properties if item.name == "full"]
    still = rerun(Clock(), full.witness)
    assert (type(still.outcome), still.exit_code) == (Still, Exit.HOLDS)
    blocked = rerun(Clock(limit=2), full.witness)
    assert (type(blocked.outcome), blocked.exit_code) == (Blocked, Exit.INCONCLUSIVE)


# -- messages


class Post(Model):
    Server = Node(2)
    Note = Message(src=Server, dst=Server)
    got = Set(Server, init=set())
    network = Network(Note, duplicates=False, loss=True, capacity=2)

    @action(s=Server)
    def write(self, s):
        require(len(self.got) == 0)
        self.network.send(self.Note(src=s, dst=s))

    @receive(Note)
    def read(self, m):
        self.got.add(m.dst)

    @invariant
    def unread(self):
        return len(self.got) == 0


class Idle(Post):
    def write(self, s):
        self.got = set()


def test_a_message_that_is_not_on_its_way_blocks():
    trace = violation(Post(), "unread")
    assert type(rerun(Post(), trace).outcome) is Still
    blocked = rerun(Idle(), trace).outcome
    assert (type(blocked), blocked.action, blocked.number) == (Blocked, "read", 3)


def test_a_lost_message_is_a_step_like_others():
    model = Post()
    first = model.initial_states()[0]
    sent = model.successors(first)[0].state
    steps = (
        Step(None, {}, first.to_data()),
        Step("write", {"s": "s1"}, sent.to_data()),
        Step("lose_network", {"m": {"tag": "Note", "value": {"src": "s1", "dst": "s1"}}}, first.to_data()),
    )
    trace = Trace("Post", {}, "invariant", "unread", steps)
    assert type(rerun(model, trace).outcome) is Gone
    assert type(rerun(Idle(), trace).outcome) is Blocked


# -- runs that never end


class Ring(Model):
    n = Int(0, 3, init=0)

    @action()
    def turn(self):
        self.n = (self.n + 1) % 3

    @action()
    def leave(self):
        require(self.n == 0)
        self.n = 3

    @eventually
    def out(self):
        return self.n == 3

    @always_eventually
    def back(self):
        return self.n == 0


class Fair(Ring):
    @action(fair="strong")
    def leave(self):
        require(self.n == 0)
        self.n = 3


class Weak(Ring):
    @action(fair="weak")
    def leave(self):
        require(self.n == 0)
        self.n = 3


class Onward(Ring):
    def turn(self):
        require(self.n < 2)
        self.n += 1


class Spiral(Ring):
    def turn(self):
        self.n = 1 if self.n == 2 else self.n + 1


class Easy(Ring):
    @eventually
    def out(self):
        return self.n == 2


class Door(Ring):
    @action()
    def come_in(self):
        require(self.n == 3)
        self.n = 0


@pytest.mark.parametrize(
    ("name", "edited", "outcome", "code"),
    [
        ("out", Ring, Still, Exit.LIVENESS),
        ("out", Fair, Gone, Exit.HOLDS),
        ("out", Weak, Still, Exit.LIVENESS),
        ("out", Onward, Blocked, Exit.HOLDS),
        ("out", Spiral, Gone, Exit.HOLDS),
        ("out", Easy, Gone, Exit.HOLDS),
    ],
)
def test_a_lasso_is_gone_round_and_its_fairness_looked_at_again(name, edited, outcome, code):
    trace = violation(Ring(), name)
    assert trace.returns()
    again = rerun(edited(), trace)
    assert (type(again.outcome), again.exit_code) == (outcome, code)


class Stuck(Ring):
    def turn(self):
        require(self.n == 3)
        self.n = 2


class Ending(Ring):
    """Leaves at once, and nothing happens any more."""

    def turn(self):
        require(self.n > 3)
        self.n = 0


def test_a_run_that_ends_is_one_that_never_goes_on():
    trace = violation(Ending(), "back")
    assert not trace.returns()
    assert rerun(Ending(), trace).exit_code == Exit.LIVENESS
    again = rerun(Stuck(), trace)
    assert (type(again.outcome), again.exit_code) == (Gone, Exit.HOLDS)


class Trap(Model):
    n = Int(0, 9, init=0)

    @action()
    def fall(self):
        require(self.n == 0)
        self.n = 1

    @recoverable
    def home(self):
        return self.n == 0


class Ladder(Trap):
    @action()
    def climb(self):
        require(self.n == 1)
        self.n = 0


class Bounded(Trap):
    @action()
    def climb(self):
        within(self.n > 1)
        self.n = 0


@pytest.mark.parametrize(
    ("edited", "outcome", "code"),
    [(Trap, Still, Exit.LIVENESS), (Ladder, Gone, Exit.HOLDS), (Bounded, Undecided, Exit.INCONCLUSIVE)],
)
def test_a_state_out_of_reach_is_looked_for_again(edited, outcome, code):
    again = rerun(edited(), violation(Trap(), "home"))
    assert (type(again.outcome), again.exit_code) == (outcome, code)


# -- others


class Even(Model):
    n = Int(0, 9, init=0)

    @action()
    def step(self):
        require(self.n < 8)
        self.n += 2

    @invariant
    def not_nine(self):
        return self.n != 9


class Evener(Even):
    @invariant
    def even(self):
        return self.n % 2 == 0


class Timid(Even):
    def step(self):
        require(self.n < 8)
        self.n = 0


class Strict(Even):
    @invariant
    def not_nine(self):
        return self.n not in (7, 9)


class Stopped(Even):
    def step(self):
        require(self.n < 7)
        self.n += 2


def test_a_counterexample_to_induction_starts_anywhere():
    result = prove_invariants(Even())
    cti = result.properties[0].proof.cti.trace
    still = rerun(Even(), cti)
    assert (type(still.outcome), still.exit_code) == (Still, Exit.INCONCLUSIVE)
    # a new invariant excludes the first state, once it is proved: that is for a proof to say
    excluded = rerun(Evener(), cti)
    assert (type(excluded.outcome), excluded.exit_code) == (Still, Exit.INCONCLUSIVE)
    assert "even" in excluded.outcome.trace.explanation
    for edited in (Timid, Strict):
        gone = rerun(edited(), cti)
        assert (type(gone.outcome), gone.exit_code) == (Gone, Exit.HOLDS)
    assert type(rerun(Stopped(), cti).outcome) is Blocked


def run_of(*values, actions=True, loop=None):
    steps = [Step("turn" if number and actions else None, {}, {"n": value}) for number, value in enumerate(values)]
    return Trace("?", {}, "run", None, tuple(steps), loop=loop)


class Wary(Ring):
    @invariant
    def not_two(self):
        return self.n != 2


@pytest.mark.parametrize("actions", [True, False])
def test_a_run_of_another_tool_is_held_against_every_property(actions):
    assert type(rerun(Ring(), run_of(0, 1, 2, actions=actions)).outcome) is Gone
    still = rerun(Wary(), run_of(0, 1, 2, actions=actions)).outcome
    assert (type(still), still.trace.property, still.trace.kind) == (Still, "not_two", "invariant")
    lasso = rerun(Ring(), run_of(0, 1, 2, 0, actions=actions, loop=0))
    assert (lasso.outcome.trace.property, lasso.exit_code) == ("out", Exit.LIVENESS)
    assert [step.action for step in lasso.outcome.trace.steps] == [None, "turn", "turn", "turn"]


def test_without_actions_the_states_are_what_must_be_led_to():
    blocked = rerun(Ring(), run_of(0, 2, actions=False)).outcome
    assert (type(blocked), blocked.number) == (Blocked, 2)


def test_faults_are_steps_too():
    faulty = with_faults(Lasting, crash=1)
    trace = violation(faulty(), "none_is_down")
    assert any(step.action == "crash" for step in trace.steps)
    assert type(rerun(faulty(), trace).outcome) is Still
    assert type(rerun(Lasting(), trace).outcome) is Undecided


class Lasting(Model):
    Server = Node(2)
    term = Map(Server, Int(0, 1), init=0, durable=True)
    count = Map(Server, Int(0, 1), init=0)

    @action(s=Server)
    def count_up(self, s):
        require(self.count[s] == 0)
        self.count[s] = 1
        self.term[s] = 1

    @invariant
    def none_is_down(self):
        return all(self.count[s] == self.term[s] for s in self.Server)


@pytest.mark.parametrize(
    "change",
    [{"kind": "strange"}, {"kind": "fault", "property": None}, {"property": "exclusiv"}, {"kind": "eventually"}],
)
def test_what_is_of_no_known_kind_is_never_called_gone(change):
    again = rerun(Lock(), dataclasses.replace(violation(Lock()), **change))
    assert (type(again.outcome), again.exit_code) == (Undecided, Exit.INCONCLUSIVE)
