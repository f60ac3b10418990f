"""The check of temporal properties: budgets, faults, explanations, and what the other engines do with them."""

import itertools

import pytest

import quorate
from quorate import (
    Int,
    Map,
    Model,
    Node,
    Param,
    action,
    always_eventually,
    check,
    eventually,
    eventually_always,
    invariant,
    leads_to,
    prove_invariants,
    recoverable,
    require,
    within,
)
from quorate.errors import Exit, LoadError, ParameterError
from quorate.verdict import Holds, HoldsWithinBounds, Inconclusive, Vacuous, Violated


@eventually
def high(m):
    return m.n >= 3


@always_eventually
def low_again(m):
    return m.n == 0


@eventually_always
def settles(m):
    return m.n == m.limit


@recoverable
def back_to_zero(m):
    return m.n == 0


@invariant
def small(m):
    return m.n <= 4


def asked(m):
    return m.n == 1


def answered(m):
    return m.n == 2


def beyond(m):
    return m.n > m.limit


class Counter(Model):
    """Counts up to a limit, fairly; may be set to zero, unfairly."""

    limit = Param(5, minimum=1, maximum=1000)
    n = Int(0, limit, init=0)
    properties = [high, low_again, settles, back_to_zero, leads_to(asked, answered)]

    @action(fair="weak")
    def count(self):
        require(self.n < self.limit)
        self.n += 1

    @action()
    def reset(self):
        require(self.n > 0)
        self.n = 0


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def verdicts(result):
    return {item.name: item.verdict for item in result.properties}


def test_the_names_and_verdicts_of_a_small_model(cache):
    result = check(Counter(), cache_dir=cache)
    assert {name: type(verdict) for name, verdict in verdicts(result).items()} == {
        # resets may come in time, for ever; counting between them is all that weak fairness asks for
        "high": Violated,
        # a run goes on while anything is possible, and at the limit that is a reset
        "low_again": Holds,
        "settles": Violated,
        "back_to_zero": Holds,
        "asked_leads_to_answered": Violated,
    }
    assert result.exit_code == Exit.LIVENESS


def test_a_leads_to_in_a_class_body_has_the_name_of_its_attribute(cache):
    class Named(Counter):
        properties = []
        served = leads_to(asked, answered)

    assert list(verdicts(check(Named(), cache_dir=cache))) == ["served"]


# -- what other engines do with them


def test_a_safety_violation_comes_first_and_leaves_runs_open(cache):
    class Both(Counter):
        properties = [high, small]

    result = check(Both(), cache_dir=cache)
    assert result.exit_code == Exit.SAFETY
    assert isinstance(verdicts(result)["high"], Inconclusive)


def test_a_search_that_keeps_going_decides_runs_too_and_safety_is_the_verdict(cache):
    class Both(Counter):
        properties = [high, small]

    result = check(Both(), keep_going=True, cache_dir=cache)
    assert isinstance(verdicts(result)["high"], Violated)
    assert result.exit_code == Exit.SAFETY


def test_proofs_leave_properties_of_runs_out_and_refuse_one_by_name():
    class Both(Counter):
        properties = [high, small]

    assert [item.name for item in prove_invariants(Both(limit=4)).properties] == ["small"]
    with pytest.raises(ParameterError):
        prove_invariants(Both(limit=4), properties=["high"])
    with pytest.raises(ParameterError):
        quorate.bounded_check(Both(limit=4), properties=["high"], max_depth=3)


def test_the_audit_of_a_model_with_temporal_properties_agrees(cache):
    class Both(Counter):
        properties = [high, small]

    assert check(Both(limit=4), audit=True, cache_dir=cache).audit is not None


# -- budgets


def test_a_lasso_found_in_a_part_of_the_states_is_one(cache):
    found = verdicts(check(Counter(limit=900), max_states=50, cache_dir=cache))
    assert isinstance(found["high"], Violated)
    # a run may count on behind the budget
    assert isinstance(found["low_again"], Inconclusive)


class Climb(Counter):
    """It cannot be reset."""

    def reset(self):
        require(False)


@pytest.mark.parametrize("budget", [{"max_states": 20}, {"max_depth": 20}])
def test_what_comes_true_before_a_budget_runs_out_holds(cache, budget):
    class Climbing(Climb):
        properties = [high, settles]

    result = verdicts(check(Climbing(limit=900), cache_dir=cache, **budget))
    assert isinstance(result["high"], Holds)
    assert isinstance(result["settles"], Inconclusive)


@pytest.mark.parametrize("stop", ["time", "interrupt", "memory"])
def test_a_search_that_is_stopped_leaves_runs_open(cache, stop):
    asked_before = itertools.count()
    budget = {
        "time": {"max_time": 1e-9},
        "interrupt": {"interrupted": lambda: next(asked_before) > 0},
        "memory": {"max_memory": 1000},
    }[stop]
    result = check(Counter(), cache_dir=cache, **budget)
    assert all(isinstance(verdict, Inconclusive) for verdict in verdicts(result).values())
    assert result.exit_code == Exit.INCONCLUSIVE


def test_no_room_for_the_graph_leaves_runs_open_and_says_so(cache):
    needed = check(Counter(limit=900), cache_dir=cache).memory_bytes
    result = check(Counter(limit=900), max_memory=needed - 1000, cache_dir=cache)
    assert all(isinstance(verdict, Inconclusive) and "graph" in verdict.reason for verdict in verdicts(result).values())
    assert result.states.distinct == 901


def test_ctrl_c_while_the_graph_is_made_leaves_runs_open(cache):
    times = itertools.count()
    needed = 0

    def count():
        nonlocal needed
        needed = next(times)
        return False

    check(Counter(), cache_dir=cache, interrupted=count)
    asked_again = itertools.count()
    result = check(Counter(), cache_dir=cache, interrupted=lambda: next(asked_again) >= needed)
    assert all(isinstance(verdict, Inconclusive) for verdict in verdicts(result).values())
    assert result.states.left_on_queue == 0


class Bounded(Climb):
    """Its counter has an end that the model sets by a bound."""

    properties = [high, settles]

    def count(self):
        within(self.n < 4)
        self.n += 1


def test_a_bound_that_cannot_matter_leaves_a_full_verdict(cache):
    result = check(Bounded(), cache_dir=cache)
    assert isinstance(verdicts(result)["high"], Holds)
    assert isinstance(verdicts(result)["settles"], Inconclusive)
    assert isinstance(result.verdict, Inconclusive)
    # and says which bound that is
    explanations = {item.name: item.explanation for item in result.properties}
    assert "self.n < 4" in explanations["high"]
    assert explanations["settles"] is None


def test_a_bound_behind_the_last_thing_asked_leaves_a_bounded_verdict(cache):
    class Asked(Bounded):
        properties = [leads_to(asked, answered)]

    assert isinstance(check(Asked(), cache_dir=cache).verdict, HoldsWithinBounds)


class Unattended(Model):
    """Something that nobody is bound to do, and then something that is due."""

    x = Int(0, 2, init=0)

    @action()
    def begin(self):
        require(self.x == 0)
        self.x = 1

    @action(fair="weak")
    def end(self):
        require(self.x == 1)
        self.x = 2

    @eventually
    def ended(self):
        return self.x == 2


class UnattendedForEver(Unattended):
    """The same, where nothing may happen instead."""

    @action()
    def rest(self):
        self.x = self.x


def test_a_run_rests_only_where_an_action_lets_it(cache):
    assert isinstance(check(Unattended(), cache_dir=cache).verdict, Holds)
    verdict = check(UnattendedForEver(), cache_dir=cache).verdict
    assert isinstance(verdict, Violated)
    # it rests where nothing is due, and not where something is
    assert {step.state["x"] for step in verdict.trace.steps} == {0}


def test_a_premise_that_is_never_true_is_vacuous(cache):
    class Idle(Climb):
        properties = [leads_to(beyond, answered)]

    assert isinstance(check(Idle(), cache_dir=cache).verdict, Vacuous)


# -- conditions that fail


@eventually
def inverse(m):
    return 10 // (3 - m.n) == 7


def test_a_condition_that_fails_is_a_fault_with_the_way_there(cache):
    class Failing(Counter):
        properties = [inverse]

    result = check(Failing(), cache_dir=cache)
    assert result.exit_code == Exit.MODEL_FAULT
    trace = result.verdict.trace
    assert trace.fault.kind == "division"
    assert trace.steps[-1].state["n"] == 3


# -- what is said


def explanation(model, cache):
    result = check(model, cache_dir=cache)
    assert isinstance(result.verdict, Violated)
    return result.verdict.trace.explanation


def remedy(text):
    return text.splitlines()[-1]


class Weak(Climb):
    """Counting need not happen, and there is something else to do."""

    properties = [high]
    other = Int(0, 1, init=0)

    @action()
    def count(self):
        require(self.n < self.limit)
        self.n += 1

    @action()
    def idle(self):
        self.other = 1 - self.other


def test_the_least_fairness_that_would_help_is_named(cache):
    assert remedy(explanation(Weak(), cache)) == 'with fair="weak" on count it would hold'


class Strong(Weak):
    """Counting is possible now and then only."""

    @action()
    def count(self):
        require(self.n < self.limit and self.other == 1)
        self.n += 1


def test_strong_fairness_is_named_where_weak_does_not_suffice(cache):
    assert remedy(explanation(Strong(), cache)) == 'with fair="strong" on count it would hold'


@eventually
def both(m):
    return all(m.done[i] == 2 for i in m.Client)


class Each(Model):
    """Two clients work, of which one may do all the work there is, for ever."""

    Client = Node(2)
    done = Map(Client, Int(0, 2), init=0)
    properties = [both]

    @action(i=Client, fair="weak")
    def work(self, i):
        self.done[i] = 1 if self.done[i] == 2 else self.done[i] + 1


def test_fairness_for_each_argument_is_named_where_the_whole_does_not_suffice(cache):
    """Each client alone can go to and fro between 1 and 2 for ever; with fairness for each, both may still never be at
    2 together."""
    assert remedy(explanation(Each(), cache)) == "no fairness of actions would rule out such runs"

    class Stays(Each):
        def work(self, i):
            if self.done[i] < 2:
                self.done[i] += 1
            elif all(self.done[j] > 0 for j in self.Client):
                require(False)
            else:
                self.done[i] = 1

    assert remedy(explanation(Stays(), cache)) == 'with fair="weak", fair_per=("i",) on work it would hold'


def test_a_run_that_ends_has_no_remedy(cache):
    class Short(Climb):
        properties = [low_again]

    text = explanation(Short(), cache)
    assert "fair" not in text


# -- fairness of many choices


def test_fairness_for_more_choices_than_can_be_told_apart_is_refused(cache):
    class Many(Model):
        n = Int(0, 1, init=0)
        properties = [low_again]

        @action(a=Int(0, 999), b=Int(0, 999), fair="weak", fair_per=("a", "b"))
        def pick(self, a, b):
            require(a == b)
            self.n = 1 - self.n

    with pytest.raises(LoadError):
        check(Many(), cache_dir=cache)


@pytest.mark.parametrize(
    "declare",
    [
        lambda: action(fair="fair"),
        lambda: action(fair_per=("i",), i=Int(0, 1)),
        lambda: action(fair="weak", fair_per="i", i=Int(0, 1)),
        lambda: action(fair="weak", fair_per=("j",), i=Int(0, 1))(lambda self, i: None),
        lambda: leads_to(1, 2),
    ],
)
def test_a_mistaken_declaration_is_refused(declare):
    with pytest.raises(quorate.errors.DeclarationError):
        declare()
