"""`find_lemmas`: an inductive strengthening out of the model's own vocabulary.

Candidates that are false in a reachable state are thrown away by the explorer; of the rest those that some step breaks,
until what is left supports itself (Flanagan & Leino, "Houdini, an annotation assistant for ESC/Java", FME 2001). Then
only what the proof needs is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import z3

from quorate.errors import LoadError
from quorate.explore.check import choose, default_cache_dir
from quorate.explore.interrupt import Interrupt
from quorate.explore.limits import Limits, memory_to_use
from quorate.language.model import Model
from quorate.language.properties import Property
from quorate.prove.candidates import Clause, Instances, Table, bindings, source
from quorate.prove.cti import Reachable
from quorate.prove.encoding import Encoding
from quorate.prove.execute import condition
from quorate.prove.induction import prove_invariants
from quorate.prove.terms import Truth, and_, not_, or_, truth
from quorate.prove.values import Value
from quorate.prove.vocabulary import Vocabulary, properties_from, vocabularies
from quorate.verdict import ProofResult, Proved

MOST_CANDIDATES = 1_000_000
MOST_SURVIVORS = 4_000
MOST_STATES = 200_000
HEADER = "from typing import Any\n\nfrom quorate import invariant\n\n\n"


@dataclass(frozen=True)
class FoundLemma:
    """A lemma by its name, and its Python text."""

    name: str
    source: str


@dataclass(frozen=True)
class LemmaSearch:
    """What a search for lemmas came to.

    `found` says that the properties are proved with `lemmas`, of which none can be spared; then `proof` is the proof.
    Of `candidates` that were tried, `survived` were true of all states looked at, and `inductive` together, after
    `rounds` of dropping. `reason` says how far it came when nothing was found.
    """

    found: bool
    lemmas: tuple[FoundLemma, ...]
    candidates: int
    survived: int
    inductive: int
    rounds: int
    seconds: float
    reason: str = ""
    proof: ProofResult | None = None


def find_lemmas(
    model: Model,
    *,
    properties: Sequence[str] | None = None,
    max_time: float = 600.0,
    on_progress: Callable[[str], None] | None = None,
    interrupted: Callable[[], bool] | None = None,
    cache_dir: Path | None = None,
) -> LemmaSearch:
    """Look for lemmas with which the invariants of a model are inductive, among the clauses of `vocabulary`.

    `properties` names the invariants (all by default), `max_time` is in seconds; what is not done by then is not found.
    `on_progress` is told in words what goes on.

    Raises LoadError for a model that does not compile or has no formula, ParameterError for an unknown property.
    """
    goals = [prop for prop in choose(model, properties, temporal=False) if prop.kind == "invariant"]
    if not goals:
        raise LoadError(f"{type(model).__name__} has no invariant to look for lemmas of")
    with Interrupt() if interrupted is None else nullcontext(interrupted) as asked:
        finder = _Finder(model, goals, asked, max_time, on_progress or (lambda line: None))
        return finder.search(cache_dir or default_cache_dir())


class _OutOfTimeError(Exception):
    """The time for the search ran out, or it was interrupted."""


class _Finder:
    def __init__(
        self,
        model: Model,
        goals: Sequence[Property],
        interrupted: Callable[[], bool],
        seconds: float,
        told: Callable[[str], None],
    ) -> None:
        self.model, self.goals, self.told, self.interrupted = model, list(goals), told, interrupted
        self.began = time.perf_counter()
        self.deadline = self.began + seconds
        self.candidates = self.survived = self.inductive = self.rounds = 0
        self.cut = False

    def stopped(self) -> bool:
        return self.interrupted() or time.perf_counter() > self.deadline

    def search(self, cache_dir: Path) -> LemmaSearch:
        """All vocabularies one after the other, first with the shortest clauses only."""
        stage = "its states were explored"
        try:
            with Reachable(self.model, self._exploring(), self.interrupted, cache_dir) as reachable:
                search = reachable.search
                if self.stopped():
                    raise _OutOfTimeError
                self.told(f"{search.store.count:,} states to compare with")
                for vocabulary in vocabularies(self.model):
                    stage = "conditions were evaluated on its states"
                    instances = Instances(self.model, vocabulary)
                    table = Table(instances, search, cache_dir)
                    for minimal in (True, False):
                        stage = "candidates were compared with its states"
                        clauses = self._true(table, minimal)
                        stage = "candidates were tried for induction"
                        houdini = _Houdini(self, instances, clauses)
                        needed = houdini.run()
                        if needed is not None:
                            stage = "lemmas were minimised"
                            return self._found([clauses[n] for n in needed], vocabulary)
        except _OutOfTimeError:
            return self._result((), f"the time ran out while {stage}")
        only = f" (only the first {MOST_SURVIVORS:,} that are true of all states were tried)" if self.cut else ""
        return self._result((), f"the candidates that are inductive do not prove the properties{only}")

    def _exploring(self) -> Limits:
        """A third of the time for the states, and `MOST_STATES` of them at most."""
        left = max(0.1, (self.deadline - time.perf_counter()) / 3)
        return Limits(MOST_STATES, None, left, memory_to_use())

    def _true(self, table: Table, minimal: bool) -> list[Clause]:
        clauses: list[Clause] = []
        for clause, tried in table.clauses(MOST_CANDIDATES, self.stopped, minimal=minimal):
            if clause is None:
                self.candidates += tried
                break
            clauses.append(clause)
            if len(clauses) >= MOST_SURVIVORS:
                self.cut = True
                self.candidates += tried
                break
        if self.stopped():
            raise _OutOfTimeError
        self.survived = len(clauses)
        which = "shortest " if minimal else ""
        self.told(f"{self.candidates:,} candidates, {len(clauses):,} {which}ones true of all these states")
        return clauses

    def _found(self, clauses: Sequence[Clause], vocabulary: Vocabulary) -> LemmaSearch:
        """Prove once more from the text that is shown; leave out what can be spared."""
        for clause in list(clauses):
            shorter = [other for other in clauses if other != clause]
            if not self.stopped() and isinstance(self._prove(_texts(shorter, vocabulary)).verdict, Proved):
                clauses = shorter
        texts = _texts(clauses, vocabulary)
        proof = self._prove(texts)
        if not isinstance(proof.verdict, Proved):
            return self._result((), "the lemmas that were found do not prove the properties in the time given", proof)
        return self._result(tuple(FoundLemma(f"lemma_{n}", text) for n, text in enumerate(texts, 1)), "", proof)

    def _prove(self, texts: Sequence[str]) -> ProofResult:
        lemmas = properties_from(HEADER + "\n\n".join(texts), f"<lemmas found for {type(self.model).__name__}>")
        left = max(1.0, self.deadline - time.perf_counter())
        names = [goal.name for goal in self.goals]
        others = [p.name for p in self.model.model_properties() if p.kind == "invariant" and p.name not in names]
        return prove_invariants(
            self.model,
            properties=names,
            lemmas=lemmas,
            without=others,
            max_time=left,
            explore_time=1.0,
            interrupted=self.interrupted,
        )

    def _result(self, lemmas: tuple[FoundLemma, ...], reason: str, proof: ProofResult | None = None) -> LemmaSearch:
        return LemmaSearch(
            not reason,
            lemmas,
            self.candidates,
            self.survived,
            self.inductive,
            self.rounds,
            time.perf_counter() - self.began,
            reason,
            proof,
        )


def _texts(clauses: Sequence[Clause], vocabulary: Vocabulary) -> list[str]:
    """Clauses as lemmas, numbered."""
    return [source(clause, vocabulary, f"lemma_{n}") for n, clause in enumerate(clauses, 1)]


class _Houdini:
    """The clauses as formulas, before and after each action; dropping them until they are inductive."""

    def __init__(self, finder: _Finder, instances: Instances, clauses: Sequence[Clause]) -> None:
        self.finder, self.clauses = finder, clauses
        goals = finder.goals
        self.encoding = Encoding(finder.model, [*goals, *instances.properties])
        self.instances = instances
        self.state = self.encoding.state("s")
        self.current = set(range(len(clauses)))
        self.labels = [z3.Bool(f"clause{n}") for n in range(len(clauses))]
        self._bound = self._instantiated(len(goals))
        before = self._clauses(self.state.values)
        kept = self.encoding.kept(self.state.values)
        self.assumed = [truth(self.state.typed), truth(kept)]
        self.assumed += [z3.Implies(label, truth(c)) for label, c in zip(self.labels, before, strict=True)]

    def _instantiated(self, first: int) -> dict[tuple[int, tuple[int, int]], Any]:
        system = self.encoding.system
        return self.instances.all(replace(system, properties=system.properties[first:]))

    def _clauses(self, state: list[Value]) -> list[Truth]:
        """Each clause as a formula over a state."""
        vocabulary = self.instances.vocabulary
        known: dict[str, Truth] = {}

        def atom(number: int, binding: tuple[int, int]) -> Truth:
            prop = self._bound[number, binding]
            if prop.name not in known:
                value, faults = condition(self.encoding.system, prop, [state, state])
                known[prop.name] = and_(value, *(not_(fails) for _, fails in faults))
            return known[prop.name]

        made = []
        for clause in self.clauses:
            everywhere = []
            for binding in bindings(vocabulary, clause.pair):
                literals = (atom(n, binding) if meant else not_(atom(n, binding)) for n, meant in clause.literals)
                everywhere.append(or_(*literals))
            made.append(and_(*everywhere))
        return made

    def run(self) -> list[int] | None:
        """The clauses that a proof of the goals needs, or None if the inductive ones do not prove them."""
        steps = [self.encoding.step(n, self.state.values, f"a{n}.") for n in range(len(self.encoding.system.actions))]
        after = [self._clauses(step.after) for step in steps]
        solvers = [self._solver(step) for step in steps]
        dropped = True
        while dropped:
            dropped = False
            for solver, broken in zip(solvers, after, strict=True):
                while self._drop(solver, broken):
                    dropped = True
            self.finder.rounds += 1
        self.finder.inductive = len(self.current)
        self.finder.told(f"{len(self.current):,} candidates are inductive together")
        return self._needed(steps, solvers, after)

    def _solver(self, step: Any) -> Any:
        solver = z3.SolverFor("QF_FD")
        solver.add(*self.assumed, truth(step.enabled))
        return solver

    def _check(self, solver: Any, *labels: Any) -> Any:
        left = self.finder.deadline - time.perf_counter()
        if left <= 0 or self.finder.interrupted():
            raise _OutOfTimeError
        solver.set("timeout", max(1, int(left * 1000)))
        status = solver.check(*labels)
        if status == z3.unknown:
            raise _OutOfTimeError
        return status

    def _drop(self, solver: Any, after: Sequence[Truth]) -> bool:
        """Drop the clauses that one step breaks, if there is one that breaks any."""
        solver.push()
        solver.add(truth(or_(*(not_(after[n]) for n in self.current))))
        status = self._check(solver, *(self.labels[n] for n in self.current))
        if status == z3.sat:
            solution = solver.model()
            self.current -= {
                n for n in self.current if z3.is_false(solution.eval(truth(after[n]), model_completion=True))
            }
        solver.pop()
        return bool(status == z3.sat)

    def _needed(
        self, steps: Sequence[Any], solvers: Sequence[Any], after: Sequence[Sequence[Truth]]
    ) -> list[int] | None:
        """The clauses that the goals rest on, and those that these rest on."""
        goals = range(len(self.finder.goals))
        needed: set[int] = set()
        for solver, step in zip(solvers, steps, strict=True):
            solver.add(*(truth(self.encoding.holds(goal, self.state.values)) for goal in goals))
            broken = or_(*(not_(self.encoding.holds(goal, step.after)) for goal in goals))
            core = self._core(solver, broken)
            if core is None:
                return None
            needed |= core
        todo = set(needed)
        while todo:
            clause = todo.pop()
            for solver, made in zip(solvers, after, strict=True):
                core = self._core(solver, not_(made[clause]))
                new = (core or set()) - needed
                needed |= new
                todo |= new
        return sorted(needed)

    def _core(self, solver: Any, broken: Truth) -> set[int] | None:
        """The clauses because of which a condition cannot be; None if it can."""
        solver.push()
        solver.add(truth(broken))
        status = self._check(solver, *(self.labels[n] for n in sorted(self.current)))
        core: set[int] | None = None
        if status == z3.unsat:
            named = {str(self.labels[n]): n for n in self.current}
            core = {named[str(label)] for label in solver.unsat_core()}
            for number in sorted(core, reverse=True):
                rest = core - {number}
                if self._check(solver, *(self.labels[n] for n in rest)) == z3.unsat:
                    core = rest
        solver.pop()
        return core
