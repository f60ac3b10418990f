"""Runs that never end, run again by native Python: every step of them is one of the model's own, the loop is fair, and
the property is false of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from quorate.explain.reason import explain_property, show
from quorate.explain.runs import is_false_of_run
from quorate.explain.step import values_at
from quorate.explore.fairness import Groups
from quorate.explore.lasso import Lasso
from quorate.explore.replay import Replay
from quorate.explore.search import Search
from quorate.language.faults import fault_of
from quorate.language.model import Model, State, Transition
from quorate.language.properties import Property
from quorate.trace import Trace

MOST_STARVED = 3
"""How many of the steps that never happen are named."""


class LassoReplay:
    """Turns what was found in the graph into replayed traces."""

    def __init__(self, model: Model, search: Search, groups: Groups) -> None:
        self.model, self.search, self.groups = model, search, groups
        self.replay = Replay(model, search.kernel, search, ())

    def fault(self, path: tuple[int, ...], condition: Callable[..., bool]) -> Trace:
        """The trace to a state in which a condition cannot be evaluated."""
        states = self.states(path)
        try:
            condition(self.model.at(states[-1]))
        except Exception as error:  # noqa: BLE001 - whatever the model's own text raises is what is reported
            found = dataclasses.replace(fault_of(error, condition.__name__, {}), values=values_at(error))
            return self.replay.trace("fault", None, states, found)
        raise self.replay.disagreement(f"{condition.__name__} can be evaluated natively where the kernel fails")

    def lost(self, prop: Property, path: tuple[int, ...], count: int) -> Trace:
        """The trace to a state from which a condition can no longer be reached; there are `count` such states."""
        states = self.states(path)
        if prop(self.model.at(states[-1])):
            raise self.replay.disagreement(f"{prop.name} is true natively in a state from which it is out of reach")
        reason = explain_property(prop, self.model.at(states[-1]))
        many = "this state" if count == 1 else f"this and {count - 1:,} other states"
        trace = self.replay.trace("recoverable", prop.name, states, explanation=reason)
        lines = [trace.explanation] if trace.explanation else []
        return dataclasses.replace(trace, explanation="\n".join([*lines, f"{many} can never get there any more"]))

    def lasso(self, prop: Property, lasso: Lasso) -> Trace:
        """The trace of a lasso. Its last step leads back to the state with the index `loop`; it has none where the loop
        is a terminal state."""
        prefix, loop = self.states(lasso.prefix), self.states(tuple(state for _, state in lasso.loop))
        self._check_values(prop, prefix, loop or prefix[-1:])
        taken = self._steps(lasso, [prefix[-1], *loop])
        self._check_fairness(taken, [prefix[-1], *loop[:-1]])
        trace = self.replay.trace(prop.kind, prop.name, prefix)
        steps = [self.replay.participants.step(step, state) for step, state in zip(taken, loop, strict=True)]
        return dataclasses.replace(trace, steps=(*trace.steps, *steps), loop=len(prefix) - 1)

    def states(self, numbers: tuple[int, ...]) -> list[State]:
        """The native states with these ids."""
        return [self.replay.decode(self.search.store.state(number)) for number in numbers]

    def _steps(self, lasso: Lasso, states: list[State]) -> list[Transition]:
        """The native steps of the loop."""
        found = []
        for (label, _), old, new in zip(lasso.loop, states, states[1:], strict=False):
            step = next((step for step in self.model.successors(old) if self._is(step, label, new)), None)
            if step is None:
                raise self.replay.disagreement("the kernel takes a step in a loop that native Python does not")
            found.append(step)
        if not lasso.loop and any(True for _ in self.model.transitions(states[0])):
            raise self.replay.disagreement("native Python can leave a state that the kernel found terminal")
        return found

    def _is(self, step: Transition, label: int | None, new: State) -> bool:
        return step.state == new and (label is None or self.groups.label(step.action, step.arguments) == label)

    def _check_values(self, prop: Property, prefix: list[State], loop: list[State]) -> None:
        """That the property is false of the run, by native evaluation of its conditions."""
        if not is_false_of_run(prop, self.model, prefix, loop):
            raise self.replay.disagreement(f"{prop.name} is true natively of the run that was found to violate it")

    def _check_fairness(self, taken: list[Transition], states: list[State]) -> None:
        """That the loop is fair as the model declares."""
        done = {self.groups.group_of(step.action, step.arguments) for step in taken}
        enabled = [
            {self.groups.group_of(step.action, step.arguments) for step in self._changing(state)} for state in states
        ]
        always, ever = set.intersection(*enabled) - done - {0}, set.union(*enabled) - done - {0}
        if always or any(self.groups.strong[group] for group in ever):
            raise self.replay.disagreement("a loop that was found to be fair is not")

    def _changing(self, state: State) -> list[Transition]:
        """The steps that lead to another state; those that a bound cuts may."""
        return [step for step in self.model.transitions(state) if step.cut or step.state not in (None, state)]

    # -- words

    def reasons(self, prop: Property, lasso: Lasso) -> list[str]:
        """Why the property's condition is false in the loop."""
        goal = Property("invariant", prop.conditions[-1])
        views = [self.model.at(state) for state in self.states(lasso.states)]
        false = next(view for view in views if not goal(view))
        reason = explain_property(goal, false)
        return [] if reason is None else [reason.line()]

    def starved(self, lasso: Lasso) -> list[str]:
        """What could happen in the loop and never does, in a sentence; none if there is nothing."""
        states = self.states(lasso.states)
        taken = {self._call(step) for step in self._steps(lasso, [*states, states[0]])}
        offered: list[dict[str, Any]] = []
        for state in states:
            offered.append({self._call(step): step.action for step in self._changing(state)})
        calls = {call: action for found in offered for call, action in found.items() if call not in taken}
        acting = {call.partition("(")[0] for call in taken}
        # actions of which nothing ever happens say more than single steps
        idle = dict.fromkeys(action for action in calls.values() if action not in acting)
        names = list(idle) or list(calls)
        if not names:
            return []
        always = all(
            any(name in (call, action) for call, action in found.items())
            for found in offered
            for name in names[:MOST_STARVED]
        )
        more = f" and {len(names) - MOST_STARVED} more" if len(names) > MOST_STARVED else ""
        when = "in every state of the loop" if always else "again and again in the loop"
        many = "are possible" if len(names) > 1 else "is possible"
        return [f"{', '.join(names[:MOST_STARVED])}{more} {many} {when} and never taken"]

    @staticmethod
    def _call(step: Transition) -> str:
        return f"{step.action}({', '.join(show(value) for value in step.arguments.values())})"
