"""`prove_invariants`: invariants that hold at every depth, by induction over the steps, all of them at once.

The hypotheses are the invariants to be proved and the lemmas together. What is broken by some step is no hypothesis any
longer, and what rested on it is asked again, until the rest supports itself (the greatest fixed point of Houdini;
Flanagan & Leino, "Houdini, an annotation assistant for ESC/Java", FME 2001). k-induction: Sheeran, Singh & Stalmarck,
"Checking safety properties using induction and a SAT-solver", FMCAD 2000.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from quorate.compiler.compile import compile_model
from quorate.errors import LoadError, ParameterError, nearest
from quorate.explore.check import check, choose, default_cache_dir
from quorate.explore.interrupt import Interrupt
from quorate.explore.limits import Limits, memory_to_use
from quorate.language.model import Model, State
from quorate.language.properties import Property
from quorate.prove.beside import keep_proofs
from quorate.prove.cti import Reachable, judged, replayed
from quorate.prove.encoding import Encoding
from quorate.prove.lift import NOT_LIFTED, lifted_model
from quorate.prove.processes import default_workers
from quorate.prove.queries import Answer, Asker, Query
from quorate.prove.workers import Workers
from quorate.trace import Trace
from quorate.verdict import (
    Inconclusive,
    Induction,
    Preservation,
    Proof,
    ProofResult,
    PropertyResult,
    Proved,
    Vacuous,
    Verdict,
    Violated,
    worst,
)

MOST_INITIAL = 100_000
EXPLORE_SECONDS = 30.0
STATUS = {"yes": "preserved", "no": "broken", "unknown": "unknown"}


def prove_invariants(
    model: Model,
    *,
    properties: Sequence[str] | None = None,
    lemmas: Sequence[Property] | None = None,
    without: Sequence[str] = (),
    unbounded: Sequence[str] = (),
    k: int = 1,
    query_time: float = 60.0,
    max_time: float | None = None,
    workers: int | None = None,
    explore_time: float = EXPLORE_SECONDS,
    on_progress: Callable[[str], None] | None = None,
    interrupted: Callable[[], bool] | None = None,
    cache_dir: Path | None = None,
) -> ProofResult:
    """Prove the invariants and step invariants of a model by induction, for runs of any length.

    `properties` names those to prove (all by default), `lemmas` the invariants that may help (the model's own by
    default), `without` those that may not. `unbounded` names bounds that are lifted: the proof is then for every value.
    `k` is the most states before a step that the hypotheses may speak of. `query_time` and `max_time` are seconds, for
    one question to the solver and for all; `workers` processes ask them. A counterexample to induction is looked up
    among the reachable states, searched for at most `explore_time` seconds.

    Raises LoadError for a model that does not compile or has no formula, ParameterError for an unknown name,
    InternalError when z3 and native Python disagree.
    """
    began = time.perf_counter()
    chosen = [prop for prop in choose(model, properties, temporal=False) if prop.kind != "reachable"]
    helpers = list(model.model_lemmas() if lemmas is None else lemmas)
    # an invariant that is not asked about may help all the same
    others = [prop for prop in model.model_properties() if prop.kind == "invariant"]
    everything = list(dict.fromkeys([*chosen, *helpers, *others]))
    _refuse_unknown(model, without, everything)
    kept = [prop for prop in everything if prop.name not in without]
    with Interrupt() if interrupted is None else nullcontext(interrupted) as asked:
        deadline = None if max_time is None else began + max_time
        stopped = partial(_stopped, asked, deadline)
        prover = Prover(model, kept, unbounded, query_time, stopped, on_progress or (lambda line: None))
        with Workers(prover.asker, workers or default_workers()) as pool:
            prover.run(pool, (number for number in prover.numbers if kept[number] in chosen), k)
        limits = Limits(None, None, explore_time, memory_to_use())
        folder = cache_dir or default_cache_dir()
        everything += [lemma for lemma in model.model_lemmas() if lemma not in everything]
        with Judge(prover, everything, lambda made: Reachable(made, limits, asked, folder)) as judge:
            goals = tuple(prover.result(goal, judge) for goal in prover.numbers if kept[goal] in chosen)
            used = {name for result in goals if result.proof is not None for name in result.proof.lemmas}
            proved = all(isinstance(result.verdict, Proved) for result in goals)
            # where all is proved, what did not help is of no interest; else what was tried is
            shown = [goal for goal in prover.numbers if kept[goal] not in chosen]
            shown = [g for g in shown if kept[g].name in used or (g in prover.first and not proved)]
            along = tuple(prover.result(goal, judge) for goal in shown)
    if properties is None and lemmas is None and not without and not unbounded:
        proofs = {result.name: result.proof for result in goals if result.proof is not None}
        # a temporal property that does not compile is no matter here: the model has no check, then
        with suppress(LoadError):
            keep_proofs(model, compile_model(model, choose(model, None)), proofs, folder)
    return ProofResult(
        model=type(model).__name__,
        parameters=model.parameter_values,
        unbounded=tuple(unbounded),
        verdict=_together([result.verdict for result in goals]),
        properties=goals,
        lemmas=along,
        seconds=time.perf_counter() - began,
    )


def _refuse_unknown(model: Model, names: Sequence[str], known: Sequence[Property]) -> None:
    for name in names:
        if name not in {prop.name for prop in known}:
            raise ParameterError(
                f"{type(model).__name__} has no lemma {name}",
                hint=nearest(name, [p.name for p in known]) or f"there are {', '.join(p.name for p in known)}",
            )


def _stopped(interrupted: Callable[[], bool], deadline: float | None) -> bool:
    return interrupted() or (deadline is not None and time.perf_counter() > deadline)


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on several proofs: proved, if all are, by all their lemmas together."""
    if not verdicts:
        return Vacuous("there is no invariant to prove")
    lemmas = [name for verdict in verdicts if isinstance(verdict, Proved) for name in verdict.lemmas]
    found = worst(tuple(verdicts))
    return Proved(tuple(dict.fromkeys(lemmas))) if isinstance(found, Proved) else found


class Pool(Protocol):
    """Whatever answers queries."""

    def answers(self, queries: Sequence[Query], stopped: Callable[[], bool]) -> Iterator[tuple[Query, Answer]]:
        """The answers in the order in which they come; once `stopped`, the rest is unknown."""
        ...


class Prover:
    """The state of a proof of several properties, known by their numbers."""

    def __init__(
        self,
        model: Model,
        properties: Sequence[Property],
        unbounded: Sequence[str],
        query_time: float,
        stopped: Callable[[], bool],
        told: Callable[[str], None],
        *,
        spare: bool = True,
    ) -> None:
        self.spare = spare
        self.model, self.properties = model, list(properties)
        self.unbounded, self.query_time = tuple(unbounded), query_time
        self.stopped, self.told = stopped, told
        self.lifted, bounds = lifted_model(model, unbounded) if unbounded else (model, NOT_LIFTED)
        self.encoding = Encoding(self.lifted, properties, bounds)
        self.initial = _initial_states(self.lifted)
        self.actions = range(len(self.encoding.system.actions))
        self.numbers = range(len(self.properties))
        self.trivial: set[int] = set()
        self.first: dict[int, Answer] = {}
        self.steps: dict[tuple[int, int], Answer] = {}
        self.k: dict[int, int] = {}
        self.seconds: dict[int, float] = dict.fromkeys(self.numbers, 0.0)

    def asker(self) -> Asker:
        """What a worker process answers with."""
        return Asker(self.lifted, self.properties, self.encoding.lifted, self.initial)

    # -- the proof

    def run(self, pool: Pool, goals: Iterable[int], most: int) -> None:
        """Ask until the goals are proved, or cannot be with hypotheses about `most` states. Of the other properties,
        only those are asked about that a proof rests on."""
        wanted = set(goals)
        for k in range(1, most + 1):
            if k > 1:
                self.told(f"hypotheses about {k} states")
            self._induce(pool, wanted, k)
            if wanted <= self.proved():
                return

    def _induce(self, pool: Pool, goals: set[int], k: int) -> None:
        """The greatest set of properties that support the goals and each other."""
        done = self.proved()
        standing, looked_at = set(self.numbers), set(done)
        asked: dict[int, Sequence[int]] = dict.fromkeys(goals - done, self.actions)
        while asked:
            standing -= self._untrue_at_first(pool, set(asked) - looked_at, k)
            looked_at |= set(asked)
            hypotheses = tuple(goal for goal in sorted(standing) if self.properties[goal].kind == "invariant")
            queries = [
                Query("step", goal, action, hypotheses, k)
                for goal, actions in asked.items()
                if goal in standing - self.trivial
                for action in actions
            ]
            for query, answer in self._ask(pool, queries):
                self.steps[query.goal, query.action] = answer
            broken = {query.goal for query in queries if self.steps[query.goal, query.action].status != "yes"}
            standing -= broken
            supported = (standing & looked_at) - done - self.trivial
            asked = {}
            for goal in supported:
                lost = [a for a in self.actions if not standing.issuperset(self.steps[goal, a].core)]
                if lost:
                    asked[goal] = lost
                for core in (self.steps[goal, a].core for a in self.actions):
                    asked |= dict.fromkeys(set(core) - looked_at, self.actions)
        self.k |= {goal: 1 if goal in self.trivial else k for goal in (standing & looked_at) - done}

    def _untrue_at_first(self, pool: Pool, goals: set[int], k: int) -> set[int]:
        """Those that are not known to be true of the first `k` states. Notes those that are true of all states."""
        for query, answer in self._ask(pool, [Query("trivial", goal) for goal in goals - set(self.first)]):
            if answer.status == "yes":
                self.trivial.add(query.goal)
        for query, answer in self._ask(pool, [Query("first", goal, k=k) for goal in goals]):
            self.first[query.goal] = answer
        return {goal for goal in goals if self.first[goal].status != "yes"}

    def _ask(self, pool: Pool, queries: Iterable[Query]) -> Iterable[tuple[Query, Answer]]:
        timed = [Query(q.kind, q.goal, q.action, q.hypotheses, q.k, self.query_time, self.spare) for q in queries]
        for number, (query, answer) in enumerate(pool.answers(timed, self.stopped), 1):
            self.seconds[query.goal] += answer.seconds
            if answer.seconds > 1.0:
                name = self.properties[query.goal].name
                what = f" after {self.encoding.system.actions[query.action].name}" if query.kind == "step" else ""
                self.told(f"{number}/{len(timed)}: {name}{what} took {answer.seconds:.1f} s")
            yield query, answer

    def proved(self) -> set[int]:
        """The properties that are proved."""
        return set(self.k)

    def lemmas(self, goal: int) -> tuple[str, ...]:
        """The other properties that a proof rests on, directly or by way of one another."""
        found: set[int] = set()
        todo = [goal]
        while todo:
            current = todo.pop()
            needed = {n for a in self.actions if (current, a) in self.steps for n in self.steps[current, a].core}
            todo += needed - found
            found |= needed
        return tuple(self.properties[number].name for number in sorted(found - {goal}))

    # -- what came of it

    def proof_alone(self, goal: int) -> Proof:
        """The proof of one property without a search for what a counterexample to induction means."""
        with Judge(self, (), None) as judge:
            return self._proof(goal, judge)[0]

    def result(self, goal: int, judge: Judge) -> PropertyResult:
        """The result on one property."""
        prop = self.properties[goal]
        proof, verdict = self._proof(goal, judge)
        return PropertyResult(prop.name, prop.kind, verdict, prop.doc, proof=proof)

    def _proof(self, goal: int, judge: Judge) -> tuple[Proof, Verdict]:
        seconds, first = self.seconds[goal], self.first[goal]
        if goal in self.k:
            status = "trivial" if goal in self.trivial else "inductive"
            lemmas = self.lemmas(goal)
            return Proof(status, self.k[goal], seconds, lemmas, actions=self._actions(goal)), Proved(lemmas)
        if first.status == "no":
            trace = judge.first(goal, first)
            proof = Proof(
                "violated", len(first.states), seconds, reason="an initial state, or one near it, violates it"
            )
            return proof, Violated(trace)
        if first.status == "unknown":
            return Proof("unknown", 1, seconds, reason=first.reason), Inconclusive(first.reason)
        actions = self._actions(goal)
        broken = [a for a in self.actions if self._answer(goal, a).status == "no"]
        if broken:
            action = min(broken, key=lambda a: self._weight(self.steps[goal, a]))
            cti = judge.step(goal, action, self.steps[goal, action])
            if cti.reachable:
                whole = judge.whole_trace(goal)
                if whole is not None:
                    return Proof("violated", 1, seconds, cti=cti, actions=actions), Violated(whole)
            verdict = Inconclusive(f"not inductive: {cti.action} breaks it in a state that the hypotheses allow")
            k = len(cti.trace.steps) - 1
            return Proof("not inductive", k, seconds, cti=cti, actions=actions, reason=cti.finding), verdict
        unknown = next((one.reason for one in actions if one.status == "unknown"), "it rests on what is not proved")
        return Proof("unknown", 1, seconds, actions=actions, reason=unknown), Inconclusive(unknown)

    def _answer(self, goal: int, action: int) -> Answer:
        return self.steps.get((goal, action), Answer("unknown", 0.0, reason="not asked"))

    @staticmethod
    def _weight(answer: Answer) -> int:
        """How much there is to read in a counterexample: those with small states are shown first."""
        return len(str(answer.states[:1]))

    def _actions(self, goal: int) -> tuple[Preservation, ...]:
        if not any((goal, action) in self.steps for action in self.actions):
            return ()
        found = []
        for action in self.actions:
            answer = self._answer(goal, action)
            name = self.encoding.system.actions[action].name
            found.append(Preservation(name, STATUS[answer.status], answer.seconds, answer.reason))
        return tuple(found)


class Judge:
    """Turns the states of answers into traces, and says what they mean. Use as a context manager.

    `explored` makes the reachable states of a model, to look counterexamples up in; None for not looking.
    """

    def __init__(
        self, prover: Prover, others: Sequence[Property], explored: Callable[[Model], Reachable] | None
    ) -> None:
        self.prover, self.others, self._explored = prover, others, explored
        self._reachable: dict[tuple[int, ...], Reachable] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _model(self, symbols: tuple[int, ...]) -> Model:
        """The model at the values of lifted bounds that an answer is about."""
        model = self.prover.model
        if not symbols:
            return model
        lifted = dict(zip(self.prover.unbounded, symbols, strict=True))
        return type(model)(**(dict(model.parameters_in_use) | lifted))

    def first(self, goal: int, answer: Answer) -> Trace:
        """The trace of a violation near the initial states."""
        return replayed(self._model(answer.symbols), self.prover.properties[goal], None, answer.states)

    def step(self, goal: int, action: int, answer: Answer) -> Induction:
        """A counterexample to induction, looked up among the reachable states of the model it is about."""
        prover, name = self.prover, self.prover.encoding.system.actions[action].name
        model, prop = self._model(answer.symbols), prover.properties[goal]
        if self._explored is not None and answer.symbols not in self._reachable:
            self._reachable[answer.symbols] = self._closing.enter_context(self._explored(model))
        trace = replayed(model, prop, name, answer.states)
        standing = {prover.properties[number] for number in prover.proved()}
        outside = [other for other in dict.fromkeys(self.others) if other not in standing and other != prop]
        outside = [other for other in outside if other.kind == "invariant"]
        return judged(model, prop, name, trace, self._reachable.get(answer.symbols), outside)

    def whole_trace(self, goal: int) -> Trace | None:
        """A shortest trace from an initial state to a violation, if the explorer finds one."""
        name = self.prover.properties[goal].name
        if name not in {prop.name for prop in self.prover.model.model_properties()}:
            return None
        found = check(self.prover.model, properties=[name], max_time=EXPLORE_SECONDS)
        verdict = found.properties[0].verdict
        return verdict.trace if isinstance(verdict, Violated) else None


def _initial_states(model: Model) -> list[State]:
    """The initial states that no constraint drops."""
    found = []
    for state in model.initial_states():
        if all(constraint(model.at(state)) for constraint in model.constraints()):
            found.append(state)
        if len(found) > MOST_INITIAL:
            raise ParameterError(
                f"{type(model).__name__} has more than {MOST_INITIAL:,} initial states, which are looked at one by one",
                hint="choose smaller parameters",
            )
    return found
