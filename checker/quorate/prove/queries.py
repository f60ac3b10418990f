"""The questions that proofs are made of: is a property preserved by a step, is it true of the first states?

A `Query` and its `Answer` are plain data, so that they can travel between processes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from quorate.language.compound import Bag, Map, Record, Set
from quorate.language.model import Model, State
from quorate.language.properties import Property
from quorate.language.types import Bool, Option
from quorate.prove.encoding import Encoding, Symbolic
from quorate.prove.execute import Step
from quorate.prove.lift import Lifted
from quorate.prove.terms import Truth, and_, not_, or_, truth
from quorate.prove.values import Value, equal, whole

MINIMISING_SECONDS = 2.0
INITIAL_BATCH = 256


@dataclass(frozen=True)
class Query:
    """A question about the property with number `goal`.

    `kind` is "trivial" (is it true of every state of the types?), "first" (of the first `k` states of every run?) or
    "step" (after every step by action number `action`, if those of `hypotheses` hold in the `k` states before it?).
    With `spare`, a "yes" rests on no hypothesis that it can spare, which takes more questions.
    """

    kind: str
    goal: int
    action: int = -1
    hypotheses: tuple[int, ...] = ()
    k: int = 1
    seconds: float = 60.0
    spare: bool = True


@dataclass(frozen=True)
class Answer:
    """`status` is "yes", "no" or "unknown". `core` are the hypotheses that a "yes" rests on; `states`, in data form, a
    shortest run of states that shows a "no"; `symbols` the values of lifted bounds in it."""

    status: str
    seconds: float
    core: tuple[int, ...] = ()
    states: tuple[Mapping[str, Any], ...] = ()
    symbols: tuple[int, ...] = ()
    reason: str = ""


class Asker:
    """Answers queries about a model with some properties."""

    def __init__(self, model: Model, properties: Sequence[Property], lifted: Lifted, initial: Sequence[State]) -> None:
        self.encoding = Encoding(model, properties, lifted)
        self.model, self.initial = model, initial
        self._states = {0: self.encoding.state("s0")}
        self._steps: dict[int, Step] = {}
        self._holds: dict[tuple[int, int], Truth] = {}
        self._after: dict[tuple[int, int, int], Truth] = {}
        self.default = self.encoding.literal(initial[0]) if initial else None

    # -- formulas, each made once

    def state(self, depth: int) -> Symbolic:
        """The unknown state at a depth of a run."""
        if depth not in self._states:
            self._states[depth] = self.encoding.state(f"s{depth}")
        return self._states[depth]

    def holds(self, goal: int, depth: int) -> Truth:
        """A property of the state at a depth."""
        if (goal, depth) not in self._holds:
            self._holds[goal, depth] = self.encoding.holds(goal, self.state(depth).values)
        return self._holds[goal, depth]

    def step(self, action: int, depth: int) -> Step:
        """A step by an action from the state at a depth."""
        key = action + depth * len(self.encoding.system.actions)
        if key not in self._steps:
            self._steps[key] = self.encoding.step(action, self.state(depth).values, f"a{action}.{depth}.")
        return self._steps[key]

    def after(self, goal: int, action: int, depth: int) -> Truth:
        """A property of a step by an action from the state at a depth, or of the state it leads to."""
        if (goal, action, depth) not in self._after:
            step, before = self.step(action, depth), self.state(depth).values
            states = (step.after, before) if self.is_step_invariant(goal) else (step.after,)
            self._after[goal, action, depth] = self.encoding.holds(goal, *states)
        return self._after[goal, action, depth]

    def is_step_invariant(self, goal: int) -> bool:
        """Whether a property speaks of steps."""
        return self.encoding.properties[goal].kind == "step_invariant"

    def moves(self, depth: int) -> Truth:
        """That some step leads from the state at a depth to the next, which is one of the types."""
        following = self.state(depth + 1)
        steps = (self.step(action, depth) for action in range(len(self.encoding.system.actions)))
        taken = or_(*(and_(step.enabled, self.encoding.equal(following.values, step.after)) for step in steps))
        return and_(following.typed, taken)

    # -- answers

    def answer(self, query: Query) -> Answer:
        """Answer a query. What z3 itself cannot do is unknown, never a failure."""
        began = time.perf_counter()
        try:
            match query.kind:
                case "trivial":
                    return self._trivial(query, began)
                case "first":
                    return self._first(query, began)
                case _:
                    return self._step(query, began)
        except z3.Z3Exception as error:
            return Answer("unknown", time.perf_counter() - began, reason=f"z3 says: {error}")

    def _trivial(self, query: Query, began: float) -> Answer:
        if self.is_step_invariant(query.goal):
            return Answer("no", 0.0)
        solver = self.solver(query)
        self.add(solver, self.state(0).typed, not_(self.holds(query.goal, 0)))
        status = _word(solver.check())
        return Answer(status, time.perf_counter() - began, reason=_reason(solver, status))

    def _first(self, query: Query, began: float) -> Answer:
        """The first states of all runs: those at depths 0 .. k - 1."""
        for start in range(0, len(self.initial), INITIAL_BATCH):
            batch = self.initial[start : start + INITIAL_BATCH]
            solver = self.solver(query)
            self.add(solver, self.state(0).typed, self.encoding.is_one_of(self.state(0).values, batch))
            for depth in range(query.k):
                if depth:
                    self.add(solver, self.moves(depth - 1))
                solver.push()
                self.add(solver, not_(self._true_at(query.goal, depth)))
                status = _word(solver.check())
                if status != "yes":
                    seconds = time.perf_counter() - began
                    if status == "unknown":
                        return Answer(status, seconds, reason=_reason(solver, status))
                    solution = solver.model()
                    return Answer(status, seconds, states=self.run(solution, depth), symbols=self.symbols(solution))
                solver.pop()
        return Answer("yes", time.perf_counter() - began)

    def _true_at(self, goal: int, depth: int) -> Truth:
        if not self.is_step_invariant(goal):
            return self.holds(goal, depth)
        return depth == 0 or self.encoding.holds(goal, self.state(depth).values, self.state(depth - 1).values)

    def _step(self, query: Query, began: float) -> Answer:
        solver, last = self.solver(query), query.k - 1
        step = self.step(query.action, last)
        for depth in range(query.k):
            self.add(solver, self.state(depth).typed, self.encoding.kept(self.state(depth).values))
        for depth in range(last):
            self.add(solver, self.moves(depth))
            for later in range(depth + 1, query.k):
                # a run that comes back to a state has a shorter one to the same end
                same = self.encoding.equal(self.state(depth).values, self.state(later).values)
                self.add(solver, not_(same))
        labels = {number: z3.Bool(f"hypothesis{number}") for number in query.hypotheses}
        for number, label in labels.items():
            assumed = and_(*(self.holds(number, depth) for depth in range(query.k)))
            solver.add(z3.Implies(label, truth(assumed)))
        lost = self.encoding.overflows(step)
        broken = and_(step.enabled, not_(self.after(query.goal, query.action, last)))
        self.add(solver, or_(broken, lost))
        status = _word(solver.check(*labels.values()))
        if status == "yes":
            core = self._core(solver, labels, began + query.seconds if query.spare else began)
            return Answer("yes", time.perf_counter() - began, core=core)
        if status == "unknown":
            return Answer("unknown", time.perf_counter() - began, reason=_reason(solver, status))
        solution = solver.model()
        if lost is not False and z3.is_true(solution.eval(truth(lost), model_completion=True)):
            return Answer("unknown", time.perf_counter() - began, reason="a number may go beyond 2**61")
        solver.add(*labels.values())
        solution = self._minimised(solver, solution)
        states = (*self.run(solution, last), self.data(step.after, solution))
        return Answer("no", time.perf_counter() - began, states=states, symbols=self.symbols(solution))

    @staticmethod
    def _core(solver: Any, labels: Mapping[int, Any], deadline: float) -> tuple[int, ...]:
        """The hypotheses a proof needs: those of the solver's core, less any that can be left out of it."""
        named = {str(label): number for number, label in labels.items()}
        core = [named[str(label)] for label in solver.unsat_core()]
        # from the last, which are those that were not asked about and not meant to help
        for number in sorted(core, reverse=True):
            if number not in core:
                continue
            if time.perf_counter() > deadline:
                break
            rest = [other for other in core if other != number]
            if solver.check(*(labels[other] for other in rest)) == z3.unsat:
                core = [named[str(label)] for label in solver.unsat_core()] if rest else []
                core = [other for other in rest if other in core]
        return tuple(sorted(core))

    # -- solvers and their models

    def solver(self, query: Query) -> Any:
        """A solver with the time of the query: over finite types one that works on bits alone."""
        made = z3.Solver() if self.encoding.lifted.symbols else z3.SolverFor("QF_FD")
        made.set("timeout", max(1, int(query.seconds * 1000)))
        return made

    @staticmethod
    def add(solver: Any, *conditions: Truth) -> None:
        """Assert conditions."""
        solver.add(*(truth(condition) for condition in conditions))

    def run(self, solution: Any, last: int) -> tuple[Mapping[str, Any], ...]:
        """The states up to a depth, as data."""
        return tuple(self.data(self.state(depth).values, solution) for depth in range(last + 1))

    def data(self, state: Sequence[Value], solution: Any) -> Mapping[str, Any]:
        """A state of a solver's model, as data."""
        return self.encoding.native(state, solution).to_data()

    def symbols(self, solution: Any) -> tuple[int, ...]:
        """The values of the lifted bounds in a solver's model."""
        return tuple(whole(symbol, solution) for symbol in self.encoding.lifted.symbols.values())

    def _minimised(self, solver: Any, solution: Any) -> Any:
        """The solution, among all, with the fewest parts of the first state that are not as in an initial state."""
        if self.default is None:
            return solution
        deadline = time.perf_counter() + MINIMISING_SECONDS
        kinds = (kind for _, kind in self.encoding.system.variables)
        pairs = zip(kinds, self.state(0).values, self.default, strict=True)
        unusual = [truth(part) for kind, value, default in pairs for part in unlike(kind, value, default)]
        unusual += [symbol > 2 for symbol in self.encoding.lifted.symbols.values()]
        while time.perf_counter() < deadline:
            count = sum(1 for part in unusual if z3.is_true(solution.eval(part, model_completion=True)))
            if count == 0:
                break
            solver.set("timeout", max(1, int((deadline - time.perf_counter()) * 1000)))
            solver.add(z3.PbLe([(part, 1) for part in unusual], count - 1))
            if solver.check() != z3.sat:
                break
            solution = solver.model()
        return solution


def unlike(kind: Any, value: Value, default: Value) -> list[Truth]:
    """For each part of a value, whether it is not as in the default."""
    match kind:
        case Map():
            parts = [(kind.value_type, a, b) for a, b in zip(value, default, strict=True)]
        case Record():
            parts = list(zip(kind.fields.values(), value, default, strict=True))
        case Set(capacity=None):
            parts = [(Bool(), a, b) for a, b in zip(value, default, strict=True)]
        case Set() | Bag():
            parts = [(Option(kind.element), a, b) for a, b in zip(value, default, strict=True)]
        case _:
            return [not_(equal(kind, value, default))]
    return [found for part, a, b in parts for found in unlike(part, a, b) if found is not False]


def _word(status: Any) -> str:
    """What an answer about a negated claim says of the claim."""
    return "yes" if status == z3.unsat else "no" if status == z3.sat else "unknown"


def _reason(solver: Any, status: str) -> str:
    if status != "unknown":
        return ""
    said = solver.reason_unknown()
    if said in ("timeout", "canceled"):
        return "the time for one question ran out"
    if said == "interrupted from keyboard":
        return "interrupted"
    return f"z3 says: {said}"
