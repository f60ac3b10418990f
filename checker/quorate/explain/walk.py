"""A recorded behaviour taken again, step by step, by native Python: the actions are those recorded, the states are what
they lead to now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from quorate.errors import UsageError
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
    """Whether two values in data form are equal; sets, bags and maps are so in any order.

    >>> same({"#set": [1, 2]}, {"#set": [2, 1]})
    True
    """
    return one == other or _canonical(one) == _canonical(other)


def _canonical(value: Data) -> Hashable:
    match value:
        case {"tag": str(tag), "value": dict(fields), **rest} if not fields and not rest:
            # other tools do not tell a message without fields from an enum member
            return _canonical(tag)
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

    def begun(state: State) -> Run:
        return Run((state,), (Step(first.action, first.arguments, state.to_data()),))

    try:
        recorded = model.state_from_data(first.state)
    except UsageError:
        # it has other variables
        recorded = None
    made = []
    for step in model.initial_transitions():
        if step.state is not None and dropped_by(model, step.state) is None:
            if step.state == recorded:
                return [begun(recorded)]
            made.append(step.state)
    agreeing = [] if recorded is not None else [s for s in made if agrees(first.state, s.to_data())]
    return list(map(begun, list(dict.fromkeys(agreeing or made))[:MOST_RUNS]))


def advance(model: Model, runs: Sequence[Run], recorded: Step) -> list[Run]:
    """The runs after one step more, as recorded; only those that agree with the recorded state, if any does."""
    found: dict[tuple[State, ...], Run] = {}
    for run in runs:
        for action, arguments, state in taken(model, run.last, recorded.action, recorded):
            # of steps that lead to the same state one is enough
            found.setdefault((*run.states, state), run.then(action, arguments, state))
    made = list(found.values())
    return ([run for run in made if agrees(recorded.state, run.steps[-1].state)] or made)[:MOST_RUNS]


def taken(
    model: Model, state: State, action: str | None, recorded: Step
) -> Iterator[tuple[str, Mapping[str, Data], State]]:
    """The steps by an action with the recorded arguments; where no action is recorded, those to the recorded state."""
    if action is None or action.startswith("lose_"):
        steps = (
            (step.action, {name: data_of(value) for name, value in step.arguments.items()}, step.state)
            for step in model.successors(state)
            if step.state is not None and action in (None, step.action)
        )
    else:
        # the others are not even tried: a model may have thousands of them
        steps = (
            (tried.action, arguments, tried.state)
            for arguments, tried in _tried(model, state, action, recorded.arguments)
            if tried.state is not None
        )
    for name, arguments, after in steps:
        fits = agrees(recorded.state, after.to_data()) if action is None else agrees(recorded.arguments, arguments)
        if fits and dropped_by(model, after) is None:
            yield name, arguments, after


def dropped_by(model: Model, state: State) -> str | None:
    """The first constraint that a state violates: the search drops such a state."""
    return next((one.name for one in model.constraints() if not one(model.at(state))), None)


def attempts(
    model: Model, runs: Sequence[Run], name: str, arguments: Mapping[str, Data]
) -> Iterator[tuple[Run, Attempt]]:
    """What comes of an action with these arguments at the end of each run."""
    for run in runs:
        for _, tried in _tried(model, run.last, name, arguments):
            yield run, tried


def _tried(
    model: Model, state: State, name: str, arguments: Mapping[str, Data]
) -> Iterator[tuple[dict[str, Data], Attempt]]:
    """What comes of each choice of an action's arguments that agrees with those given."""
    for action in model.actions:
        if action.name != name or action.kind == "init":
            continue
        for chosen, before in model.choices(action, state):
            shown = {key: data_of(value) for key, value in chosen.items()}
            if agrees(arguments, shown):
                yield shown, attempt(model, action, chosen, before)


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
