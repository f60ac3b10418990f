"""The states and steps of a small model as native Python has them: nothing is packed, nothing is compiled.

The search of `check` finds states a thousand times faster, but keeps no steps. Here each is kept, to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from quorate.errors import UsageError
from quorate.language.model import Model, State, Transition
from quorate.language.properties import Property
from quorate.trace import Fault


@dataclass(frozen=True)
class Taken:
    """A step between two states, by their numbers; `violates` names the step invariants that are false of it."""

    source: int
    target: int
    step: Transition
    violates: tuple[str, ...] = ()


@dataclass
class Space:
    """States in the order in which they were met, and what is known of each by its number.

    `hidden` counts the steps of a state that lead beyond the part of the space that was asked for, `cut` those that a
    bound or a constraint does not allow.
    """

    states: list[State] = field(default_factory=list)
    numbers: dict[State, int] = field(default_factory=dict)
    initial: set[int] = field(default_factory=set)
    terminal: set[int] = field(default_factory=set)
    violates: dict[int, tuple[str, ...]] = field(default_factory=dict)
    hidden: dict[int, int] = field(default_factory=dict)
    cut: dict[int, int] = field(default_factory=dict)
    steps: list[Taken] = field(default_factory=list)
    faults: list[tuple[int, Fault]] = field(default_factory=list)

    def add(self, state: State) -> int:
        """The number of a state, a new one if it has none."""
        number = self.numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
        return number


class Walker:
    """Walks through the states of a model, breadth first."""

    def __init__(self, model: Model, max_states: int, interrupted: Callable[[], bool]) -> None:
        self.model, self.max_states, self.interrupted = model, max_states, interrupted
        declared = model.model_properties()
        self.invariants = [prop for prop in declared if prop.kind == "invariant"]
        self.step_invariants = [prop for prop in declared if prop.kind == "step_invariant"]
        self.space = Space()

    def whole(self) -> Space:
        """All reachable states. Raises UsageError if there are more than `max_states`, KeyboardInterrupt."""
        self._start(state for state in self.model.initial_states() if self._is_allowed(state))
        self.space.initial = set(range(len(self.space.states)))
        done = 0
        while done < len(self.space.states):
            self._expand(done, grows=True)
            done += 1
        return self.space

    def around(self, path: Iterable[State], radius: int) -> Space:
        """The states of a path, and those that at most `radius` steps from them lead to. Raises as `whole` does."""
        self._start(path)
        space, begun = self.space, 0
        for _ in range(radius):
            level = len(space.states)
            for number in range(begun, level):
                self._expand(number, grows=True)
            begun = level
        # of the last ones only the steps to states that are there
        for number in range(begun, len(space.states)):
            self._expand(number, grows=False)
        space.initial = {space.numbers[state] for state in self.model.initial_states() if state in space.numbers}
        return space

    def _start(self, states: Iterable[State]) -> None:
        for state in states:
            self._add(state)

    def _add(self, state: State) -> int:
        before = len(self.space.states)
        number = self.space.add(state)
        if number == before:
            if before >= self.max_states:
                raise TooLargeError(self.max_states)
            view = self.model.at(state)
            broken = tuple(prop.name for prop in self.invariants if not _is_true(prop, view))
            if broken:
                self.space.violates[number] = broken
        return number

    def _is_allowed(self, state: State) -> bool:
        return all(_is_true(constraint, self.model.at(state)) for constraint in self.model.constraints())

    def _expand(self, number: int, *, grows: bool) -> None:
        """List the steps of a state; where the space `grows`, those to new states too."""
        if self.interrupted():
            raise KeyboardInterrupt
        space, state = self.space, self.space.states[number]
        is_terminal = True
        for step in self.model.transitions(state):
            is_terminal = False
            if step.fault is not None:
                space.faults.append((number, step.fault))
            elif step.state is None or not self._is_allowed(step.state):
                space.cut[number] = space.cut.get(number, 0) + 1
            elif grows or step.state in space.numbers:
                target = self._add(step.state)
                views = self.model.at(state), self.model.at(step.state)
                broken = tuple(prop.name for prop in self.step_invariants if not _is_true(prop, *views))
                space.steps.append(Taken(number, target, step, broken))
            else:
                space.hidden[number] = space.hidden.get(number, 0) + 1
        if is_terminal:
            space.terminal.add(number)


class TooLargeError(UsageError):
    """There are more states than were allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"there are more than {limit:,} states", hint="choose smaller parameters, or a larger limit")
        self.limit = limit


def _is_true(prop: Property, *views: object) -> bool:
    """Whether a property is true; one that fails is not."""
    try:
        return bool(prop(*views))
    except Exception:  # noqa: BLE001 - whatever the model's own text raises, the property does not hold
        return False
