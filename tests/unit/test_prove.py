"""Proofs by induction on models small enough to know the answer by hand."""

import json

import pytest

import quorate
from quorate import (
    Bound,
    Int,
    Map,
    Model,
    Node,
    Param,
    Seq,
    Set,
    action,
    constraint,
    eventually,
    init,
    invariant,
    reachable,
    require,
    step_invariant,
    within,
)
from quorate.errors import Exit, InternalError, LoadError, ParameterError
from quorate.explore.check import Search, build_kernel, compile_model, initial
from quorate.explore.limits import Limits
from quorate.prove.audit import audit
from quorate.prove.beside import Beside
from quorate.prove.encoding import Encoding
from quorate.prove.queries import Asker, Query
from quorate.prove.workers import Workers


@invariant
def small(m):
    """Two steps at a time from 0, modulo 8: never more than 6."""
    return m.x <= 6


@invariant
def even(m):
    return m.x % 2 == 0


@invariant
def not_five(m):
    return m.x != 5


@invariant
def in_range(m):
    return 0 <= m.x <= 9


@step_invariant
def moves(old, new):
    return new.x != old.x


class Steps(Model):
    """0, 2, 4, 6, 0, …: all numbers below 8 in steps of two; 8 and 9 are of the type, and never reached."""

    x = Int(0, 9, init=0)
    properties = [not_five]
    lemmas = [even, small]

    @action()
    def go(self):
        self.x = (self.x + 2) % 8


def statuses(result):
    return {one.name: one.proof.status for one in (*result.properties, *result.lemmas)}


def test_a_lemma_makes_an_invariant_inductive():
    # 3 -> 5 breaks `not_five`, and 3 is odd
    alone = quorate.prove_invariants(Steps(), lemmas=[], workers=1)
    assert statuses(alone) == {"not_five": "not inductive"}
    assert alone.exit_code == Exit.INCONCLUSIVE
    cti = alone.properties[0].proof.cti
    assert [step.state for step in cti.trace.steps] == [{"x": 3}, {"x": 5}]
    assert cti.trace.steps[1].action == cti.action == "go"
    assert cti.reachable is False
    helped = quorate.prove_invariants(Steps(), workers=1)
    # `small` was no help, and is not shown
    assert statuses(helped) == {"not_five": "inductive", "even": "inductive"}
    assert helped.properties[0].proof.lemmas == ("even",)
    assert helped.verdict == quorate.verdict.Proved(("even",))
    assert helped.exit_code == Exit.HOLDS


def test_a_counterexample_names_the_lemma_that_excludes_it():
    result = quorate.prove_invariants(Steps(), without=["even"], workers=1)
    assert result.properties[0].proof.cti.contradicts == ("even",)


def test_what_no_state_violates_is_trivial():
    class Ranged(Steps):
        properties = [in_range]

    assert statuses(quorate.prove_invariants(Ranged(), workers=1)) == {"in_range": "trivial"}


def test_a_step_invariant():
    class Moving(Steps):
        properties = [moves]

    # at 8 and 9 the step leads to 2 and 3, so no state stays
    assert statuses(quorate.prove_invariants(Moving(), lemmas=[], workers=1)) == {"moves": "inductive"}


class Wheel(Model):
    """A wheel of four, and off it 5 -> 6 -> 7, where 7 is bad: 5 has no predecessor."""

    x = Int(0, 7, init=0)

    @action()
    def turn(self):
        require(self.x < 4)
        self.x = (self.x + 1) % 4

    @action()
    def fall(self):
        require(5 <= self.x < 7)
        self.x += 1

    @invariant
    def not_bad(self):
        return self.x != 7


@pytest.mark.parametrize(("k", "status"), [(1, "not inductive"), (2, "not inductive"), (3, "inductive")])
def test_k_induction(k, status):
    # 6 -> 7, and 5 -> 6 -> 7; nothing leads to 5
    result = quorate.prove_invariants(Wheel(), k=k, workers=1)
    proof = result.properties[0].proof
    assert (proof.status, proof.k) == (status, k)
    if proof.cti is not None:
        assert [step.state["x"] for step in proof.cti.trace.steps] == [5, 6, 7][-k - 1 :]


def test_a_violation_is_not_taken_for_a_missing_lemma():
    class Fails(Steps):
        @invariant
        def not_four(self):
            return self.x != 4

    result = quorate.prove_invariants(Fails(), properties=["not_four"], workers=1)
    assert statuses(result)["not_four"] == "violated"
    assert result.exit_code == Exit.SAFETY
    # 0, 2, 4
    assert [step.state["x"] for step in result.verdict.trace.steps] == [0, 2, 4]


def test_an_initial_state_that_violates():
    class Wrong(Steps):
        @invariant
        def not_zero(self):
            return self.x != 0

    result = quorate.prove_invariants(Wrong(), properties=["not_zero"], workers=1)
    assert statuses(result)["not_zero"] == "violated"
    assert len(result.verdict.trace.steps) == 1


def test_an_initial_state_that_a_constraint_drops_violates_nothing():
    class Dropped(Model):
        x = Int(0, 9, init=...)

        @init(n=Int(0, 9))
        def begin(self, n):
            self.x = n

        @constraint
        def low(self):
            return self.x < 5

        @action()
        def go(self):
            self.x = (self.x + 1) % 10

        @invariant
        def never_high(self):
            return self.x < 5

    result = quorate.prove_invariants(Dropped(), workers=1)
    assert statuses(result) == {"never_high": "inductive"}
    assert quorate.check(Dropped()).exit_code == Exit.HOLDS


def test_what_rests_on_a_broken_lemma_is_asked_again():
    @invariant
    def wrong(self):
        return self.x in (0, 2, 4)

    # `wrong` would support `not_five`, but 4 -> 6 breaks it
    result = quorate.prove_invariants(Steps(), lemmas=[wrong], workers=1)
    assert statuses(result) == {"not_five": "not inductive", "wrong": "violated"} or statuses(result) == {
        "not_five": "not inductive",
        "wrong": "not inductive",
    }


def test_time_that_runs_out_is_unknown_never_proved():
    result = quorate.prove_invariants(Steps(), max_time=1e-9, workers=1)
    assert set(statuses(result).values()) == {"unknown"}
    assert result.exit_code == Exit.INCONCLUSIVE


def test_an_interrupt_is_unknown():
    assert set(statuses(quorate.prove_invariants(Steps(), interrupted=lambda: True, workers=1)).values()) == {"unknown"}


def test_a_worker_that_dies_is_no_answer():
    class Dying(Asker):
        def answer(self, query):
            import os

            os._exit(1)

    model = Steps()
    asker = Dying(model, [small], Encoding(model, [small]).lifted, list(model.initial_states()))
    with Workers(lambda: asker, 1) as pool:
        answers = [answer for _, answer in pool.answers([Query("trivial", 0)], lambda: False)]
    assert [answer.status for answer in answers] == ["unknown"]


def test_an_error_in_a_worker_is_told():
    def broken():
        raise ValueError("planted")

    with Workers(broken, 1) as pool, pytest.raises(InternalError, match="planted"):
        list(pool.answers([Query("trivial", 0)], lambda: False))


def test_a_counterexample_has_the_fewest_unusual_values():
    class Flags(Model):
        n = Param(4)
        N = Node(n)
        flags = Set(N, init=set())
        bad = Map(N, Int(0, 3), init=0)

        @action(i=N)
        def spoil(self, i):
            require(i in self.flags)
            self.bad[i] = 3

        @invariant
        def good(self):
            return all(self.bad[i] < 3 for i in self.N)

    first = quorate.prove_invariants(Flags(), workers=1).properties[0].proof.cti.trace.steps[0].state
    assert len(first["flags"]["#set"]) == 1
    assert all(value == 0 for _, value in first["bad"]["#map"])


# -- bounds without an end


class Clock(Model):
    """Two clocks that stay a step apart, within a bound."""

    most = Bound(3, minimum=1)
    Tick = Int(0, most)
    a = Int(0, most, init=0)
    b = Int(0, most, init=0)

    @action()
    def tick(self):
        require(self.a == self.b)
        within(self.a < self.most)
        self.a += 1

    @action()
    def tock(self):
        require(self.b < self.a)
        self.b += 1

    @invariant
    def together(self):
        return 0 <= self.a - self.b <= 1

    @invariant
    def below(self):
        return self.a < 1000


def test_a_lifted_bound():
    result = quorate.prove_invariants(Clock(), properties=["together"], unbounded=["most"], workers=1)
    assert statuses(result) == {"together": "inductive"}
    assert result.unbounded == ("most",)


def test_what_only_the_bound_made_true_is_not_proved_without_it():
    # with most=3 no state violates it; when the bound is lifted, ticking 1000 times does
    assert statuses(quorate.prove_invariants(Clock(), properties=["below"], workers=1)) == {"below": "trivial"}
    lifted = quorate.prove_invariants(Clock(), properties=["below"], unbounded=["most"], workers=1, explore_time=20)
    assert statuses(lifted)["below"] in ("not inductive", "violated")
    cti = lifted.properties[0].proof.cti
    assert [step.state["a"] for step in cti.trace.steps] == [999, 1000]


def test_a_bound_that_cannot_be_lifted_is_refused():
    with pytest.raises(ParameterError, match="no bound"):
        quorate.prove_invariants(Clock(), unbounded=["mots"])

    class Loops(Clock):
        @invariant
        def counted(self):
            return sum(1 for t in self.Tick if t <= self.a) > 0

    with pytest.raises(LoadError) as refused:
        quorate.prove_invariants(Loops(), unbounded=["most"])
    assert refused.value.diagnostics[0].span.line > 0

    class Long(Clock):
        log = Seq(Int(0, 1), Clock.most, init=())

    with pytest.raises(ParameterError, match="lifted"):
        quorate.prove_invariants(Long(), unbounded=["most"])


# -- bounded search


def test_bounded_search_finds_a_shortest_trace():
    class Fails(Steps):
        @invariant
        def not_six(self):
            return self.x != 6

    found = quorate.bounded_check(Fails(), max_depth=8)
    assert [step.state["x"] for step in found.verdict.trace.steps] == [0, 2, 4, 6]
    short = quorate.bounded_check(Fails(), max_depth=3)
    assert short.exit_code == Exit.INCONCLUSIVE


def test_bounded_search_finds_what_is_to_be_reached():
    class Reaches(Steps):
        @reachable
        def four(self):
            return self.x == 4

        @reachable
        def three(self):
            return self.x == 3

    found = {one.name: one for one in quorate.bounded_check(Reaches(), max_depth=6).properties}
    assert [step.state["x"] for step in found["four"].witness.steps] == [0, 2, 4]
    assert found["four"].verdict.name == "holds"
    assert found["three"].verdict.name == "inconclusive"


def test_bounded_search_finds_faults_and_step_violations():
    class Over(Steps):
        @action()
        def jump(self):
            require(self.x == 6)
            self.x += 4

    found = quorate.bounded_check(Over(), max_depth=8)
    assert found.verdict.trace.fault.kind == "range"
    assert len(found.verdict.trace.steps) == 4

    class Stops(Steps):
        properties = [moves]

        @action()
        def stay(self):
            require(self.x == 4)

    found = quorate.bounded_check(Stops(), max_depth=8)
    assert [step.state["x"] for step in found.verdict.trace.steps] == [0, 2, 4, 4]


# -- beside a search


def test_check_says_what_z3_says(tmp_path):
    result = quorate.check(Steps(), z3_time=30.0, cache_dir=tmp_path)
    proof = result.properties[0].proof
    assert (proof.status, proof.lemmas) == ("inductive", ("even",))
    assert quorate.check(Steps(), cache_dir=tmp_path).properties[0].proof is None


def test_what_z3_said_is_kept(tmp_path):
    first = quorate.check(Wheel(), z3_time=30.0, cache_dir=tmp_path)
    entry = next(tmp_path.glob("*.proof.json"))
    system = compile_model(Wheel(), Wheel.model_properties())
    again = Beside(Wheel(), Wheel.model_properties(), system, tmp_path)
    assert again._process is None
    assert first.properties[0].proof.cti.trace.steps == again.proofs(0.0)["not_bad"].cti.trace.steps
    entry.write_text("{")
    broken = Beside(Wheel(), Wheel.model_properties(), system, tmp_path)
    assert broken.proofs(30.0)["not_bad"].status == "not inductive"


class Silent:
    """The end of a pipe through which nothing comes. `waits` are the seconds that it was listened to."""

    def __init__(self):
        self.waits = []

    def poll(self, seconds):
        self.waits.append(seconds)
        return False

    def close(self):
        pass


def test_what_was_waited_for_in_vain_is_not_waited_for_again(tmp_path):
    system = compile_model(Wheel(), Wheel.model_properties())

    def waits(seconds):
        beside = Beside(Wheel(), Wheel.model_properties(), system, tmp_path)
        beside._pipe.close()
        beside._pipe = silent = Silent()
        assert beside.proofs(seconds)["not_bad"].status == "unknown"
        return [round(wait) for wait in silent.waits]

    assert waits(5.0) == [5]
    assert waits(5.0) == [0]
    assert waits(9.0) == [9]
    # a violation was found: nobody waits, and that is no reason not to wait later
    assert waits(0.0) == [0]
    assert waits(5.0) == [0]
    assert waits(10.0) == [10]


def test_each_check_brings_some_more_proofs(tmp_path):
    """What was said is kept, though not all was; and only the rest is asked the next time."""
    properties, system = Wheel.model_properties(), compile_model(Wheel(), Wheel.model_properties())
    first = Beside(Wheel(), properties, system, tmp_path)
    proof = first.proofs(30.0)["not_bad"]
    entry = next(tmp_path.glob("*.proof.json"))
    written = json.loads(entry.read_text())
    assert (list(written["proofs"]), written["waited"], written["refused"]) == (["not_bad"], 0.0, None)
    written["proofs"]["not_bad"]["status"] = "unknown"
    entry.write_text(json.dumps(written))
    assert Beside(Wheel(), properties, system, tmp_path).proofs(30.0)["not_bad"].status == proof.status
    written["proofs"], written["refused"] = {}, "no formula"
    entry.write_text(json.dumps(written))
    refused = Beside(Wheel(), properties, system, tmp_path)
    assert refused._process is None
    assert refused.proofs(30.0)["not_bad"].reason == "no formula"


def test_what_a_proof_takes_longer_for_is_known_to_later_checks(tmp_path):
    system = compile_model(Steps(), Steps.model_properties())

    def known():
        beside = Beside(Steps(), Steps.model_properties(), system, tmp_path)
        beside.close()
        return {name: proof.lemmas for name, proof in beside._kept.proofs.items() if proof.status == "inductive"}

    # with other lemmas, or without some, it is another proof
    quorate.prove_invariants(Steps(), cache_dir=tmp_path, lemmas=Steps.model_lemmas())
    assert known() == {}
    proved = quorate.prove_invariants(Steps(), cache_dir=tmp_path)
    assert known() == {result.name: result.proof.lemmas for result in proved.properties} != {}
    assert quorate.check(Steps(), z3_time=0.0, cache_dir=tmp_path).properties[0].proof.status == "inductive"


class Starts(Model):
    """Counts up from where it starts: never eight, if that is below five."""

    start = Param(0, minimum=0, maximum=9)
    n = Int(0, 9, init=start)

    @action()
    def go(self):
        require(5 <= self.n < 9)
        self.n += 1

    @invariant
    def never_eight(self):
        return self.n != 8


@invariant
def below_four(m):
    return m.n < 4


Starts.lemmas = [below_four]
LIMIT = 4


@invariant
def below_a_limit(m):
    return m.n < LIMIT


class StartsAnywhere(Starts):
    most = Param(2, minimum=0, maximum=9)

    @init(k=Int(0, 9))
    def begin(self, k):
        require(k <= self.most)
        self.n = k


@pytest.mark.parametrize("ask", ["check", "prove"])
@pytest.mark.parametrize(("good", "bad"), [(Starts(), Starts(start=5)), (StartsAnywhere(), StartsAnywhere(most=5))])
def test_what_is_kept_is_of_the_same_initial_states(tmp_path, ask, good, bad):
    """The steps are the same and the lemma holds of the first model only: what was proved of it was once believed of
    the other, whose initial states are no part of the compiled steps."""
    if ask == "check":
        quorate.check(good, z3_time=30.0, cache_dir=tmp_path)
    else:
        quorate.prove_invariants(good, cache_dir=tmp_path)
    assert quorate.check(good, z3_time=0.0, cache_dir=tmp_path).properties[0].proof.status == "inductive"
    result = quorate.check(bad, max_depth=2, z3_time=30.0, cache_dir=tmp_path)
    assert result.properties[0].proof.status not in ("inductive", "trivial")
    assert result.verdict.name == "inconclusive"


def test_what_is_kept_is_of_the_same_lemmas(tmp_path, monkeypatch):
    """Also where a lemma means something else though its text is the same."""
    monkeypatch.setattr(Starts, "lemmas", [below_a_limit])
    assert quorate.check(Starts(), z3_time=30.0, cache_dir=tmp_path).properties[0].proof.status == "inductive"
    monkeypatch.setitem(globals(), "LIMIT", 7)
    assert quorate.check(Starts(), z3_time=30.0, cache_dir=tmp_path).properties[0].proof.status == "not inductive"


def test_a_proof_is_not_lost_for_what_it_does_not_ask_about(tmp_path):
    """A temporal property outside the language is of no concern to a proof of the invariants."""

    class Odd(Starts):
        @eventually
        def told(self):
            return self.n.bit_count()

    assert quorate.prove_invariants(Odd(), cache_dir=tmp_path).verdict.name == "proved"


def test_what_was_settled_counts_though_it_was_unknown_before(tmp_path):
    properties, system = Wheel.model_properties(), compile_model(Wheel(), Wheel.model_properties())
    Beside(Wheel(), properties, system, tmp_path).proofs(30.0)
    entry = next(tmp_path.glob("*.proof.json"))
    written = json.loads(entry.read_text())
    written["proofs"]["not_bad"]["status"], written["waited"] = "unknown", 5.0
    entry.write_text(json.dumps(written))
    Beside(Wheel(), properties, system, tmp_path).proofs(30.0)
    assert json.loads(entry.read_text())["waited"] == 0.0


def test_a_proof_settles_what_a_budget_left_open(tmp_path):
    result = quorate.check(Steps(), max_states=2, z3_time=30.0, cache_dir=tmp_path)
    assert result.properties[0].verdict.name == "proved"
    # whether a step can fail, which is not proved, is still open
    assert result.exit_code == Exit.INCONCLUSIVE


# -- the audit


def searched(model):
    properties = model.model_properties()
    kernel = build_kernel(compile_model(model, properties), None)
    search = Search(kernel, initial(model, kernel, Limits(), lambda: False).states, [], Limits(), keep_going=True)
    search.run()
    return search, properties


def test_an_audit_agrees():
    result = quorate.check(Steps(), audit=True)
    # 0, 2, 4, 6, and the one step from each
    assert (result.audit.states, result.audit.all, result.audit.successors) == (4, True, 4)
    assert result.audit.z3_states == 4


def test_an_audit_notices_a_violation_that_was_overlooked():
    class Fails(Steps):
        @invariant
        def not_six(self):
            return self.x != 6

    search, properties = searched(Fails())
    with pytest.raises(InternalError, match="violates"):
        audit(Fails(), search, properties, [prop.name for prop in properties])
    search.close()


def test_an_audit_notices_a_state_that_is_missing(monkeypatch):
    search, properties = searched(Steps())
    lost = search.kernel.codec.encode(Steps().state_from_data({"x": 4}))
    found = search.store.find
    monkeypatch.setattr(search.store, "find", lambda words: -1 if words == lost else found(words))
    with pytest.raises(InternalError, match="go"):
        audit(Steps(), search, properties, [])
    search.close()
