"""Where a success would be false: properties that get lost, initial states that are none, limits of the kernel."""

import bdb
import os
import signal

import pytest

import quorate
from quorate import (
    Bool,
    Bound,
    Int,
    Model,
    action,
    constraint,
    init,
    invariant,
    reachable,
    require,
    step_invariant,
    within,
)
from quorate.errors import Exit, LoadError
from quorate.explore.interrupt import Interrupt
from quorate.verdict import HoldsWithinBounds, Inconclusive, Vacuous, Violated


class Counter(Model):
    x = Int(0, 5, init=0)

    @action()
    def up(self):
        require(self.x < 4)
        self.x += 1

    @invariant
    def small(self):
        return self.x < 9

    @reachable
    def four(self):
        return self.x == 4

    @constraint
    def near(self):
        return self.x < 5


class Stricter(Counter):
    def small(self):
        return self.x < 1

    def four(self):
        return self.x == 5

    def near(self):
        return self.x < 3


def test_a_plain_method_that_overrides_a_property_keeps_its_kind(tmp_path):
    result = quorate.check(Stricter(), keep_going=True, cache_dir=tmp_path)
    assert [(p.name, type(p.verdict)) for p in result.properties] == [("small", Violated), ("four", Vacuous)]
    assert result.states.distinct == 3
    assert result.states.cut == 1


class Starts(Model):
    most = Bound(2)
    x = Int(0, 3, init=...)

    @init(p=Int(0, 3))
    def begin(self, p):
        within(p < self.most)
        self.x = p

    @action()
    def stay(self):
        require(self.x < 0)


def test_a_bound_that_cuts_initial_states_is_told(tmp_path):
    result = quorate.check(Starts(), cache_dir=tmp_path)
    assert isinstance(result.verdict, HoldsWithinBounds)
    assert [cut.count for cut in result.verdict.cuts] == [2]
    assert result.states.distinct == 2


def test_no_initial_state_is_vacuous(tmp_path):
    result = quorate.check(Starts(most=0), cache_dir=tmp_path)
    assert isinstance(result.verdict, Vacuous)
    assert result.exit_code == Exit.VACUOUS


class Forgetful(Starts):
    y = Int(0, 3, init=...)

    @invariant
    def positive(self):
        return self.y >= 0


def test_a_variable_that_no_init_sets_is_refused():
    with pytest.raises(LoadError, match="y"):
        Forgetful().initial_states()


class Huge(Model):
    x = Int(0, 2**61, init=2_000_000)
    y = Int(0, 6, init=0)

    @action()
    def power(self):
        self.y = (self.x * self.x * self.x * self.x) % 7

    @invariant
    def also_in_properties(self):
        return self.y < 7


class HugeProperty(Model):
    x = Int(0, 70, init=65)
    done = Bool(init=False)

    @action()
    def finish(self):
        self.done = True

    @invariant
    def shifted(self):
        return (1 << self.x) % 97 < 97


@pytest.mark.parametrize("model", [Huge, HugeProperty])
def test_a_number_the_kernel_cannot_hold_is_inconclusive_and_no_violation(model, tmp_path):
    assert all(step.fault is None for step in model().transitions(model().initial_states()[0]))
    result = quorate.check(model(), cache_dir=tmp_path)
    assert isinstance(result.verdict, Inconclusive)
    assert "2**61" in result.verdict.reason


class Failing(Model):
    x = Int(0, 3, init=3)

    @action()
    def down(self):
        require(self.x > 0)
        self.x -= 1


class FailingConstraint(Failing):
    @constraint
    def defined(self):
        return 3 // self.x < 4


class FailingStep(Failing):
    @step_invariant
    def defined(self, new):
        return 3 // new.x < 4


@pytest.mark.parametrize("model", [FailingConstraint, FailingStep])
def test_a_condition_on_steps_that_fails_is_a_fault_with_its_trace(model, tmp_path):
    result = quorate.check(model(), cache_dir=tmp_path)
    assert result.exit_code == Exit.MODEL_FAULT
    trace = result.verdict.trace
    assert trace.fault.kind == "division"
    assert len(trace.steps) == 3


class Wide(Model):
    x = Int(0, 2**40, init=0)

    @action(to=Int(0, 2**40))
    def jump(self, to):
        self.x = to


def test_an_argument_with_too_many_values_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(LoadError, match="jump"):
        quorate.check(Wide(), cache_dir=tmp_path)


class Many(Model):
    x = Int(0, 999, init=...)

    @init(p=Int(0, 999))
    def begin(self, p):
        self.x = p

    @action(to=Int(0, 999))
    def jump(self, to):
        self.x = to


def test_limits_count_while_initial_states_are_made(tmp_path):
    few = quorate.check(Many(), max_states=10, cache_dir=tmp_path)
    assert (few.states.distinct, type(few.verdict)) == (10, Inconclusive)
    timed = quorate.check(Many(), max_time=1e-9, cache_dir=tmp_path)
    assert isinstance(timed.verdict, Inconclusive)


class Debugged(Counter):
    def up(self):
        raise bdb.BdbQuit


def test_leaving_the_debugger_leaves_the_program():
    with pytest.raises(bdb.BdbQuit):
        Debugged().successors(Debugged().initial_states()[0])


def test_an_interrupt_that_is_only_noted_ends_the_search_with_what_it_has(tmp_path):
    asked = []

    def second_time():
        asked.append(None)
        return len(asked) > 3

    result = quorate.check(Counter(), interrupted=second_time, cache_dir=tmp_path)
    assert isinstance(result.verdict, Inconclusive)
    assert 0 < result.states.distinct < 5
    at_once = quorate.check(Counter(), interrupted=lambda: True, cache_dir=tmp_path)
    assert isinstance(at_once.verdict, Inconclusive)


def test_the_first_signal_is_noted_and_the_second_raised():
    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
