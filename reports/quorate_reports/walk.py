"""A walk through a model by native Python: a path of choices, the state it leads to, and what can happen there.

A path is a tuple of numbers: the index of an initial state, then for each step its index among `Model.transitions`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from quorate.errors import ParameterError, UsageError
from quorate.explain.participants import Participants
from quorate.explain.step import why
from quorate.language.model import Model, State, Transition, data_of
from quorate.trace import Data, Step, Trace
from quorate_reports.values import Change, changes, printable, show_call

Path: TypeAlias = tuple[int, ...]
LONGEST = 1000
"""Steps of a path."""
REMEMBERED = 4096
"""States whose steps are kept."""
REASONS = 3
"""How many choices of a disabled action's arguments say why not."""


@dataclass(frozen=True)
class Choice:
    """A step that the model offers in a state: the `path` through it, or why it leads nowhere: a bound `cut` it, or it
    fails (`fault`)."""

    call: str
    action: str
    path: Path | None
    changes: tuple[Change, ...] = ()
    cut: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class NotEnabled:
    """An action that cannot be taken, with the reasons for some of its choices, and how many `more` there are."""

    action: str
    reasons: tuple[tuple[str, str], ...]
    more: int


class Walker:
    """Follows paths through one model. What a state leads to is remembered."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.initial = model.initial_states()
        self._participants = Participants(model)
        self._known: OrderedDict[State, tuple[Transition, ...]] = OrderedDict()

    def transitions(self, state: State) -> tuple[Transition, ...]:
        """All steps from a state, in order."""
        if state not in self._known:
            self._known[state] = tuple(self.model.transitions(state))
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[state]

    def parsed(self, text: str) -> Path:
        """The path that a text such as `0.3.1` means. Raises UsageError."""
        parts = text.split(".")
        if len(parts) > LONGEST or not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
            raise UsageError("this is no path", hint="a path is numbers with dots between them, such as 0.3.1")
        return tuple(map(int, parts))

    def follow(self, path: Path) -> tuple[tuple[Transition, ...], tuple[State, ...]]:
        """The steps of a path, and its states, one more than steps. Raises UsageError where it leaves the model."""
        if path[0] >= len(self.initial):
            raise UsageError(f"there is no initial state {path[0]}: they are 0..{len(self.initial) - 1}")
        states, steps = [self.initial[path[0]]], []
        for place, number in enumerate(path[1:], start=1):
            offered = self.transitions(states[-1])
            if number >= len(offered):
                raise UsageError(f"step {place} of the path is number {number} of {len(offered)} steps")
            step = offered[number]
            if step.state is None:
                raise UsageError(f"step {place} of the path cannot be taken: {_call(step)} is cut, or fails")
            steps.append(step)
            states.append(step.state)
        return tuple(steps), tuple(states)

    def choices(self, path: Path, state: State) -> list[Choice]:
        """What can be done at the end of a path."""
        before = state.to_data()
        found = []
        for number, step in enumerate(self.transitions(state)):
            call = _call(step)
            if step.state is not None:
                found.append(Choice(call, step.action, (*path, number), changes(before, step.state.to_data())))
            elif step.cut:
                text = "" if step.span is None else printable(step.span.text())
                found.append(Choice(call, step.action, None, cut=text))
            else:
                message = "" if step.fault is None else f"{step.fault.kind}: {step.fault.message}"
                found.append(Choice(call, step.action, None, fault=printable(message)))
        return found

    def disabled(self, state: State) -> list[NotEnabled]:
        """The actions without any step here, and why."""
        offered = {step.action for step in self.transitions(state)}
        found = []
        for action in self.model.actions:
            if action.kind == "init" or action.name in offered:
                continue
            try:
                attempts = why(self.model, state, action.name)
            except ParameterError as error:
                found.append(NotEnabled(action.name, (("", printable(error.hint or error.message)),), 0))
                continue
            lines = [
                (printable(str(one)), "" if one.blocked is None else printable(one.blocked.line())) for one in attempts
            ]
            found.append(NotEnabled(action.name, tuple(lines[:REASONS]), len(lines[REASONS:])))
        return found

    def path_of(self, trace: Trace) -> Path | None:
        """The path along the states of a trace, or None if it leaves the model."""
        start = trace.steps[0].state
        path = [number for number, state in enumerate(self.initial) if state.to_data() == start][:1]
        if not path:
            return None
        state = self.initial[path[0]]
        for step in trace.steps[1:]:
            taken = _number(self.transitions(state), step)
            if taken is None:
                return None
            path.append(taken[0])
            state = taken[1]
        return tuple(path)

    def trace(self, path: Path) -> Trace:
        """The trace along a path; it shows nothing but where one went."""
        steps, states = self.follow(path)
        who, model = self._participants, self.model
        taken = [who.step(step, state) for step, state in zip(steps, states[1:], strict=True)]
        whole = (who.beginning(states[0]), *taken)
        return Trace(type(model).__name__, model.parameter_values, "walk", None, whole, lanes=who.lanes)


def written(path: Path) -> str:
    """A path as text."""
    return ".".join(map(str, path))


def _number(offered: Sequence[Transition], step: Step) -> tuple[int, State] | None:
    for number, one in enumerate(offered):
        if one.state is not None and one.action == step.action and one.state.to_data() == step.state:
            return number, one.state
    return None


def _call(step: Transition) -> str:
    return show_call(step.action, _arguments(step))


def _arguments(step: Transition) -> dict[str, Data]:
    return {name: data_of(value) for name, value in step.arguments.items()}
