"""A recorded behaviour taken again, step by step, by native Python: the actions are those recorded, the states are what
they lead to now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from quorate.explain.step import Attempt, attempt
from quorate.language.model import Model, State, data_of
from quorate.trace import Data, Step

MOST_RUNS = 1_000
"""The most runs that are followed side by side, where a step may lead to several states."""


@dataclass(frozen=True)
class Run:
    """Native states from the first one, and the steps that led to them."""

    states: tuple[State, ...]
    steps: tuple[Step, ...]

    @property
    def last(self) -> State:
        """The state it has come to."""
        return self.states[-1]

    def then(self, action: str, arguments: Mapping[str, Data], state: State) -> Run:
        """The run with one step more."""
        return Run((*self.states, state), (*self.steps, Step(action, dict(arguments), state.to_data())))


def agrees(recorded: Mapping[str, Data], found: Mapping[str, Data]) -> bool:
    """Whether two states in data form are the same in the variables that both have."""
    return all(same(value, found[name]) for name, value in recorded.items() if name in found)


def same(one: Data, other: Data) -> bool:
    """Whether two values in data form are equal; sets, bags and maps are so in any order."""
    return one == other or _canonical(one) == _canonical(other)


def _canonical(value: Data) -> Hashable:
    match value:
        case {"#set": list(items)} | {"#bag": list(items)} | {"#map": list(items)}:
            return next(iter(value)), frozenset(Counter(map(_canonical, items)).items())
        case list():
            return tuple(map(_canonical, value))
        case dict():
            return frozenset((name, _canonical(item)) for name, item in value.items())
        case bool():
            return "bool", value
        case _:
            return str(type(value)), value


def beginnings(model: Model, first: Step) -> list[Run]:
    """The runs of one state: from the initial states that agree with a recorded one, or from all if none does."""
    made = [
        Run((state,), (Step(first.action, first.arguments, state.to_data()),))
        for state in model.initial_states()
        if dropped_by(model, state) is None
    ]
    return [run for run in made if agrees(first.state, run.steps[0].state)] or made[:MOST_RUNS]


def advance(model: Model, runs: Sequence[Run], recorded: Step) -> list[Run]:
    """The runs after one step more, as recorded; only those that agree with the recorded state, if any does."""
    found = [
        run.then(action, arguments, state)
        for run in runs
        for action, arguments, state in taken(model, run.last, recorded.action, recorded)
    ]
    return ([run for run in found if agrees(recorded.state, run.steps[-1].state)] or found)[:MOST_RUNS]


def taken(
    model: Model, state: State, action: str | None, recorded: Step
) -> Iterator[tuple[str, Mapping[str, Data], State]]:
    """The steps by an action with the recorded arguments; where no action is recorded, those to the recorded state."""
    for step in model.successors(state):
        if action is not None and step.action != action:
            continue
        assert step.state is not None
        if dropped_by(model, step.state):
            continue
        arguments = {name: data_of(value) for name, value in step.arguments.items()}
        fits = agrees(recorded.state, step.state.to_data()) if action is None else agrees(recorded.arguments, arguments)
        if fits:
            yield step.action, arguments, step.state


def dropped_by(model: Model, state: State) -> str | None:
    """The first constraint that a state violates: the search drops such a state."""
    return next((one.name for one in model.constraints() if not one(model.at(state))), None)


def attempts(
    model: Model, runs: Sequence[Run], name: str, arguments: Mapping[str, Data]
) -> Iterator[tuple[Run, Attempt]]:
    """What comes of an action with these arguments at the end of each run."""
    for run in runs:
        for action in model.actions:
            if action.name != name or action.kind == "init":
                continue
            for chosen, before in model.choices(action, run.last):
                if agrees(arguments, {key: data_of(value) for key, value in chosen.items()}):
                    yield run, attempt(model, action, chosen, before)


def reaches(model: Model, start: State, goal: Callable[[State], bool], most: int) -> bool | None:
    """Whether a state that satisfies the goal can be reached; None where a bound, or `most` states, leave that open."""
    seen, queue = {start}, [start]
    for state in queue:
        if goal(state):
            return True
        for step in model.transitions(state):
            if step.cut or (step.state is not None and dropped_by(model, step.state)):
                return None
            if step.state is not None and step.state not in seen:
                if len(seen) >= most:
                    return None
                seen.add(step.state)
                queue.append(step.state)
    return False
