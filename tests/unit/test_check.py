"""What a check says of what it did not see: bounds, budgets, vacuity."""

import pytest

import quorate
from quorate import Bound, Int, Model, action, invariant, reachable, require, step_invariant, within
from quorate.errors import Exit, ParameterError, UsageError
from quorate.verdict import Holds, HoldsWithinBounds, Inconclusive, Vacuous, Violated


class Line(Model):
    bound = Bound(5)
    x = Int(0, 99, init=0)

    @action()
    def forward(self):
        require(self.x < 50)
        within(self.x < self.bound)
        self.x += 1

    @reachable
    def left(self):
        return self.x == 1

    @reachable
    def far(self):
        return self.x == 60


class Still(Model):
    x = Int(0, 1, init=0)

    @step_invariant
    def never_used(self, new):
        return self.x == new.x

    @action()
    def never(self):
        require(self.x == 1)


def test_a_witness_alone_does_not_hide_that_a_bound_cut_the_search(tmp_path):
    result = quorate.check(Line(), properties=["left"], cache_dir=tmp_path)
    assert isinstance(result.properties[0].verdict, Holds)
    assert isinstance(result.verdict, HoldsWithinBounds)
    assert [cut.count for cut in result.verdict.cuts] == [1]


def test_a_witness_alone_does_not_hide_that_a_budget_ran_out(tmp_path):
    result = quorate.check(Line(), properties=["left"], max_depth=3, cache_dir=tmp_path)
    assert isinstance(result.verdict, Inconclusive)
    assert result.exit_code == Exit.INCONCLUSIVE
    assert (result.states.distinct, result.states.depth, result.states.left_on_queue) == (3, 3, 1)


def test_what_is_never_reached_is_vacuous(tmp_path):
    result = quorate.check(Line(bound=50), cache_dir=tmp_path)
    assert isinstance(result.properties[1].verdict, Vacuous)
    assert result.exit_code == Exit.VACUOUS
    assert result.states.terminal == 1


def test_a_step_invariant_without_steps_is_vacuous_and_the_action_is_named(tmp_path):
    result = quorate.check(Still(), cache_dir=tmp_path)
    assert isinstance(result.verdict, Vacuous)
    assert len(result.warnings) == 1
    assert "never" in result.warnings[0]


@pytest.mark.parametrize("states", [1, 2, 3, 4])
def test_a_limit_on_states_is_kept_closely(tmp_path, states):
    result = quorate.check(Line(bound=50), max_states=states, cache_dir=tmp_path)
    assert result.states.distinct == states
    assert isinstance(result.verdict, Inconclusive)


def test_an_unknown_property_and_a_limit_of_nothing_are_refused(tmp_path):
    with pytest.raises(ParameterError) as error:
        quorate.check(Line(), properties=["lefd"], cache_dir=tmp_path)
    assert error.value.hint == "did you mean left?"
    with pytest.raises(UsageError):
        quorate.check(Line(), max_states=0, cache_dir=tmp_path)


class Deadlock(Model):
    x = Int(0, 3, init=0)

    @action()
    def up(self):
        require(self.x < 3)
        self.x += 1

    @invariant
    def small(self):
        return self.x < 2

    @invariant
    def smaller(self):
        return self.x < 1


def test_a_deadlock_is_looked_for_only_when_asked(tmp_path):
    chosen = {"properties": [], "cache_dir": tmp_path}
    assert isinstance(quorate.check(Deadlock(), **chosen).verdict, Holds)
    result = quorate.check(Deadlock(), deadlock=True, **chosen)
    assert result.exit_code == Exit.DEADLOCK
    assert isinstance(result.verdict, Violated)
    assert len(result.verdict.trace.steps) == 4


def test_keep_going_finds_a_shortest_violation_of_each(tmp_path):
    first = quorate.check(Deadlock(), cache_dir=tmp_path)
    assert [type(p.verdict) for p in first.properties] == [Inconclusive, Violated]
    both = quorate.check(Deadlock(), keep_going=True, cache_dir=tmp_path)
    assert [len(p.verdict.trace.steps) for p in both.properties] == [3, 2]


def test_an_interrupt_gives_the_counts_so_far(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("quorate.explore.search.PROGRESS_SECONDS", 0.0)
    result = quorate.check(Line(), on_progress=interrupt, cache_dir=tmp_path)
    assert isinstance(result.verdict, Inconclusive)
    assert result.states.distinct == 1


def test_a_search_that_ends_early_says_which_variable_grows(tmp_path):
    class Growing(Model):
        steps = Int(0, 999, init=0)
        parity = Int(0, 1, init=0)

        @action()
        def walk(self):
            self.steps = 2 * self.steps
            self.parity = 1 - self.parity

        @action()
        def jump(self):
            self.steps = 2 * self.steps + 1
            self.parity = 1 - self.parity

    result = quorate.check(Growing(), max_depth=5, cache_dir=tmp_path)
    first, second = result.growth
    # level n + 1 has the numbers of n binary digits at most, without those of n - 2, which were there two levels before
    assert (first.variable, second.variable) == ("steps", "parity")
    assert first.depths == (1, 2, 3, 4, 5)
    assert second.values == (1, 1, 1, 1, 1)
    assert first.values == (1, 2, 3, 6, 12)
    assert quorate.check(Growing(), properties=[], max_depth=1, cache_dir=tmp_path).growth[0].values == (1,)
    assert quorate.check(Line(), cache_dir=tmp_path).growth == ()
