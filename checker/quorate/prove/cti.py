"""Counterexamples to induction: replayed natively, looked up among the reachable states, and told what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from quorate.compiler.compile import compile_model
from quorate.errors import REPORT, InternalError
from quorate.explain.participants import Participants
from quorate.explain.reason import explain_property
from quorate.explore.initial import initial
from quorate.explore.limits import BudgetExhausted, Limits
from quorate.explore.search import Search
from quorate.kernel.kernel import build_kernel
from quorate.language.model import Model, State
from quorate.language.properties import Property
from quorate.prove.meaning import meaning
from quorate.trace import Trace
from quorate.verdict import Induction


def replayed(model: Model, prop: Property, action: str | None, states: Sequence[Mapping[str, Any]]) -> Trace:
    """The run of states, each step found among the native ones, after which the property is false natively (of a
    `@reachable` one: true). With `action` it is a counterexample to induction, whose last step that action takes.

    Raises InternalError if native Python does not agree.
    """
    run = [model.state_from_data(dict(state)) for state in states]
    who = Participants(model)
    steps = [who.beginning(run[0])]
    for number, (old, new) in enumerate(pairwise(run), 1):
        wanted = action if number == len(run) - 1 else None
        found = (step for step in model.successors(old) if step.state == new and wanted in (None, step.action))
        taken = next(found, None)
        if taken is None:
            raise InternalError("z3 takes a step that native Python does not", hint=REPORT)
        steps.append(who.step(taken, new))
    views = [model.at(state) for state in (run[-2:] if prop.kind == "step_invariant" else run[-1:])]
    if holds(prop, *views) != (prop.kind == "reachable"):
        raise InternalError(f"native Python and z3 differ about {prop.name} in the last state", hint=REPORT)
    reason = None if prop.kind == "reachable" else explain_property(prop, *views)
    why = None if reason is None else reason.line()
    kind = "induction" if action is not None else prop.kind
    name = type(model).__name__
    return Trace(name, model.parameter_values, kind, prop.name, tuple(steps), explanation=why, lanes=who.lanes)


def holds(prop: Property, *views: Any) -> bool:
    """Whether a property is true natively; one whose evaluation fails is not."""
    try:
        return bool(prop(*views))
    except Exception:  # noqa: BLE001 - whatever the model's own text raises
        return False


class Reachable:
    """The states that a search reaches, within a budget; searched when first asked. Use as a context manager."""

    def __init__(self, model: Model, limits: Limits, interrupted: Callable[[], bool], cache_dir: Path | None) -> None:
        self.model = model
        self._limits, self._interrupted, self._cache_dir = limits, interrupted, cache_dir
        self._search: Search | None = None
        self.complete = False

    def __contains__(self, state: State) -> bool:
        search = self.search
        return search.store.find(search.kernel.codec.encode(state)) >= 0

    @property
    def search(self) -> Search:
        """The search, as far as it came; `complete` says whether that is all there is."""
        if self._search is None:
            kernel = build_kernel(compile_model(self.model, ()), self._cache_dir)
            first = initial(self.model, kernel, self._limits, self._interrupted)
            self._search = Search(kernel, first.states, first.dropped, self._limits)
            self._search.interrupted = self._interrupted
            try:
                self._search.run()
                self.complete = self._search.finished and first.stopped is None
            except (BudgetExhausted, KeyboardInterrupt, MemoryError):
                self.complete = False
        return self._search

    def __enter__(self) -> Reachable:
        return self

    def __exit__(self, *_: object) -> None:
        if self._search is not None:
            self._search.close()


def judged(
    model: Model, prop: Property, action: str, trace: Trace, reachable: Reachable | None, others: Sequence[Property]
) -> Induction:
    """What a counterexample to induction means. `others` are the invariants that were not among the hypotheses."""
    first = model.state_from_data(dict(trace.steps[0].state))
    contradicts = tuple(other.name for other in others if not holds(other, model.at(first)))
    found: bool | None = None
    if reachable is not None:
        found = first in reachable or (False if reachable.complete else None)
    return Induction(prop.name, action, trace, found, contradicts, meaning(prop.name, found, contradicts))
