"""What is marked in a space of states: what is known of each state and step, and what a trace shows."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

from quorate.errors import UsageError
from quorate.explore.state_space import Space, Taken
from quorate.language.model import Model, data_of
from quorate.trace import Data, Step, Trace


class Marks:
    """The flags of the states and steps of a space (see `quorate.graph`), by their numbers."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.lassos: list[str] = []
        self.violates = {number: list(names) for number, names in space.violates.items()}
        self.states: list[set[str]] = [set() for _ in space.states]
        self.steps: list[set[str]] = [{"violating"} if step.violates else set() for step in space.steps]
        self.roots = sorted(space.initial)
        known = {"initial": space.initial, "terminal": space.terminal, "cut": space.cut, "hidden": space.hidden}
        for flag, numbers in (*known.items(), ("violating", space.violates)):
            for number in numbers:
                self.states[number].add(flag)
        self.leaving: dict[int, list[int]] = {}
        for index, step in enumerate(space.steps):
            self.leaving.setdefault(step.source, []).append(index)
        moving = {step.source for step in space.steps if step.source != step.target}
        moving |= {*space.terminal, *space.cut, *space.hidden, *(number for number, _ in space.faults)}
        for number in range(len(space.states)):
            if number not in moving:
                self.states[number].add("still")

    def lasso(self, trace: Trace, model: Model) -> None:
        """Mark the loop of a lasso, or the state from which a property is out of reach."""
        numbers = self._numbers(trace, model)
        if trace.loop is None:
            self._violating(numbers[-1], trace.property)
            return
        self.lassos.append(trace.property or trace.kind)
        for number in numbers[trace.loop :]:
            self.states[number].add("loop")
        if not trace.returns():
            self.states[numbers[-1]].add("stays")
        for index in self._path(trace, numbers)[trace.loop :]:
            self.steps[index].add("loop")

    def trace(self, trace: Trace, model: Model) -> None:
        """Mark the states and steps of a trace. Raises UsageError for a step that the model does not take."""
        numbers = self._numbers(trace, model)
        self.roots = numbers[:1]
        for number in numbers:
            self.states[number].add("trace")
        for index in self._path(trace, numbers):
            self.steps[index].add("trace")
        if trace.loop is not None or trace.kind == "recoverable":
            self.lasso(trace, model)

    def depths(self) -> dict[int, int]:
        """The least number of steps to each state from the roots."""
        depths = dict.fromkeys(self.roots, 0)
        queue = deque(self.roots)
        while queue:
            number = queue.popleft()
            for index in self.leaving.get(number, ()):
                target = self.space.steps[index].target
                if target not in depths:
                    depths[target] = depths[number] + 1
                    queue.append(target)
        return depths

    def _violating(self, number: int, name: str | None) -> None:
        self.states[number].add("violating")
        named = self.violates.setdefault(number, [])
        if name is not None and name not in named:
            named.append(name)

    def _numbers(self, trace: Trace, model: Model) -> list[int]:
        return [self.space.numbers[model.state_from_data(step.state)] for step in trace.steps]

    def _path(self, trace: Trace, numbers: list[int]) -> list[int]:
        """The steps of a trace, by their numbers."""
        return [
            self._step(source, target, step, number)
            for number, ((source, target), step) in enumerate(zip(pairwise(numbers), trace.steps[1:], strict=True), 1)
        ]

    def _step(self, source: int, target: int, wanted: Step, number: int) -> int:
        between = [i for i in self.leaving.get(source, ()) if self.space.steps[i].target == target]
        for index in between:
            taken = self.space.steps[index]
            if taken.step.action == wanted.action and arguments_of(taken) == wanted.arguments:
                return index
        message = f"the model does not take step {number} of the trace, by {wanted.action}"
        raise UsageError(message, hint="it has changed since; `quorate check` finds a counterexample anew")


def arguments_of(taken: Taken) -> dict[str, Data]:
    """The arguments of a step as plain data."""
    return {name: data_of(value) for name, value in taken.step.arguments.items()}
