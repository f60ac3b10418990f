"""Bounded search: the shortest violation within some steps, by unrolling the transition relation.

Biere, Cimatti, Clarke & Zhu, "Symbolic model checking without BDDs", TACAS 1999. For models whose states are too many
to go through one by one.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from quorate.errors import REPORT, InternalError, UsageError
from quorate.explain.step import attempt
from quorate.explore.check import choose
from quorate.explore.interrupt import Interrupt
from quorate.language.model import Model
from quorate.language.properties import Property
from quorate.prove.beside import Alone
from quorate.prove.cti import replayed
from quorate.prove.induction import Prover
from quorate.prove.terms import Truth, and_, not_, or_
from quorate.trace import Trace
from quorate.verdict import (
    CheckResult,
    Holds,
    Inconclusive,
    PropertyResult,
    Proved,
    Seconds,
    States,
    Verdict,
    Violated,
    worst,
)

SLICE_SECONDS = 1.0
# for one question, and for all, about which invariants are inductive
QUERY_SECONDS, PROVING_SECONDS = 5.0, 60.0


def bounded_check(
    model: Model,
    *,
    max_depth: int,
    properties: Sequence[str] | None = None,
    max_time: float | None = None,
    on_progress: Callable[[int], None] | None = None,
    interrupted: Callable[[], bool] | None = None,
) -> CheckResult:
    """Look for a violation among the runs of at most `max_depth` states, with z3; the one found is a shortest one.

    `properties` names those to look at (all by default): invariants, step invariants and `@reachable` ones; faults and
    assertions are looked for in any case. `on_progress` is told each depth that is done. The verdict is *violated*, or
    inconclusive: nothing is known of longer runs. `max_time` is in seconds. The invariants and lemmas of the model that
    are inductive are proved first, and then known of every state of a run.

    Raises LoadError for a model that has no formula, ParameterError for an unknown property, UsageError for a depth
    below 1, InternalError when z3 and native Python disagree.
    """
    if max_depth < 1:
        raise UsageError(f"max-depth must be positive, not {max_depth}")
    began = time.perf_counter()
    chosen = choose(model, properties, temporal=False)
    with Interrupt() if interrupted is None else nullcontext(interrupted) as asked:
        search = _Unrolling(model, chosen, asked, None if max_time is None else began + max_time)
        made = time.perf_counter()
        search.run(max_depth, on_progress or (lambda depth: None))
    ended = time.perf_counter()
    results = search.results(max_depth)
    violated = [result.verdict for result in results if isinstance(result.verdict, Violated)]
    return CheckResult(
        model=type(model).__name__,
        parameters=model.parameter_values,
        verdict=worst((*violated, Inconclusive(search.reason(max_depth)))),
        states=States(0, 0, 0, search.depth, 0, 0),
        seconds=Seconds(ended - began, 0.0, made - began, ended - made),
        memory_bytes=0,
        actions=(),
        properties=results,
    )


class _Unrolling:
    """The states of a run one after the other, and what is asked about the last of them."""

    def __init__(
        self, model: Model, chosen: Sequence[Property], interrupted: Callable[[], bool], deadline: float | None
    ) -> None:
        self.model, self.chosen = model, chosen
        self.interrupted, self.deadline = interrupted, deadline
        invariants = [prop for prop in model.model_properties() if prop.kind == "invariant"]
        everything = list(dict.fromkeys([*chosen, *invariants, *model.model_lemmas()]))
        self.prover = prover = Prover(
            model, everything, (), QUERY_SECONDS, self._give_up_proving, lambda line: None, spare=False
        )
        self.asker = prover.asker()
        self._until = time.perf_counter() + PROVING_SECONDS
        prover.run(Alone(self.asker), (n for n in prover.numbers if everything[n].kind == "invariant"), 1)
        # what is proved of all reachable states is said of each: it spares the solver most of the work
        self.known = sorted(prover.proved())
        self.depth = 0  # states of the runs that are done
        self.stopped: str | None = None
        self.found: dict[str, Trace] = {}
        self.fault: Trace | None = None

    def _give_up_proving(self) -> bool:
        now = time.perf_counter()
        return self.interrupted() or now > self._until or (self.deadline is not None and now > self.deadline)

    def run(self, most: int, told: Callable[[int], None]) -> None:
        """Unroll until something is violated, or so many states."""
        import z3

        asker, solver = self.asker, z3.SolverFor("QF_FD")
        start = asker.state(0)
        asker.add(solver, start.typed, asker.encoding.is_one_of(start.values, asker.initial))
        for depth in range(most):
            if depth:
                # a shortest run never stays where it is
                same = asker.encoding.equal(asker.state(depth - 1).values, asker.state(depth).values)
                asker.add(solver, asker.moves(depth - 1), not_(same))
            asker.add(solver, *(asker.holds(number, depth) for number in self.known))
            if self._look(solver, depth, last=depth + 1 == most):
                return
            self.depth = depth + 1
            told(self.depth)

    def _look(self, solver: Any, depth: int, *, last: bool) -> bool:
        """Ask about the state at a depth, and about the steps from it. Whether the search ends."""
        for number, prop in enumerate(self.chosen):
            if prop.kind == "step_invariant" or prop.name in self.found or number in self.known:
                continue
            holds = self.asker.holds(number, depth)
            solution = self._ask(solver, holds if prop.kind == "reachable" else not_(holds))
            if solution is not None:
                run = self.asker.run(solution, depth)
                self.found[prop.name] = replayed(self.model, prop, None, run)
            if self.stopped or (solution is not None and prop.kind != "reachable"):
                return True
        if last:
            return False
        return self._look_at_steps(solver, depth)

    def _look_at_steps(self, solver: Any, depth: int) -> bool:
        asker = self.asker
        for action in range(len(asker.encoding.system.actions)):
            step = asker.step(action, depth)
            for number, prop in enumerate(self.chosen):
                if prop.kind == "step_invariant":
                    solution = self._ask(solver, and_(step.enabled, not_(asker.after(number, action, depth))))
                    if solution is not None:
                        run = (*asker.run(solution, depth), asker.data(step.after, solution))
                        self.found[prop.name] = replayed(self.model, prop, None, run)
                    if solution is not None or self.stopped:
                        return True
            solution = self._ask(solver, or_(*(fails for _, fails in step.faults)))
            if solution is not None:
                self.fault = self._failing(step.action.name, asker.run(solution, depth))
            if solution is not None or self.stopped:
                return True
        return False

    def _ask(self, solver: Any, condition: Truth) -> Any:
        """A solution with the condition, or None; asked in slices, so that Ctrl-C and the time limit are heard."""
        import z3

        if condition is False or self.stopped:
            return None
        solver.push()
        self.asker.add(solver, condition)
        slice_seconds = SLICE_SECONDS
        try:
            while True:
                if self.interrupted():
                    self.stopped = "interrupted"
                    return None
                left = None if self.deadline is None else self.deadline - time.perf_counter()
                if left is not None and left <= 0:
                    self.stopped = "the time limit was reached"
                    return None
                seconds = slice_seconds if left is None else min(slice_seconds, left)
                solver.set("timeout", max(1, int(seconds * 1000)))
                status = solver.check()
                if status != z3.unknown:
                    return solver.model() if status == z3.sat else None
                # a longer slice each time: what was learnt in one may be lost to the next
                slice_seconds *= 2
        finally:
            solver.pop()

    def _failing(self, name: str, run: Sequence[Any]) -> Trace:
        """The trace to a state in which a step by an action fails natively."""
        path = [self.model.state_from_data(dict(state)) for state in run]
        trace = self._plain(run)
        for action in self.model.actions:
            if action.name == name:
                for arguments, before in self.model.choices(action, path[-1]):
                    fault = attempt(self.model, action, arguments, before).fault
                    if fault is not None:
                        return dataclasses.replace(trace, kind="fault", property=None, fault=fault)
        raise InternalError("native Python takes the step at which z3 finds a fault", hint=REPORT)

    def _plain(self, run: Sequence[Any]) -> Trace:
        never = Property("invariant", _never)
        return dataclasses.replace(replayed(self.model, never, None, run), explanation=None)

    # -- results

    def reason(self, most: int) -> str:
        """Why nothing more is known."""
        if self.fault is not None or any(trace.kind != "reachable" for trace in self.found.values()):
            return "the search stopped at the first violation"
        if self.stopped:
            return f"{self.stopped} after runs of {self.depth} states"
        return f"runs of more than {most} states were not looked at"

    def results(self, most: int) -> tuple[PropertyResult, ...]:
        """What was found of each property."""
        results = [self._result(number, prop, most) for number, prop in enumerate(self.chosen)]
        if self.fault is not None and self.fault.fault is not None:
            doc = "No step fails, and every assert in a step holds."
            results.append(PropertyResult("assertions", "assertions", Violated(self.fault), doc))
        return tuple(results)

    def _result(self, number: int, prop: Property, most: int) -> PropertyResult:
        trace = self.found.get(prop.name)
        verdict: Verdict = (
            Proved(self.prover.lemmas(number)) if number in self.known else Inconclusive(self.reason(most))
        )
        if trace is not None:
            verdict = Holds() if prop.kind == "reachable" else Violated(trace)
        reached = trace if prop.kind == "reachable" else None
        explanation = trace.explanation if trace is not None else None
        return PropertyResult(prop.name, prop.kind, verdict, prop.doc, explanation, witness=reached)


def _never(model: Any) -> bool:
    """False of every state."""
    return False
