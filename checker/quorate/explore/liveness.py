"""Temporal properties, decided on the graph of all states that a search has found.

A run is an infinite sequence of steps; in a terminal state it stays for ever, as in TLA+. A temporal property is
violated by a run that is fair as declared, and some such run is a lasso: a path into a loop. The loop lies in one
component of the part of the graph where the property is still to come true (Lichtenstein and Pnueli, Checking that
finite state concurrent programs satisfy their linear specification, 1985).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quorate.explore.fairness import Demands, Groups, declared, missing
from quorate.explore.graph import Graph, Subset
from quorate.explore.lasso import Lasso, closed, path_to, shortest
from quorate.explore.lasso_replay import LassoReplay
from quorate.explore.search import Search
from quorate.kernel.bulk import Bulk
from quorate.kernel.job import Live
from quorate.language.model import Model
from quorate.language.properties import Property
from quorate.trace import Trace
from quorate.verdict import Cut, Holds, HoldsWithinBounds, Inconclusive, Vacuous, Verdict, Violated


@dataclass(frozen=True)
class Question:
    """What a temporal property asks of the graph: is there a fair loop `inside` a part of it, through a state that is
    `wanted` (None: any), which the `roots` lead to (None: its states are reachable anyway)?"""

    inside: Subset
    wanted: Subset | None = None
    roots: NDArray[np.intp] | None = None


class Liveness:
    """Decides the temporal properties of a model, one after the other, on what a search has found.

    `cuts` are the bounds that limited it, `stopped` why it ended before its end, or None. Raises BudgetExhausted and
    KeyboardInterrupt as `Graph` does.
    """

    def __init__(
        self,
        model: Model,
        search: Search,
        temporal: tuple[Property, ...],
        cuts: tuple[Cut, ...],
        stopped: str | None,
        cache_dir: Path | None,
    ) -> None:
        self.model, self.search, self.cuts, self.stopped = model, search, cuts, stopped
        self.system = search.kernel.system
        self.demands = declared(model)
        self.graph = Graph(search, {name: demand.per for name, demand in self.demands.items()}, cache_dir)
        self.groups = Groups(self.system, self.graph.labelling, self.demands)
        self.temporal = temporal
        self.cut = (self.graph.live & np.uint8(Live.CUT)) != 0
        self.replay = LassoReplay(model, search, self.groups)
        conditions = tuple(condition for one in self.system.temporal for condition in one.conditions)
        self.bulk = Bulk(replace(self.system, actions=(), constraints=(), properties=conditions), cache_dir)

    def verdict(self, number: int) -> Verdict:
        """The verdict on one of the temporal properties."""
        prop, store = self.temporal[number], self.search.store
        first = sum(len(one.conditions) for one in self.system.temporal[:number])
        true = []
        for offset, predicate in enumerate(prop.conditions):
            values = np.frombuffer(self.bulk.values(first + offset, store.states_address, store.count), bool)
            if len(values) < store.count:
                return Violated(self.replay.fault(path_to(self.graph, len(values)), predicate))
            true.append(values)
        if prop.kind == "recoverable":
            return self._recoverable(prop, true[0])
        if prop.kind == "leads_to" and not (true[0].any() or self.stopped or self.cuts):
            return Vacuous(f"{prop.conditions[0].__name__} is never true")
        question = self._question(prop, true)
        fair = self._fair(question, self.groups)
        if fair.any():
            return Violated(self._violation(prop, question, fair))
        return self._no_lasso(prop, question)

    def _question(self, prop: Property, true: list[Subset]) -> Question:
        match prop.kind:
            case "eventually":
                initial = np.arange(self.search.level_ends[0] if self.search.level_ends else self.graph.states)
                return self._from(~true[0], initial[~true[0][initial]])
            case "always_eventually":
                return Question(~true[0])
            case "eventually_always":
                return Question(np.ones(self.graph.states, bool), wanted=~true[0])
            case _:
                premise, goal = true
                return self._from(~goal, np.flatnonzero(premise & ~goal))

    def _from(self, inside: Subset, roots: NDArray[np.intp]) -> Question:
        """The question about the states that `roots` lead to without leaving a part of the graph."""
        return Question(self.graph.reach(inside, roots), roots=roots)

    def _fair(self, question: Question, groups: Groups) -> Subset:
        wanted = question.inside if question.wanted is None else question.wanted
        return self.graph.fair(question.inside, wanted, groups.fairness)

    # -- what holds

    def _no_lasso(self, prop: Property, question: Question) -> Verdict:
        """The verdict when no loop was found: a run that leaves the bounds before it is satisfied may never be."""
        if bool((question.inside & self.cut).any()):
            return Inconclusive(self._bounded(prop))
        if prop.kind == "eventually":
            # every run is satisfied before it meets a bound
            return Holds()
        return self._held()

    def _held(self) -> Verdict:
        if self.stopped is not None:
            return Inconclusive(self.stopped)
        return HoldsWithinBounds(self.cuts) if self.cuts else Holds()

    def _bounded(self, prop: Property) -> str:
        """Why bounds leave the answer open."""
        what = self.stopped or "a bound was met: " + ", ".join(cut.condition for cut in self.cuts)
        waiting = {
            "eventually_always": "no loop within it violates the property, but runs go on behind it",
            "recoverable": "from some states the condition is reached behind it, or never",
        }
        return f"{what}; {waiting.get(prop.kind, 'runs go on behind it that were still to come true')}"

    def _recoverable(self, prop: Property, goal: Subset) -> Verdict:
        reached, unknown = self.graph.spread(goal, self.cut)
        lost = ~reached & ~unknown
        if lost.any():
            return Violated(self.replay.lost(prop, path_to(self.graph, int(np.argmax(lost))), int(lost.sum())))
        if not reached.all():
            return Inconclusive(self._bounded(prop))
        return self._held()

    # -- what does not

    def _violation(self, prop: Property, question: Question, fair: Subset) -> Trace:
        lasso = self._lasso(question, fair)
        trace = self.replay.lasso(prop, lasso)
        reasons = [*self.replay.reasons(prop, lasso), *self._remedy(question, lasso)]
        return dataclasses.replace(trace, explanation="\n".join(reasons))

    def _lasso(self, question: Question, fair: Subset) -> Lasso:
        """The shortest of the lassos whose loops begin as near as possible."""
        low = self.graph.low
        if question.roots is None:
            near = [path_to(self.graph, int(np.argmax(fair)))]
        else:
            near = list(shortest(self.graph, question.roots, question.inside, fair))
        found = [
            closed(self.graph, prefix, fair & (low == low[prefix[-1]]), question.wanted, self.groups.fairness)
            for prefix in near
        ]
        return min(found, key=lambda lasso: len(lasso.loop))

    def _remedy(self, question: Question, lasso: Lasso) -> list[str]:
        """What the loop puts off for ever, and the fairness with which the property would hold, in words."""
        if not lasso.loop:
            return []
        starved = self.replay.starved(lasso)
        graph, tried = self.graph, self._without_lasso(question)
        # that something breaks is never due
        faults = type(self.model).fault_actions
        candidates = tuple(
            action.name for action in self.model.actions if action.kind != "init" and action.name not in faults
        )
        needed = missing(graph.labelling, self.system, self.demands, candidates, tried, graph.edges)
        if needed is None:
            return [*starved, "no fairness of actions would rule out such runs"]
        changes = " and ".join(f"{demand} on {name}" for name, demand in needed.items())
        within = " within the bounds" if (question.inside & self.cut).any() else ""
        return [*starved, f"with {changes} it would hold{within}"]

    def _without_lasso(self, question: Question) -> Callable[[Demands], bool]:
        def holds(demands: Demands) -> bool:
            return not self._fair(question, Groups(self.system, self.graph.labelling, demands)).any()

        return holds
