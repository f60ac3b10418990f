"""A program and its model driven side by side by Hypothesis: it draws steps that the model allows, and shrinks what
fails."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from quorate.conform.observed import mismatches
from quorate.errors import UsageError
from quorate.language.model import Model, State, Transition, data_of

MOST_KEPT = 10_000
"""The states whose steps are kept in mind: a run is drawn again and again, with small changes."""


class NotAsTheModel(AssertionError):  # noqa: N818 - what a test shows is its text
    """The program is in another state than the model allows. The text names the variables, and both values."""


def stateful(model: Model, adapter: Callable[[], Any]) -> type[RuleBasedStateMachine]:
    """A Hypothesis state machine whose rules are the actions of a model, and whose checks compare a program with it.

        TestLock = stateful(LockServer(clients=2), LockAdapter).TestCase

    `adapter()` makes a fresh program. It has a method for each action, which is given the step's arguments by name (an
    enum member or node as its name, other values in the data form of `quorate.trace`) and does to the program what the
    step does to the model; and a method `state()`, which tells what the program is like, as a dict from variables of
    the model to plain values; what it leaves out is not compared. `teardown()`, if it has one, ends the program.

    An action that the adapter has no method for is never taken. Raises UsageError if it has none for any, or no
    `state()`.
    """
    actions = [action.name for action in model.actions if action.kind != "init"]
    driven = [name for name in actions if callable(getattr(adapter, name, None))]
    if not driven or not callable(getattr(adapter, "state", None)):
        message = f"the adapter has no method for an action of {type(model).__name__}, or no state()"
        raise UsageError(message, hint=f"it has methods such as {', '.join(actions[:3])}, and state")

    @functools.lru_cache(maxsize=MOST_KEPT)
    def steps_from(state: State) -> list[Transition]:
        return model.successors(state)

    class Machine(RuleBasedStateMachine):
        """The program and the state that the model is in."""

        def __init__(self) -> None:
            super().__init__()
            self.program = adapter()
            self.model_state: State | None = None

        @initialize(data=st.data())
        def begin(self, data: st.DataObject) -> None:
            """Start where the program says that it starts."""
            seen = self.program.state()
            possible = [s for s in model.initial_states() if not any(mismatches(s.to_data(), seen))]
            if not possible:
                raise NotAsTheModel(f"no initial state of {type(model).__name__} is like {seen}")
            self.model_state = data.draw(st.sampled_from(possible), label="initial state")

        def steps(self, name: str) -> list[Transition]:
            """The steps of an action that the model allows now."""
            if self.model_state is None:
                return []
            return [step for step in steps_from(self.model_state) if step.action == name]

        def take(self, step: Transition) -> None:
            """Take a step on both sides, and compare."""
            arguments = {name: data_of(value) for name, value in step.arguments.items()}
            getattr(self.program, step.action)(**arguments)
            self.model_state = step.state
            assert self.model_state is not None
            data, seen = self.model_state.to_data(), self.program.state()
            unlike = list(mismatches(data, seen))
            if unlike:
                told = "; ".join(f"{name} is {seen[name]!r}, the model has {data.get(name)!r}" for name in unlike)
                call = f"{step.action}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"
                raise NotAsTheModel(f"after {call}: {told}")

        def teardown(self) -> None:
            """End the program."""
            end = getattr(self.program, "teardown", None)
            if callable(end):
                end()

    for name in driven:
        setattr(Machine, name, _rule(name))
    Machine.__name__ = Machine.__qualname__ = f"{type(model).__name__}Machine"
    return Machine


def _rule(name: str) -> Any:
    """The rule that takes a step of an action."""

    @precondition(lambda self: bool(self.steps(name)))
    @rule(data=st.data())
    def take(self: Any, data: st.DataObject) -> None:
        self.take(data.draw(st.sampled_from(self.steps(name)), label=name))

    take.__name__ = name
    return take
