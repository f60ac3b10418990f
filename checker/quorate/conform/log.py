"""The log of a program followed by its model: after each line the set of states that the model may be in.

The question is that of Pressler, Verifying software traces against a formal specification with TLA+ and TLC, 2018: is
what was logged, of which much may be missing, a behaviour of the model?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from quorate.conform.observed import fits, mismatches
from quorate.errors import ParameterError, UsageError, nearest
from quorate.explain.step import Attempt, attempt
from quorate.language.model import Model, State, Transition, data_of
from quorate.trace import Data

MOST_STATES = 10_000
"""The states that a model may be in at once."""
MOST_SHOWN = 3


@dataclass(frozen=True)
class Event:
    """One line of a log, in the model's words: the `action` that was taken (None: nothing but what is seen), what is
    known of its `arguments`, and what is seen of the `state` behind it; both as in `observed.mismatches`."""

    line: int
    action: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Conforms:
    """The log is a behaviour of the model. `possible` counts the states it may be in after each of the `events`."""

    events: int
    possible: tuple[int, ...]


@dataclass(frozen=True)
class Diverges:
    """The model cannot follow the log beyond `event`. `events` were followed before it.

    `possible` are some of the states it may have been in, `count` of them all; `enabled` the steps that the first of
    them allows. `nearest` is what comes closest: a step of the action that is blocked, or that leads to a state of
    which `unlike` names the variables that are not as they were seen.
    """

    event: Event
    events: int
    possible: tuple[Mapping[str, Data], ...]
    count: int
    enabled: tuple[str, ...]
    nearest: Attempt | None
    unlike: tuple[str, ...]


Answer: TypeAlias = Conforms | Diverges


def follow(
    model: Model,
    events: Iterable[Event],
    *,
    hidden: Sequence[str] = (),
    interrupted: Callable[[], bool] = lambda: False,
) -> Answer:
    """Follow a log. `hidden` names actions that may happen between two lines, any number of times, unseen.

    Raises ParameterError for an event or hidden action that the model does not have, UsageError when the model could be
    in more than `MOST_STATES` states, KeyboardInterrupt once `interrupted`.
    """
    log = _Log(model, hidden, interrupted)
    possible = log.closed(dict.fromkeys(model.initial_states()))
    counts: list[int] = []
    for event in events:
        if interrupted():
            raise KeyboardInterrupt
        log.refuse_unknown(event)
        after = log.closed(dict.fromkeys(log.after(possible, event)))
        if not after:
            return log.divergence(possible, event, len(counts))
        possible = after
        counts.append(len(possible))
    return Conforms(len(counts), tuple(counts))


class _Log:
    def __init__(self, model: Model, hidden: Sequence[str], interrupted: Callable[[], bool]) -> None:
        self.model, self.hidden, self.interrupted = model, frozenset(hidden), interrupted
        self.actions = {action.name: action for action in model.actions if action.kind != "init"}
        lost = [f"lose_{name}" for name, kind in model.variables.items() if getattr(kind, "loss", False)]
        self.names = [*self.actions, *lost]
        for name in hidden:
            self._refuse(name, "hidden")

    def _refuse(self, name: str, what: str) -> None:
        if name not in self.names:
            hint = nearest(name, self.names) or f"its actions are {', '.join(self.names)}"
            raise ParameterError(f"{what}: {type(self.model).__name__} has no action {name}", hint=hint)

    def refuse_unknown(self, event: Event) -> None:
        """Refuse an event in words that the model does not have: it would diverge for that alone."""
        where = f"line {event.line}"
        if event.action is not None:
            self._refuse(event.action, where)
        for name in event.state:
            if name not in self.model.variables:
                hint = nearest(name, self.model.variables) or f"its variables are {', '.join(self.model.variables)}"
                raise ParameterError(f"{where}: {type(self.model).__name__} has no variable {name}", hint=hint)

    def steps(self, state: State, name: str) -> Iterator[Transition]:
        """The steps of an action, in order."""
        return (step for step in self.model.transitions(state, only=name) if step.state is not None)

    def closed(self, states: dict[State, None]) -> dict[State, None]:
        """The states, and all that hidden steps lead to from them."""
        todo = list(states) if self.hidden else []
        while todo:
            if self.interrupted():
                raise KeyboardInterrupt
            for step in self.model.successors(todo.pop()):
                if step.action in self.hidden and step.state is not None and step.state not in states:
                    states[step.state] = None
                    todo.append(step.state)
            self._limit(states)
        self._limit(states)
        return states

    @staticmethod
    def _limit(states: dict[State, None]) -> None:
        if len(states) > MOST_STATES:
            hint = "let the log say more of the state, or hide fewer actions"
            raise UsageError(f"the model may be in more than {MOST_STATES:,} states", hint=hint)

    def after(self, possible: Iterable[State], event: Event) -> Iterator[State]:
        """The states that an event leaves possible."""
        for state in possible:
            if event.action is None:
                if not self.unlike(state, event):
                    yield state
                continue
            for step in self.steps(state, event.action):
                if self._is(step.arguments, event) and step.state is not None and not self.unlike(step.state, event):
                    yield step.state

    @staticmethod
    def unlike(state: State, event: Event) -> list[str]:
        """The variables of a state that are not as they were seen."""
        return list(mismatches(state.to_data(), event.state))

    @staticmethod
    def _is(arguments: Mapping[str, Any], event: Event) -> bool:
        known = {name: data_of(value) for name, value in arguments.items()}
        return all(name in known and fits(known[name], value) for name, value in event.arguments.items())

    # -- where it ends

    def divergence(self, possible: dict[State, None], event: Event, events: int) -> Diverges:
        """What to say of a line that the model cannot follow."""
        shown = list(possible)[:MOST_SHOWN]
        enabled = [_call(step) for step in self.model.successors(shown[0])]
        step, unlike = self._nearest(list(possible), event)
        states = tuple(state.to_data() for state in shown)
        return Diverges(event, events, states, len(possible), tuple(dict.fromkeys(enabled)), step, tuple(unlike))

    def _nearest(self, possible: list[State], event: Event) -> tuple[Attempt | None, list[str]]:
        """The step that comes closest: one that is taken, unlike in the fewest variables; or one that is blocked."""
        if event.action is None:
            return None, min((self.unlike(state, event) for state in possible), key=len)
        taken: list[tuple[Attempt, list[str]]] = []
        blocked: list[Attempt] = []
        action = self.actions.get(event.action)
        for state in possible if action is not None else ():
            assert action is not None
            for arguments, before in self.model.choices(action, state):
                if not self._is(arguments, event):
                    continue
                tried = attempt(self.model, action, arguments, before)
                if tried.state is not None:
                    taken.append((tried, self.unlike(tried.state, event)))
                else:
                    blocked.append(tried)
            if taken or len(blocked) > MOST_STATES:
                break
        if taken:
            return min(taken, key=lambda pair: len(pair[1]))
        return (blocked[0] if blocked else None), []


def _call(step: Transition) -> str:
    return f"{step.action}({', '.join(f'{name}={value!r}' for name, value in step.arguments.items())})"
